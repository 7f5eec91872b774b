#pragma once

#include <string>
#include <vector>

#include "query/aggs/aggregator.h"
#include "query/aggs/parse.h"

namespace tarn::query {

/// "order" of bucket aggregations: _count, _key, or a path to a metric below; ties go by ascending key.
/// Follows: OpenSearch InternalOrder.
class BucketOrder {
 public:
  struct Key {
    enum class Kind { kCount, kKey, kMetric } kind;
    bool ascending;
    std::vector<std::string> path;   ///< aggregations on the way, the last one is the metric
    std::string property;
  };
  /// `json` is null, an object {"_count": "desc"} or an array of such. Throws 400 as OpenSearch words it.
  static BucketOrder parse(const AggregationNode& node, const Json& json, std::vector<Key> fallback);

  const std::vector<Key>& keys() const { return keys_; }
  bool by_count_only() const;
  /// Negative, 0 or positive; `compare_keys(a, b)` orders the buckets' keys. Ids are bucket numbers of the owner.
  template <class CompareKeys>
  int compare(const Children& children, uint32_t a, uint64_t count_a, uint32_t b, uint64_t count_b,
              CompareKeys&& compare_keys) const {
    for (const Key& key : keys_) {
      int order = 0;
      if (key.kind == Key::Kind::kCount) order = count_a < count_b ? -1 : count_a > count_b;
      else if (key.kind == Key::Kind::kKey) order = compare_keys(a, b);
      else order = compare_metrics(key, children, a, b);
      if (order != 0) return key.kind == Key::Kind::kMetric || key.ascending ? order : -order;
    }
    return compare_keys(a, b);
  }

 private:
  static int compare_metrics(const Key& key, const Children& children, uint32_t a, uint32_t b);
  std::vector<Key> keys_;
};

}  // namespace tarn::query
