#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <map>

#include "query/aggs/aggregator.h"
#include "query/aggs/bucket/bucket_order.h"
#include "query/aggs/flat_map.h"

namespace tarn::query {

/// The buckets of histogram and date_histogram: numbers made on first sight, empty ones in between filled in when writing.
/// Keys are int64: a date's bucket start in ms, or a histogram's bucket index.
class IntervalBuckets {
 public:
  struct Bucket {
    uint32_t parent;
    int64_t key;
    uint64_t count;
  };
  uint32_t insert(uint32_t parent, int64_t key) {
    bool fresh = false;
    const uint32_t bucket = map_.insert(parent, key, fresh);
    if (fresh) buckets_.push_back({parent, key, 0});
    return bucket;
  }
  void count(uint32_t bucket, uint64_t by = 1) { buckets_[bucket].count += by; }
  const Bucket& operator[](uint32_t bucket) const { return buckets_[bucket]; }
  /// Adds the buckets of `other`, whose parent i is parents[i] here; returns where they are here.
  std::vector<uint32_t> absorb(const IntervalBuckets& other, std::span<const uint32_t> parents) {
    std::vector<uint32_t> out;
    for (const Bucket& theirs : other.buckets_) {
      out.push_back(insert(parents[theirs.parent], theirs.key));
      count(out.back(), theirs.count);
    }
    return out;
  }
  uint32_t size() const { return static_cast<uint32_t>(buckets_.size()); }

  static constexpr uint32_t kEmptyBucket = kNoBucket;
  size_t memory_bytes() const { return map_.memory_bytes() + buckets_.capacity() * sizeof(Bucket); }
  struct Shown {
    int64_t key;
    uint32_t bucket;     ///< kEmptyBucket: a filled-in one
  };
  void finish();
  /// Buckets of one parent in order, those under `min_doc_count` left out; with min_doc_count 0 the gaps are filled by
  /// `next(key)`, from `low` to `high` too if they are given. `limit`: how many may be shown at most, past it one more is
  /// returned so that the caller's count fails.
  std::vector<Shown> shown(uint32_t parent, uint64_t min_doc_count, const std::function<int64_t(int64_t)>& next,
                           std::optional<int64_t> low, std::optional<int64_t> high, size_t limit, const BucketOrder& order,
                           const Children& children) const;

 private:
  BucketMap map_;
  std::vector<Bucket> buckets_;
  std::map<uint32_t, std::vector<uint32_t>> by_parent_;
};

}  // namespace tarn::query
