#include "query/lucene/describe_search.h"

#include "query/dsl/clause.h"

namespace tarn::query {

LuceneQueryPtr search_query(const std::shared_ptr<const Query>& query, const SearchTarget& target, Binder& binder) {
  LuceneQueryPtr out = query ? lucene_of(*query, binder) : lucene_approximate_all();
  if (out->type() == "MatchNoDocsQuery") return out;
  std::vector<LuceneClause> clauses = {{out, Occur::kMust}};
  const Mapping& mapping = binder.mapping();
  if (!mapping.nested_paths().empty() && out->may_match_nested(mapping)) {
    const auto roots = [](Binder&, float boost) { return match_all_plan(boost); };
    clauses.push_back({lucene_leaf(roots, LeafText("FieldExistsQuery [field=_primary_term]", "FieldExistsQuery")), Occur::kFilter});
  }
  if (!target.alias_filters.empty()) {
    std::vector<LuceneClause> filters;
    for (const Json& filter : target.alias_filters) filters.push_back({lucene_of(*parse_query(filter), binder), Occur::kShould});
    LuceneQueryPtr joined = filters.size() == 1 ? filters[0].query : std::make_shared<LuceneBool>(std::move(filters));
    clauses.push_back({std::move(joined), Occur::kFilter});
  }
  return clauses.size() == 1 ? out : std::make_shared<LuceneBool>(std::move(clauses));
}

}  // namespace tarn::query
