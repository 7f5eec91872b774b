// min, max, sum, avg, value_count, stats and extended_stats: one pass over the values of a field, with arrays by bucket.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

enum class Metric { kMin, kMax, kSum, kAvg, kValueCount, kStats, kExtendedStats };

Metric metric_of(std::string_view type) {
  if (type == "min") return Metric::kMin;
  if (type == "max") return Metric::kMax;
  if (type == "sum") return Metric::kSum;
  if (type == "avg") return Metric::kAvg;
  if (type == "value_count") return Metric::kValueCount;
  return type == "stats" ? Metric::kStats : Metric::kExtendedStats;
}

struct MetricOptions {
  SourceOptions source;
  double sigma = 2;

  explicit MetricOptions(const AggregationNode& node) {
    Options options(node.type);
    source.declare(options, node);
    if (node.type == "extended_stats") {
      options.number("sigma", [&](double value) {
        if (value < 0) {
          throw ApiError(illegal_argument(fmt::format("[sigma] must be greater than or equal to 0. Found [{}] in [{}]", double_text(value), node.name)));
        }
        sigma = value;
      });
    }
    options.read(node.body());
    SourceOptions::require_field(node);
  }
};

class MetricAggregator : public Aggregator {
 public:
  MetricAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), metric_(metric_of(node.type)), options_(node), source_(node.type, options_.source, &context.state), context_(context.search) {}

  std::string type_name() const override { return node().type; }

  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (metric_ != Metric::kValueCount) source_.require_numeric();
  }
  void begin_segment(const Searcher& searcher, size_t segment) override { source_.begin_segment(searcher, segment); }
  bool mergeable() const override { return true; }
  void absorb(Aggregator& other, std::span<const uint32_t> buckets) override {
    const auto& theirs = static_cast<MetricAggregator&>(other).totals_;
    for (size_t i = 0; i < std::min(theirs.size(), buckets.size()); ++i) {
      if (theirs[i].count > 0) state_of(totals_, buckets[i]).absorb(theirs[i]);
    }
  }

  void collect(const DocBatch& batch) override {
    state_of(totals_, top_bucket(batch));
    if (source_.kind() == ValueSource::Kind::kKeyword) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal) { ++totals_[batch.buckets[i]].count; });
      return;
    }
    if (metric_ != Metric::kExtendedStats) {
      if (const int64_t* values = source_.whole_numbers(batch.docs, batch.count)) return add_runs(batch, values);
    }
    switch (metric_) {
      case Metric::kValueCount:
        source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t) { ++totals_[batch.buckets[i]].count; });
        break;
      case Metric::kAvg:
      case Metric::kSum:
        add_values(batch, [](StatsTotals& totals, double value) {
          ++totals.count;
          totals.sum.add(value);
        });
        break;
      case Metric::kMin:
        add_values(batch, [](StatsTotals& totals, double value) {
          ++totals.count;
          totals.min = std::min(totals.min, value);
        });
        break;
      case Metric::kMax:
        add_values(batch, [](StatsTotals& totals, double value) {
          ++totals.count;
          totals.max = std::max(totals.max, value);
        });
        break;
      case Metric::kStats: add_values(batch, [](StatsTotals& totals, double value) { totals.add(value); }); break;
      case Metric::kExtendedStats: add_values(batch, [](StatsTotals& totals, double value) { totals.add_squared(value); }); break;
    }
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    const StatsTotals& totals = totals_of(bucket);
    if (metric_ == Metric::kStats) return stats_result(totals, source_.format());
    if (metric_ == Metric::kExtendedStats) return extended_stats_result(totals, options_.sigma, source_.format());
    if (metric_ == Metric::kValueCount) {
      auto result = std::make_unique<MetricResult>();
      result->values = {{"value", static_cast<double>(totals.count)}};
      result->members = fmt::format("\"value\":{}", totals.count);
      return result;
    }
    return value_result(value_of(totals), totals.count > 0 || metric_ == Metric::kSum, source_.format());
  }

  void check_sort(std::string_view property) const override {
    double ignored = 0;
    if (metric_ != Metric::kStats && metric_ != Metric::kExtendedStats) {
      if (!property.empty() && property != "value") {
        throw ApiError(illegal_argument(fmt::format("Ordering on a single-value metrics aggregation can only be done on its value. Either drop the key "
                                                    "(a la \"{}\") or change it to \"value\" (a la \"{}.value\")", name(), name())));
      }
    } else if (property.empty()) {
      throw ApiError(illegal_argument(fmt::format("When ordering on a multi-value metrics aggregation a metric name must be specified.")));
    } else if (!StatsTotals().property(property, metric_ == Metric::kStats ? -1 : 2, ignored)) {
      throw ApiError(illegal_argument(fmt::format("Unknown metric name [{}] on multi-value metrics aggregation [{}]", property, name())));
    }
  }
  double sort_value(uint32_t bucket, std::string_view property) const override {
    const StatsTotals& totals = totals_of(bucket);
    if (metric_ != Metric::kStats && metric_ != Metric::kExtendedStats) return value_of(totals);
    double out = NAN;
    totals.property(property, options_.sigma, out);
    return out;
  }
  size_t memory_bytes() const override { return totals_.capacity() * sizeof(StatsTotals); }

 private:
  template <class Add>
  void add_values(const DocBatch& batch, Add add) {
    StatsTotals* const totals = totals_.data();
    source_.for_each_number(batch.docs, batch.count,
                            [&](size_t i, int64_t encoded) { add(totals[batch.buckets[i]], source_.number(encoded)); });
  }
  /// Neighbours often fall into the same bucket: their totals are made in registers. Sums of small whole numbers are exact in any order.
  void add_runs(const DocBatch& batch, const int64_t* values) {
    for (size_t i = 0; i < batch.count;) {
      const uint32_t bucket = batch.buckets[i];
      const size_t begin = i;
      int64_t sum = 0, low = values[i], high = values[i];
      for (; i < batch.count && batch.buckets[i] == bucket; ++i) {
        sum += values[i];
        low = std::min(low, values[i]);
        high = std::max(high, values[i]);
      }
      StatsTotals& totals = totals_[bucket];
      totals.count += i - begin;
      totals.sum.add(static_cast<double>(sum));
      totals.min = std::min(totals.min, static_cast<double>(low));
      totals.max = std::max(totals.max, static_cast<double>(high));
    }
  }
  const StatsTotals& totals_of(uint32_t bucket) const {
    static const StatsTotals kNone;
    return bucket < totals_.size() ? totals_[bucket] : kNone;
  }
  double value_of(const StatsTotals& totals) const {
    switch (metric_) {
      case Metric::kMin: return totals.min;
      case Metric::kMax: return totals.max;
      case Metric::kSum: return totals.sum.value;
      case Metric::kAvg: return totals.average();
      default: return static_cast<double>(totals.count);
    }
  }

  Metric metric_;
  MetricOptions options_;
  ValueSource source_;
  const SearchContext& context_;
  std::vector<StatsTotals> totals_;
};

}  // namespace

AggregatorPtr build_metric(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<MetricAggregator>(node, context);
}
void check_metric(const AggregationNode& node) { MetricOptions{node}; }

}  // namespace tarn::query
