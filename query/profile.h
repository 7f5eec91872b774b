#pragma once

#include <cstdint>
#include <vector>

#include "query/collect/execute.h"

namespace tarn::query {

/// What search() measured while it ran, nanoseconds.
struct ProfileTimes {
  uint64_t query = 0, fetch = 0;
  size_t hits = 0;                 ///< that were fetched
};

/// Appends "profile": {...}. The query as a whole has the time that the search took; its parts are run once more, each on its
/// own, so that their times are measured and not shared out. Follows: OpenSearch "Profile API"; what Lucene does and Tarn does
/// not (match, compute_max_score ...) counts 0.
void write_profile(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context,
                   const ProfileTimes& times, JsonWriter& out);

}  // namespace tarn::query
