#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/ids.h"
#include "indexer/mapping/mapping.h"
#include "indexer/mapping/parsed_document.h"
#include "indexer/segment/bitset.h"
#include "indexer/segment/column.h"
#include "indexer/segment/postings.h"

namespace tarn {

/// Immutable documents with their columns, bitmaps, postings and token columns; young (in memory) or flushed (a
/// directory of mapped files and one Xapian database). Local doc ids follow row order; children of nested objects stand
/// before their root. Any thread may call.
class Segment {
 public:
  virtual ~Segment() = default;

  virtual uint32_t doc_count() const = 0;             ///< local doc ids 0..doc_count-1, nested children and deleted included
  virtual uint32_t root_count() const = 0;
  virtual const Bitset* roots() const = 0;            ///< null if every document is a root
  virtual RowId first_row() const = 0;                ///< of all roots; a segment is never empty
  virtual RowId last_row() const = 0;
  virtual RowId row(LocalDocId doc) const = 0;        ///< a child has its root's row
  virtual LocalDocId find_row(RowId row) const = 0;   ///< the root document, or kNoDoc
  virtual SeqNo max_seq_no() const = 0;

  /// Null if no document of the segment has a value. Pointers live as long as the segment. The first call for a field of a
  /// flushed segment verifies its bytes and may throw ApiError 500 corrupt_index_exception; so may postings().
  virtual const NumericColumn* numbers(std::string_view path) const = 0;
  virtual const KeywordColumn* keywords(std::string_view path) const = 0;
  virtual const TextIndex* text(std::string_view path) const = 0;
  virtual std::vector<std::string> field_paths() const = 0;

  virtual bool on_disk() const = 0;
  virtual size_t memory_bytes() const = 0;            ///< heap that it holds
  virtual uint64_t disk_bytes() const = 0;
  virtual const std::string& name() const = 0;        ///< unique in its index; the directory's name once flushed
};

/// Columns of a segment that were patched in place, by field path. Immutable; versions are swapped.
struct ColumnPatches {
  std::map<std::string, std::shared_ptr<const NumericColumn>, std::less<>> numbers;    ///< null: no value any more
  std::map<std::string, std::shared_ptr<const KeywordColumn>, std::less<>> keywords;
};

/// A segment as one searcher sees it: with the live docs and patches of that moment.
class SegmentReader {
 public:
  SegmentReader(std::shared_ptr<const Segment> segment, std::shared_ptr<const Bitset> live,
                std::shared_ptr<const ColumnPatches> patches)
      : segment_(std::move(segment)), live_(std::move(live)), patches_(std::move(patches)) {}

  const Segment& segment() const { return *segment_; }
  std::shared_ptr<const Segment> shared_segment() const { return segment_; }
  const std::shared_ptr<const Bitset>& shared_live() const { return live_; }
  const std::shared_ptr<const ColumnPatches>& shared_patches() const { return patches_; }
  uint32_t doc_count() const { return segment_->doc_count(); }
  const Bitset* live() const { return live_.get(); }   ///< null: all are live. A dead root's children are dead too
  uint32_t live_count() const { return live_ ? live_->count() : doc_count(); }  ///< children included
  bool is_live(LocalDocId doc) const { return !live_ || live_->test(doc); }
  const NumericColumn* numbers(std::string_view path) const;
  const KeywordColumn* keywords(std::string_view path) const;
  const TextIndex* text(std::string_view path) const { return segment_->text(path); }

 private:
  std::shared_ptr<const Segment> segment_;
  std::shared_ptr<const Bitset> live_;
  std::shared_ptr<const ColumnPatches> patches_;
};

/// An in-place update of one root document: the new values of the touched fields (encoded as a ParsedBatch holds them).
struct DocumentPatch {
  LocalDocId doc;
  std::vector<FieldId> touched;      ///< fields whose old values go
  std::vector<FieldValue> values;    ///< views memory that lives through apply_patches; _seq_no and _version included
};

/// Bytes that decoded posting lists of all flushed segments may take together; least recently used go first. Thread-safe.
/// Outlives the segments that were opened with it.
class PostingCache {
 public:
  explicit PostingCache(size_t capacity_bytes);
  ~PostingCache();
  size_t memory_bytes() const;
  class Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// Building. All throw ApiError 500 naming the file where disk or Xapian fails. No locks; heavy work, off the I/O threads.

/// A young segment of the live roots of `batches`, in row order; null if none is live. `mapping` knows every FieldId used.
/// Text is analyzed here.
std::shared_ptr<const Segment> build_segment(std::string name, const Mapping& mapping,
                                             const std::vector<std::shared_ptr<const ParsedBatch>>& batches);

/// The columns of `reader` after `patches` (ascending by doc, later ones of the same doc win), on top of those it has.
std::shared_ptr<const ColumnPatches> apply_patches(const SegmentReader& reader, const Mapping& mapping,
                                                   const std::vector<DocumentPatch>& patches);

/// One young segment of several adjacent ones (in row order), dead documents left out, patches folded in; null if none is
/// live. Works for young and flushed inputs; text postings and token columns are merged, not re-analyzed.
std::shared_ptr<const Segment> merge_segments(std::string name, const Mapping& mapping,
                                              const std::vector<SegmentReader>& readers);

/// Writes `segment` (young) into directory / segment.name(), syncs it, and opens it. The Xapian database is written here.
std::shared_ptr<const Segment> write_segment(const Segment& segment, const std::filesystem::path& directory,
                                             PostingCache& cache);
/// Merges straight to disk: columns, bitmaps and text re-encoded field by field in bounded memory (about 30 bytes a document of
/// one field), posting lists merged term by term whether or not documents are dropped. Null if nothing is live.
std::shared_ptr<const Segment> merge_to_disk(std::string name, const Mapping& mapping,
                                             const std::vector<SegmentReader>& readers,
                                             const std::filesystem::path& directory, PostingCache& cache);
/// Opens a flushed segment; verifies the checksums of headers and directories, and of all bytes if `deep`.
/// Throws ApiError 500 corrupt_index_exception naming the file.
std::shared_ptr<const Segment> open_segment(const std::filesystem::path& directory, const std::string& name,
                                            PostingCache& cache, bool deep);
/// Live docs and patches of a flushed segment at a flush: files in its directory with a generation number.
void write_live_docs(const std::filesystem::path& segment_directory, uint64_t generation, const Bitset& live);
std::shared_ptr<const Bitset> read_live_docs(const std::filesystem::path& segment_directory, uint64_t generation);
void write_patches(const std::filesystem::path& segment_directory, uint64_t generation, const ColumnPatches& patches);
std::shared_ptr<const ColumnPatches> read_patches(const std::filesystem::path& segment_directory, uint64_t generation);

}  // namespace tarn
