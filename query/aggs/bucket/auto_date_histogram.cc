// auto_date_histogram: the interval is chosen when all values are known.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "indexer/base/error.h"
#include "query/aggs/bucket/replay.h"
#include "query/aggs/bucket/rounding.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct AutoOptions {
  SourceOptions source;
  int64_t buckets = 10;
  std::string minimum;

  explicit AutoOptions(const AggregationNode& node) {
    Options options(node.type);
    source.declare(options, node, SourceOptions::kAll | SourceOptions::kTimeZone);
    options
        .integer("buckets",
                 [&](int64_t value) {
                   if (value <= 0) throw ApiError(illegal_argument(fmt::format("buckets must be greater than 0 for [{}]", node.name)));
                   buckets = value;
                 })
        .any("minimum_interval", kTokenString, [&](const Json& json) {
          minimum = json.get<std::string>();
          static constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day", "month", "year"};
          if (std::find(std::begin(kUnits), std::end(kUnits), minimum) == std::end(kUnits)) {
            throw ApiError(illegal_argument("minimum_interval must be one of [year, month, day, hour, minute, second]"));
          }
        });
    options.read(node.body());
    SourceOptions::require_field(node);
  }
};

/// Keeps (bucket of the parent, value, document) until finish, then cuts each parent's values into intervals.
class KeptDates : public Aggregator {
 public:
  KeptDates(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source, &context.state), children_(build_children(node, context)), context_(context.search), replay_(context.state) {}

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    source_.require_numeric();
    replay_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    replay_.begin_segment(segment);
  }
  void collect(const DocBatch& batch) override {
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      values_.push_back({batch.buckets[i], source_.number(encoded), replay_.entry(batch.docs[i], 0)});
    });
  }
  size_t memory_bytes() const override { return values_.capacity() * sizeof(Value) + children_.memory_bytes(); }

  void finish(AggregationContext& context) override {
    std::stable_sort(values_.begin(), values_.end(), [](const Value& a, const Value& b) {
      return a.parent != b.parent ? a.parent < b.parent : a.number < b.number;
    });
    std::vector<Replay::Entry> entries;
    for (size_t begin = 0; begin < values_.size();) {
      size_t end = begin;
      while (end < values_.size() && values_[end].parent == values_[begin].parent) ++end;
      Chosen& chosen = state_of(chosen_, values_[begin].parent);
      chosen = choose(std::span(values_).subspan(begin, end - begin));
      size_t at = begin;
      for (Interval& interval : chosen.intervals) {
        interval.bucket = next_bucket_++;
        for (; at < begin + interval.end; ++at) {
          entries.push_back(values_[at].entry);
          entries.back().bucket = interval.bucket;
        }
      }
      begin = end;
    }
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());  // a document counts once in a bucket
    counts_.assign(next_bucket_, 0);
    for (const Replay::Entry& entry : entries) ++counts_[entry.bucket];
    std::vector<Value>().swap(values_);
    replay_.run(entries, children_);
    children_.finish(context);
  }

 protected:
  struct Value {
    uint32_t parent;
    double number;
    Replay::Entry entry;
  };
  struct Interval {
    size_t end = 0;            ///< one past its last value, among the parent's values in order
    double key = 0;
    uint32_t bucket = kNoBucket;
  };
  struct Chosen {
    std::vector<Interval> intervals;
    std::string interval;
  };
  virtual Chosen choose(std::span<const Value> values) const = 0;

  const Chosen& chosen_of(uint32_t parent) const {
    static const Chosen kNone;
    return parent < chosen_.size() ? chosen_[parent] : kNone;
  }
  uint64_t count_of(const Interval& interval) const { return interval.bucket == kNoBucket ? 0 : counts_[interval.bucket]; }

  AutoOptions options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;

 private:
  Replay replay_;
  std::vector<Value> values_;
  std::vector<Chosen> chosen_;
  std::vector<uint64_t> counts_;
  uint32_t next_bucket_ = 0;
};

struct Step {
  std::string_view unit;
  char letter;
  double rough_ms;
  std::array<int, 6> multiples;   // ascending, 0 ends
};
constexpr Step kSteps[] = {{"second", 's', 1e3, {1, 5, 10, 30}},        {"minute", 'm', 6e4, {1, 5, 10, 30}},
                           {"hour", 'h', 3.6e6, {1, 3, 12}},            {"day", 'd', 8.64e7, {1, 7}},
                           {"month", 'M', 2629746000.0, {1, 3}},        {"year", 'y', 31556952000.0, {1, 5, 10, 20, 50, 100}}};

/// The finest of OpenSearch's intervals with at most `buckets` buckets.
class AutoDateHistogram : public KeptDates {
 public:
  using KeptDates::KeptDates;
  void begin(const Searcher& searcher) override {
    KeptDates::begin(searcher);
    if (!options_.source.time_zone.empty()) zone_ = TimeZone::create(options_.source.time_zone);
  }
  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalAutoDateHistogram";
    const Chosen& chosen = chosen_of(parent);
    ValueFormat format = source_.format();
    format.zone = zone_;
    if (format.kind != ValueFormat::Kind::kDate) {
      format.kind = ValueFormat::Kind::kDate;
      format.date = options_.source.format.empty() ? DateFormat::default_format() : DateFormat::create(options_.source.format);
    }
    for (const Interval& interval : chosen.intervals) {
      context.count_bucket();
      ResultBucket bucket;
      bucket.number = interval.key;
      bucket.key = format.text(interval.key);
      bucket.head = members_text([&](JsonWriter& out) { out.key("key_as_string").string(bucket.key).key("key").number(static_cast<int64_t>(interval.key)); });
      bucket.doc_count = count_of(interval);
      bucket.children = children_.build(interval.bucket, context);
      result->buckets.push_back(std::move(bucket));
    }
    const Step& first = kSteps[first_step()];
    result->after = fmt::format("\"interval\":\"{}\"", chosen.interval.empty() ? fmt::format("1{}", first.letter) : chosen.interval);
    return result;
  }

 protected:
  size_t first_step() const {
    for (size_t s = 0; s < std::size(kSteps); ++s) {
      if (kSteps[s].unit == options_.minimum) return s;
    }
    return 0;
  }
  Chosen choose(std::span<const Value> values) const override {
    const auto low = static_cast<int64_t>(values.front().number), high = static_cast<int64_t>(values.back().number);
    for (size_t s = first_step(); s < std::size(kSteps); ++s) {
      const Step& step = kSteps[s];
      const int largest = *std::max_element(step.multiples.begin(), step.multiples.end());
      const auto limit = static_cast<size_t>(options_.buckets) * static_cast<size_t>(largest);
      const bool last = s + 1 == std::size(kSteps);
      if (!last && static_cast<double>(high - low) / step.rough_ms > 2.0 * static_cast<double>(limit) + 2) continue;
      const auto rounding = Rounding::calendar(step.unit, zone_, 0);
      std::vector<int64_t> starts;
      for (int64_t key = rounding->round(low); key <= high && starts.size() <= limit + 1000000 * last; key = rounding->next(key)) {
        starts.push_back(key);
        if (starts.size() > limit && !last) break;
      }
      if (starts.size() > limit && !last) continue;
      for (size_t m = 0; m < step.multiples.size() && step.multiples[m] > 0; ++m) {
        const auto multiple = static_cast<size_t>(step.multiples[m]);
        const bool coarsest = m + 1 == step.multiples.size() || step.multiples[m + 1] == 0;
        if ((starts.size() + multiple - 1) / multiple > static_cast<size_t>(options_.buckets) && !(last && coarsest)) continue;
        return cut(values, starts, multiple, fmt::format("{}{}", multiple, step.letter));
      }
    }
    return {};
  }

 private:
  static Chosen cut(std::span<const Value> values, const std::vector<int64_t>& starts, size_t multiple, std::string name) {
    Chosen out;
    out.interval = std::move(name);
    size_t at = 0;
    for (size_t i = 0; i < starts.size(); i += multiple) {
      const bool last = i + multiple >= starts.size();
      while (at < values.size() && (last || values[at].number < static_cast<double>(starts[i + multiple]))) ++at;
      Interval interval;
      interval.end = at;
      interval.key = static_cast<double>(starts[i]);
      out.intervals.push_back(interval);
    }
    return out;
  }
  std::shared_ptr<const TimeZone> zone_;
};

}  // namespace

AggregatorPtr build_auto_date_histogram(const AggregationNode& node, const BuildContext& context) { return std::make_unique<AutoDateHistogram>(node, context); }
void check_auto_date_histogram(const AggregationNode& node) { AutoOptions{node}; }

}  // namespace tarn::query
