#include "query/fetch/collapse_hits.h"

#include "query/bind/compound.h"
#include "query/collect/top_groups.h"
#include "query/fetch/hits_writer.h"
#include "query/fetch/inner_hits.h"
#include "query/filter/column_filters.h"

namespace tarn::query {

namespace {

/// The documents of the group that `hit` stands for.
PlanPtr group_plan(const SearchRequest& request, const BoundTarget& target, const Hit& hit) {
  const FieldType* field = target.searcher().mapping().find(request.collapse_field);
  const std::string path = field != nullptr ? field->path : request.collapse_field;
  const SegmentReader& reader = target.searcher().segments()[hit.ref.segment];
  if (const KeywordColumn* keywords = reader.keywords(path)) {
    const Ordinal ordinal = keywords->first(hit.ref.doc);
    if (ordinal != kNoOrdinal) return keyword_terms_plan(path, {std::string(keywords->term(ordinal))}, 0);
  }
  if (const NumericColumn* numbers = reader.numbers(path); numbers != nullptr && numbers->has(hit.ref.doc)) {
    const int64_t value = numbers->first(hit.ref.doc, 0);
    return number_range_plan(path, value, value, 0);
  }
  return bool_plan({}, {match_all_plan(0)}, {}, {presence_plan({{path, true, true}}, 0)}, 0);
}

void write_group(const InnerHitsClause& clause, const PlanPtr& group, const std::vector<BoundTarget>& targets,
                 const SearchContext& context, bool total_as_int, JsonWriter& out) {
  const SearchRequest& options = *clause.options;
  std::vector<BoundTarget> bound;
  for (const BoundTarget& outer : targets) {
    BoundTarget one;
    one.target = outer.target;
    one.plan = bool_plan({outer.plan}, {group}, {}, {}, 0);
    one.post_filter = outer.post_filter;
    bind_target_sort(options, context, one);
    bound.push_back(std::move(one));
  }
  const QueryResult result = run_query_phase(options, bound, context, nullptr);
  std::vector<Hit> page;
  for (auto i = static_cast<size_t>(options.from); i < result.hits.size() && page.size() < static_cast<size_t>(options.size); ++i) {
    page.push_back(result.hits[i]);
  }
  out.key(clause.name).begin_object().key("hits").begin_object();
  write_inner_total(result.total, total_as_int, out);
  out.key("max_score");
  result.has_max_score ? out.number(result.max_score) : out.null();
  out.key("hits");
  write_hits(options, bound, page, context, out);
  out.end_object().end_object();
}

}  // namespace

void write_collapse_inner_hits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context,
                               const Hit& hit, JsonWriter& out) {
  const PlanPtr group = group_plan(request, targets[hit.target], hit);
  out.key("inner_hits").begin_object();
  for (const auto& clause : request.collapse_inner_hits) write_group(*clause, group, targets, context, request.total_hits_as_int, out);
  out.end_object();
}

}  // namespace tarn::query
