#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace tarn {

/// What the policy knows of a segment.
struct MergeCandidate {
  uint64_t bytes = 0;        ///< live share of its size
  double dead_ratio = 0;     ///< dead documents among all
  bool busy = false;         ///< being merged: a wall between its neighbours
  bool heavy_patches = false;  ///< in-place updates that take so much memory that folding them in pays
};

struct MergePolicy {
  uint64_t floor_bytes = 2 << 20;              ///< smaller ones count as this: few documents, many segments
  uint64_t merged_bytes_max = uint64_t{5} << 30;
  size_t merge_factor = 8;                     ///< segments of one level that are merged at once
  double dead_ratio_max = 0.33;
};

struct MergeRange { size_t begin, end; };      ///< [begin, end) of the candidates

/// The next merge, or nothing. Only neighbours are merged, because local doc ids follow row order. Levels as in Lucene's
/// LogMergePolicy: with factor 8, n bytes are rewritten log8(n / floor) times, and about 8 segments a level remain.
std::optional<MergeRange> choose_merge(const std::vector<MergeCandidate>& candidates, const MergePolicy& policy);

/// The next merge on the way to at most `segments_max` segments: the smallest run of neighbours.
std::optional<MergeRange> choose_forced_merge(const std::vector<MergeCandidate>& candidates, size_t segments_max);

}  // namespace tarn
