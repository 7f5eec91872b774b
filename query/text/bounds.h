#pragma once

#include <algorithm>

#include "indexer/segment/postings.h"
#include "query/text/similarity.h"

namespace tarn::query {

/// What the postings of a stretch of documents can score at best, from the bounds of their blocks.
class StretchBound {
 public:
  void add(const PostingList::Bound& block) {
    max_freq_ = std::max(max_freq_, block.max_freq);
    for (size_t i = 0; i < min_norms_.size(); ++i) min_norms_[i] = std::min(min_norms_[i], block.min_norms[i]);
  }
  /// Of documents that have this and the other: the lesser frequency, which no phrase of both exceeds. Norms are of the
  /// document, so the greater of the two least norms holds.
  void meet(const StretchBound& other) {
    max_freq_ = std::min(max_freq_, other.max_freq_);
    for (size_t i = 0; i < min_norms_.size(); ++i) min_norms_[i] = std::max(min_norms_[i], other.min_norms_[i]);
  }
  bool empty() const { return max_freq_ == 0; }
  /// 0 where there are no postings.
  float best(const TermScore& score, bool freqs) const {
    if (max_freq_ == 0) return 0;
    if (!freqs) return score.bound(1, min_norms_[0]);
    float best = 0;
    const uint32_t classes = std::min<uint32_t>(max_freq_, PostingList::kFreqClasses);
    for (uint32_t freq = 1; freq < classes; ++freq) {
      best = std::max(best, score.bound(static_cast<uint16_t>(freq), min_norms_[freq - 1]));
    }
    return std::max(best, score.bound(max_freq_, min_norms_[classes - 1]));
  }
  /// A frequency is so large that the postings do not know it.
  bool saturated() const { return max_freq_ == UINT16_MAX; }

 private:
  uint16_t max_freq_ = 0;
  std::array<uint8_t, PostingList::kFreqClasses> min_norms_{255, 255, 255, 255};
};

/// Bounds of ascending stretches of one list.
class BoundCursor {
 public:
  explicit BoundCursor(const PostingList& list) : list_(&list) {}
  /// Of [begin, end); begin must not fall.
  StretchBound over(LocalDocId begin, LocalDocId end) {
    const auto& bounds = list_->bounds;
    while (block_ < bounds.size() && bounds[block_].last_doc < begin) ++block_;
    StretchBound out;
    for (size_t b = block_; b < bounds.size(); ++b) {
      if (list_->docs[b * PostingList::kBlock] >= end) break;
      out.add(bounds[b]);
      if (bounds[b].last_doc >= end) break;
    }
    return out;
  }

 private:
  const PostingList* list_;
  size_t block_ = 0;
};

/// Sums of bounds, and bounds that pass through float, err a little on the safe side.
inline bool beats(double bound, float threshold) { return static_cast<float>(bound * 1.0000002) > threshold; }

/// The first index at or after `at` whose document is not below `doc`; galloping.
inline size_t gallop(const LocalDocId* docs, size_t size, size_t at, LocalDocId doc) {
  if (at >= size || docs[at] >= doc) return at;
  size_t step = 1, low = at;
  while (low + step < size && docs[low + step] < doc) {
    low += step;
    step <<= 1;
  }
  return static_cast<size_t>(std::lower_bound(docs + low + 1, docs + std::min(low + step, size), doc) - docs);
}

}  // namespace tarn::query
