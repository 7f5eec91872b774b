#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "indexer/segment/blob.h"

namespace tarn::segment {

// All throw ApiError 500 naming the file.

/// The bytes of a file, mapped read-only until the last owner goes.
Blob map_file(const std::filesystem::path& path);
/// Lets the pages of a mapped blob go from this process's memory; the next access maps them again. Nothing on the heap.
void release_pages(const Blob& blob);
void sync_directory(const std::filesystem::path& path);
[[noreturn]] void throw_io(const std::filesystem::path& path, std::string_view action, int error);

enum class PartKind : uint32_t {
  kMeta = 1,
  kRows = 2,
  kRoots = 3,
  kNumbers = 4,
  kKeywords = 5,
  kDictionary = 6,
  kTokens = 7,
  kPostings = 8,   ///< young only, never in a file
  kLive = 9,
  kNoNumbers = 10,   ///< in patches: the column has no value any more
  kNoKeywords = 11,
};

/// A file of named parts with a checksum each (FORMAT.md, "Part file").
class PartFileWriter {
 public:
  explicit PartFileWriter(std::filesystem::path path);
  ~PartFileWriter();
  PartFileWriter(const PartFileWriter&) = delete;
  PartFileWriter& operator=(const PartFileWriter&) = delete;
  void add(PartKind kind, std::string_view name, const Blob& blob);
  /// Writes directory and footer and syncs the file.
  void finish();

 private:
  struct Entry {
    PartKind kind;
    std::string name;
    uint64_t offset, size, sum;
  };
  void write(const void* data, size_t size);
  void pad();

  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t written_ = 0;
  std::vector<Entry> entries_;
};

struct Part {
  PartKind kind;
  std::string name;
  Blob blob;
  uint64_t sum;
};
/// The parts of a file; header, footer and directory are verified, the parts only if `deep`.
std::vector<Part> read_parts(const std::filesystem::path& path, bool deep);
/// Throws corrupt_index_exception unless the blob has that checksum.
void verify(const Blob& blob, uint64_t sum, std::string_view name);

}  // namespace tarn::segment
