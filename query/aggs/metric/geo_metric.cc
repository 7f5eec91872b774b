// geo_bounds and geo_centroid.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/shape_source.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct GeoOptions {
  SourceOptions source;
  bool wrap_longitude = true;

  explicit GeoOptions(const AggregationNode& node) {
    Options options(node.type);
    source.declare(options, node, SourceOptions::kMissing);
    if (node.type == "geo_bounds") options.flag("wrap_longitude", wrap_longitude);
    options.read(node.body());
    SourceOptions::require_field(node, false);
    if (source.missing) not_supported(node, "[missing]");
  }
};

struct GeoState {
  double top = -INFINITY, bottom = INFINITY;
  double positive_left = INFINITY, positive_right = -INFINITY, negative_left = INFINITY, negative_right = -INFINITY;
  CompensatedSum latitudes, longitudes;
  uint64_t count = 0;

  void add(double lat, double lon) {
    top = std::max(top, lat);
    bottom = std::min(bottom, lat);
    double& left = lon >= 0 ? positive_left : negative_left;
    double& right = lon >= 0 ? positive_right : negative_right;
    left = std::min(left, lon);
    right = std::max(right, lon);
    latitudes.add(lat);
    longitudes.add(lon);
    ++count;
  }
};

class GeoMetric : public Aggregator {
 public:
  GeoMetric(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source, &context.state), context_(context.search), centroid_(node.type == "geo_centroid") {}

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override {
    if (!centroid_ && shapes_.bind(searcher, options_.source.field)) return;
    source_.bind(searcher, context_);
    source_.require_geo();
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    if (shapes_.bound()) return shapes_.begin_segment(searcher, segment);
    source_.begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    state_of(states_, top_bucket(batch));
    if (shapes_.bound()) {
      shapes_.for_each(batch.docs, batch.count, [&](size_t i, Ordinal, std::string_view shape) {
        const geo::Bounds bounds = geo::encoded_bounds(shape);
        GeoState& state = states_[batch.buckets[i]];
        state.add(geo::decode_latitude(bounds.min_y), geo::decode_longitude(bounds.min_x));
        state.add(geo::decode_latitude(bounds.max_y), geo::decode_longitude(bounds.max_x));
      });
      return;
    }
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      states_[batch.buckets[i]].add(geo_latitude(encoded), geo_longitude(encoded));
    });
  }
  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    auto result = std::make_unique<MetricResult>();
    result->numeric = false;
    result->single = false;
    result->java = centroid_ ? "InternalGeoCentroid" : "InternalGeoBounds";
    const GeoState state = bucket < states_.size() ? states_[bucket] : GeoState();
    result->members = members_text([&](JsonWriter& out) { centroid_ ? write_centroid(out, state, *result) : write_bounds(out, state); });
    return result;
  }
  size_t memory_bytes() const override { return states_.capacity() * sizeof(GeoState); }

 private:
  static void write_point(JsonWriter& out, double lat, double lon) { out.begin_object().key("lat").number(lat).key("lon").number(lon).end_object(); }
  static void write_centroid(JsonWriter& out, const GeoState& state, MetricResult& result) {
    if (state.count > 0) {
      const auto n = static_cast<double>(state.count);
      out.key("location");
      write_point(out, state.latitudes.value / n, state.longitudes.value / n);
      result.values = {{"location.lat", state.latitudes.value / n}, {"location.lon", state.longitudes.value / n}};
    }
    out.key("count").unsigned_number(state.count);
    result.values.emplace_back("count", static_cast<double>(state.count));
  }
  /// The narrower of the box that crosses the date line and the one that does not.
  void write_bounds(JsonWriter& out, const GeoState& state) const {
    if (state.count == 0) return;
    double left = std::min(state.negative_left, state.positive_left), right = std::max(state.negative_right, state.positive_right);
    if (std::isinf(state.positive_left)) {
      left = state.negative_left;
      right = state.negative_right;
    } else if (std::isinf(state.negative_left)) {
      left = state.positive_left;
      right = state.positive_right;
    } else if (options_.wrap_longitude) {
      const double unwrapped = state.positive_right - state.negative_left;
      const double wrapped = (180 - state.positive_left) - (-180 - state.negative_right);
      left = unwrapped <= wrapped ? state.negative_left : state.positive_left;
      right = unwrapped <= wrapped ? state.positive_right : state.negative_right;
    }
    out.key("bounds").begin_object().key("top_left");
    write_point(out, state.top, left);
    out.key("bottom_right");
    write_point(out, state.bottom, right);
    out.end_object();
  }

  GeoOptions options_;
  ValueSource source_;
  ShapeSource shapes_;
  const SearchContext& context_;
  bool centroid_;
  std::vector<GeoState> states_;
};

}  // namespace

AggregatorPtr build_geo_metric(const AggregationNode& node, const BuildContext& context) { return std::make_unique<GeoMetric>(node, context); }
void check_geo_metric(const AggregationNode& node) { GeoOptions{node}; }

}  // namespace tarn::query
