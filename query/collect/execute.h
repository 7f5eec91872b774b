#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/collect/top_docs.h"
#include "query/search_request.h"

namespace tarn::query {

/// A request bound to one of its targets.
struct BoundTarget {
  const SearchTarget* target = nullptr;
  PlanPtr plan;
  PlanPtr post_filter;  ///< null: none
  std::vector<BoundSort> sort;
  std::vector<BoundSort> group_sort;  ///< of collapsed groups and scrolls: sort, or the score
  std::vector<SortValue> search_after;
  std::vector<NamedPlan> named;
  std::vector<PlanPtr> rescore;  ///< of SearchRequest::rescore
  std::vector<std::shared_ptr<BoundInnerHits>> inner_hits;
  const Searcher& searcher() const { return *target->searcher; }
};

/// The clause of a request joined with what the target adds (alias filters, routing), bound to its mapping.
PlanPtr bind_target_query(const QueryPtr& query, const SearchTarget& target, Binder& binder, float boost);
BoundTarget bind_target(const SearchRequest& request, const SearchTarget& target, const SearchContext& context);
/// sort, search_after and slice; apart, because their errors are worded otherwise than those of the query.
void bind_target_sort(const SearchRequest& request, const SearchContext& context, BoundTarget& target);

struct SearchSession;

/// What the query phase leaves for the fetch phase.
struct QueryResult {
  std::vector<Hit> hits;        ///< from + size of them at most
  uint64_t total = 0;
  bool total_is_exact = true;
  float max_score = 0;
  bool has_max_score = false;
  bool timed_out = false;
  bool terminated_early = false;
};

/// Live root documents: what a search may find. Null where every document of the segment is one.
std::shared_ptr<const Bitset> visible_documents(const SegmentView& segment);

/// `session` (may be null): a scroll's page begins behind the last hit that it showed.
QueryResult run_query_phase(const SearchRequest& request, const std::vector<BoundTarget>& targets,
                            const SearchContext& context, Aggregations::Run* aggregations,
                            const SearchSession* session = nullptr);

}  // namespace tarn::query
