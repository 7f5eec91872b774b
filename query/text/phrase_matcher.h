#pragma once

#include <cstdint>
#include <vector>

namespace tarn::query {

/// Counts a phrase in one document. `positions[i]` are the ascending positions of the phrase's i-th term there, already
/// shifted by its offset in the phrase. All must be non-empty.
/// Exact: the number of positions that all share.
float exact_phrase_freq(const std::vector<std::vector<int32_t>>& positions);
/// Lucene's SloppyPhraseMatcher: the sum of 1 / (1 + width) over matches of width at most `slop`. `groups[i]` is equal for
/// terms that may stand on the same token (a repeated term), -1 for the others.
float sloppy_phrase_freq(const std::vector<std::vector<int32_t>>& positions, const std::vector<int>& offsets,
                         const std::vector<int>& groups, int slop);

}  // namespace tarn::query
