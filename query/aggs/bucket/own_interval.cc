// auto_date_histogram and variable_width_histogram: the buckets are chosen when all values are known.
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

struct OwnIntervalOptions {
  SourceOptions source;
  int64_t buckets = 10;
  int64_t shard_size = -1;
  std::string minimum;

  explicit OwnIntervalOptions(const AggregationNode& node) {
    const bool dates = node.type == "auto_date_histogram";
    Options options(node.type);
    source.declare(options, node, dates ? SourceOptions::kAll | SourceOptions::kTimeZone : static_cast<unsigned>(SourceOptions::kAll));
    options.integer("buckets", [&](int64_t value) {
      if (value <= 0) {
        throw ApiError(illegal_argument(dates ? fmt::format("buckets must be greater than 0 for [{}]", node.name)
                                              : fmt::format("buckets must be greater than [0] for [{}]", node.name)));
      }
      if (!dates && value > 50000) throw ApiError(illegal_argument(fmt::format("buckets must be less than 50000 for [{}]", node.name)));
      buckets = value;
    });
    if (dates) {
      options.any("minimum_interval", kTokenString, [&](const Json& json) {
        minimum = json.get<std::string>();
        static constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day", "month", "year"};
        if (std::find(std::begin(kUnits), std::end(kUnits), minimum) == std::end(kUnits)) {
          throw ApiError(illegal_argument("minimum_interval must be one of [year, month, day, hour, minute, second]"));
        }
      });
    } else {
      options
          .integer("shard_size",
                   [&](int64_t value) {
                     if (value <= 1) throw ApiError(illegal_argument(fmt::format("shard_size must be greater than [1] for [{}]", node.name)));
                     shard_size = value;
                   })
          .integer("initial_buffer", [&](int64_t value) {
            if (value <= 0) throw ApiError(illegal_argument(fmt::format("initial_buffer must be greater than [0] for [{}]", node.name)));
          });
    }
    options.read(node.body());
    SourceOptions::require_field(node);
  }
};

/// Keeps (bucket of the parent, value, document) until finish; a family cuts each parent's values into buckets.
class OwnIntervals : public Aggregator {
 public:
  OwnIntervals(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source), children_(build_children(node, context)), context_(context.search) {}

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
    double key = 0, min = 0, max = 0;
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

  OwnIntervalOptions options_;
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
class AutoDateHistogram : public OwnIntervals {
 public:
  using OwnIntervals::OwnIntervals;
  void begin(const Searcher& searcher) override {
    OwnIntervals::begin(searcher);
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

/// The closest neighbours are joined until there are few enough.
class VariableWidthHistogram : public OwnIntervals {
 public:
  using OwnIntervals::OwnIntervals;
  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalVariableWidthHistogram";
    const ValueFormat& format = source_.format();
    for (const Interval& interval : chosen_of(parent).intervals) {
      context.count_bucket();
      ResultBucket bucket;
      bucket.number = interval.key;
      bucket.key = format.has_text() ? format.text(interval.key) : double_text(interval.key);
      bucket.head = members_text([&](JsonWriter& out) {
        for (const auto& [name, value] : {std::pair<std::string, double>{"min", interval.min}, {"key", interval.key}, {"max", interval.max}}) {
          out.key(name).number(value);
          if (format.has_text()) out.key(name + "_as_string").string(format.text(value));
        }
      });
      bucket.doc_count = count_of(interval);
      bucket.children = children_.build(interval.bucket, context);
      result->buckets.push_back(std::move(bucket));
    }
    return result;
  }

 protected:
  Chosen choose(std::span<const Value> values) const override {
    // A shard begins with three quarters of its size as clusters of equally many values.
    const size_t shard_size = static_cast<size_t>(options_.shard_size > 0 ? options_.shard_size : options_.buckets * 50);
    const size_t clusters = std::max<size_t>(1, std::min(values.size(), shard_size * 3 / 4));
    struct Cluster {
      double centroid, min, max;
      size_t count;
    };
    std::vector<Cluster> list;
    for (size_t i = 0; i < values.size(); ++i) {
      const double number = values[i].number;
      const bool fresh = list.empty() || i * clusters / values.size() != (i - 1) * clusters / values.size();
      if (fresh && !(list.size() > 0 && list.back().centroid == number)) {
        list.push_back({number, number, number, 1});
        continue;
      }
      Cluster& last = list.back();
      ++last.count;
      last.centroid += (number - last.centroid) / static_cast<double>(last.count);
      last.max = number;
    }
    while (list.size() > static_cast<size_t>(options_.buckets)) {
      size_t closest = 0;
      double least = INFINITY;
      for (size_t i = 0; i + 1 < list.size(); ++i) {
        const double distance = list[i + 1].centroid - list[i].centroid;
        if (distance < least) least = distance, closest = i;
      }
      Cluster &a = list[closest], &b = list[closest + 1];
      const auto na = static_cast<double>(a.count), nb = static_cast<double>(b.count);
      a = {(a.centroid * na + b.centroid * nb) / (na + nb), a.min, b.max, a.count + b.count};
      list.erase(list.begin() + static_cast<ptrdiff_t>(closest) + 1);
    }
    Chosen out;
    size_t end = 0;
    for (const Cluster& cluster : list) {
      end += cluster.count;
      out.intervals.push_back({end, cluster.centroid, cluster.min, cluster.max, kNoBucket});
    }
    return out;
  }
};

}  // namespace

AggregatorPtr build_auto_date_histogram(const AggregationNode& node, const BuildContext& context) { return std::make_unique<AutoDateHistogram>(node, context); }
AggregatorPtr build_variable_width_histogram(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<VariableWidthHistogram>(node, context);
}
void check_auto_date_histogram(const AggregationNode& node) { OwnIntervalOptions{node}; }
void check_variable_width_histogram(const AggregationNode& node) { OwnIntervalOptions{node}; }

}  // namespace tarn::query
