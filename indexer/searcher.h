#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/mapping/index_settings.h"
#include "indexer/mapping/mapping.h"
#include "indexer/segment/segment.h"
#include "indexer/store/store.h"

namespace tarn {

/// A document of a Searcher.
struct DocRef {
  uint32_t segment;     ///< index into Searcher::segments()
  LocalDocId doc;
  auto operator<=>(const DocRef&) const = default;
};

/// A frozen view of one index: segments with their live docs and patches, the mapping, and a snapshot of the store for
/// fetching. Immutable and reference-counted; scrolls and points in time hold one. Any thread may call; no locks.
class Searcher {
 public:
  struct Parts {
    std::shared_ptr<const void> keep_alive;       ///< whatever must live as long; destroyed last
    std::string index_name, index_uuid;
    IndexKey index_key = 0;
    std::shared_ptr<const Mapping> mapping;
    std::shared_ptr<const IndexSettings> settings;
    std::vector<SegmentReader> segments;          ///< in row order
    std::shared_ptr<const StoreSnapshot> snapshot;
    const Store* store = nullptr;                 ///< outlives every searcher
    bool source_filtered = false;                 ///< "_source" has includes or excludes, applied by fetch
  };
  explicit Searcher(Parts parts);
  const Parts& parts() const { return parts_; }   ///< for the engine, which makes the next one of it

  const std::string& index_name() const { return parts_.index_name; }
  const std::string& index_uuid() const { return parts_.index_uuid; }
  const Mapping& mapping() const { return *parts_.mapping; }
  const IndexSettings& settings() const { return *parts_.settings; }
  const std::vector<SegmentReader>& segments() const { return parts_.segments; }
  /// Local doc ids of segment i begin here in the index-wide numbering (Lucene's doc base); ties sort by it.
  uint32_t doc_base(size_t segment) const { return bases_[segment]; }
  uint32_t doc_count() const { return bases_.back(); }       ///< all local docs (children and deleted included)
  uint64_t live_root_count() const { return live_roots_; }   ///< what match_all counts
  uint64_t live_doc_count() const { return live_docs_; }     ///< children included: docs.count of _cat/indices
  uint64_t deleted_doc_count() const { return doc_count() - live_docs_; }

  /// Sums over the segments, deleted documents included, as Lucene's collection statistics.
  FieldStatistics statistics(std::string_view path) const;
  uint64_t doc_freq(std::string_view path, std::string_view term) const;
  uint64_t total_term_freq(std::string_view path, std::string_view term) const;

  /// The live root document with that _id, as of this view.
  std::optional<DocRef> find(std::string_view id) const;
  std::optional<DocRef> find_row(RowId row) const;
  StoredDocument fetch(DocRef root) const;
  /// In the order given; blocks of the store are read once.
  std::vector<StoredDocument> fetch_all(std::span<const DocRef> roots) const;
  SeqNo seq_no(DocRef root) const;
  Version version(DocRef root) const;

 private:
  Parts parts_;
  std::vector<uint32_t> bases_;
  uint64_t live_roots_ = 0, live_docs_ = 0;
};

}  // namespace tarn
