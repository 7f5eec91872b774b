#pragma once

#include <string>
#include <vector>

#include "query/collect/execute.h"

namespace tarn::query {

/// Reads the rows of `hits` and writes the array "hits.hits". Throws ApiError for bad formats in fields and docvalue_fields.
void write_hits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const std::vector<Hit>& hits,
                const SearchContext& context, JsonWriter& out);
/// Refuses what the fetch phase could not do, before any work (limits, formats, unmapped types).
void check_fetch(const SearchRequest& request, const BoundTarget& target);

}  // namespace tarn::query
