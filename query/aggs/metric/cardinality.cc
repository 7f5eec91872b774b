// cardinality: exact, by a set of 64-bit hashes of (bucket, value). OpenSearch is approximate past precision_threshold.
#include <fmt/format.h>

#include <bit>
#include <string_view>

#include "indexer/base/error.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

constexpr size_t kSetBytesMax = 512u << 20;
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

class CardinalityAggregator : public Aggregator {
 public:
  CardinalityAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), source_(node.type, node.body, true), context_(context.search) {}

  std::string type_name() const override { return "cardinality"; }
  void begin(const Searcher& searcher) override { source_.bind(searcher, context_); }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    rows_.clear();
    rows_bytes_ = 0;
    row_words_ = source_.keywords() == nullptr ? 0 : (size_t{source_.keywords()->ordinal_count()} + 63) / 64;
  }

  void collect(const DocBatch& batch) override {
    uint32_t top = 0;
    for (size_t i = 0; i < batch.count; ++i) top = std::max(top, batch.buckets[i]);
    if (counts_.size() <= top) counts_.resize(std::max<size_t>(top + 1, counts_.size() * 2));
    if (source_.kind() != ValueSource::Kind::kKeyword) {
      source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
        add(batch.buckets[i], mix64(static_cast<uint64_t>(encoded) + 0x632be59bd9b4e019ull));
      });
    } else {
      if (rows_.size() <= top) rows_.resize(counts_.size());
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        if (ordinal == kNoOrdinal) {
          const Json& missing = source_.missing();
          add(batch.buckets[i], hash_bytes(missing.is_string() ? missing.get<std::string>() : to_text(missing)));
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
    if (set_.memory_bytes() > kSetBytesMax) {
      throw ApiError(Error(429, "circuit_breaking_exception",
                           fmt::format("[request] Data too large, data for [cardinality aggregation {}] would be larger than the "
                                       "limit of [{}]", name(), kSetBytesMax)));
    }
  }

  void end_segment() override {
    if (source_.keywords() != nullptr) fold_rows();
  }

  void write(JsonWriter& out, uint32_t bucket, AggregationContext&) override {
    out.key("value").unsigned_number(bucket < counts_.size() ? counts_[bucket] : 0);
  }
  double sort_value(uint32_t bucket, std::string_view property) const override {
    if (!property.empty() && property != "value") return Aggregator::sort_value(bucket, property);
    return bucket < counts_.size() ? static_cast<double>(counts_[bucket]) : 0;
  }

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

void check_cardinality(const AggregationNode& node) {
  check_members(node, {"field", "missing", "script", "precision_threshold", "execution_hint", "value_type", "rehash"});
  if (node.body.contains("precision_threshold") && node.body["precision_threshold"].is_number() &&
      node.body["precision_threshold"].get<double>() < 0) {
    fail_member(node, "precision_threshold",
                illegal_argument(fmt::format("[precisionThreshold] must be greater than or equal to 0. Found [{}] in [{}]",
                                             to_text(node.body["precision_threshold"]), node.name)));
  }
  ValueSource(node.type, node.body, true);
}

}  // namespace tarn::query
