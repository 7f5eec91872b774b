// avg_bucket, sum_bucket, min_bucket, max_bucket, stats_bucket, extended_stats_bucket, percentiles_bucket: one answer from a number
// of every bucket of a sibling.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/pipeline/pipeline.h"

namespace tarn::query {
namespace {

struct KeyedValue {
  const std::string* key;
  double value;
};

class BucketMetric : public Pipeline {
 public:
  explicit BucketMetric(const AggregationNode& node) : Pipeline(node) {
    const PipelineBody body = PipelineBody::read(node, [&](const std::string& key, const Json& value) { return member(key, value); });
    for (const auto& [name, path] : body.paths) paths_.push_back(BucketsPath::parse(path));
    steps_ = paths_[0].steps();
    gap_policy_ = body.gap_policy;
    format_ = body.format;
  }
  bool is_sibling() const override { return true; }
  void rewrite(BucketsResult&, const SearchContext&) const override {}

  void validate(const std::vector<AggregationNode>& siblings, const AggregationNode*, std::vector<std::string>& errors) const override {
    const std::string& first = steps_[0];
    const auto node = std::find_if(siblings.begin(), siblings.end(), [&](const AggregationNode& n) { return n.name == first; });
    if (node == siblings.end()) {
      errors.push_back(fmt::format("buckets_path aggregation does not exist for aggregation [{}]: {}", name(), paths_[0].text));
      return;
    }
    static constexpr std::string_view kSingle[] = {"filter", "global", "missing", "nested", "reverse_nested", "children", "parent",
                                                   "sampler", "diversified_sampler"};
    const bool single = std::find(std::begin(kSingle), std::end(kSingle), node->type) != std::end(kSingle);
    const AggregationType* type = find_aggregation_type(node->type);
    if (!single && type != nullptr && type->takes_children) return;
    errors.push_back(fmt::format("The first aggregation in buckets_path must be a multi-bucket aggregation for aggregation [{}] found :{} for "
                                 "buckets path: {}", name(), builder_class(node->type, single), paths_[0].text));
  }

  ResultPtr compute(const ResultList& siblings) const override {
    std::vector<KeyedValue> values;
    const auto* owner = dynamic_cast<const BucketsResult*>(find_result(siblings, steps_[0]));
    if (owner != nullptr) {
      const std::span<const std::string> path = std::span(steps_).subspan(1);
      for (const ResultBucket& bucket : owner->buckets) {
        const auto value = bucket_value(*owner, bucket, path, gap_policy_);
        if (value && !std::isnan(*value)) values.push_back({&bucket.key, *value});
      }
    }
    return summary(values);
  }

 private:
  static std::string builder_class(const std::string& type, bool single) {
    std::string camel;
    bool upper = true;
    for (char c : type) {
      if (c == '_') upper = true;
      else camel += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c, upper = false;
    }
    return "org.opensearch.search.aggregations." + (single ? "bucket." + type : std::string("metrics")) + "." + camel + "AggregationBuilder";
  }

  bool member(const std::string& key, const Json& value) {
    if (key == "sigma" && type() == "extended_stats_bucket" && value.is_number()) {
      sigma_ = value.get<double>();
      if (sigma_ < 0) throw ApiError(illegal_argument("sigma must be a non-negative double"));
      return true;
    }
    if (type() != "percentiles_bucket") return false;
    if (key == "keyed" && value.is_boolean()) {
      keyed_ = value.get<bool>();
      return true;
    }
    if (key != "percents" || !value.is_array()) return false;
    percents_.clear();
    for (const Json& one : value) {
      if (!one.is_number()) return false;
      percents_.push_back(one.get<double>());
      if (!(percents_.back() >= 0 && percents_.back() <= 100)) {
        throw ApiError(illegal_argument("percents must only contain non-null doubles from 0.0-100.0 inclusive"));
      }
    }
    return true;
  }

  ResultPtr summary(const std::vector<KeyedValue>& values) const {
    const std::string& kind = type();
    if (kind == "min_bucket" || kind == "max_bucket") return extreme(values, kind == "max_bucket");
    if (kind == "percentiles_bucket") return percentiles(values);
    double sum = 0;
    for (const KeyedValue& value : values) sum += value.value;
    if (kind == "sum_bucket") return named(simple_value(sum, format_), "simple_value");
    if (kind == "avg_bucket") {
      return named(simple_value(values.empty() ? NAN : sum / static_cast<double>(values.size()), format_), "simple_value");
    }
    StatsTotals totals;
    for (const KeyedValue& value : values) {
      totals.add_plain(value.value);
    }
    ValueFormat format;
    format.pattern = format_;
    if (kind == "stats_bucket") return named(stats_result(totals, format), "stats_bucket");
    return named(extended_stats_result(totals, sigma_, format), "extended_stats_bucket");
  }

  ResultPtr extreme(const std::vector<KeyedValue>& values, bool largest) const {
    double best = largest ? -INFINITY : INFINITY;
    std::vector<std::string> keys;
    for (const KeyedValue& value : values) {
      if (largest ? value.value > best : value.value < best) {
        best = value.value;
        keys = {*value.key};
      } else if (value.value == best) {
        keys.push_back(*value.key);
      }
    }
    auto result = simple_value(best, format_);
    result->members += ",\"keys\":" + to_text(Json(keys));
    return named(std::move(result), "bucket_metric_value");
  }

  ResultPtr percentiles(const std::vector<KeyedValue>& values) const {
    std::vector<double> sorted;
    for (const KeyedValue& value : values) sorted.push_back(value.value);
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::pair<double, double>> points;
    for (double percent : percents_) {
      const auto index = static_cast<size_t>(std::floor(percent / 100.0 * static_cast<double>(sorted.empty() ? 0 : sorted.size() - 1) + 0.5));
      points.emplace_back(percent, sorted.empty() ? NAN : sorted[index]);
    }
    ValueFormat format;
    format.pattern = format_;
    return named(percentiles_result(points, keyed_, format), "percentiles_bucket");
  }

  std::vector<std::string> steps_;
  GapPolicy gap_policy_ = GapPolicy::kSkip;
  std::string format_;
  double sigma_ = 2;
  bool keyed_ = true;
  std::vector<double> percents_ = {1, 5, 25, 50, 75, 95, 99};
};

}  // namespace

PipelinePtr make_bucket_metric(const AggregationNode& node) { return std::make_shared<BucketMetric>(node); }

}  // namespace tarn::query
