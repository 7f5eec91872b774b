#include "indexer/merge_policy.h"

#include <algorithm>
#include <cmath>

namespace tarn {
namespace {

// Width of a level in powers of merge_factor, as LogMergePolicy.LEVEL_LOG_SPAN.
constexpr double kLevelSpan = 0.75;

std::vector<double> levels_of(const std::vector<MergeCandidate>& candidates, const MergePolicy& policy) {
  std::vector<double> levels;
  for (const MergeCandidate& candidate : candidates) {
    const double bytes = static_cast<double>(std::max(candidate.bytes, policy.floor_bytes));
    levels.push_back(std::log(bytes) / std::log(static_cast<double>(policy.merge_factor)));
  }
  return levels;
}

bool mergeable(const std::vector<MergeCandidate>& candidates, size_t begin, size_t end, const MergePolicy& policy) {
  uint64_t total = 0;
  for (size_t i = begin; i < end; ++i) {
    if (candidates[i].busy) return false;
    total += candidates[i].bytes;
  }
  return total <= policy.merged_bytes_max;
}

}  // namespace

std::optional<MergeRange> choose_merge(const std::vector<MergeCandidate>& candidates, const MergePolicy& policy) {
  const std::vector<double> levels = levels_of(candidates, policy);
  const double floor_level =
      std::log(static_cast<double>(policy.floor_bytes)) / std::log(static_cast<double>(policy.merge_factor));
  size_t start = 0;
  while (start < candidates.size()) {
    const double top = *std::max_element(levels.begin() + static_cast<ptrdiff_t>(start), levels.end());
    const double bottom = top <= floor_level + kLevelSpan ? -1 : top - kLevelSpan;
    // The level ends with the last segment that belongs to it; smaller ones before it are merged along.
    size_t end = candidates.size();
    while (end > start && levels[end - 1] < bottom) --end;
    for (size_t begin = start; begin + policy.merge_factor <= end; ++begin) {
      if (mergeable(candidates, begin, begin + policy.merge_factor, policy)) {
        return MergeRange{begin, begin + policy.merge_factor};
      }
    }
    start = end;
  }
  for (size_t i = 0; i < candidates.size(); ++i) {
    const MergeCandidate& candidate = candidates[i];
    if (!candidate.busy && (candidate.dead_ratio > policy.dead_ratio_max || candidate.heavy_patches)) {
      return MergeRange{i, i + 1};
    }
  }
  return std::nullopt;
}

std::optional<MergeRange> choose_forced_merge(const std::vector<MergeCandidate>& candidates, size_t segments_max) {
  segments_max = std::max<size_t>(segments_max, 1);
  if (candidates.size() <= segments_max) return std::nullopt;
  const size_t width = candidates.size() - segments_max + 1;
  std::optional<MergeRange> best;
  uint64_t best_bytes = 0;
  for (size_t begin = 0; begin + width <= candidates.size(); ++begin) {
    uint64_t bytes = 0;
    bool busy = false;
    for (size_t i = begin; i < begin + width; ++i) {
      bytes += candidates[i].bytes;
      busy |= candidates[i].busy;
    }
    if (!busy && (!best || bytes < best_bytes)) {
      best = MergeRange{begin, begin + width};
      best_bytes = bytes;
    }
  }
  return best;
}

}  // namespace tarn
