// min, max, sum, avg, value_count and stats: one pass over the values of a field, with arrays by bucket.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "indexer/base/error.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

/// Kahan's sum, as OpenSearch's CompensatedSum, so that sums agree to the last digits.
struct Sum {
  double value = 0, delta = 0;
  void add(double x) {
    const double corrected = x - delta;
    const double updated = value + corrected;
    if (!std::isfinite(updated)) [[unlikely]] {
      // Once infinite, the plain sum decides and there is nothing to compensate.
      value += x;
      delta = 0;
      return;
    }
    delta = (updated - value) - corrected;
    value = updated;
  }
};

struct Totals {
  uint64_t count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  Sum sum;
};

enum class Metric { kMin, kMax, kSum, kAvg, kValueCount, kStats };

Metric metric_of(std::string_view type) {
  if (type == "min") return Metric::kMin;
  if (type == "max") return Metric::kMax;
  if (type == "sum") return Metric::kSum;
  if (type == "avg") return Metric::kAvg;
  if (type == "value_count") return Metric::kValueCount;
  return Metric::kStats;
}

class MetricAggregator : public Aggregator {
 public:
  MetricAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), type_(node.type), metric_(metric_of(node.type)), source_(node.type, node.body, true),
        context_(context.search) {}

  std::string type_name() const override { return type_; }

  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (metric_ == Metric::kValueCount) return;
    if (source_.kind() != ValueSource::Kind::kNumeric && source_.kind() != ValueSource::Kind::kUnmapped) source_.refuse();
  }
  void begin_segment(const Searcher& searcher, size_t segment) override { source_.begin_segment(searcher, segment); }

  void collect(const DocBatch& batch) override {
    uint32_t top = 0;
    for (size_t i = 0; i < batch.count; ++i) top = std::max(top, batch.buckets[i]);
    if (totals_.size() <= top) totals_.resize(std::max<size_t>(top + 1, totals_.size() * 2));
    if (source_.kind() == ValueSource::Kind::kKeyword) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal) { ++totals_[batch.buckets[i]].count; });
      return;
    }
    if (metric_ == Metric::kValueCount) {
      source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t) { ++totals_[batch.buckets[i]].count; });
      return;
    }
    switch (metric_) {
      case Metric::kAvg:
      case Metric::kSum:
        add_values(batch, [](Totals& totals, double value) { totals.sum.add(value); });
        break;
      case Metric::kMin:
        add_values(batch, [](Totals& totals, double value) { totals.min = std::min(totals.min, value); });
        break;
      case Metric::kMax:
        add_values(batch, [](Totals& totals, double value) { totals.max = std::max(totals.max, value); });
        break;
      default:
        add_values(batch, [](Totals& totals, double value) {
          totals.min = std::min(totals.min, value);
          totals.max = std::max(totals.max, value);
          totals.sum.add(value);
        });
    }
  }

  void write(JsonWriter& out, uint32_t bucket, AggregationContext&) override {
    const Totals totals = bucket < totals_.size() ? totals_[bucket] : Totals();
    if (metric_ == Metric::kValueCount) {
      out.key("value").unsigned_number(totals.count);
      return;
    }
    if (metric_ != Metric::kStats) {
      write_value(out, "value", "value_as_string", value_of(totals), totals.count > 0 || metric_ == Metric::kSum,
                  totals.count > 0 || metric_ == Metric::kSum);
      return;
    }
    const bool some = totals.count > 0;
    out.key("count").unsigned_number(totals.count);
    write_number(out, "min", totals.min, some);
    write_number(out, "max", totals.max, some);
    write_number(out, "avg", some ? totals.sum.value / static_cast<double>(totals.count) : 0, some);
    write_number(out, "sum", totals.sum.value, true);
    if (!some || !source_.format().has_text()) return;
    const ValueFormat& format = source_.format();
    out.key("min_as_string").string(format.text(totals.min)).key("max_as_string").string(format.text(totals.max));
    out.key("avg_as_string").string(format.text(totals.sum.value / static_cast<double>(totals.count)));
    out.key("sum_as_string").string(format.text(totals.sum.value));
  }

  double sort_value(uint32_t bucket, std::string_view property) const override {
    const Totals totals = bucket < totals_.size() ? totals_[bucket] : Totals();
    if (metric_ != Metric::kStats) {
      if (!property.empty() && property != "value") return Aggregator::sort_value(bucket, property);
      return value_of(totals);
    }
    if (property == "count") return static_cast<double>(totals.count);
    if (property == "min") return totals.min;
    if (property == "max") return totals.max;
    if (property == "sum") return totals.sum.value;
    if (property == "avg") return totals.count > 0 ? totals.sum.value / static_cast<double>(totals.count) : NAN;
    throw ApiError(Error(500, "aggregation_execution_exception",
                         fmt::format("Invalid aggregation order path [{}]. Missing value key in [{}] which refers to a multi-value "
                                     "metric aggregation", name(), name())));
  }

 private:
  template <class Add>
  void add_values(const DocBatch& batch, Add add) {
    Totals* const totals = totals_.data();
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      Totals& mine = totals[batch.buckets[i]];
      ++mine.count;
      add(mine, source_.number(encoded));
    });
  }

  double value_of(const Totals& totals) const {
    switch (metric_) {
      case Metric::kMin: return totals.min;
      case Metric::kMax: return totals.max;
      case Metric::kSum: return totals.sum.value;
      case Metric::kAvg: return totals.count > 0 ? totals.sum.value / static_cast<double>(totals.count) : NAN;
      default: return static_cast<double>(totals.count);
    }
  }
  static void write_number(JsonWriter& out, std::string_view key, double value, bool known) {
    out.key(key);
    if (known) out.number(value);
    else out.null();
  }
  void write_value(JsonWriter& out, std::string_view key, std::string_view text_key, double value, bool known, bool with_text) {
    write_number(out, key, value, known);
    if (with_text && source_.format().has_text()) out.key(text_key).string(source_.format().text(value));
  }

  std::string type_;
  Metric metric_;
  ValueSource source_;
  const SearchContext& context_;
  std::vector<Totals> totals_;
};

}  // namespace

AggregatorPtr build_metric(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<MetricAggregator>(node, context);
}

void check_metric(const AggregationNode& node) {
  check_members(node, {"field", "missing", "script", "format", "value_type"});
  ValueSource(node.type, node.body, true);
}

}  // namespace tarn::query
