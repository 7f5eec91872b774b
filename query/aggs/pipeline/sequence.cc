// derivative, cumulative_sum, serial_diff: a value for each bucket of a histogram from its neighbours.
#include <fmt/format.h>

#include <deque>
#include <map>

#include "indexer/base/error.h"
#include "query/aggs/bucket/rounding.h"
#include "query/aggs/pipeline/pipeline.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

class Sequence : public ParentPipeline {
 public:
  explicit Sequence(const AggregationNode& node) : ParentPipeline(node) {
    const PipelineBody body = PipelineBody::read(node, [&](const std::string& key, const Json& value) { return member(key, value); });
    for (const auto& [name, path] : body.paths) paths_.push_back(BucketsPath::parse(path));
    steps_ = paths_[0].steps();
    gap_policy_ = body.gap_policy;
    format_ = body.format;
  }

  void rewrite(BucketsResult& owner, const SearchContext&) const override {
    if (type() == "derivative") derive(owner);
    else if (type() == "cumulative_sum") accumulate(owner);
    else subtract(owner);
  }

 private:
  bool member(const std::string& key, const Json& value) {
    if (type() == "derivative" && key == "unit" && value.is_string()) {
      static const std::map<std::string_view, double> kUnits = {
          {"1s", 1e3}, {"second", 1e3}, {"1m", 6e4}, {"minute", 6e4}, {"1h", 3.6e6}, {"hour", 3.6e6}, {"1d", 8.64e7}, {"day", 8.64e7},
          {"1w", 6.048e8}, {"week", 6.048e8}, {"1M", 2629746000.0}, {"month", 2629746000.0}, {"1q", 7889238000.0},
          {"quarter", 7889238000.0}, {"1y", 31556952000.0}, {"year", 31556952000.0}};
      const std::string text = value.get<std::string>();
      const auto it = kUnits.find(text);
      unit_ms_ = it != kUnits.end() ? it->second : static_cast<double>(parse_interval_ms(text));
      if (unit_ms_ <= 0) {
        throw ApiError(illegal_argument(fmt::format("failed to parse setting [DerivativePipelineAggregationBuilder.unit] with value [{}] as a "
                                                    "time value: unit is missing or unrecognized", text)));
      }
      return true;
    }
    if (type() == "serial_diff" && key == "lag" && value.is_number()) {
      lag_ = read_int_option(value);
      if (lag_ <= 0) {
        throw ApiError(parsing_exception(fmt::format("Lag must be a positive, non-zero integer.  Value supplied was{} in [{}]: [lag].", lag_, name()))
                           .with("line", 1).with("col", 1));
      }
      return true;
    }
    return false;
  }

  void derive(BucketsResult& owner) const {
    std::optional<double> last;
    double last_key = 0;
    for (ResultBucket& bucket : owner.buckets) {
      const auto value = bucket_value(owner, bucket, steps_, gap_policy_);
      if (last && value) {
        auto result = simple_value(*value - *last, format_);
        result->java = "InternalDerivative";
        if (unit_ms_ > 0) add_normalized(*result, (*value - *last) / ((bucket.number - last_key) / unit_ms_));
        add(bucket, std::move(result), unit_ms_ > 0 ? "derivative" : "derivative");
      }
      last = value;
      last_key = bucket.number;
    }
  }
  void add_normalized(MetricResult& result, double value) const {
    result.values.emplace_back("normalized_value", value);
    result.members += ',' + members_text([&](JsonWriter& out) {
      out.key("normalized_value");
      if (!std::isfinite(value)) {
        out.null();
        return;
      }
      out.number(value);
      if (!format_.empty()) out.key("normalized_value_as_string").string(format_decimal(format_, value));
    });
  }

  void accumulate(BucketsResult& owner) const {
    double sum = 0;
    for (ResultBucket& bucket : owner.buckets) {
      const auto value = bucket_value(owner, bucket, steps_, GapPolicy::kInsertZeros);
      if (value && std::isfinite(*value)) sum += *value;
      add(bucket, simple_value(sum, format_), "simple_value");
    }
  }

  void subtract(BucketsResult& owner) const {
    std::deque<double> window;
    for (ResultBucket& bucket : owner.buckets) {
      const double value = bucket_value(owner, bucket, steps_, gap_policy_).value_or(NAN);
      const double before = window.size() < static_cast<size_t>(lag_) ? NAN : window.front();
      if (!std::isnan(value) && !std::isnan(before)) add(bucket, simple_value(value - before, format_), "simple_value");
      window.push_back(value);
      if (window.size() > static_cast<size_t>(lag_)) window.pop_front();
    }
  }

  std::vector<std::string> steps_;
  GapPolicy gap_policy_ = GapPolicy::kSkip;
  std::string format_;
  double unit_ms_ = 0;
  int64_t lag_ = 1;
};

}  // namespace

PipelinePtr make_parent_pipeline(const AggregationNode& node) { return std::make_shared<Sequence>(node); }

}  // namespace tarn::query
