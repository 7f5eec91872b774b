// geohash_grid and geotile_grid, and their cells.
#include "query/aggs/bucket/geo_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "indexer/base/error.h"
#include "query/aggs/bucket/term_buckets.h"
#include "query/aggs/shape_source.h"
#include "query/aggs/types.h"
#include "query/dsl/geo_value.h"

namespace tarn::query {
namespace {

constexpr std::string_view kBase32 = "0123456789bcdefghjkmnpqrstuvwxyz";

}  // namespace

int64_t geotile_of(double latitude, double longitude, int zoom) {
  const auto tiles = static_cast<double>(int64_t{1} << zoom);
  constexpr double kLatitudeMax = 85.0511287798066;  // the edge of the square Mercator map
  auto x = static_cast<int64_t>(std::floor((longitude + 180.0) / 360.0 * tiles));
  const double sine = std::sin(std::clamp(latitude, -kLatitudeMax, kLatitudeMax) * std::numbers::pi / 180);
  auto y = static_cast<int64_t>(std::floor((0.5 - std::log((1 + sine) / (1 - sine)) / (4 * std::numbers::pi)) * tiles));
  const auto last = (int64_t{1} << zoom) - 1;
  x = std::clamp<int64_t>(x, 0, last);
  y = std::clamp<int64_t>(y, 0, last);
  return int64_t{zoom} << 58 | x << 29 | y;
}

std::string geotile_text(int64_t tile) {
  const auto bits = static_cast<uint64_t>(tile);
  return fmt::format("{}/{}/{}", bits >> 58, bits >> 29 & 0x1FFFFFFF, bits & 0x1FFFFFFF);
}

int64_t parse_geotile(std::string_view text) {
  const auto fail = [&] {
    throw ApiError(illegal_argument(fmt::format("Invalid geotile_grid hash string of {}. Must be three integers in a form \"zoom/x/y\".", text)));
  };
  int64_t parts[3] = {0, 0, 0};
  std::string_view rest = text;
  for (int i = 0; i < 3; ++i) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), parts[i]);
    if (error != std::errc()) fail();
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (i < 2) {
      if (!rest.starts_with('/')) fail();
      rest.remove_prefix(1);
    }
  }
  if (!rest.empty() || parts[0] < 0 || parts[0] > 29) fail();
  const int64_t tiles = int64_t{1} << parts[0];
  if (parts[1] < 0 || parts[1] >= tiles || parts[2] < 0 || parts[2] >= tiles) fail();
  return parts[0] << 58 | parts[1] << 29 | parts[2];
}

int geotile_precision(const Json& json) {
  const int64_t precision = read_int_option(json);
  if (precision < 0 || precision > 29) throw ApiError(illegal_argument(fmt::format("Invalid geotile_grid precision of {}. Must be between 0 and 29.", precision)));
  return static_cast<int>(precision);
}

int64_t geohash_of(double latitude, double longitude, int length) {
  // Lucene cuts the point's 32-bit encodings, longitude first.
  const auto quantized = [](double value, double low, double range) {
    const double scaled = std::floor((value - low) / range * 4294967296.0);
    return static_cast<uint64_t>(std::clamp(scaled, 0.0, 4294967295.0));
  };
  const uint64_t lat = quantized(latitude, -90, 180), lon = quantized(longitude, -180, 360);
  uint64_t hash = 0;
  for (int bit = 0; bit < length * 5; ++bit) {
    const int at = 31 - bit / 2;
    hash = hash << 1 | ((bit % 2 == 0 ? lon : lat) >> at & 1);
  }
  return static_cast<int64_t>(hash << 4 | static_cast<uint64_t>(length));
}

std::string geohash_text(int64_t packed) {
  const auto bits = static_cast<uint64_t>(packed);
  const auto length = static_cast<int>(bits & 15);
  std::string out;
  for (int i = length - 1; i >= 0; --i) out += kBase32[(bits >> 4) >> (i * 5) & 31];
  return out;
}

int geohash_precision(const Json& json) {
  int64_t precision = 0;
  const std::string text = scalar_option_text(json);
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (json.is_number()) precision = read_int_option(json);
  else if (error == std::errc() && end == text.data() + text.size()) precision = whole;
  else {
    // GeoUtils.geoHashLevelsForPrecision: the levels whose cells have a diagonal of about the distance.
    const double metres = parse_distance(json, "m");
    constexpr double kEquator = 40075016.685578488, kPolar = 19970326.371122;
    const double ratio = 1 + kPolar / kEquator;
    const double part = metres <= 0 ? 0 : std::ceil(kEquator / (metres / ratio));
    if (metres <= 0) {
      precision = 12;
    } else if (part == 1) {
      precision = 1;
    } else {
      const auto bits = static_cast<int64_t>(std::llround(std::log(part) / std::log(2.0)));
      const int64_t full = bits / 5, left = bits - full * 5;
      precision = full + (left > 0 ? 1 : 0) + full + (left > 3 ? 1 : 0);
    }
  }
  if (precision < 1 || precision > 12) throw ApiError(illegal_argument(fmt::format("Invalid geohash aggregation precision of {}. Must be between 1 and 12.", precision)));
  return static_cast<int>(precision);
}

namespace {

struct GridOptions {
  SourceOptions source;
  int precision;
  int64_t size = 10000;
  std::optional<GeoBox> bounds;

  explicit GridOptions(const AggregationNode& node) : precision(node.type == "geotile_grid" ? 7 : 5) {
    Options options(node.type);
    source.declare(options, node, SourceOptions::kMissing);
    options
        .any("precision", kAnyNumber,
             [&](const Json& json) { precision = node.type == "geotile_grid" ? geotile_precision(json) : geohash_precision(json); })
        .integer("size",
                 [&](int64_t value) {
                   require_positive(node, "size", value);
                   size = value;
                 })
        .integer("shard_size", [&](int64_t value) { if (value < 0) require_positive(node, "shardSize", value); })
        .any("bounds", kTokenObject, [&](const Json& json) { bounds = read_bounds(json); });
    options.read(node.body());
    SourceOptions::require_field(node, false);
    if (source.missing) not_supported(node, "[missing]");
  }

 private:
  static GeoBox read_bounds(const Json& json) {
    GeoBox box{NAN, NAN, NAN, NAN};
    for (const auto& [key, value] : json.items()) {
      const bool number = value.is_number();
      if (key == "top_left" || key == "bottom_right" || key == "top_right" || key == "bottom_left") {
        const GeoPoint point = parse_geo_point(value);
        (key.starts_with("top") ? box.top : box.bottom) = point.latitude;
        (key.ends_with("left") ? box.left : box.right) = point.longitude;
      } else if (key == "top" && number) box.top = value.get<double>();
      else if (key == "bottom" && number) box.bottom = value.get<double>();
      else if (key == "left" && number) box.left = value.get<double>();
      else if (key == "right" && number) box.right = value.get<double>();
      else throw ApiError(Error(400, "parse_exception", fmt::format("failed to parse bounding box. unexpected field [{}]", key)));
    }
    if (std::isnan(box.top + box.bottom + box.left + box.right)) {
      throw ApiError(Error(400, "parse_exception", "failed to parse bounding box. Conflicting definition found"));
    }
    return box;
  }
};

class GridAggregator : public Aggregator {
 public:
  GridAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source, &context.state), children_(build_children(node, context)),
        context_(context.search), tiles_(node.type == "geotile_grid") {}

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override {
    if (!shapes_.bind(searcher, options_.source.field)) {
      source_.bind(searcher, context_);
      source_.require_geo();
    }
    std::optional<geo::Box> bounds;
    if (options_.bounds) {
      bounds = geo::Box{options_.bounds->left, options_.bounds->right, options_.bounds->bottom, options_.bounds->top};
    }
    cells_ = std::make_unique<ShapeCells>(tiles_, options_.precision, bounds, context_);
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    if (shapes_.bound()) {
      shapes_.begin_segment(searcher, segment);
    } else {
      source_.begin_segment(searcher, segment);
    }
    children_.begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    if (shapes_.bound()) return collect_shapes(batch);
    size_t previous_doc = SIZE_MAX;
    std::vector<uint32_t> seen;   // buckets of one document
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const double lat = geo_latitude(encoded), lon = geo_longitude(encoded);
      if (options_.bounds && !inside(*options_.bounds, lat, lon)) return;
      const int64_t cell = tiles_ ? geotile_of(lat, lon, options_.precision) : geohash_of(lat, lon, options_.precision);
      const uint32_t bucket = bucket_of(batch.buckets[i], cell);
      if (i != previous_doc) seen.clear();
      previous_doc = i;
      if (std::find(seen.begin(), seen.end(), bucket) != seen.end()) return;
      seen.push_back(bucket);
      ++buckets_[bucket].count;
      children_.add(batch.docs[i], bucket);
    });
  }
  void end_segment() override { children_.end_segment(); }
  void finish(AggregationContext& context) override {
    children_.finish(context);
    for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) state_of(by_parent_, buckets_[bucket].parent).push_back(bucket);
  }
  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalGeoGrid";
    std::vector<uint32_t> list = parent < by_parent_.size() ? by_parent_[parent] : std::vector<uint32_t>();
    std::sort(list.begin(), list.end(), [&](uint32_t a, uint32_t b) {
      if (buckets_[a].count != buckets_[b].count) return buckets_[a].count > buckets_[b].count;
      return buckets_[a].cell > buckets_[b].cell;
    });
    if (list.size() > static_cast<size_t>(options_.size)) list.resize(static_cast<size_t>(options_.size));
    for (uint32_t bucket : list) {
      context.count_bucket();
      ResultBucket out;
      out.key = tiles_ ? geotile_text(buckets_[bucket].cell) : geohash_text(buckets_[bucket].cell);
      out.head = "\"key\":\"" + out.key + '"';
      out.doc_count = buckets_[bucket].count;
      out.children = children_.build(bucket, context);
      result->buckets.push_back(std::move(out));
    }
    return result;
  }
  size_t memory_bytes() const override { return map_.memory_bytes() + buckets_.capacity() * sizeof(Bucket) + children_.memory_bytes(); }

 private:
  struct Bucket {
    uint32_t parent;
    int64_t cell;
    uint64_t count;
  };
  uint32_t bucket_of(uint32_t parent, int64_t cell) {
    bool fresh = false;
    const uint32_t bucket = map_.insert(parent, cell, fresh);
    if (fresh) buckets_.push_back({parent, cell, 0});
    return bucket;
  }
  void collect_shapes(const DocBatch& batch) {
    shapes_.for_each(batch.docs, batch.count, [&](size_t i, Ordinal, std::string_view shape) {
      for (const int64_t cell : cells_->of(shape)) {
        const uint32_t bucket = bucket_of(batch.buckets[i], cell);
        ++buckets_[bucket].count;
        children_.add(batch.docs[i], bucket);
      }
    });
  }
  static bool inside(const GeoBox& box, double lat, double lon) {
    if (lat > box.top || lat < box.bottom) return false;
    return box.left <= box.right ? lon >= box.left && lon <= box.right : lon >= box.left || lon <= box.right;
  }
  GridOptions options_;
  ValueSource source_;
  ShapeSource shapes_;
  std::unique_ptr<ShapeCells> cells_;
  Children children_;
  const SearchContext& context_;
  bool tiles_;
  BucketMap map_;
  std::vector<Bucket> buckets_;
  std::vector<std::vector<uint32_t>> by_parent_;
};

}  // namespace

AggregatorPtr build_grid(const AggregationNode& node, const BuildContext& context) { return std::make_unique<GridAggregator>(node, context); }
void check_grid(const AggregationNode& node) { GridOptions{node}; }

}  // namespace tarn::query
