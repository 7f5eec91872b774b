// histogram: buckets of a fixed width over numbers. Keys are bucket indexes.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "indexer/mapping/range_encoding.h"
#include "query/aggs/bucket/interval_histogram.h"
#include "query/aggs/types.h"

namespace tarn::query {
namespace {

struct DoubleBounds {
  std::optional<double> min, max;

  static void declare(Options& options, std::string_view name, DoubleBounds& out) {
    options.any(name, kTokenObject, [&out](const Json& json) {
      const auto bound = [](std::optional<double>& side) {
        return [&side](const Json& value) {
          if (!value.is_null()) side = read_double_option(value);
        };
      };
      Options inner("double_bounds");
      inner.any("min", kAnyNumber | kTokenNull, bound(out.min)).any("max", kAnyNumber | kTokenNull, bound(out.max));
      inner.read(json);
      for (const char* side : {"min", "max"}) {
        if (!json.contains(side)) throw ApiError(illegal_argument(fmt::format("Required [{}]", side)));
      }
      if (out.min && out.max && *out.min > *out.max) {
        throw ApiError(illegal_argument(fmt::format("max bound [{}] must be greater than min bound [{}]", double_text(*out.max), double_text(*out.min))));
      }
    });
  }
  bool contain(double value) const { return !(max && value > *max) && !(min && value < *min); }
};

struct HistogramOptions : IntervalOptions {
  double interval = 0, offset = 0;
  DoubleBounds extended, hard;

  explicit HistogramOptions(const AggregationNode& node) {
    Options options(node.type);
    declare(options, node, SourceOptions::kAll);
    options
        .number("interval",
                [&](double value) {
                  if (!(value > 0)) throw ApiError(illegal_argument(fmt::format("[interval] must be >0 for histogram aggregation [{}]", node.name)));
                  interval = value;
                })
        .number("offset", offset);
    DoubleBounds::declare(options, "extended_bounds", extended);
    DoubleBounds::declare(options, "hard_bounds", hard);
    options.read(node.body());
    SourceOptions::require_field(node);
    const bool outside = (extended.max && hard.max && *extended.max > *hard.max) || (extended.min && hard.min && *extended.min < *hard.min);
    if (outside) {
      const auto text = [](const DoubleBounds& b) {
        return (b.min ? double_text(*b.min) : "") + "--" + (b.max ? double_text(*b.max) : "");
      };
      throw ApiError(illegal_argument(fmt::format("Extended bounds have to be inside hard bounds, hard bounds: [{}], extended bounds: [{}]", text(hard), text(extended))));
    }
  }
};

class HistogramAggregator : private HistogramOptions, public IntervalHistogram {
 public:
  HistogramAggregator(const AggregationNode& node, const BuildContext& context)
      : HistogramOptions(node), IntervalHistogram(node, context, static_cast<const HistogramOptions&>(*this)) {}

  void bound_to_field() override {
    if (!of_ranges()) source_.require_numeric();
    if (!(interval > 0)) throw ApiError(illegal_argument("interval must be positive, got: 0.0"));
  }

  void collect(const DocBatch& batch) override {
    if (of_ranges()) return collect_ranges(batch);
    size_t previous_doc = SIZE_MAX;
    int64_t previous = 0;
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const int64_t key = index_of(source_.number(encoded));
      if (i == previous_doc && key == previous) return;  // a document counts once in a bucket
      previous_doc = i;
      previous = key;
      if ((hard.min || hard.max) && !hard.contain(static_cast<double>(key) * interval)) return;
      const uint32_t bucket = bucket_of(batch.buckets[i], key);
      buckets_.count(bucket);
      children_.add(batch.docs[i], bucket);
    });
  }

 protected:
  double key_number(int64_t key) const override { return static_cast<double>(key) * interval + offset; }
  int64_t key_at(double number) const override { return static_cast<int64_t>(std::llround((number - offset) / interval)); }
  std::string key_text(int64_t key) const override {
    const double number = key_number(key);
    return source_.format().has_text() ? source_.format().text(number) : double_text(number);
  }
  std::string key_json(int64_t key) const override { return double_text(key_number(key)); }
  bool shows_text() const override { return source_.format().has_text(); }
  int64_t next_key(int64_t key) const override { return key + 1; }
  std::optional<int64_t> lowest_key() const override { return key_of(extended.min); }
  std::optional<int64_t> highest_key() const override { return key_of(extended.max); }

 private:
  static constexpr int64_t kDenseKeys = 4096;   // of the root's buckets around zero, found without hashing

  bool of_ranges() const {
    const FieldType* field = source_.field();
    return field != nullptr && field->is_range() && field->kind != FieldKind::kIpRange && field->kind != FieldKind::kDateRange;
  }
  /// A range counts in every bucket that it touches.
  void collect_ranges(const DocBatch& batch) {
    const FieldKind kind = source_.field()->kind;
    const bool floating = kind == FieldKind::kFloatRange || kind == FieldKind::kDoubleRange;
    size_t previous_doc = SIZE_MAX;
    int64_t done = 0;   // buckets of the document up to here
    source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
      if (ordinal == kNoOrdinal) return;
      const NumericRange range = decode_range(source_.keywords()->term(ordinal));
      const auto number = [&](int64_t end) { return floating ? from_sortable_double(end) : static_cast<double>(end); };
      int64_t key = index_of(number(range.low));
      const int64_t last = index_of(number(range.high));
      if (i == previous_doc && done >= key) key = done + 1;
      if (last > key && static_cast<uint64_t>(last - key) > context_.max_buckets) {
        throw ApiError(illegal_argument(fmt::format("a range of the field [{}] touches more than [{}] buckets", source_.field_name(), context_.max_buckets)));
      }
      for (; key <= last; ++key) {
        if ((hard.min || hard.max) && !hard.contain(static_cast<double>(key) * interval)) continue;
        const uint32_t bucket = bucket_of(batch.buckets[i], key);
        buckets_.count(bucket);
        children_.add(batch.docs[i], bucket);
      }
      done = i == previous_doc ? std::max(done, last) : last;
      previous_doc = i;
    });
  }

  uint32_t bucket_of(uint32_t parent, int64_t key) {
    if (parent != 0 || key < -kDenseKeys || key >= kDenseKeys) return buckets_.insert(parent, key);
    if (dense_.empty()) dense_.assign(2 * kDenseKeys, kNoBucket);
    uint32_t& slot = dense_[static_cast<size_t>(key + kDenseKeys)];
    if (slot == kNoBucket) slot = buckets_.insert(0, key);
    return slot;
  }
  int64_t index_of(double value) const {
    const double index = std::floor((value - offset) / interval);
    return static_cast<int64_t>(std::clamp(index, -9e18, 9e18));
  }
  std::optional<int64_t> key_of(const std::optional<double>& bound) const {
    if (!bound) return std::nullopt;
    return index_of(*bound);
  }
  std::vector<uint32_t> dense_;
};

}  // namespace

AggregatorPtr build_histogram(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<HistogramAggregator>(node, context);
}
void check_histogram(const AggregationNode& node) { HistogramOptions{node}; }

}  // namespace tarn::query
