#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/ids.h"

namespace tarn::segment {

/// Writes a Xapian glass database of posting lists (one file, no term lists, no positions) front to back, as
/// Database::compact() would leave it, in about a thirtieth of the time that add_document() takes: our lists come term by
/// term in key order, so the B-tree can be laid down block by block, where Xapian's inverter would first turn documents back
/// into lists. The layout is that of Xapian 1.4 (format 2016-03-14; backends/glass/glass_table.h, glass_postlist.cc,
/// glass_version.cc); Xapian::Database::check() accepts it, which the tests ask for.
///
/// Throws ApiError 500 where the disk fails. One thread.
class GlassWriter {
 public:
  struct Posting {
    LocalDocId doc;
    uint32_t wdf;
  };

  GlassWriter(std::filesystem::path file, uint32_t doc_count);
  ~GlassWriter();
  GlassWriter(const GlassWriter&) = delete;
  GlassWriter& operator=(const GlassWriter&) = delete;

  /// The whole list of a term; terms come in byte order, not empty; documents ascend, and there is one at least.
  void add(std::string_view term, const std::vector<Posting>& postings);
  /// Writes the rest and syncs the file.
  void finish();

 private:
  /// A block below: the least key that tells it from the block before it.
  struct Child {
    std::string separator;
    uint32_t block;
  };
  /// A chunk of a list goes to one item of a leaf.
  class Leaf {
   public:
    Leaf() { reset(); }
    void reset();
    bool empty() const { return end_ == kDirectory; }
    size_t room() const { return low_ - end_; }
    /// Requires room; `flags` are the upper bits of the item's size.
    void add(std::string_view key, std::string_view tag);
    void add_null();
    void seal(int level);
    uint8_t* bytes() { return bytes_.data(); }
    void add_branch(std::string_view key, uint32_t block, uint16_t component);

   private:
    uint8_t* place(size_t size);
    std::vector<uint8_t> bytes_;
    size_t end_ = 0;   // of the directory
    size_t low_ = 0;   // where items begin
  };
  static constexpr size_t kBlockBytes = 8192;
  static constexpr size_t kDirectory = 11;

  void add_list(std::string_view first_key, std::string_view next_key, uint32_t entries, uint32_t total,
                const std::vector<Posting>& postings);
  void add_item(std::string_view key, std::string_view tag);
  void flush_leaf();
  uint32_t write_block(const uint8_t* bytes);
  void write_doc_lengths();
  uint32_t write_branches(std::vector<Child> children, int& level);
  void write_version(uint32_t root, int level);
  void drain();

  std::filesystem::path file_;
  int fd_ = -1;
  uint32_t next_block_ = 1;          // block 0 is the version
  std::string buffer_;               // blocks not yet written
  uint64_t buffer_at_ = kBlockBytes; // where they go
  Leaf leaf_;
  std::string leaf_separator_;
  std::string last_key_;             // of the item before
  std::vector<Child> leaves_;
  uint64_t items_ = 0;

  std::vector<uint32_t> lengths_;    // of each document: sum of wdf; UINT32_MAX: no posting
  uint32_t wdf_max_ = 0;
};

}  // namespace tarn::segment
