#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tarn::cli {

/// The bytes of a file or of standard input, unpacked where they begin as gzip or zstd do.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Appends up to about 1 MB to `out`; false at the end. Throws CliError kUnreachable for broken
  /// or unreadable input.
  virtual bool read(std::string& out) = 0;
  /// Bytes of the file (packed ones) that have been consumed, for progress.
  virtual uint64_t consumed() const = 0;
};

/// `path` "-" is standard input. Throws CliError kUnreachable.
std::unique_ptr<ByteSource> open_source(const std::string& path);

struct InputFile {
  std::string path;  ///< "-" for standard input
  uint64_t bytes = 0;
  int64_t modified_ns = 0;
};

/// Files as they are named; folders as the data files in them (ndjson, jsonl, json, csv, tsv, also
/// .gz and .zst), sorted.
std::vector<InputFile> list_inputs(const std::vector<std::string>& paths);

}  // namespace tarn::cli
