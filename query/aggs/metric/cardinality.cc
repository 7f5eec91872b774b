// cardinality: exact, by a set of 64-bit hashes of (bucket, value). OpenSearch is approximate past precision_threshold.
#include <fmt/format.h>

#include <string_view>

#include "indexer/base/error.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

constexpr size_t kSetBytesMax = 512u << 20;

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
    ordinal_hashes_.clear();
    seen_.clear();
    if (source_.keywords() == nullptr) return;
    ordinal_hashes_.assign(source_.keywords()->ordinal_count(), 0);
    seen_.assign((size_t{source_.keywords()->ordinal_count()} + 63) / 64, 0);
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
      const bool root = top == 0;
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        if (ordinal == kNoOrdinal) {
          const Json& missing = source_.missing();
          add(batch.buckets[i], hash_bytes(missing.is_string() ? missing.get<std::string>() : to_text(missing)));
          return;
        }
        if (root) {
          // With one bucket each ordinal of the segment needs to be looked at once.
          uint64_t& word = seen_[ordinal >> 6];
          const uint64_t bit = 1ull << (ordinal & 63);
          if (word & bit) return;
          word |= bit;
        }
        uint64_t& hash = ordinal_hashes_[ordinal];
        if (hash == 0) hash = hash_bytes(source_.keywords()->term(ordinal)) | 1;
        add(batch.buckets[i], hash);
      });
    }
    if (set_.memory_bytes() > kSetBytesMax) {
      throw ApiError(Error(429, "circuit_breaking_exception",
                           fmt::format("[request] Data too large, data for [cardinality aggregation {}] would be larger than the "
                                       "limit of [{}]", name(), kSetBytesMax)));
    }
  }

  void write(JsonWriter& out, uint32_t bucket, AggregationContext&) override {
    out.key("value").unsigned_number(bucket < counts_.size() ? counts_[bucket] : 0);
  }
  double sort_value(uint32_t bucket, std::string_view property) const override {
    if (!property.empty() && property != "value") return Aggregator::sort_value(bucket, property);
    return bucket < counts_.size() ? static_cast<double>(counts_[bucket]) : 0;
  }

 private:
  void add(uint32_t bucket, uint64_t hash) {
    if (set_.insert(mix64(hash + bucket * 0x9E3779B97F4A7C15ull))) ++counts_[bucket];
  }
  ValueSource source_;
  const SearchContext& context_;
  HashSet set_;
  std::vector<uint64_t> counts_;
  std::vector<uint64_t> ordinal_hashes_;   // of the current segment; 0: not computed yet
  std::vector<uint64_t> seen_;             // ordinals of the current segment that the root bucket has met
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
