// cardinality: exact, by a set of 64-bit hashes of (bucket, value). OpenSearch is approximate past precision_threshold.
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <string_view>

#include "indexer/base/error.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

constexpr size_t kRowsBytesMax = 32u << 20;   // bit rows of a segment, before they are folded into the set

uint64_t hash_bytes(std::string_view bytes) {
  // Two independent multipliers over 8 bytes at a time; collisions among n values are about n^2 / 2^65.
  uint64_t h = 0x9E3779B97F4A7C15ull ^ (bytes.size() * 0xff51afd7ed558ccdull);
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    h = mix64(h ^ word) * 0xc4ceb9fe1a85ec53ull;
    bytes.remove_prefix(8);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, bytes.data(), bytes.size());
  return mix64(h ^ tail);
}

SourceOptions parse_options(const AggregationNode& node) {
  SourceOptions source;
  Options options(node.type);
  source.declare(options, node, SourceOptions::kScript | SourceOptions::kMissing);
  options
      .whole("precision_threshold",
             [&](int64_t value) {
               if (value < 0) {
                 throw ApiError(illegal_argument(fmt::format("[precisionThreshold] must be greater than or equal to 0. Found [{}] in [{}]", value, node.name)));
               }
             })
      .any("execution_hint", kTokenString, [](const Json& json) {
        const std::string hint = json.get<std::string>();
        if (hint != "direct" && hint != "ordinals") {
          throw ApiError(illegal_argument(fmt::format("Invalid execution mode: [{}], accepted values: [direct, ordinals]", hint)));
        }
      })
      .ignored({"rehash"}, kAnyBoolean);
  options.read(node.body());
  SourceOptions::require_field(node);
  return source;
}

class CardinalityAggregator : public Aggregator {
 public:
  CardinalityAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), source_(node.type, parse_options(node)), context_(context.search) {}

  std::string type_name() const override { return "cardinality"; }
  void begin(const Searcher& searcher) override { source_.bind(searcher, context_); }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    rows_.clear();
    rows_bytes_ = 0;
    row_words_ = source_.keywords() == nullptr ? 0 : (size_t{source_.keywords()->ordinal_count()} + 63) / 64;
  }

  void collect(const DocBatch& batch) override {
    const uint32_t top = top_bucket(batch);
    state_of(counts_, top);
    if (source_.kind() != ValueSource::Kind::kKeyword) {
      source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
        add(batch.buckets[i], mix64(static_cast<uint64_t>(encoded) + 0x632be59bd9b4e019ull));
      });
    } else {
      if (rows_.size() <= top) rows_.resize(counts_.size());
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        if (ordinal == kNoOrdinal) {
          add(batch.buckets[i], hash_bytes(source_.missing_term()));
          return;
        }
        std::vector<uint64_t>& row = rows_[batch.buckets[i]];
        if (row.empty()) {
          rows_bytes_ += row_words_ * 8;
          if (rows_bytes_ > kRowsBytesMax) fold_rows();
          rows_[batch.buckets[i]].assign(row_words_, 0);
        }
        rows_[batch.buckets[i]][ordinal >> 6] |= 1ull << (ordinal & 63);
      });
    }
  }

  void end_segment() override {
    if (source_.keywords() != nullptr) fold_rows();
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    const uint64_t count = bucket < counts_.size() ? counts_[bucket] : 0;
    auto result = std::make_unique<MetricResult>();
    result->values = {{"value", static_cast<double>(count)}};
    result->members = fmt::format("\"value\":{}", count);
    return result;
  }
  void check_sort(std::string_view property) const override {
    if (property.empty() || property == "value") return;
    throw ApiError(illegal_argument(fmt::format("Ordering on a single-value metrics aggregation can only be done on its value. Either drop the key "
                                                "(a la \"{}\") or change it to \"value\" (a la \"{}.value\")", name(), name())));
  }
  double sort_value(uint32_t bucket, std::string_view) const override {
    return bucket < counts_.size() ? static_cast<double>(counts_[bucket]) : 0;
  }
  size_t memory_bytes() const override { return set_.memory_bytes() + counts_.capacity() * 8 + rows_bytes_ + rows_.capacity() * 24; }

 private:
  /// Takes the ordinals that each bucket has met into the set, each hashed once, and empties the rows.
  void fold_rows() {
    std::vector<uint64_t> hashes(source_.keywords()->ordinal_count(), 0);
    for (uint32_t bucket = 0; bucket < rows_.size(); ++bucket) {
      for (size_t w = 0; w < rows_[bucket].size(); ++w) {
        for (uint64_t bits = rows_[bucket][w]; bits != 0; bits &= bits - 1) {
          const auto ordinal = static_cast<Ordinal>(w * 64 + static_cast<size_t>(std::countr_zero(bits)));
          uint64_t& hash = hashes[ordinal];
          if (hash == 0) hash = hash_bytes(source_.keywords()->term(ordinal)) | 1;
          add(bucket, hash);
        }
      }
      std::vector<uint64_t>().swap(rows_[bucket]);
    }
    rows_bytes_ = 0;
  }
  void add(uint32_t bucket, uint64_t hash) {
    if (set_.insert(mix64(hash + bucket * 0x9E3779B97F4A7C15ull))) ++counts_[bucket];
  }
  ValueSource source_;
  const SearchContext& context_;
  HashSet set_;
  std::vector<uint64_t> counts_;
  // Of the current segment: for each bucket a bit for every ordinal that it has met.
  std::vector<std::vector<uint64_t>> rows_;
  size_t row_words_ = 0, rows_bytes_ = 0;
};

}  // namespace

AggregatorPtr build_cardinality(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<CardinalityAggregator>(node, context);
}

void check_cardinality(const AggregationNode& node) { parse_options(node); }

}  // namespace tarn::query
