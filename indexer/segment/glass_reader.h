#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/segment/postings.h"

namespace tarn::segment {

/// Reads posting lists out of a Xapian glass database that GlassWriter wrote. Xapian itself goes through a virtual call and a
/// cursor for each posting; here whole leaves are read and decoded in one loop, which takes a sixth of the time. Relies on what
/// GlassWriter does and Xapian allows: items are whole, and the leaves of terms follow each other in the file.
///
/// Throws ApiError 500 corrupt_index_exception or the disk's error, naming the file. Any thread may call.
class GlassReader {
 public:
  /// Opens the file and reads where its B-tree begins.
  explicit GlassReader(std::filesystem::path file);
  ~GlassReader();
  GlassReader(const GlassReader&) = delete;
  GlassReader& operator=(const GlassReader&) = delete;

  /// The list of a term with wdf = freq << 8 | norm into `docs`, `freqs` and `norms` of `out`; it must have `doc_freq` documents, all
  /// below `doc_count`.
  void read(std::string_view term, uint32_t doc_freq, uint32_t doc_count, PostingList& out) const;

 private:
  static constexpr size_t kBlockBytes = 8192;
  static constexpr size_t kReadAheadMax = 256 << 10;
  class Leaves;
  /// Postings as they come.
  struct Sink {
    PostingList& list;
    uint32_t doc_count;
    size_t size = 0;
    uint64_t least = 0;   // the next document is not below it
  };
  [[noreturn]] void fail(std::string_view what) const;
  void read_at(uint64_t offset, size_t size, uint8_t* out) const;
  uint32_t find_leaf(std::string_view key) const;
  /// True if it was the last chunk of its list.
  bool decode(std::string_view tag, bool first_chunk, uint64_t first_doc, Sink& sink) const;

  std::filesystem::path file_;
  int fd_ = -1;
  uint64_t file_bytes_ = 0;
  uint32_t root_ = 0;
  uint32_t level_ = 0;
};

}  // namespace tarn::segment
