// weighted_avg: values of one field weighted by another's.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct WeightedOptions {
  std::optional<SourceOptions> value, weight;
  std::string format;

  explicit WeightedOptions(const AggregationNode& node) {
    Options options(node.type);
    options.any("value", kTokenObject, [&](const Json& json) { value = part(node, json); })
        .any("weight", kTokenObject, [&](const Json& json) { weight = part(node, json); })
        .text("format", format)
        .ignored({"value_type"}, kTokenString);
    options.read(node.body());
  }

 private:
  static SourceOptions part(const AggregationNode& node, const Json& json) {
    SourceOptions source;
    Options options("field_config");
    source.declare(options, node, SourceOptions::kScript | SourceOptions::kMissing | SourceOptions::kTimeZone);
    options.read(json);
    if (json.contains("field") && json.contains("script")) {
      throw ApiError(illegal_argument("[field] and [script] cannot both be configured.  Please specify one or the other."));
    }
    if (!json.contains("field") && !json.contains("script")) {
      throw ApiError(illegal_argument("[field] and [script] cannot both be null.  Please specify one or the other."));
    }
    return source;
  }
};

struct Weighted {
  CompensatedSum values, weights;
  bool some = false;
};

class WeightedAvg : public Aggregator {
 public:
  WeightedAvg(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), value_(node.type, options_.value.value_or(SourceOptions()), &context.state),
        weight_(node.type, options_.weight.value_or(SourceOptions()), &context.state), context_(context.search) {}

  std::string type_name() const override { return "weighted_avg"; }
  void begin(const Searcher& searcher) override {
    if (!options_.value || !options_.weight) {
      throw ApiError(illegal_argument(fmt::format("Could not find field name [{}] in multiValuesSource", options_.value ? "weight" : "value")));
    }
    for (ValueSource* source : {&value_, &weight_}) {
      source->bind(searcher, context_);
      if (source->kind() != ValueSource::Kind::kNumeric && source->kind() != ValueSource::Kind::kUnmapped) {
        throw ApiError(illegal_argument(fmt::format("Expected numeric type on field [{}], but got [{}]", source->field_name(), kind_name(source->field()->kind))));
      }
    }
    format_ = value_.format();
    if (!options_.format.empty()) format_.pattern = options_.format;
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    value_.begin_segment(searcher, segment);
    weight_.begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    state_of(states_, top_bucket(batch));
    weights_.assign(batch.count, NAN);
    weight_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      if (!std::isnan(weights_[i])) {
        throw ApiError(Error(500, "aggregation_execution_exception", "Encountered more than one weight for a single document. Use a script to "
                                                                     "combine multiple weights-per-doc into a single value."));
      }
      weights_[i] = weight_.number(encoded);
    });
    value_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      if (std::isnan(weights_[i])) return;
      Weighted& state = states_[batch.buckets[i]];
      state.some = true;
      state.values.add(value_.number(encoded) * weights_[i]);
      state.weights.add(weights_[i]);
    });
  }
  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    const double value = sort_value(bucket, "");
    return value_result(value, bucket < states_.size() && states_[bucket].weights.value != 0, format_);
  }
  void check_sort(std::string_view) const override {}
  double sort_value(uint32_t bucket, std::string_view) const override {
    if (bucket >= states_.size() || !states_[bucket].some) return NAN;
    return states_[bucket].values.value / states_[bucket].weights.value;
  }
  size_t memory_bytes() const override { return states_.capacity() * sizeof(Weighted); }

 private:
  WeightedOptions options_;
  ValueSource value_, weight_;
  const SearchContext& context_;
  ValueFormat format_;
  std::vector<Weighted> states_;
  std::vector<double> weights_;
};

}  // namespace

AggregatorPtr build_weighted_avg(const AggregationNode& node, const BuildContext& context) { return std::make_unique<WeightedAvg>(node, context); }
void check_weighted_avg(const AggregationNode& node) { WeightedOptions{node}; }

}  // namespace tarn::query
