#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/collect/execute.h"

namespace tarn::query {

/// The query of a request as far as it tells whether Lucene knows its count without visiting documents. OpenSearch then ends
/// its own hit counting at once, and where aggregations collect on, the answer says "terminated_early": true.
std::optional<CountedQuery> counted_query(const Json& query);

/// Whether the answer to `request` carries that flag on OpenSearch.
bool counts_end_early(const SearchRequest& request, const std::vector<BoundTarget>& targets);

}  // namespace tarn::query
