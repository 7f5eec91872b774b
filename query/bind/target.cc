#include <algorithm>

#include "query/bind/compound.h"
#include "query/collect/execute.h"
#include "query/collect/top_groups.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

/// Documents whose routing (or _id, where there is none) hashes to one of the shards.
class RoutingPlan final : public ConstantPlan {
 public:
  RoutingPlan(std::vector<int> shards, int number_of_shards)
      : ConstantPlan(1), shards_(std::move(shards)), number_of_shards_(number_of_shards) {}
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all = documents_of_path(segment, "");
    restrict_to(segment, all);
    out |= all;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    constexpr size_t kBatch = 512;
    LocalDocId docs[kBatch];
    for (uint32_t from = 0; from < documents.size();) {
      const size_t n = documents.extract(from, docs, kBatch);
      if (n == 0) return;
      std::vector<DocRef> live;
      for (size_t i = 0; i < n; ++i) {
        if (segment.reader.is_live(docs[i])) {
          live.push_back({static_cast<uint32_t>(segment.index), docs[i]});
        } else {
          documents.reset(docs[i]);
        }
      }
      const auto stored = segment.searcher.fetch_all(live);
      for (size_t i = 0; i < live.size(); ++i) {
        const int shard = shard_of(stored[i].routing.empty() ? stored[i].id : stored[i].routing, number_of_shards_);
        if (std::find(shards_.begin(), shards_.end(), shard) == shards_.end()) documents.reset(live[i].doc);
      }
      from = docs[n - 1] + 1;
    }
  }

 private:
  std::vector<int> shards_;
  int number_of_shards_;
};

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
    filters.push_back(std::make_shared<RoutingPlan>(target.routing_shards, target.searcher->settings().number_of_shards));
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
  return out;
}

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
  target.sort = bind_sort(request.sort, binder);
  if (!request.collapse_field.empty()) {
    TopGroups::check_field(target.searcher().mapping(), request.collapse_field);
    if (!request.rescore.empty()) {
      throw ApiError(illegal_argument("cannot use `collapse` in conjunction with `rescore`"));
    }
    if (!request.search_after.empty()) not_implemented("[collapse] with [search_after] is not supported yet");
    target.group_sort = target.sort;
    if (target.group_sort.empty()) {
      BoundSort score;
      score.descending = true;
      score.output = SortOutput::kFloat;
      target.group_sort.push_back(std::move(score));
    }
  }
  if (!request.search_after.empty()) target.search_after = parse_search_after(request.search_after, target.sort);
}

}  // namespace tarn::query
