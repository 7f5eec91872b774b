// range, date_range, geo_distance and ip_range: overlapping intervals, each a bucket.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "indexer/base/error.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"
#include "query/bind/values.h"
#include "query/dsl/geo_value.h"

namespace tarn::query {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kRangesMax = 10000;

struct RangeSpec {
  std::string key;
  Json from_given, to_given;             // null: open
  double from = -kInfinity, to = kInfinity;
  std::string from_address, to_address;  // ip_range: 16 bytes, "" is open
};

struct RangeOptions {
  SourceOptions source;
  std::vector<RangeSpec> ranges;
  bool keyed = false, plane = false, has_origin = false;
  GeoPoint origin;
  double unit_metres = 1;

  explicit RangeOptions(const AggregationNode& node) {
    const bool ip = node.type == "ip_range", geo = node.type == "geo_distance";
    Options options(node.type);
    if (geo) {
      options.text("field", source.field);
      options.any("origin", kTokenObject | kTokenArray | kTokenString | kTokenNumber, [&](const Json& json) {
        origin = parse_geo_point(json);
        has_origin = true;
      });
      options.any("unit", kTokenString, [&](const Json& json) { unit_metres = query::unit_metres(json.get<std::string>()); });
      options.any("distance_type", kTokenString, [&](const Json& json) {
        const std::string type = json.get<std::string>();
        if (type != "arc" && type != "plane") throw ApiError(illegal_argument(fmt::format("No geo distance for [{}]", type)));
        plane = type == "plane";
      });
      options.ignored({"value_type"}, kTokenString);
    } else {
      source.declare(options, node, node.type == "date_range" ? SourceOptions::kAll | SourceOptions::kTimeZone : ip ? static_cast<unsigned>(SourceOptions::kMissing) : static_cast<unsigned>(SourceOptions::kAll));
    }
    options.flag("keyed", keyed).any("ranges", kStructure, [&](const Json& json) {
      if (json.is_object()) return read_range(json, ip, node.type == "date_range");
      if (json.size() > kRangesMax) throw ApiError(illegal_argument(fmt::format("more than [{}] ranges", kRangesMax)));
      for (const Json& one : json) {
        if (!one.is_object()) throw ApiError(content_error(fmt::format("[{}] Expected START_OBJECT but was: END_ARRAY", ip ? node.type : "range")));
        read_range(one, ip, node.type == "date_range");
      }
    });
    options.read(node.body());
    if (geo && !has_origin) throw ApiError(illegal_argument(fmt::format("Aggregation [{}] must define an [origin].", node.name)));
    SourceOptions::require_field(node, !geo);
  }

 private:
  void read_range(const Json& json, bool ip, bool) {
    RangeSpec range;
    if (ip) {
      read_address_range(json, range);
    } else {
      Options options("range");
      options.any("key", kAnyScalar & ~kTokenNull, [&](const Json& v) { range.key = scalar_option_text(v); })
          .any("from", kAnyNumber | kTokenNull, [&](const Json& v) { range.from_given = v; })
          .any("to", kAnyNumber | kTokenNull, [&](const Json& v) { range.to_given = v; });
      options.read(json);
    }
    ranges.push_back(std::move(range));
  }
  static void read_address_range(const Json& json, RangeSpec& range) {
    for (const auto& [key, value] : json.items()) {
      if (value.is_object() || value.is_array()) throw ApiError(parsing_exception(fmt::format("Unexpected ip range parameter: [{}]", key)));
      const std::string text = scalar_option_text(value);
      if (key == "key") range.key = text;
      else if (key == "from") range.from_address = value.is_null() ? "" : parse_ip(text);
      else if (key == "to") range.to_address = value.is_null() ? "" : parse_ip(text);
      else if (key == "mask") {
        if (text.find('/') == std::string::npos) throw ApiError(illegal_argument(fmt::format("Expected [ip/prefix] but was [{}]", text)));
        IpRange block = parse_cidr(text);
        range.from_address = block.low;
        range.to_address = next_ip(block.high) ? block.high : "";
        if (range.key.empty()) range.key = text;
      } else {
        throw ApiError(parsing_exception(fmt::format("Unexpected ip range parameter: [{}]", key)));
      }
    }
  }
};

class RangeAggregator : public Aggregator {
 public:
  RangeAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), ranges_(options_.ranges), source_(node.type, options_.source, &context.state),
        children_(build_children(node, context)), context_(context.search), geo_(node.type == "geo_distance"), ip_(node.type == "ip_range") {}

  std::string type_name() const override { return node().type; }

  void begin(const Searcher& searcher) override {
    if (ranges_.empty()) throw ApiError(illegal_argument(fmt::format("No [ranges] specified for the [{}] aggregation", name())));
    source_.bind(searcher, context_);
    if (geo_) source_.require_geo();
    else if (!ip_) source_.require_numeric();
    else if (source_.kind() != ValueSource::Kind::kUnmapped && source_.format().kind != ValueFormat::Kind::kIp) source_.refuse();
    if (!resolved_ || source_.kind() != ValueSource::Kind::kUnmapped) resolve();
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
    if (ip_) lay_out_ordinals();
  }

  void collect(const DocBatch& batch) override {
    last_doc_.assign(ranges_.size(), SIZE_MAX);
    if (ip_) return collect_addresses(batch);
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const double value = geo_ ? distance(encoded) : source_.number(encoded);
      for (size_t r = 0; r < ranges_.size() && ranges_[r].from <= value; ++r) {
        if (value < ranges_[r].to) add(batch, i, r);
      }
    });
  }
  void end_segment() override { children_.end_segment(); }
  bool mergeable() const override { return children_.mergeable(); }
  void absorb(Aggregator& given, std::span<const uint32_t> parents) override {
    auto& other = static_cast<RangeAggregator&>(given);
    const auto buckets = dense_buckets(parents, static_cast<uint32_t>(ranges_.size()));
    counts_.absorb(other.counts_, buckets);
    children_.absorb(other.children_, buckets);
  }
  void finish(AggregationContext& context) override { children_.finish(context); }

  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalRange";
    result->keyed = options_.keyed;
    for (size_t r = 0; r < ranges_.size(); ++r) {
      context.count_bucket();
      const RangeSpec& range = ranges_[r];
      ResultBucket bucket;
      bucket.key = range.key.empty() ? from_text(range) + "-" + to_text_of(range) : range.key;
      bucket.head = members_text([&](JsonWriter& out) {
        if (!options_.keyed) out.key("key").string(bucket.key);
        write_bounds(out, range);
      });
      const uint32_t number = dense_bucket(parent, ranges_.size(), r);
      bucket.doc_count = counts_[number];
      bucket.children = children_.build(number, context);
      result->buckets.push_back(std::move(bucket));
    }
    return result;
  }
  size_t memory_bytes() const override { return counts_.memory_bytes() + children_.memory_bytes(); }

 private:
  void add(const DocBatch& batch, size_t i, size_t r) {
    if (last_doc_[r] == i) return;  // a document counts once in a range
    last_doc_[r] = i;
    const uint64_t bucket = uint64_t{batch.buckets[i]} * ranges_.size() + r;
    counts_.add(bucket);
    children_.add(batch.docs[i], static_cast<uint32_t>(bucket));
  }

  double distance(int64_t encoded) const {
    const double lat = geo_latitude(encoded), lon = geo_longitude(encoded);
    const double metres = options_.plane ? plane_metres(options_.origin.latitude, options_.origin.longitude, lat, lon)
                                         : haversine_metres(options_.origin.latitude, options_.origin.longitude, lat, lon);
    return metres / options_.unit_metres;
  }

  static bool address_in(const RangeSpec& range, const std::string& address) {
    return address >= range.from_address && (range.to_address.empty() || address < range.to_address);
  }
  /// The ordinals of each range: addresses are sorted in the dictionary.
  void lay_out_ordinals() {
    spans_.clear();
    missing_in_.assign(ranges_.size(), false);
    for (size_t r = 0; r < ranges_.size(); ++r) {
      const RangeSpec& range = ranges_[r];
      const KeywordColumn* column = source_.keywords();
      if (column != nullptr) {
        spans_.emplace_back(range.from_address.empty() ? 0 : column->lower_bound(range.from_address),
                            range.to_address.empty() ? column->ordinal_count() : column->lower_bound(range.to_address));
      }
      if (source_.has_missing()) {
        missing_in_[r] = address_in(range, source_.missing_term());
      }
    }
  }
  void collect_addresses(const DocBatch& batch) {
    source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
      for (size_t r = 0; r < ranges_.size(); ++r) {
        if (source_.scripted() ? address_in(ranges_[r], source_.term(ordinal)) : ordinal == kNoOrdinal ? missing_in_[r] : ordinal >= spans_[r].first && ordinal < spans_[r].second) add(batch, i, r);
      }
    });
  }

  /// Numbers of the bounds, once the field's format is known; then in order of from and to.
  void resolve() {
    for (RangeSpec& range : ranges_) {
      range.from = range.from_given.is_null() ? (geo_ ? 0.0 : -kInfinity) : number_of(range.from_given);
      range.to = range.to_given.is_null() ? kInfinity : number_of(range.to_given);
    }
    std::stable_sort(ranges_.begin(), ranges_.end(), [&](const RangeSpec& a, const RangeSpec& b) {
      if (ip_) {
        if (a.from_address != b.from_address) return a.from_address < b.from_address;
        if (a.to_address.empty() || b.to_address.empty()) return !a.to_address.empty() && b.to_address.empty();
        return a.to_address < b.to_address;
      }
      return a.from != b.from ? a.from < b.from : a.to < b.to;
    });
    resolved_ = true;
  }
  double number_of(const Json& given) const {
    const bool date = source_.format().kind == ValueFormat::Kind::kDate || (node().type == "date_range" && source_.kind() == ValueSource::Kind::kUnmapped);
    if (!date) return read_double_option(given);
    const auto& format = source_.format().date ? source_.format().date : DateFormat::default_format();
    if (given.is_number()) {
      // A number is epoch ms unless the format can read it.
      if (const auto parsed = format->parse(to_text(given), source_.format().zone.get())) return static_cast<double>(parsed->epoch_ms());
      return read_double_option(given);
    }
    return static_cast<double>(parse_date_math(given.get<std::string>(), *format, context_.now_ms, false, source_.format().zone.get()).epoch_ms());
  }

  std::string bound_text(double value) const { return source_.format().has_text() && !geo_ ? source_.format().text(value) : double_text(value); }
  std::string from_text(const RangeSpec& range) const {
    if (ip_) return range.from_address.empty() ? "*" : ip_text(range.from_address);
    return std::isinf(range.from) || (geo_ && range.from == 0) ? "*" : bound_text(range.from);
  }
  std::string to_text_of(const RangeSpec& range) const {
    if (ip_) return range.to_address.empty() ? "*" : ip_text(range.to_address);
    return std::isinf(range.to) ? "*" : bound_text(range.to);
  }
  void write_bounds(JsonWriter& out, const RangeSpec& range) const {
    if (ip_) {
      if (!range.from_address.empty()) out.key("from").string(ip_text(range.from_address));
      if (!range.to_address.empty()) out.key("to").string(ip_text(range.to_address));
      return;
    }
    for (const auto& [key, value] : {std::pair<std::string, double>{"from", range.from}, {"to", range.to}}) {
      if (std::isinf(value)) continue;
      out.key(key).number(value);
      if (source_.format().has_text() && !geo_) out.key(key + "_as_string").string(source_.format().text(value));
    }
  }

  RangeOptions options_;
  std::vector<RangeSpec> ranges_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  bool geo_, ip_, resolved_ = false;
  BucketCounts counts_;               // parent * ranges + range
  std::vector<size_t> last_doc_;
  std::vector<std::pair<Ordinal, Ordinal>> spans_;
  std::vector<bool> missing_in_;
};

}  // namespace

AggregatorPtr build_range(const AggregationNode& node, const BuildContext& context) { return std::make_unique<RangeAggregator>(node, context); }
void check_range(const AggregationNode& node) { RangeOptions{node}; }

}  // namespace tarn::query
