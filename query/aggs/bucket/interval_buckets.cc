#include "query/aggs/bucket/interval_buckets.h"

#include <algorithm>

namespace tarn::query {

void IntervalBuckets::finish() {
  by_parent_.clear();
  for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) by_parent_[buckets_[bucket].parent].push_back(bucket);
  for (auto& [parent, list] : by_parent_) {
    std::sort(list.begin(), list.end(), [&](uint32_t a, uint32_t b) { return buckets_[a].key < buckets_[b].key; });
  }
}

std::vector<IntervalBuckets::Shown> IntervalBuckets::shown(uint32_t parent, uint64_t min_doc_count,
                                                           const std::function<int64_t(int64_t)>& next, std::optional<int64_t> low,
                                                           std::optional<int64_t> high, size_t limit, const BucketOrder& order,
                                                           const Children& children) const {
  std::vector<Shown> out;
  const auto it = by_parent_.find(parent);
  static const std::vector<uint32_t> kNone;
  const std::vector<uint32_t>& list = it == by_parent_.end() ? kNone : it->second;
  const auto fill = [&](int64_t from, int64_t until) {
    for (int64_t key = from; key < until && out.size() <= limit;) {
      out.push_back({key, kEmptyBucket});
      const int64_t following = next(key);
      if (following <= key) break;
      key = following;
    }
  };
  if (min_doc_count == 0 && low && (list.empty() || *low < buckets_[list[0]].key)) {
    fill(*low, list.empty() ? (high ? next(*high) : *low) : buckets_[list[0]].key);
  }
  for (size_t i = 0; i < list.size() && out.size() <= limit; ++i) {
    const Bucket& bucket = buckets_[list[i]];
    if (bucket.count >= min_doc_count) out.push_back({bucket.key, list[i]});
    if (min_doc_count == 0 && i + 1 < list.size()) fill(next(bucket.key), buckets_[list[i + 1]].key);
  }
  if (min_doc_count == 0 && high && !list.empty() && buckets_[list.back()].key < *high) {
    fill(next(buckets_[list.back()].key), next(*high));
  }
  const auto& keys = order.keys();
  if (keys.size() == 1 && keys[0].kind == BucketOrder::Key::Kind::kKey) {
    if (!keys[0].ascending) std::reverse(out.begin(), out.end());
    return out;
  }
  // Filled-in buckets have no number for their children, so they are ordered as a count of 0 and by key.
  std::stable_sort(out.begin(), out.end(), [&](const Shown& a, const Shown& b) {
    const uint64_t count_a = a.bucket == kEmptyBucket ? 0 : buckets_[a.bucket].count;
    const uint64_t count_b = b.bucket == kEmptyBucket ? 0 : buckets_[b.bucket].count;
    return order.compare(children, a.bucket, count_a, b.bucket, count_b, [&](uint32_t, uint32_t) {
      return a.key < b.key ? -1 : a.key > b.key;
    }) < 0;
  });
  return out;
}

}  // namespace tarn::query
