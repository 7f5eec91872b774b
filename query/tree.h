#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/json.h"
#include "query/bind/plan.h"
#include "query/query.h"

namespace tarn::query {

/// A named clause of the request, bound; what matched_queries is made of.
struct NamedPlan {
  std::string name;
  PlanPtr plan;
};

struct BoundInnerHits;

/// Turns the clauses of one request into the plan of one index. One thread, one index, short-lived.
struct Binder {
  const Searcher& searcher;
  const SearchContext& context;
  std::vector<NamedPlan> named;
  std::string nested_scope;  ///< path of the nested clause around; "" at the root
  std::vector<std::shared_ptr<BoundInnerHits>> inner_hits;  ///< of the clauses bound so far; see query/fetch/inner_hits.h

  const Mapping& mapping() const { return searcher.mapping(); }
};

class LuceneQuery;  // query/lucene/tree.h

/// A clause as the request words it. Knows fields by name only.
class Query {
 public:
  virtual ~Query() = default;
  /// The clause against the mapping of binder.searcher. `boost` is the product of all boosts, its own included.
  /// Throws ApiError as OpenSearch's shard would (number_format_exception ...); search() wraps it.
  virtual PlanPtr bind(Binder& binder, float boost) const = 0;
  /// What OpenSearch would hand to Lucene for the clause, its own boost left out; null where Tarn cannot tell.
  virtual std::shared_ptr<const LuceneQuery> lucene(Binder&) const { return nullptr; }

  float boost = 1.0f;
  std::string name;  ///< "_name"; "" if none
};
using QueryPtr = std::shared_ptr<const Query>;

/// Binds with the clause's own boost and registers its name.
PlanPtr bind(const Query& query, Binder& binder, float outer_boost = 1.0f);

/// A clause that matches everything, or nothing.
QueryPtr make_match_all(float boost = 1.0f);
QueryPtr make_match_none();
/// bool with only filter clauses; alias filters and routing join the request's query this way.
QueryPtr make_should(std::vector<QueryPtr> clauses);

}  // namespace tarn::query
