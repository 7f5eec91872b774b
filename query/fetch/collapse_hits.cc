#include "query/fetch/collapse_hits.h"

#include "query/bind/compound.h"
#include "query/collect/top_groups.h"
#include "query/fetch/hits_writer.h"
#include "query/fetch/inner_hits.h"
#include "query/filter/column_filters.h"

namespace tarn::query {

namespace {

/// What the hits of one group have in common.
struct GroupValue {
  std::optional<std::string> term;
  std::optional<int64_t> number;
};

std::string path_in(const Mapping& mapping, const std::string& name) {
  const FieldType* field = mapping.find(name);
  return field != nullptr ? field->path : name;
}

GroupValue group_of(const SearchRequest& request, const BoundTarget& target, const Hit& hit) {
  const std::string path = path_in(target.searcher().mapping(), request.collapse_field);
  const SegmentReader& reader = target.searcher().segments()[hit.ref.segment];
  GroupValue out;
  if (const KeywordColumn* keywords = reader.keywords(path)) {
    const Ordinal ordinal = keywords->first(hit.ref.doc);
    if (ordinal != kNoOrdinal) out.term = std::string(keywords->term(ordinal));
  }
  if (const NumericColumn* numbers = reader.numbers(path); numbers != nullptr && numbers->has(hit.ref.doc)) {
    out.number = numbers->first(hit.ref.doc, 0);
  }
  return out;
}

/// The group's documents in one target, where the field may have another path (an alias).
PlanPtr group_plan(const GroupValue& value, const std::string& field, const BoundTarget& target) {
  const std::string path = path_in(target.searcher().mapping(), field);
  if (value.term) return keyword_terms_plan(path, {*value.term}, 0);
  if (value.number) return number_range_plan(path, *value.number, *value.number, 0);
  return bool_plan({}, {match_all_plan(0)}, {}, {presence_plan({{path, true, true}}, 0)}, 0);
}

void write_group(const InnerHitsClause& clause, const SearchRequest& request, const GroupValue& group,
                 const std::vector<BoundTarget>& targets, const SearchContext& context, JsonWriter& out) {
  const SearchRequest& options = *clause.options;
  std::vector<BoundTarget> bound;
  for (const BoundTarget& outer : targets) {
    BoundTarget one;
    one.target = outer.target;
    one.plan = bool_plan({outer.plan}, {group_plan(group, request.collapse_field, outer)}, {}, {}, 0);
    one.post_filter = outer.post_filter;
    bind_target_sort(options, context, one);
    bound.push_back(std::move(one));
  }
  const QueryResult result = run_query_phase(options, bound, context, nullptr);
  std::vector<Hit> page;
  for (auto i = static_cast<size_t>(options.from); i < result.hits.size() && page.size() < static_cast<size_t>(options.size); ++i) {
    page.push_back(result.hits[i]);
  }
  out.key(clause.name.value_or("")).begin_object().key("hits").begin_object();
  write_inner_total(result.total, request.total_hits_as_int, out);
  out.key("max_score");
  result.has_max_score ? out.number(result.max_score) : out.null();
  out.key("hits");
  write_hits(options, bound, page, context, out);
  out.end_object().end_object();
}

}  // namespace

void write_collapse_inner_hits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context,
                               const Hit& hit, JsonWriter& out) {
  const GroupValue group = group_of(request, targets[hit.target], hit);
  out.key("inner_hits").begin_object();
  for (const auto& clause : request.collapse_inner_hits) write_group(*clause, request, group, targets, context, out);
  out.end_object();
}

}  // namespace tarn::query
