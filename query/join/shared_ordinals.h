#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/searcher.h"
#include "query/query.h"

namespace tarn::query {

/// One numbering of the terms of a keyword column over all segments of a searcher, in no order. The largest dictionary keeps its
/// own ordinals, so that what a refresh adds costs no more than itself. Immutable.
class SharedOrdinals {
 public:
  SharedOrdinals(const Searcher& searcher, const std::string& path);
  uint32_t count() const { return count_; }
  size_t memory_bytes() const;
  /// The shared number of an ordinal of the segment.
  uint32_t of(size_t segment, Ordinal ordinal) const {
    const std::vector<uint32_t>& numbers = numbers_[segment];
    return numbers.empty() ? ordinal : numbers[ordinal];
  }

 private:
  uint32_t count_ = 0;
  std::vector<std::vector<uint32_t>> numbers_;  // by segment; empty: the ordinals themselves
};

/// Made once for each searcher where the context has a cache. 4 bytes a term of the segments but the largest.
std::shared_ptr<const SharedOrdinals> shared_ordinals(const Searcher& searcher, const std::string& path, const SearchContext& context);

}  // namespace tarn::query
