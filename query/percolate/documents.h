#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/searcher.h"

namespace tarn::query {

/// Documents to percolate, as an index of their own in memory, with one segment. Immutable.
class PercolatedDocuments {
 public:
  /// Parses the sources by the mapping of `index`; fields that it would add dynamically are added for these documents only.
  /// Throws ApiError as indexing them would.
  PercolatedDocuments(const Searcher& index, std::vector<std::string> sources);

  /// As stored queries see it: see StoredQueryMapping.
  const Searcher& searcher() const { return *strict_; }
  /// With the mapping of the index, for what looks at fields without asking for them.
  const Searcher& plain_searcher() const { return *plain_; }
  size_t size() const { return sources_.size(); }
  const std::string& source(size_t slot) const { return sources_[slot]; }

 private:
  std::vector<std::string> sources_;
  std::unique_ptr<const Searcher> strict_, plain_;
};

/// A searcher without documents, for which stored queries of `mapping` can be bound.
std::unique_ptr<const Searcher> empty_searcher(const std::string& index_name, const std::string& index_uuid,
                                               std::shared_ptr<const Mapping> mapping, std::shared_ptr<const IndexSettings> settings);
/// index.percolator.map_unmapped_fields_as_text.
bool unmapped_as_text(const IndexSettings& settings);

}  // namespace tarn::query
