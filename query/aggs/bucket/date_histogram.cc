// date_histogram: buckets of calendar units or fixed intervals over dates.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "query/aggs/bucket/interval_buckets.h"
#include "query/aggs/bucket/rounding.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct DateHistogramOptions {
  std::shared_ptr<const TimeZone> zone;
  std::shared_ptr<const Rounding> rounding;
  uint64_t min_doc_count = 0;
  bool keyed = false;
  Json extended_bounds, hard_bounds;
  BucketOrder order;
};

std::shared_ptr<const Rounding> parse_rounding(const AggregationNode& node, std::shared_ptr<const TimeZone> zone, int64_t offset_ms) {
  const Json& body = node.body;
  const auto text_of = [&](const char* name) { return body[name].is_string() ? body[name].get<std::string>() : to_text(body[name]); };
  const auto calendar = [&](const char* name) {
    const std::string text = text_of(name);
    auto rounding = Rounding::calendar(text, zone, offset_ms);
    if (!rounding) {
      fail_member(node, name, illegal_argument(fmt::format("The supplied interval [{}] could not be parsed as a calendar interval.", text)));
    }
    return rounding;
  };
  const auto fixed = [&](const char* name) {
    const std::string text = text_of(name);
    const int64_t interval = parse_interval_ms(text);
    if (interval <= 0) {
      fail_member(node, name, illegal_argument(fmt::format(
          "failed to parse setting [date_histogram.fixedInterval] with value [{}] as a time value: unit is missing or unrecognized", text)));
    }
    return Rounding::fixed(interval, zone, offset_ms);
  };
  const bool has_calendar = body.contains("calendar_interval"), has_fixed = body.contains("fixed_interval");
  if (has_calendar && has_fixed) {
    fail_member(node, "fixed_interval", illegal_argument("Cannot use [fixed_interval] with [calendar_interval] configuration option."));
  }
  if (has_calendar) return calendar("calendar_interval");
  if (has_fixed) return fixed("fixed_interval");
  if (body.contains("interval")) {
    const std::string text = text_of("interval");
    if (auto rounding = Rounding::calendar(text, zone, offset_ms)) return rounding;
    return fixed("interval");
  }
  throw ApiError(illegal_argument("Invalid interval specified, must be non-null and non-empty"));
}

DateHistogramOptions parse_options(const AggregationNode& node) {
  DateHistogramOptions options;
  const Json& body = node.body;
  if (body.contains("time_zone") && body["time_zone"].is_string()) {
    try {
      options.zone = TimeZone::create(body["time_zone"].get<std::string>());
    } catch (const ApiError& error) {
      fail_member(node, "time_zone", error.error());
    }
  }
  int64_t offset_ms = 0;
  if (body.contains("offset")) {
    if (body["offset"].is_number()) offset_ms = body["offset"].get<int64_t>();
    else {
      std::string text = body["offset"].get<std::string>();
      const bool negative = text.starts_with('-');
      if (negative || text.starts_with('+')) text.erase(0, 1);
      const int64_t parsed = parse_interval_ms(text);
      if (parsed < 0) {
        fail_member(node, "offset", illegal_argument(fmt::format(
            "failed to parse setting [DateHistogramAggregationBuilder.parseOffset] with value [{}] as a time value: unit is missing or unrecognized", text)));
      }
      offset_ms = negative ? -parsed : parsed;
    }
  }
  options.rounding = parse_rounding(node, options.zone, offset_ms);
  if (body.contains("min_doc_count")) {
    const int64_t count = body["min_doc_count"].get<int64_t>();
    if (count < 0) {
      fail_member(node, "min_doc_count", illegal_argument(fmt::format(
          "[minDocCount] must be greater than or equal to 0. Found [{}] in [{}]", count, node.name)));
    }
    options.min_doc_count = static_cast<uint64_t>(count);
  }
  if (body.contains("keyed")) options.keyed = body["keyed"].get<bool>();
  if (body.contains("extended_bounds")) options.extended_bounds = body["extended_bounds"];
  if (body.contains("hard_bounds")) options.hard_bounds = body["hard_bounds"];
  options.order = BucketOrder::parse(node, body.contains("order") ? body["order"] : Json(),
                                     {{BucketOrder::Key::Kind::kKey, true, {}, ""}});
  return options;
}

class DateHistogramAggregator : public Aggregator {
 public:
  DateHistogramAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), options_(parse_options(node)), source_(node.type, node.body, true),
        children_(build_children(node, context)), context_(context.search) {}

  std::string type_name() const override { return "date_histogram"; }

  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (source_.kind() != ValueSource::Kind::kUnmapped &&
        (source_.kind() != ValueSource::Kind::kNumeric ||
         !(source_.field() == nullptr || source_.field()->is_date() || source_.field()->kind == FieldKind::kBoolean ||
           source_.field()->is_numeric()))) {
      source_.refuse();
    }
    extended_low_ = bound(options_.extended_bounds, "min");
    extended_high_ = bound(options_.extended_bounds, "max");
    hard_low_ = bound(options_.hard_bounds, "min");
    hard_high_ = bound(options_.hard_bounds, "max");
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
    lay_out_starts();
  }

  void collect(const DocBatch& batch) override {
    size_t previous_doc = SIZE_MAX;
    uint32_t previous = 0;
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const auto ms = static_cast<int64_t>(source_.number(encoded));
      const uint32_t bucket = bucket_of(batch.buckets[i], ms);
      if (bucket == kOutside || (i == previous_doc && bucket == previous)) return;
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
    const Rounding& rounding = *options_.rounding;
    std::optional<int64_t> low, high;
    if (extended_low_) low = rounding.round(*extended_low_);
    if (extended_high_) high = rounding.round(*extended_high_);
    const auto shown = buckets_.shown(parent, options_.min_doc_count, [&](int64_t key) { return rounding.next(key); }, low, high,
                                      context.search.max_buckets, options_.order, children_);
    ValueFormat format = source_.format();
    format.zone = options_.zone;
    if (format.kind != ValueFormat::Kind::kDate) {
      format.kind = ValueFormat::Kind::kDate;
      format.date = DateFormat::default_format();
    }
    out.key("buckets");
    options_.keyed ? out.begin_object() : out.begin_array();
    for (const auto& entry : shown) {
      context.count_bucket();
      const std::string text = format.text(static_cast<double>(entry.key));
      if (options_.keyed) out.key(text);
      out.begin_object().key("key_as_string").string(text).key("key").number(entry.key);
      const bool empty = entry.bucket == IntervalBuckets::kEmptyBucket;
      out.key("doc_count").unsigned_number(empty ? 0 : buckets_[entry.bucket].count);
      children_.write(out, entry.bucket, context);
      out.end_object();
    }
    options_.keyed ? out.end_object() : out.end_array();
  }

 private:
  static constexpr uint32_t kUnseen = UINT32_MAX, kOutside = UINT32_MAX - 1;
  static constexpr size_t kStartsMax = 1 << 16;

  /// Where the buckets of the segment's values begin, so that a value finds its bucket by one multiplication (equal widths) or a
  /// binary search instead of calendar arithmetic. Left empty where there would be too many.
  void lay_out_starts() {
    starts_.clear();
    slots_.clear();
    if (source_.numbers() == nullptr || source_.numbers()->present_count() == 0) return;
    const auto low = static_cast<int64_t>(source_.number(source_.numbers()->min()));
    const auto high = static_cast<int64_t>(source_.number(source_.numbers()->max()));
    equal_width_ms_ = 0;
    for (int64_t start = options_.rounding->round(low); starts_.empty() || start <= high;) {
      const int64_t next = options_.rounding->next(start);
      if (next <= start || starts_.size() >= kStartsMax) {
        starts_.clear();
        return;
      }
      equal_width_ms_ = starts_.empty() || equal_width_ms_ == next - start ? next - start : -1;
      starts_.push_back(start);
      start = next;
    }
    slots_.assign(starts_.size(), kUnseen);
    starts_end_ = options_.rounding->next(starts_.back());
    inverse_width_ = equal_width_ms_ > 0 ? 1.0 / static_cast<double>(equal_width_ms_) : 0;
  }

  size_t index_of(int64_t ms) const {
    if (equal_width_ms_ <= 0) return static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), ms) - starts_.begin()) - 1;
    const int64_t distance = ms - starts_.front();
    auto index = static_cast<int64_t>(static_cast<double>(distance) * inverse_width_);
    // The product may round across a border.
    index -= index * equal_width_ms_ > distance;
    index += (index + 1) * equal_width_ms_ <= distance;
    return static_cast<size_t>(index);
  }

  bool outside(int64_t start) const { return (hard_low_ && start < *hard_low_) || (hard_high_ && start >= *hard_high_); }

  uint32_t bucket_of(uint32_t parent, int64_t ms) {
    if (starts_.empty() || ms < starts_.front() || ms >= starts_end_) {
      const int64_t start = options_.rounding->round(ms);
      return outside(start) ? kOutside : buckets_.insert(parent, start);
    }
    const size_t index = index_of(ms);
    if (parent != 0) return outside(starts_[index]) ? kOutside : buckets_.insert(parent, starts_[index]);
    uint32_t& slot = slots_[index];
    if (slot == kUnseen) slot = outside(starts_[index]) ? kOutside : buckets_.insert(0, starts_[index]);
    return slot;
  }

  std::optional<int64_t> bound(const Json& bounds, const char* name) const {
    if (!bounds.is_object() || !bounds.contains(name) || bounds[name].is_null()) return std::nullopt;
    const Json& value = bounds[name];
    if (value.is_number()) return value.get<int64_t>();
    const auto& format = source_.format().date ? source_.format().date : DateFormat::default_format();
    return parse_date_math(value.get<std::string>(), *format, context_.now_ms, false, options_.zone.get()).epoch_ms();
  }

  DateHistogramOptions options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  IntervalBuckets buckets_;
  std::optional<int64_t> extended_low_, extended_high_, hard_low_, hard_high_;
  // Of the current segment.
  std::vector<int64_t> starts_;
  std::vector<uint32_t> slots_;       // bucket of parent 0 by index into starts_
  int64_t starts_end_ = 0;
  int64_t equal_width_ms_ = 0;        // -1: the widths differ
  double inverse_width_ = 0;
};

}  // namespace

AggregatorPtr build_date_histogram(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<DateHistogramAggregator>(node, context);
}

void check_date_histogram(const AggregationNode& node) {
  check_members(node, {"field", "missing", "script", "format", "value_type", "interval", "calendar_interval", "fixed_interval",
                       "time_zone", "offset", "min_doc_count", "keyed", "order", "extended_bounds", "hard_bounds"});
  parse_options(node);
  ValueSource(node.type, node.body, true);
}

}  // namespace tarn::query
