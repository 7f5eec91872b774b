// date_histogram: buckets of calendar units or fixed intervals over dates. Keys are the buckets' starts in epoch ms.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "indexer/mapping/range_encoding.h"
#include "query/aggs/bucket/interval_histogram.h"
#include "query/aggs/bucket/rounding.h"
#include "query/aggs/types.h"

namespace tarn::query {
namespace {

/// "min" and "max" as dates in the field's format, or as epoch ms.
struct LongBounds {
  Json min, max;   ///< null: none

  static void declare(Options& options, std::string_view name, LongBounds& out) {
    options.any(name, kTokenObject, [&out](const Json& json) {
      Options inner("bounds");
      inner.any("min", kTokenString | kTokenNumber | kTokenNull, [&](const Json& value) { out.min = value; })
          .any("max", kTokenString | kTokenNumber | kTokenNull, [&](const Json& value) { out.max = value; });
      inner.read(json);
    });
  }
};

struct DateHistogramOptions : IntervalOptions {
  std::shared_ptr<const TimeZone> zone;
  std::shared_ptr<const Rounding> rounding;   ///< null: no interval was given
  LongBounds extended, hard;

  explicit DateHistogramOptions(const AggregationNode& node) {
    std::string calendar, fixed, either;
    int64_t offset_ms = 0;
    Options options(node.type);
    declare(options, node, SourceOptions::kAll | SourceOptions::kTimeZone);
    const auto alone = [](const std::string& other, std::string_view mine, std::string_view theirs) {
      if (!other.empty()) throw ApiError(illegal_argument(fmt::format("Cannot use [{}] with [{}] configuration option.", mine, theirs)));
    };
    options
        .any("calendar_interval", kTokenString,
             [&](const Json& json) {
               alone(fixed, "calendar_interval", "fixed_interval");
               alone(either, "calendar_interval", "interval");
               calendar = json.get<std::string>();
               if (!Rounding::calendar(calendar, nullptr, 0)) {
                 throw ApiError(illegal_argument(fmt::format("The supplied interval [{}] could not be parsed as a calendar interval.", calendar)));
               }
             })
        .any("fixed_interval", kTokenString,
             [&](const Json& json) {
               alone(calendar, "fixed_interval", "calendar_interval");
               alone(either, "fixed_interval", "interval");
               fixed = json.get<std::string>();
               fixed_ms(fixed, "date_histogram.fixedInterval");
             })
        .any("interval", kTokenString | kTokenNumber,
             [&](const Json& json) {
               alone(calendar, "interval", "calendar_interval");
               alone(fixed, "interval", "fixed_interval");
               either = json.is_number() ? std::to_string(read_long_option(json)) + "ms" : json.get<std::string>();
               if (!Rounding::calendar(either, nullptr, 0)) fixed_ms(either, "date_histogram.interval");
             })
        .any("offset", kTokenString | kTokenNumber, [&](const Json& json) { offset_ms = read_offset(json); });
    LongBounds::declare(options, "extended_bounds", extended);
    LongBounds::declare(options, "hard_bounds", hard);
    options.read(node.body());
    SourceOptions::require_field(node);
    if (!source.time_zone.empty()) zone = TimeZone::create(source.time_zone);
    const std::string& named = calendar.empty() ? either : calendar;
    if (!named.empty()) rounding = Rounding::calendar(named, zone, offset_ms);
    if (!rounding && !fixed.empty()) rounding = Rounding::fixed(fixed_ms(fixed, ""), zone, offset_ms);
    if (!rounding && !either.empty()) rounding = Rounding::fixed(fixed_ms(either, ""), zone, offset_ms);
  }

 private:
  static int64_t fixed_ms(const std::string& text, std::string_view setting) {
    const int64_t interval = parse_interval_ms(text);
    if (interval < 0) {
      throw ApiError(illegal_argument(fmt::format("failed to parse setting [{}] with value [{}] as a time value: unit is missing or unrecognized", setting, text)));
    }
    if (interval == 0) throw ApiError(illegal_argument("Zero or negative time interval not supported"));
    return interval;
  }
  static int64_t read_offset(const Json& json) {
    if (json.is_number()) return read_long_option(json);
    std::string text = json.get<std::string>();
    const std::string given = text;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.erase(0, 1);
    const int64_t parsed = text == "0" ? 0 : parse_interval_ms(text);
    if (parsed < 0) {
      throw ApiError(illegal_argument(fmt::format("failed to parse setting [DateHistogramAggregationBuilder.parseOffset] with value [{}] as a time value: unit is "
                                                  "missing or unrecognized", text)));
    }
    return negative ? -parsed : parsed;
  }
};

class DateHistogramAggregator : private DateHistogramOptions, public IntervalHistogram {
 public:
  DateHistogramAggregator(const AggregationNode& node, const BuildContext& context)
      : DateHistogramOptions(node), IntervalHistogram(node, context, static_cast<const DateHistogramOptions&>(*this)) {}

  void bound_to_field() override {
    const FieldType* field = source_.field();
    if (!of_ranges() && source_.kind() != ValueSource::Kind::kUnmapped &&
        (source_.kind() != ValueSource::Kind::kNumeric ||
         !(field == nullptr || field->is_date() || field->kind == FieldKind::kBoolean || field->is_numeric()))) {
      source_.refuse();
    }
    if (!rounding) throw ApiError(illegal_argument("Invalid interval specified, must be non-null and non-empty"));
    extended_low_ = bound(extended.min);
    extended_high_ = bound(extended.max);
    hard_low_ = bound(hard.min);
    hard_high_ = bound(hard.max);
    if (extended_low_ && extended_high_ && *extended_low_ > *extended_high_) {
      throw ApiError(illegal_argument(fmt::format("[extended_bounds.min][{}] cannot be greater than [extended_bounds.max][{}] for histogram aggregation [{}]",
                                                  scalar_option_text(extended.min), scalar_option_text(extended.max), name())));
    }
    format_ = source_.format();
    format_.zone = zone;
    if (format_.kind != ValueFormat::Kind::kDate) {
      format_.kind = ValueFormat::Kind::kDate;
      if (of_ranges() && source_.options().format.empty()) format_.date = field->date_format;
      else format_.date = source_.options().format.empty() ? DateFormat::default_format() : DateFormat::create(source_.options().format);
    }
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    IntervalHistogram::begin_segment(searcher, segment);
    lay_out_starts();
  }

  void collect(const DocBatch& batch) override {
    if (of_ranges()) return collect_ranges(batch);
    if (const int64_t* ms = source_.whole_numbers(batch.docs, batch.count)) return collect_runs(batch, ms);
    size_t previous_doc = SIZE_MAX;
    uint32_t previous = 0;
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const int64_t ms = source_.whole(encoded);
      const uint32_t parent = batch.buckets[i];
      const uint32_t bucket = last_.holds(parent, ms) ? last_.bucket : bucket_of(parent, ms);
      if (bucket == kOutside || (i == previous_doc && bucket == previous)) return;
      previous_doc = i;
      previous = bucket;
      buckets_.count(bucket);
      children_.add(batch.docs[i], bucket);
    });
  }

 protected:
  double key_number(int64_t key) const override { return static_cast<double>(key); }
  int64_t key_at(double number) const override { return static_cast<int64_t>(number); }
  std::string key_text(int64_t key) const override { return format_.text(static_cast<double>(key)); }
  std::string key_json(int64_t key) const override { return std::to_string(key); }
  bool shows_text() const override { return true; }
  int64_t next_key(int64_t key) const override { return rounding->next(key); }
  std::optional<int64_t> lowest_key() const override { return rounded(extended_low_); }
  std::optional<int64_t> highest_key() const override { return rounded(extended_high_); }

 private:
  static constexpr uint32_t kUnseen = UINT32_MAX, kOutside = UINT32_MAX - 1;
  static constexpr size_t kStartsMax = 1 << 16;

  /// One date for each document: neighbours in time go down together.
  void collect_runs(const DocBatch& batch, const int64_t* ms) {
    for (size_t i = 0; i < batch.count;) {
      const size_t begin = i;
      const uint32_t bucket = last_.holds(batch.buckets[i], ms[i]) ? last_.bucket : bucket_of(batch.buckets[i], ms[i]);
      for (++i; i < batch.count && last_.holds(batch.buckets[i], ms[i]);) ++i;
      if (bucket == kOutside) continue;
      buckets_.count(bucket, i - begin);
      children_.add_run(batch.docs + begin, i - begin, bucket);
    }
  }

  bool of_ranges() const { return source_.field() != nullptr && source_.field()->kind == FieldKind::kDateRange; }
  /// A range counts in every bucket that it touches.
  void collect_ranges(const DocBatch& batch) {
    size_t previous_doc = SIZE_MAX;
    int64_t done = 0;   // buckets of the document up to here
    source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
      if (ordinal == kNoOrdinal) return;
      const NumericRange range = decode_range(source_.keywords()->term(ordinal));
      int64_t key = rounding->round(range.low);
      if (i == previous_doc && done >= key) key = rounding->next(done);
      size_t touched = 0;
      for (; key <= range.high; key = rounding->next(key)) {
        if (++touched > context_.max_buckets) {
          throw ApiError(illegal_argument(fmt::format("a range of the field [{}] touches more than [{}] buckets", source_.field_name(), context_.max_buckets)));
        }
        done = key;
        if (outside(key)) continue;
        const uint32_t bucket = buckets_.insert(batch.buckets[i], key);
        buckets_.count(bucket);
        children_.add(batch.docs[i], bucket);
      }
      previous_doc = i;
    });
  }

  /// Where the buckets of the segment's values begin, so that a value finds its bucket by one multiplication (equal widths) or a
  /// binary search instead of calendar arithmetic. Left empty where there would be too many.
  void lay_out_starts() {
    starts_.clear();
    slots_.clear();
    if (source_.numbers() == nullptr || source_.numbers()->present_count() == 0) return;
    const auto low = static_cast<int64_t>(source_.number(source_.numbers()->min()));
    const auto high = static_cast<int64_t>(source_.number(source_.numbers()->max()));
    equal_width_ms_ = 0;
    for (int64_t start = rounding->round(low); starts_.empty() || start <= high;) {
      const int64_t next = rounding->next(start);
      if (next <= start || starts_.size() >= kStartsMax) {
        starts_.clear();
        return;
      }
      equal_width_ms_ = starts_.empty() || equal_width_ms_ == next - start ? next - start : -1;
      starts_.push_back(start);
      start = next;
    }
    slots_.assign(starts_.size(), kUnseen);
    starts_end_ = rounding->next(starts_.back());
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
      last_ = {};
      const int64_t start = rounding->round(ms);
      return outside(start) ? kOutside : buckets_.insert(parent, start);
    }
    const size_t index = index_of(ms);
    last_ = {parent, bucket_at(parent, index), starts_[index], index + 1 < starts_.size() ? starts_[index + 1] : starts_end_};
    return last_.bucket;
  }
  uint32_t bucket_at(uint32_t parent, size_t index) {
    if (parent != 0) return outside(starts_[index]) ? kOutside : buckets_.insert(parent, starts_[index]);
    uint32_t& slot = slots_[index];
    if (slot == kUnseen) slot = outside(starts_[index]) ? kOutside : buckets_.insert(0, starts_[index]);
    return slot;
  }

  std::optional<int64_t> rounded(const std::optional<int64_t>& ms) const {
    if (!ms) return std::nullopt;
    return rounding->round(*ms);
  }
  std::optional<int64_t> bound(const Json& value) const {
    if (value.is_null()) return std::nullopt;
    if (value.is_number()) return read_long_option(value);
    const auto& format = source_.format().date ? source_.format().date : DateFormat::default_format();
    return parse_date_math(value.get<std::string>(), *format, context_.now_ms, false, zone.get()).epoch_ms();
  }

  ValueFormat format_;
  std::optional<int64_t> extended_low_, extended_high_, hard_low_, hard_high_;
  /// Where the last value fell; the next one is often near.
  struct Place {
    uint32_t parent = 0, bucket = 0;
    int64_t start = 0, end = 0;
    bool holds(uint32_t of_parent, int64_t ms) const { return ms >= start && ms < end && of_parent == parent; }
  };
  Place last_;
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

void check_date_histogram(const AggregationNode& node) { DateHistogramOptions{node}; }

}  // namespace tarn::query
