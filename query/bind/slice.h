#pragma once

#include <vector>

#include "query/search_request.h"
#include "query/tree.h"

namespace tarn::query {

/// Documents whose routing (or _id, where there is none) hashes to one of the shards.
PlanPtr routing_plan(std::vector<int> shards);

/// The documents of request.slice in one target, divided as OpenSearch's SliceBuilder divides them: by shards where there
/// are several, then by a hash of _id or of a number. Throws search_exception outside of a scroll or point in time.
PlanPtr slice_plan(const SearchRequest& request, const SearchTarget& target);

}  // namespace tarn::query
