#pragma once

#include <vector>

#include "query/collect/execute.h"

namespace tarn::query {

/// "inner_hits" of a collapsed hit: the search again, within the group of `hit`, over all targets.
void write_collapse_inner_hits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context,
                               const Hit& hit, JsonWriter& out);

}  // namespace tarn::query
