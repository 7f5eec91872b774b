#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/aggs/bucket/count_options.h"
#include "query/aggs/bucket/heuristic.h"
#include "query/aggs/bucket/include_exclude.h"
#include "query/aggs/value_source.h"
#include "query/collect/execute.h"

namespace tarn::query {

struct SignificantOptions {
  SourceOptions source;
  IncludeExclude filter;
  Heuristic heuristic;
  std::shared_ptr<const Query> background;
  CountOptions count{.min_doc_count = 3};
  std::vector<std::string> source_fields;   ///< of significant_text: where the text is; empty: the field
  bool filter_duplicates = false;

  explicit SignificantOptions(const AggregationNode& node);
};

/// What significant_terms and significant_text have in common: sizes of subset and background, scores, the choice of the best.
class Significant : public Aggregator {
 public:
  Significant(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), children_(build_children(node, context)), context_(context.search) {}

  void begin(const Searcher& searcher) override {
    options_.heuristic.bind(context_);
    searchers_.push_back(&searcher);
    std::vector<Bitset>& filters = backgrounds_.emplace_back();
    if (options_.background) {
      for (size_t s = 0; s < searcher.segments().size(); ++s) {
        filters.push_back(matching_documents(*options_.background, searcher, s, context_));
        superset_size_ += filters.back().count();
      }
    } else {
      superset_size_ += searcher.live_doc_count();
    }
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override { children_.begin_segment(searcher, segment); }
  void end_segment() override { children_.end_segment(); }

 protected:
  void count_subset(const DocBatch& batch) {
    for (size_t i = 0; i < batch.count; ++i) subset_sizes_.add(batch.buckets[i]);
  }
  struct Scored {
    uint32_t bucket;
    double score;
    uint64_t background;
  };
  double score(uint32_t parent, uint64_t subset, uint64_t background) const {
    return options_.heuristic.score({static_cast<double>(subset), static_cast<double>(subset_sizes_[parent]), static_cast<double>(background), static_cast<double>(superset_size_)});
  }
  /// The best terms of a shard, whatever their count, and of these the best that are frequent enough: as OpenSearch reduces,
  /// the order of its maps included. `list` stands in order of the shard's terms.
  void keep_best(std::vector<Scored>& list, const std::function<std::string(uint32_t)>& key_of, const std::function<uint64_t(uint32_t)>& count_of) const;
  std::unique_ptr<BucketsResult> start_result(uint32_t parent) const {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalSignificantTerms";
    result->before = fmt::format("\"doc_count\":{},\"bg_count\":{}", subset_sizes_[parent], superset_size_);
    return result;
  }
  static std::string tail(const Scored& scored) {
    return members_text([&](JsonWriter& out) { out.key("score").number(scored.score).key("bg_count").unsigned_number(scored.background); });
  }

  SignificantOptions options_;
  Children children_;
  const SearchContext& context_;
  BucketCounts subset_sizes_;
  uint64_t superset_size_ = 0;
  std::vector<const Searcher*> searchers_;
  std::vector<std::vector<Bitset>> backgrounds_;   // by searcher and segment, where there is a background_filter
};

AggregatorPtr make_significant_text(const AggregationNode& node, const BuildContext& context);

}  // namespace tarn::query
