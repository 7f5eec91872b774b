// histogram: buckets of a fixed width over numbers.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/bucket/interval_buckets.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct HistogramOptions {
  double interval = 0, offset = 0;
  uint64_t min_doc_count = 0;
  bool keyed = false;
  std::optional<double> extended_min, extended_max, hard_min, hard_max;
  BucketOrder order;
};

std::optional<double> bound(const Json& bounds, const char* name) {
  if (!bounds.is_object() || !bounds.contains(name) || bounds[name].is_null()) return std::nullopt;
  return bounds[name].get<double>();
}

HistogramOptions parse_options(const AggregationNode& node) {
  HistogramOptions options;
  const Json& body = node.body;
  const auto number = [&](const char* name) {
    const Json& value = body[name];
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) {
      char* end = nullptr;
      const std::string text = value.get<std::string>();
      const double parsed = std::strtod(text.c_str(), &end);
      if (!text.empty() && *end == 0) return parsed;
    }
    fail_member(node, name, Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", value.is_string() ? value.get<std::string>() : to_text(value))));
  };
  if (body.contains("interval")) {
    options.interval = number("interval");
    if (!(options.interval > 0)) {
      fail_member(node, "interval", illegal_argument(fmt::format("[interval] must be >0 for histogram aggregation [{}]", node.name)));
    }
  }
  if (body.contains("offset")) options.offset = number("offset");
  if (body.contains("min_doc_count")) {
    const int64_t count = body["min_doc_count"].get<int64_t>();
    if (count < 0) {
      fail_member(node, "min_doc_count", illegal_argument(fmt::format(
          "[minDocCount] must be greater than or equal to 0. Found [{}] in [{}]", count, node.name)));
    }
    options.min_doc_count = static_cast<uint64_t>(count);
  }
  if (body.contains("keyed")) options.keyed = body["keyed"].get<bool>();
  if (body.contains("extended_bounds")) {
    options.extended_min = bound(body["extended_bounds"], "min");
    options.extended_max = bound(body["extended_bounds"], "max");
    if (options.extended_min && options.extended_max && *options.extended_min > *options.extended_max) {
      throw ApiError(illegal_argument(fmt::format("max bound [{}] must be greater than min bound [{}]",
                                                  double_text(*options.extended_max), double_text(*options.extended_min))));
    }
  }
  if (body.contains("hard_bounds")) {
    options.hard_min = bound(body["hard_bounds"], "min");
    options.hard_max = bound(body["hard_bounds"], "max");
  }
  options.order = BucketOrder::parse(node, body.contains("order") ? body["order"] : Json(),
                                     {{BucketOrder::Key::Kind::kKey, true, {}, ""}});
  return options;
}

class HistogramAggregator : public Aggregator {
 public:
  HistogramAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), options_(parse_options(node)), source_(node.type, node.body, true),
        children_(build_children(node, context)), context_(context.search) {
    if (options_.interval <= 0) throw ApiError(illegal_argument("[interval] must be >0 for histogram aggregation [" + node.name + "]"));
  }

  std::string type_name() const override { return "histogram"; }
  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    source_.require_numeric();
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    size_t previous_doc = SIZE_MAX;
    uint32_t previous = 0;
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const double value = source_.number(encoded);
      const auto key = static_cast<int64_t>(std::floor((value - options_.offset) / options_.interval));
      const double start = key_value(key);
      if ((options_.hard_min && start < key_value(index_of(*options_.hard_min))) || (options_.hard_max && start > *options_.hard_max)) return;
      const uint32_t bucket = buckets_.insert(batch.buckets[i], key);
      if (i == previous_doc && bucket == previous) return;  // a document counts once in a bucket
      previous_doc = i;
      previous = bucket;
      buckets_.count(bucket);
      children_.add(batch.docs[i], bucket);
    });
  }
  void end_segment() override { children_.end_segment(); }
  void finish(AggregationContext& context) override {
    children_.finish(context);
    buckets_.finish();
  }

  void write(JsonWriter& out, uint32_t parent, AggregationContext& context) override {
    std::optional<int64_t> low, high;
    if (options_.extended_min) low = index_of(*options_.extended_min);
    if (options_.extended_max) high = index_of(*options_.extended_max);
    const auto shown = buckets_.shown(parent, options_.min_doc_count, [](int64_t key) { return key + 1; }, low, high,
                                      context.search.max_buckets, options_.order, children_);
    out.key("buckets");
    options_.keyed ? out.begin_object() : out.begin_array();
    for (const auto& entry : shown) {
      context.count_bucket();
      const double key = key_value(entry.key);
      const std::string text = source_.format().has_text() ? source_.format().text(key) : double_text(key);
      if (options_.keyed) out.key(text);
      out.begin_object();
      if (source_.format().has_text()) out.key("key_as_string").string(text);
      out.key("key").number(key);
      const bool empty = entry.bucket == IntervalBuckets::kEmptyBucket;
      out.key("doc_count").unsigned_number(empty ? 0 : buckets_[entry.bucket].count);
      children_.write(out, entry.bucket, context);
      out.end_object();
    }
    options_.keyed ? out.end_object() : out.end_array();
  }

 private:
  int64_t index_of(double value) const { return static_cast<int64_t>(std::floor((value - options_.offset) / options_.interval)); }
  double key_value(int64_t key) const { return static_cast<double>(key) * options_.interval + options_.offset; }

  HistogramOptions options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  IntervalBuckets buckets_;
};

}  // namespace

AggregatorPtr build_histogram(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<HistogramAggregator>(node, context);
}

void check_histogram(const AggregationNode& node) {
  check_members(node, {"field", "missing", "script", "format", "value_type", "interval", "offset", "min_doc_count", "keyed", "order",
                       "extended_bounds", "hard_bounds"});
  ValueSource(node.type, node.body, true);
  parse_options(node);
}

}  // namespace tarn::query
