#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "indexer/segment/file_io.h"
#include "indexer/segment/keyword_column.h"
#include "indexer/segment/numeric_column.h"
#include "indexer/segment/segment.h"
#include "indexer/segment/text_builder.h"
#include "indexer/segment/text_index.h"

namespace tarn::segment {

class XapianReader;

/// The numbers that describe a segment; on disk as they are here.
struct SegmentMeta {
  uint32_t doc_count = 0;
  uint32_t root_count = 0;
  uint64_t first_row = 0;
  uint64_t last_row = 0;
  int64_t max_seq_no = -1;
  uint64_t xapian_bytes = 0;   ///< size of the Xapian file; 0: there is none
  uint64_t xapian_sum = 0;     ///< its checksum
};

/// The bytes of one field. A part that the field lacks has no data.
struct FieldBlobs {
  Blob numbers, keywords;
  TextBlobs text;
};

/// The bytes of a segment before or while it is one.
struct SegmentBlobs {
  SegmentMeta meta;
  Blob rows;    ///< numeric column of rows by document; no data where row = first_row + document
  Blob roots;   ///< doc set of the roots; no data where all are
  std::map<std::string, FieldBlobs, std::less<>> fields;
};

/// Both kinds of segment: columns are views of blobs, on the heap or mapped. Mapped parts are verified against their
/// checksum when they are first asked for, so that nothing corrupt is ever interpreted and opening stays quick.
class PackedSegment final : public Segment {
 public:
  /// Young.
  PackedSegment(std::string name, SegmentBlobs blobs);
  /// Flushed: parts of the segment file; `xapian` is null without text.
  PackedSegment(std::string name, SegmentMeta meta, std::vector<Part> parts, std::unique_ptr<XapianReader> xapian,
                uint64_t disk_bytes);
  ~PackedSegment() override;

  uint32_t doc_count() const override { return meta_.doc_count; }
  uint32_t root_count() const override { return meta_.root_count; }
  const Bitset* roots() const override { return roots_.get(); }
  RowId first_row() const override { return RowId(meta_.first_row); }
  RowId last_row() const override { return RowId(meta_.last_row); }
  RowId row(LocalDocId doc) const override;
  LocalDocId find_row(RowId row) const override;
  SeqNo max_seq_no() const override { return SeqNo(meta_.max_seq_no); }
  const NumericColumn* numbers(std::string_view path) const override { return packed_numbers(path); }
  const KeywordColumn* keywords(std::string_view path) const override { return packed_keywords(path); }
  const TextIndex* text(std::string_view path) const override { return packed_text(path); }
  std::vector<std::string> field_paths() const override;
  bool on_disk() const override { return on_disk_; }
  size_t memory_bytes() const override;
  uint64_t disk_bytes() const override { return disk_bytes_; }
  const std::string& name() const override { return name_; }

  const SegmentMeta& meta() const { return meta_; }
  const PackedNumericColumn* packed_numbers(std::string_view path) const;
  const PackedKeywordColumn* packed_keywords(std::string_view path) const;
  const PackedTextIndex* packed_text(std::string_view path) const;
  const PackedNumericColumn* rows() const { return rows_.get(); }
  const XapianReader* xapian() const { return xapian_.get(); }
  /// After a pass over the parts of a field, or of all fields: mapped pages count as memory of the process until they go.
  void release_pages(std::string_view path) const;
  void release_pages() const;
  /// Calls visit(kind, path, blob) for every part but the meta part, by path; verified bytes only.
  template <class Visit>
  void visit_parts(Visit&& visit) const;

 private:
  struct LazyPart {
    Blob blob;
    uint64_t sum = 0;
    bool checked = true;   // heap blobs need no check
    void check(std::string_view name) const {
      if (!checked) verify(blob, sum, name);
    }
  };
  struct Field {
    LazyPart numbers, keywords, dictionary, tokens, postings;
    std::once_flag numbers_once, keywords_once, text_once;
    std::unique_ptr<const PackedNumericColumn> numbers_column;
    std::unique_ptr<const PackedKeywordColumn> keywords_column;
    std::unique_ptr<const PackedTextIndex> text_index;
  };
  Field* find(std::string_view path) const;
  void set_rows(const Blob& rows, const Blob& roots);

  std::string name_;
  SegmentMeta meta_;
  std::unique_ptr<const PackedNumericColumn> rows_;
  std::unique_ptr<const Bitset> roots_;
  Blob roots_blob_;
  std::map<std::string, std::unique_ptr<Field>, std::less<>> fields_;
  std::unique_ptr<XapianReader> xapian_;
  bool on_disk_ = false;
  uint64_t disk_bytes_ = 0;
};

template <class Visit>
void PackedSegment::visit_parts(Visit&& visit) const {
  if (rows_ != nullptr) visit(PartKind::kRows, std::string(), rows_->blob());
  if (roots_blob_.data != nullptr) visit(PartKind::kRoots, std::string(), roots_blob_);
  const auto visit_part = [&](PartKind kind, const std::string& path, const LazyPart& part) {
    if (part.blob.data == nullptr) return;
    part.check(path);
    visit(kind, path, part.blob);
  };
  for (const auto& [path, field] : fields_) {
    visit_part(PartKind::kNumbers, path, field->numbers);
    visit_part(PartKind::kKeywords, path, field->keywords);
    visit_part(PartKind::kDictionary, path, field->dictionary);
    visit_part(PartKind::kTokens, path, field->tokens);
    visit_part(PartKind::kPostings, path, field->postings);
  }
}

/// The readers' segments are always of this class.
inline const PackedSegment& packed(const Segment& segment) { return static_cast<const PackedSegment&>(segment); }

}  // namespace tarn::segment
