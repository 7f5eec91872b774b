// range and date_range: overlapping intervals, each a bucket.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "indexer/base/error.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct RangeSpec {
  std::string key;
  Json from_given, to_given;     // null: open
  double from = -kInfinity, to = kInfinity;
};

std::vector<RangeSpec> parse_ranges(const AggregationNode& node) {
  std::vector<RangeSpec> ranges;
  if (!node.body.contains("ranges") || !node.body["ranges"].is_array()) return ranges;
  for (const Json& json : node.body["ranges"]) {
    RangeSpec range;
    if (!json.is_object()) fail_member(node, "ranges", illegal_argument("a range must be an object"));
    for (const auto& [key, value] : json.items()) {
      if (key == "key") range.key = value.is_string() ? value.get<std::string>() : to_text(value);
      else if (key == "from") range.from_given = value;
      else if (key == "to") range.to_given = value;
      else if (key == "mask" && node.type == "ip_range") continue;
      else throw ApiError(Error(400, "x_content_parse_exception", fmt::format("[1:1] [range] unknown field [{}]", key)));
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

class RangeAggregator : public Aggregator {
 public:
  RangeAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), type_(node.type), ranges_(parse_ranges(node)), source_(node.type, node.body, true),
        children_(build_children(node, context)), context_(context.search),
        keyed_(node.body.contains("keyed") && node.body["keyed"].get<bool>()) {}

  std::string type_name() const override { return type_; }

  void begin(const Searcher& searcher) override {
    if (ranges_.empty()) throw ApiError(illegal_argument(fmt::format("No [ranges] specified for the [{}] aggregation", name())));
    source_.bind(searcher, context_);
    source_.require_numeric();
    if (!resolved_ || source_.kind() != ValueSource::Kind::kUnmapped) resolve();
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
  }

  void collect(const DocBatch& batch) override {
    uint32_t top = 0;
    for (size_t i = 0; i < batch.count; ++i) top = std::max(top, batch.buckets[i]);
    if (counts_.size() < (size_t{top} + 1) * ranges_.size()) counts_.resize((size_t{top} + 1) * ranges_.size());
    last_doc_.assign(ranges_.size(), SIZE_MAX);
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const double value = source_.number(encoded);
      for (size_t r = 0; r < ranges_.size() && ranges_[r].from <= value; ++r) {
        if (value >= ranges_[r].to || last_doc_[r] == i) continue;
        last_doc_[r] = i;  // a document counts once in a range
        const auto bucket = static_cast<uint32_t>(batch.buckets[i] * ranges_.size() + r);
        ++counts_[bucket];
        children_.add(batch.docs[i], bucket);
      }
    });
  }
  void end_segment() override { children_.end_segment(); }
  void finish(AggregationContext& context) override { children_.finish(context); }

  void write(JsonWriter& out, uint32_t parent, AggregationContext& context) override {
    out.key("buckets");
    keyed_ ? out.begin_object() : out.begin_array();
    for (size_t r = 0; r < ranges_.size(); ++r) {
      context.count_bucket();
      const RangeSpec& range = ranges_[r];
      const std::string key = range.key.empty() ? bound_text(range.from) + "-" + bound_text(range.to) : range.key;
      if (keyed_) out.key(key).begin_object();
      else out.begin_object().key("key").string(key);
      write_bound(out, "from", range.from);
      write_bound(out, "to", range.to);
      const uint64_t bucket = uint64_t{parent} * ranges_.size() + r;
      out.key("doc_count").unsigned_number(bucket < counts_.size() ? counts_[bucket] : 0);
      children_.write(out, bucket < UINT32_MAX ? static_cast<uint32_t>(bucket) : UINT32_MAX, context);
      out.end_object();
    }
    keyed_ ? out.end_object() : out.end_array();
  }

 private:
  /// Numbers of the bounds, once the field's format is known; then in order of from and to.
  void resolve() {
    for (RangeSpec& range : ranges_) {
      range.from = range.from_given.is_null() ? -kInfinity : number_of(range.from_given);
      range.to = range.to_given.is_null() ? kInfinity : number_of(range.to_given);
    }
    std::stable_sort(ranges_.begin(), ranges_.end(), [](const RangeSpec& a, const RangeSpec& b) {
      return a.from != b.from ? a.from < b.from : a.to < b.to;
    });
    resolved_ = true;
  }
  double number_of(const Json& given) const {
    const bool date = source_.format().kind == ValueFormat::Kind::kDate || type_ == "date_range";
    if (!date) {
      if (given.is_number()) return given.get<double>();
      const std::string text = given.is_string() ? given.get<std::string>() : to_text(given);
      char* end = nullptr;
      const double number = std::strtod(text.c_str(), &end);
      if (text.empty() || *end != 0) throw ApiError(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text)));
      return number;
    }
    const auto& format = source_.format().date ? source_.format().date : DateFormat::default_format();
    const std::string text = given.is_number() ? to_text(given) : given.get<std::string>();
    if (given.is_number()) {
      // A number is epoch ms unless the format can read it.
      if (const auto parsed = format->parse(text, source_.format().zone.get())) return static_cast<double>(parsed->epoch_ms());
      return given.get<double>();
    }
    return static_cast<double>(parse_date_math(text, *format, context_.now_ms, false, source_.format().zone.get()).epoch_ms());
  }
  std::string bound_text(double value) const {
    if (std::isinf(value)) return "*";
    return source_.format().text(value);
  }
  void write_bound(JsonWriter& out, const std::string& name, double value) const {
    if (std::isinf(value)) return;
    out.key(name).number(value);
    if (source_.format().has_text()) out.key(name + "_as_string").string(source_.format().text(value));
  }

  std::string type_;
  std::vector<RangeSpec> ranges_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  bool keyed_, resolved_ = false;
  std::vector<uint64_t> counts_;      // parent * ranges + range
  std::vector<size_t> last_doc_;
};

}  // namespace

AggregatorPtr build_range(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<RangeAggregator>(node, context);
}

void check_range(const AggregationNode& node) {
  check_members(node, {"field", "missing", "script", "format", "value_type", "time_zone", "ranges", "keyed"});
  ValueSource(node.type, node.body, true);
  parse_ranges(node);
}

}  // namespace tarn::query
