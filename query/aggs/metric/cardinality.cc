// cardinality: exact, where OpenSearch is approximate past precision_threshold. Terms have numbers, so that a bucket is a row of bits;
// other values, and rows that would take too much memory, go into a set of 64-bit hashes of (bucket, value).
#include <fmt/format.h>

#include <bit>

#include "indexer/base/error.h"
#include "indexer/segment/bits.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/term_numbers.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

constexpr size_t kRowsBytesMax = 32u << 20;

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
      : Aggregator(node), source_(node.type, parse_options(node), &context.state), context_(context.search) {}

  std::string type_name() const override { return "cardinality"; }
  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (numbers_) fold_rows();   // each index has numbers of its own
    numbers_ = nullptr;
    if (source_.kind() != ValueSource::Kind::kKeyword && !source_.has_missing()) return;
    numbers_ = numbers_of_source(source_, searcher, context_);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    number_of_ = nullptr;
    if (source_.keywords() != nullptr) number_of_ = numbers_->of(searcher.segments()[segment], *source_.keywords());
    if (numbers_ && source_.has_missing()) missing_number_ = numbers_->of_term(source_.missing_term());
    row_words_ = numbers_ ? (numbers_->count() + 63) / 64 : 0;
    if (numbers_ && !use_rows_) hashes_ = numbers_->hashes();
  }

  void collect(const DocBatch& batch) override {
    const uint32_t top = top_bucket(batch);
    state_of(counts_, top);
    if (source_.kind() != ValueSource::Kind::kKeyword) {
      source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
        add(batch.buckets[i], mix64(static_cast<uint64_t>(encoded) + 0x632be59bd9b4e019ull));
      });
      return;
    }
    if (source_.scripted()) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) { add(batch.buckets[i], hash_of_term(source_.term(ordinal))); });
      return;
    }
    if (use_rows_) make_rows(batch, top);
    if (use_rows_) {
      for_each_term(batch, [this](uint32_t bucket, uint32_t number) { rows_[bucket][number >> 6] |= 1ull << (number & 63); });
    } else {
      for_each_term(batch, [this](uint32_t bucket, uint32_t number) { add(bucket, hashes_[number]); });
    }
  }

  bool mergeable() const override { return true; }
  void absorb(Aggregator& given, std::span<const uint32_t> buckets) override {
    auto& other = static_cast<CardinalityAggregator&>(given);
    if (numbers_ != other.numbers_) {
      fold_rows();
      other.fold_rows();
    }
    for (size_t i = 0; i < std::min(other.counts_.size(), buckets.size()); ++i) state_of(counts_, buckets[i]);
    other.set_.for_each([&](uint32_t bucket, int64_t hash) { add(buckets[bucket], static_cast<uint64_t>(hash)); });
    for (size_t i = 0; i < std::min(other.rows_.size(), buckets.size()); ++i) {
      std::vector<uint64_t>& from = other.rows_[i];
      if (from.empty()) continue;
      std::vector<uint64_t>& into = state_of(rows_, buckets[i]);
      if (into.size() < from.size()) into.swap(from);
      for (size_t w = 0; w < from.size(); ++w) into[w] |= from[w];
    }
  }
  void finish(AggregationContext&) override {
    if (set_.size() > 0) fold_rows();
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    const uint64_t count = count_of(bucket);
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
    return static_cast<double>(count_of(bucket));
  }
  size_t memory_bytes() const override {
    return set_.memory_bytes() + counts_.capacity() * 8 + rows_bytes_ + rows_.capacity() * sizeof(rows_[0]) + hashes_.capacity() * 8 +
           (numbers_ ? numbers_->memory_bytes() : 0);
  }

 private:
  uint64_t count_of(uint32_t bucket) const {
    if (bucket >= counts_.size()) return 0;
    return bucket < rows_.size() ? counts_[bucket] + segment::count_ones(rows_[bucket].data(), rows_[bucket].size()) : counts_[bucket];
  }
  template <class Visit>
  void for_each_term(const DocBatch& batch, Visit&& visit) {
    const uint32_t* number_of = number_of_ ? number_of_->data() : nullptr;
    source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
      visit(batch.buckets[i], ordinal == kNoOrdinal ? missing_number_ : number_of[ordinal]);
    });
  }
  /// A row for each bucket of the batch, long enough for the numbers of this segment; gives rows up where they take too much.
  void make_rows(const DocBatch& batch, uint32_t top) {
    state_of(rows_, top);
    for (size_t i = 0; i < batch.count; ++i) {
      std::vector<uint64_t>& row = rows_[batch.buckets[i]];
      if (row.size() >= row_words_) continue;
      rows_bytes_ += (row_words_ - row.size()) * 8;
      if (rows_bytes_ > kRowsBytesMax) {
        use_rows_ = false;
        return fold_rows();
      }
      row.resize(row_words_, 0);
    }
  }
  /// Takes the terms that each bucket has met into the set, and empties the rows.
  void fold_rows() {
    if (!numbers_) return;
    hashes_ = numbers_->hashes();
    for (uint32_t bucket = 0; bucket < rows_.size(); ++bucket) {
      for (size_t w = 0; w < rows_[bucket].size(); ++w) {
        for (uint64_t bits = rows_[bucket][w]; bits != 0; bits &= bits - 1) {
          add(bucket, hashes_[w * 64 + static_cast<size_t>(std::countr_zero(bits))]);
        }
      }
    }
    rows_.clear();
    rows_bytes_ = 0;
  }
  void add(uint32_t bucket, uint64_t hash) {
    bool fresh = false;
    set_.insert(bucket, static_cast<int64_t>(hash), fresh);
    counts_[bucket] += fresh;
  }

  ValueSource source_;
  const SearchContext& context_;
  BucketMap set_;                                  // of (bucket, hash)
  std::vector<uint64_t> counts_;
  std::shared_ptr<TermNumbers> numbers_;           // of the current index
  TermNumbers::Numbers number_of_;                 // of the current segment's ordinals
  uint32_t missing_number_ = 0;
  std::vector<uint64_t> hashes_;                   // by number, where rows were given up
  bool use_rows_ = true;
  std::vector<std::vector<uint64_t>> rows_;        // by bucket: a bit for each number that it has met
  size_t row_words_ = 0, rows_bytes_ = 0;
};

}  // namespace

AggregatorPtr build_cardinality(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<CardinalityAggregator>(node, context);
}

void check_cardinality(const AggregationNode& node) { parse_options(node); }

}  // namespace tarn::query
