#pragma once

#include <vector>

#include "query/collect/top_docs.h"
#include "query/tree.h"

namespace tarn::query {

/// One entry of "rescore": the best `window_size` hits get a second opinion.
struct RescoreClause {
  int64_t window_size = 10;
  QueryPtr query;
  float query_weight = 1, rescore_query_weight = 1;
  enum class Mode { kTotal, kMultiply, kAvg, kMax, kMin } mode = Mode::kTotal;
};

/// An object or a list of them. Throws ApiError as OpenSearch words it.
std::vector<RescoreClause> parse_rescore(const Json& value);
/// The score of a hit from that of the search and that of the clause's query, weighted and combined.
float rescored(const RescoreClause& clause, float first, float second);
/// `hits` of one target, best first; leaves them in their new order. `plan` is the clause's query, bound.
void rescore(const RescoreClause& clause, const Plan& plan, const Searcher& searcher, const SearchContext& context,
             std::vector<Hit>& hits);

}  // namespace tarn::query
