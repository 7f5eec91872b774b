#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "query/collect/key_reader.h"
#include "query/collect/sort.h"

namespace tarn::query {

/// A document that may be shown.
struct Hit {
  uint32_t target = 0;  ///< index into the searched targets
  DocRef ref{};
  float score = 0;
  std::vector<SortValue> sort;
};

/// The `capacity` best documents by score; of equal ones the first. Documents must be offered in ascending order.
class TopScores {
 public:
  explicit TopScores(size_t capacity) : capacity_(capacity) {}

  /// Scores at or below it cannot enter any more.
  float threshold() const { return hits_.size() < capacity_ ? -1.0f : capacity_ == 0 ? HUGE_VALF : hits_.front().score; }
  void offer(uint32_t target, uint32_t segment, LocalDocId doc, float score) {
    if (hits_.size() < capacity_) {
      hits_.push_back({score, target, segment, doc});
      std::push_heap(hits_.begin(), hits_.end(), better);
    } else if (capacity_ > 0 && score > hits_.front().score) {
      std::pop_heap(hits_.begin(), hits_.end(), better);
      hits_.back() = {score, target, segment, doc};
      std::push_heap(hits_.begin(), hits_.end(), better);
    }
  }
  size_t capacity() const { return capacity_; }
  std::vector<Hit> take_sorted();

 private:
  struct Entry {
    float score;
    uint32_t target, segment;
    LocalDocId doc;
  };
  static bool better(const Entry& a, const Entry& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.target != b.target) return a.target < b.target;
    if (a.segment != b.segment) return a.segment < b.segment;
    return a.doc < b.doc;
  }
  size_t capacity_;
  std::vector<Entry> hits_;  // a heap, the worst in front
};

/// The `capacity` best documents by sort keys, over all segments and targets.
class TopSorted {
 public:
  explicit TopSorted(size_t capacity) : capacity_(capacity) {}

  /// Call before a segment's documents. `after` (may be empty) must outlive the segment. `last` (may be null): the hit
  /// that `after` comes from; documents of equal keys that stand behind it are taken.
  void begin_segment(const std::vector<BoundSort>& sort, const std::vector<SortValue>& after, uint32_t target,
                     const SegmentView& segment, const Hit* last = nullptr);
  /// Ascending documents; `scores` may be null where no key is _score and no hit shows its score.
  void add(const LocalDocId* docs, const float* scores, size_t count);
  /// All of `documents`, blocks with the best keys first, blocks that cannot hold a hit skipped.
  void add_all(const Bitset& documents);
  void end_segment();
  const std::vector<Hit>& hits() const { return hits_; }

 private:
  int64_t first_key_limit() const { return heap_.size() < capacity_ ? limit_ : std::min(limit_, key(heap_.front(), 0)); }
  int64_t key(uint32_t slot, size_t i) const { return keys_[slot * readers_.size() + i]; }
  bool better(uint32_t a, uint32_t b) const;
  bool is_after(const int64_t* keys, LocalDocId doc) const;
  void offer(LocalDocId doc, float score, int64_t first_key);

  size_t capacity_;
  std::vector<Hit> hits_;  // of finished segments, sorted
  std::vector<std::unique_ptr<KeyReader>> readers_;
  const std::vector<BoundSort>* sort_ = nullptr;
  uint32_t target_ = 0, segment_ = 0, doc_count_ = 0;
  std::vector<int64_t> after_places_;
  std::vector<char> after_equal_;
  uint64_t after_doc_ = UINT64_MAX;  // of equal keys, documents at or behind it come after
  int64_t limit_ = INT64_MAX;  // first keys above it cannot enter, from the hits of other segments
  std::vector<uint32_t> heap_, free_;
  std::vector<int64_t> keys_, first_keys_, scratch_;
  std::vector<LocalDocId> docs_;
  std::vector<float> scores_;
};

}  // namespace tarn::query
