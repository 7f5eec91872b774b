#pragma once

#include <memory>
#include <vector>

#include "query/collect/execute.h"
#include "query/search_session.h"

namespace tarn::query {

/// Walks through everything that a request finds in frozen views, page by page: a scroll's hits without the text of an
/// answer. In the order of the rows, or of the request's sort. For one thread.
class Scan {
 public:
  struct Found {
    uint32_t target = 0;   ///< into targets()
    DocRef ref{};
  };
  /// Throws what a search throws (search_phase_execution_exception "all shards failed"). The query runs here; where the
  /// request sorts or wants scores, it runs again for every page.
  Scan(const SearchRequest& request, std::vector<SearchTarget> targets, const SearchContext& context);

  Scan(const Scan&) = delete;

  const std::vector<SearchTarget>& targets() const { return targets_; }
  /// Matches; what `terminate_after` cut off does not count.
  uint64_t total() const { return total_; }
  bool timed_out() const { return timed_out_; }
  /// At most `count` more; empty at the end.
  std::vector<Found> next(size_t count);

 private:
  void bind_all();
  void find_all();
  void find_page(size_t count);

  SearchRequest request_;
  std::vector<SearchTarget> targets_;
  SearchContext context_;
  std::vector<BoundTarget> bound_;
  bool in_row_order_ = false;
  uint64_t total_ = 0;
  bool timed_out_ = false;
  // In row order: what is left of each segment.
  struct Part {
    uint32_t target, segment;
    Bitset documents;
    uint32_t next;
  };
  std::vector<Part> parts_;
  size_t part_ = 0;
  // Else: where the scroll stands, and a page that was found ahead.
  ScrollPosition position_;
  std::vector<Hit> ahead_;
  bool has_ahead_ = false;
};

}  // namespace tarn::query
