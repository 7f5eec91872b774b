#pragma once

#include <string>
#include <vector>

#include "query/aggs/aggregator.h"
#include "query/aggs/options.h"

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
    std::string text;                ///< as given
  };
  BucketOrder() = default;
  static BucketOrder by_count() { return BucketOrder({Key::Kind::kCount, false, {}, "", ""}); }
  static BucketOrder by_key() { return BucketOrder({Key::Kind::kKey, true, {}, "", ""}); }
  /// An object {"_count": "desc"} or an array of such. Throws 400 parsing_exception as OpenSearch words it.
  static BucketOrder parse(const Json& json);
  /// The member "order"; the order stands as it is where there is none.
  void declare(Options& options);

  const std::vector<Key>& keys() const { return keys_; }
  bool by_metric() const {
    return std::any_of(keys_.begin(), keys_.end(), [](const Key& key) { return key.kind == Key::Kind::kMetric; });
  }
  /// Throws 500 aggregation_execution_exception "Invalid aggregation order path [x]. ..." for what `children` do not have.
  void check(const Children& children) const;

  /// Negative, 0 or positive; `compare_keys(a, b)` orders the buckets' keys. Ids are bucket numbers of the owner.
  template <class CompareKeys>
  int compare(const Children& children, uint32_t a, uint64_t count_a, uint32_t b, uint64_t count_b,
              CompareKeys&& compare_keys) const {
    for (const Key& key : keys_) {
      int order = 0;
      if (key.kind == Key::Kind::kCount) order = count_a < count_b ? -1 : count_a > count_b;
      else if (key.kind == Key::Kind::kKey) order = compare_keys(a, b);
      else order = compare_values(key, metric_of(key, children, a), metric_of(key, children, b));
      if (order != 0) return key.kind == Key::Kind::kMetric || key.ascending ? order : -order;
    }
    return compare_keys(a, b);
  }

 private:
  explicit BucketOrder(Key key) : keys_{std::move(key)} {}
  static double metric_of(const Key& key, const Children& children, uint32_t bucket);
  static int compare_values(const Key& key, double x, double y);
  std::vector<Key> keys_;
};

}  // namespace tarn::query
