#include <algorithm>

#include "query/bind/compound.h"
#include "query/bind/slice.h"
#include "query/collect/execute.h"
#include "query/collect/top_groups.h"
#include "query/dsl/clause.h"
#include "query/fetch/inner_hits.h"

namespace tarn::query {

namespace {

bool needs_routing(const SearchTarget& target) {
  const int shards = target.searcher->settings().number_of_shards;
  return shards > 1 && !target.routing_shards.empty() && static_cast<int>(target.routing_shards.size()) < shards;
}

}  // namespace

PlanPtr bind_target_query(const QueryPtr& query, const SearchTarget& target, Binder& binder, float boost) {
  PlanPtr plan = query ? bind(*query, binder, boost) : match_all_plan(boost);
  std::vector<PlanPtr> filters;
  if (!target.alias_filters.empty()) {
    std::vector<QueryPtr> clauses;
    for (const Json& filter : target.alias_filters) clauses.push_back(parse_query(filter));
    filters.push_back(bind(*make_should(std::move(clauses)), binder));
  }
  if (needs_routing(target)) {
    filters.push_back(routing_plan(target.routing_shards));
  }
  if (filters.empty()) return plan;
  return bool_plan({std::move(plan)}, std::move(filters), {}, {}, 0);
}

BoundTarget bind_target(const SearchRequest& request, const SearchTarget& target, const SearchContext& context) {
  BoundTarget out;
  out.target = &target;
  Binder binder{*target.searcher, context, {}, {}};
  float boost = 1;
  for (const IndexBoost& entry : request.indices_boost) {
    if (entry.index == target.searcher->index_name()) {
      boost = entry.boost;
      break;
    }
  }
  out.plan = bind_target_query(request.query, target, binder, boost);
  if (request.post_filter) out.post_filter = bind(*request.post_filter, binder);
  for (const RescoreClause& clause : request.rescore) out.rescore.push_back(bind(*clause.query, binder));
  out.named = std::move(binder.named);
  out.inner_hits = std::move(binder.inner_hits);
  return out;
}

namespace {

void check_scroll(const SearchRequest& request) {
  if (!request.collapse_field.empty()) throw ApiError(500, "search_exception", "cannot use `collapse` in a scroll context");
  if (!request.search_after.empty()) {
    throw ApiError(500, "search_exception", "`search_after` cannot be used in a scroll context.");
  }
}

}  // namespace

void bind_target_sort(const SearchRequest& request, const SearchContext& context, BoundTarget& target) {
  if (!request.rescore.empty() && !request.sort.empty()) {
    throw ApiError(illegal_argument("Cannot use [sort] option in conjunction with [rescore]."));
  }
  for (const RescoreClause& clause : request.rescore) {
    const int64_t limit = target.searcher().settings().max_rescore_window;
    if (clause.window_size <= limit) continue;
    throw ApiError(illegal_argument("Rescore window [" + std::to_string(clause.window_size) +
                                    "] is too large. It must be less than [" + std::to_string(limit) +
                                    "]. This prevents allocating massive heaps for storing the results to be rescored. This "
                                    "limit can be set by changing the [index.max_rescore_window] index level setting."));
  }
  Binder binder{target.searcher(), context, {}, {}};
  finish_inner_hits(target.inner_hits, binder);
  target.sort = bind_sort(request.sort, binder);
  if (request.scroll) check_scroll(request);
  if (request.slice) {
    std::vector<PlanPtr> filters = {slice_plan(request, *target.target)};
    target.plan = bool_plan({std::move(target.plan)}, std::move(filters), {}, {}, 0);
  }
  if (request.scroll || !request.collapse_field.empty()) {
    target.group_sort = target.sort;
    if (target.group_sort.empty()) {
      BoundSort score;
      score.descending = true;
      score.output = SortOutput::kFloat;
      target.group_sort.push_back(std::move(score));
    }
  }
  if (!request.collapse_field.empty()) {
    TopGroups::check_field(target.searcher().mapping(), request.collapse_field);
    if (!request.rescore.empty()) {
      throw ApiError(illegal_argument("cannot use `collapse` in conjunction with `rescore`"));
    }
    if (!request.search_after.empty()) not_implemented("[collapse] with [search_after] is not supported yet");
  }
  if (!request.search_after.empty()) target.search_after = parse_search_after(request.search_after, target.sort);
}

}  // namespace tarn::query
