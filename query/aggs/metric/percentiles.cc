// percentiles, percentile_ranks and median_absolute_deviation over t-digests or HDR histograms, one a bucket.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "indexer/base/error.h"
#include "query/aggs/metric/hdr.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/metric/tdigest.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct PercentilesOptions {
  SourceOptions source;
  std::vector<double> points;           ///< percents, or values whose ranks are asked for
  bool keyed = true, hdr = false;
  double compression = 100;
  int64_t digits = 3;

  explicit PercentilesOptions(const AggregationNode& node) {
    if (node.type == "median_absolute_deviation") read_deviation(node);
    else read_percentiles(node);
    SourceOptions::require_field(node);
  }

 private:
  void read_compression(Options& options, const std::string& where) {
    options.number("compression", [this, where](double value) {
      if (!(where.empty() ? value >= 0 : value > 0)) {
        throw ApiError(illegal_argument(where.empty() ? fmt::format("[compression] must be greater than or equal to 0. Found [{}]", double_text(value))
                                                      : fmt::format("[compression] must be greater than 0. Found [{}] in [{}]", double_text(value), where)));
      }
      if (value > 1e6) throw ApiError(illegal_argument("[compression] is too large"));
      compression = value;
    });
  }

  void read_deviation(const AggregationNode& node) {
    compression = 1000;
    Options options(node.type);
    source.declare(options, node);
    read_compression(options, node.name);
    options.read(node.body());
  }

  void read_percentiles(const AggregationNode& node) {
    const bool ranks = node.type == "percentile_ranks";
    if (!ranks) points = {1, 5, 25, 50, 75, 95, 99};
    bool given = false, digest = false;
    Options options(node.type);
    source.declare(options, node);
    options
        .any(ranks ? "values" : "percents", kTokenArray | kAnyNumber,
             [&](const Json& json) {
               given = true;
               points.clear();
               if (!json.is_array()) return points.push_back(read_double_option(json));
               for (const Json& one : json) {
                 if (!one.is_number() && !one.is_string()) throw ApiError(illegal_argument(fmt::format("not a number: {}", option_token(one))));
                 points.push_back(read_double_option(one));
               }
             })
        .flag("keyed", keyed)
        .any("tdigest", kTokenObject,
             [&](const Json& json) {
               digest = true;
               Options inner("tdigest");
               read_compression(inner, "");
               inner.read(json);
             })
        .any("hdr", kTokenObject, [&](const Json& json) {
          hdr = true;
          Options inner("hdr");
          inner.integer("number_of_significant_value_digits", [&](int64_t value) {
            if (value < 0 || value > 5) throw ApiError(illegal_argument("[numberOfSignificantValueDigits] must be between 0 and 5"));
            digits = value;
          });
          inner.read(json);
        });
    options.read(node.body());
    const auto fail = [&](std::string reason) {
      throw ApiError(Error(400, "x_content_parse_exception", fmt::format("Failed to build [{}] after last required field arrived", node.type))
                         .caused_by(illegal_argument(std::move(reason))));
    };
    if (digest && hdr) fail("Only one percentiles method should be declared.");
    if (ranks && !given) fail(fmt::format("[values] must not be null: [{}]", node.name));
    if (points.empty()) fail(ranks ? fmt::format("[values] must not be an empty array: [{}]", node.name) : fmt::format("[percents] must not be empty: [{}]", node.name));
    std::sort(points.begin(), points.end());
    for (double point : points) {
      if (!ranks && !(point >= 0 && point <= 100)) fail(fmt::format("percent must be in [0,100], got [{}]: [{}]", double_text(point), node.name));
    }
  }
};

class PercentilesAggregator : public Aggregator {
 public:
  PercentilesAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source, &context.state), context_(context.search),
        ranks_(node.type == "percentile_ranks"), deviation_(node.type == "median_absolute_deviation") {}

  std::string type_name() const override {
    if (deviation_) return node().type;
    return fmt::format("{}_{}", options_.hdr ? "hdr" : "tdigest", node().type);
  }
  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    source_.require_numeric();
  }
  void begin_segment(const Searcher& searcher, size_t segment) override { source_.begin_segment(searcher, segment); }

  void collect(const DocBatch& batch) override {
    state_of(digests_, top_bucket(batch));
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      Digest& digest = digests_[batch.buckets[i]];
      const double value = source_.number(encoded);
      if (!options_.hdr) {
        if (!digest.tree) digest.tree = std::make_unique<TDigest>(options_.compression);
        digest.tree->add(value);
        return;
      }
      if (!digest.hdr) digest.hdr = std::make_unique<HdrHistogram>(static_cast<int>(options_.digits));
      if (!digest.hdr->add(value)) {
        throw ApiError(Error(500, "array_index_out_of_bounds_exception",
                             fmt::format("The value {} is out of bounds for histogram, current covered range [{}, {}) cannot be extended any "
                                         "further.\nCaused by: java.lang.ArrayIndexOutOfBoundsException: Negative values cannot be recorded",
                                         double_text(value), double_text(digest.hdr->covered_low()), double_text(digest.hdr->covered_high()))));
      }
    });
    ++batches_;
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    if (deviation_) {
      const double value = deviation(bucket);
      return value_result(value, !std::isnan(value), source_.format());
    }
    std::vector<std::pair<double, double>> points;
    for (double point : options_.points) points.emplace_back(point, answer(bucket, point));
    return percentiles_result(points, options_.keyed, source_.format());
  }

  void check_sort(std::string_view property) const override {
    if (deviation_) return;
    char* end = nullptr;
    const std::string text(property);
    std::strtod(text.c_str(), &end);
    if (text.empty() || *end != 0) {
      throw ApiError(illegal_argument(property.empty() ? "When ordering on a multi-value metrics aggregation a metric name must be specified."
                                                       : fmt::format("For input string: \"{}\"", text)));
    }
    const double point = std::strtod(text.c_str(), nullptr);
    if (std::find(options_.points.begin(), options_.points.end(), point) == options_.points.end()) {
      throw ApiError(illegal_argument(fmt::format("Unknown metric name [{}] on multi-value metrics aggregation [{}]", property, name())));
    }
  }
  double sort_value(uint32_t bucket, std::string_view property) const override {
    if (deviation_) return deviation(bucket);
    return answer(bucket, std::strtod(std::string(property).c_str(), nullptr));
  }
  size_t memory_bytes() const override {
    // Counted now and then: there may be many digests.
    if (batches_ % 64 == 1) {
      memory_ = digests_.capacity() * sizeof(Digest);
      for (const Digest& digest : digests_) {
        if (digest.tree) memory_ += sizeof(TDigest) + digest.tree->memory_bytes();
        if (digest.hdr) memory_ += sizeof(HdrHistogram) + digest.hdr->memory_bytes();
      }
    }
    return memory_;
  }

 private:
  struct Digest {
    std::unique_ptr<TDigest> tree;
    std::unique_ptr<HdrHistogram> hdr;
    std::unique_ptr<TDigest> reduced;
  };
  Digest* digest_of(uint32_t bucket) const { return bucket < digests_.size() ? &digests_[bucket] : nullptr; }
  static TDigest& reduced_of(Digest& digest) {
    if (!digest.reduced) digest.reduced = std::make_unique<TDigest>(digest.tree->reduced());
    return *digest.reduced;
  }

  double answer(uint32_t bucket, double point) const {
    Digest* digest = digest_of(bucket);
    if (digest == nullptr) return NAN;
    if (digest->hdr) return ranks_ ? digest->hdr->percentile_at_or_below(point) : digest->hdr->value_at_percentile(point);
    if (!digest->tree) return NAN;
    TDigest& reduced = reduced_of(*digest);
    return ranks_ ? std::clamp(reduced.cdf(point) * 100, 0.0, 100.0) : reduced.quantile(point / 100);
  }
  double deviation(uint32_t bucket) const {
    Digest* digest = digest_of(bucket);
    if (digest == nullptr || !digest->tree) return NAN;
    TDigest& reduced = reduced_of(*digest);
    const double median = reduced.quantile(0.5);
    TDigest deviations(options_.compression);
    for (const TDigest::Centroid& centroid : reduced.centroids()) deviations.add(std::fabs(median - centroid.mean), centroid.weight);
    return deviations.quantile(0.5);
  }

  PercentilesOptions options_;
  ValueSource source_;
  const SearchContext& context_;
  bool ranks_, deviation_;
  mutable std::vector<Digest> digests_;   // read lazily: what is left is merged when an answer is asked for
  uint64_t batches_ = 0;
  mutable size_t memory_ = 0;
};

}  // namespace

AggregatorPtr build_percentiles(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<PercentilesAggregator>(node, context);
}
void check_percentiles(const AggregationNode& node) { PercentilesOptions{node}; }

}  // namespace tarn::query
