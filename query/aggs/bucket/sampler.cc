// sampler and diversified_sampler: the documents of the best scores, of each value not more than a few.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "indexer/base/error.h"
#include "query/aggs/bucket/replay.h"
#include "query/aggs/bucket/single_bucket.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct SamplerOptions {
  SourceOptions source;
  int64_t shard_size = 100, max_docs_per_value = 1;

  explicit SamplerOptions(const AggregationNode& node) {
    const bool diversified = node.type == "diversified_sampler";
    Options options(node.type);
    if (diversified) {
      source.declare(options, node, SourceOptions::kScript | SourceOptions::kMissing);
      options
          .integer("max_docs_per_value",
                   [&](int64_t value) {
                     if (value <= 0) throw ApiError(illegal_argument(fmt::format("[maxDocsPerValue] must be greater than or equal to 0. Found [{}] in [{}]", value, node.name)));
                     max_docs_per_value = value;
                   })
          .any("execution_hint", kTokenString, [](const Json&) {});
    }
    options.integer("shard_size", [&](int64_t value) {
      if (diversified && value < 0) throw ApiError(illegal_argument(fmt::format("[shardSize] must be greater than or equal to 0. Found [{}] in [{}]", value, node.name)));
      shard_size = value;
    });
    options.read(node.body());
    if (diversified) SourceOptions::require_field(node);
  }
};

class Sampler : public SingleBucketAggregator {
 public:
  Sampler(const AggregationNode& node, const BuildContext& context)
      : SingleBucketAggregator(node, context), options_(node), source_(node.type, options_.source, &context.state), state_(context.state),
        diversified_(node.type == "diversified_sampler") {}

  void begin(const Searcher& searcher) override {
    if (children_.empty()) {
      throw ApiError(Error(500, "aggregation_execution_exception", "Sampler aggregation must be used with child aggregations."));
    }
    if (diversified_) source_.bind(searcher, context_);
    replay_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    if (diversified_) source_.begin_segment(searcher, segment);
    replay_.begin_segment(segment);
  }
  void collect(const DocBatch& batch) override {
    state_of(samples_, top_bucket(batch));
    keys_.assign(batch.count, 0);
    if (diversified_) read_keys(batch);
    for (size_t i = 0; i < batch.count; ++i) {
      const float score = state_.scores == nullptr ? 1.0f : state_.scores[batch.docs[i]];
      std::vector<Candidate>& sample = samples_[batch.buckets[i]];
      sample.push_back({score, replay_.entry(batch.docs[i], batch.buckets[i]), keys_[i]});
      ++held_;
      // Bounded: what cannot be in the sample goes now and then.
      if (sample.size() > 2 * static_cast<size_t>(std::max<int64_t>(options_.shard_size, 0)) + 1024) cut(sample);
    }
  }
  void end_segment() override {}
  void finish(AggregationContext& context) override {
    std::vector<Replay::Entry> entries;
    for (std::vector<Candidate>& sample : samples_) {
      cut(sample);
      for (const Candidate& candidate : sample) {
        counts_.add(candidate.entry.bucket);
        entries.push_back(candidate.entry);
      }
    }
    replay_.run(entries, children_);
    children_.finish(context);
  }
  std::string type_name() const override { return "sampler"; }
  size_t memory_bytes() const override { return held_ * sizeof(Candidate) + SingleBucketAggregator::memory_bytes(); }

 private:
  struct Candidate {
    float score;
    Replay::Entry entry;
    uint64_t key;   ///< of the value that diversifies
  };

  void read_keys(const DocBatch& batch) {
    std::vector<bool> seen(batch.count, false);
    const auto put = [&](size_t i, uint64_t key) {
      if (seen[i]) throw ApiError(illegal_argument("Sample diversifying key must be a single valued-field"));
      seen[i] = true;
      keys_[i] = key;
    };
    if (source_.kind() == ValueSource::Kind::kKeyword) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        const std::string term = source_.term(ordinal);
        put(i, numbers_.try_emplace(term, numbers_.size() + 1).first->second);
      });
    } else {
      source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
        put(i, numbers_.try_emplace(std::to_string(encoded), numbers_.size() + 1).first->second);
      });
    }
  }

  void cut(std::vector<Candidate>& sample) {
    std::sort(sample.begin(), sample.end(), [](const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score > b.score : a.entry < b.entry; });
    std::unordered_map<uint64_t, int64_t> used;
    std::vector<Candidate> kept;
    for (const Candidate& candidate : sample) {
      if (kept.size() >= static_cast<size_t>(std::max<int64_t>(options_.shard_size, 0))) break;
      if (diversified_ && ++used[candidate.key] > options_.max_docs_per_value) continue;
      kept.push_back(candidate);
    }
    held_ -= std::min(held_, sample.size() - kept.size());
    sample = std::move(kept);
  }

  SamplerOptions options_;
  ValueSource source_;
  RunState& state_;
  bool diversified_;
  Replay replay_{state_};
  std::vector<std::vector<Candidate>> samples_;
  std::vector<uint64_t> keys_;
  std::unordered_map<std::string, uint64_t> numbers_;
  size_t held_ = 0;
};

}  // namespace

AggregatorPtr build_sampler(const AggregationNode& node, const BuildContext& context) { return std::make_unique<Sampler>(node, context); }
AggregatorPtr build_diversified_sampler(const AggregationNode& node, const BuildContext& context) { return std::make_unique<Sampler>(node, context); }
void check_sampler(const AggregationNode& node) { SamplerOptions{node}; }
void check_diversified_sampler(const AggregationNode& node) { SamplerOptions{node}; }

}  // namespace tarn::query
