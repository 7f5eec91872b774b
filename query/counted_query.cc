#include "query/counted_query.h"

#include <algorithm>

#include "query/text/top_k.h"

namespace tarn::query {
namespace {

bool counted_in(const CountedQuery& query, const BoundTarget& target) {
  const Searcher& searcher = target.searcher();
  if (searcher.segments().empty()) return false;
  const FieldType* field = searcher.mapping().find(query.field);
  const bool whole = searcher.deleted_doc_count() == 0;   // term statistics count deleted documents
  switch (query.kind) {
    case CountedQuery::Kind::kAll: return searcher.mapping().nested_paths().empty();  // else roots are filtered
    case CountedQuery::Kind::kExists: return whole && field != nullptr;
    case CountedQuery::Kind::kTerm:
      return whole && field != nullptr && (field->inverted || field->column == ColumnKind::kKeyword || field->kind == FieldKind::kBoolean);
    case CountedQuery::Kind::kMatch: {
      if (!whole || field == nullptr) return false;
      if (!field->inverted) return field->column == ColumnKind::kKeyword;
      const auto terms = as_term_query(target.plan);
      return terms && terms->phrase == nullptr && terms->terms.size() == 1 && terms->filter.empty() && terms->must_not.empty();
    }
  }
  return false;
}

}  // namespace

std::optional<CountedQuery> counted_query(const Json& query) {
  using Kind = CountedQuery::Kind;
  if (query.is_null()) return CountedQuery{Kind::kAll, ""};
  if (!query.is_object() || query.size() != 1 || !query.begin().value().is_object()) return std::nullopt;
  const std::string& name = query.begin().key();
  const Json& body = query.begin().value();
  if (name == "match_all") return CountedQuery{Kind::kAll, ""};
  if (name == "term" || name == "match") {
    if (body.size() != 1) return std::nullopt;
    const Json& value = body.begin().value();
    if (value.is_object() && value.contains("case_insensitive")) return std::nullopt;
    return CountedQuery{name == "term" ? Kind::kTerm : Kind::kMatch, body.begin().key()};
  }
  if (name == "exists" && body.contains("field") && body["field"].is_string()) {
    return CountedQuery{Kind::kExists, body["field"].get<std::string>()};
  }
  if (name == "constant_score" && body.contains("filter")) return counted_query(body["filter"]);
  if (name == "bool" && body.size() == 1 && body.contains("filter")) {
    const Json& filter = body["filter"];
    if (filter.is_object()) return counted_query(filter);
    if (filter.is_array() && filter.size() == 1) return counted_query(filter[0]);
  }
  return std::nullopt;
}

bool counts_end_early(const SearchRequest& request, const std::vector<BoundTarget>& targets) {
  if (!request.aggregations || request.aggregations->has_sampler() || request.size != 0 || request.post_filter || request.min_score) return false;
  return std::any_of(targets.begin(), targets.end(), [&](const BoundTarget& target) {
    if (request.track_total_hits == kTrackNoHits) return !target.searcher().segments().empty();
    return request.counted && counted_in(*request.counted, target);
  });
}

}  // namespace tarn::query
