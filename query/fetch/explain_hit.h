#pragma once

#include "query/collect/execute.h"

namespace tarn::query {

/// Why a document has its place: the query's explanation, with the filter that keeps nested documents out, and rescoring.
Explanation explain_hit(const SearchRequest& request, const BoundTarget& target, const SearchContext& context, DocRef ref);

}  // namespace tarn::query
