#pragma once

#include "query/aggs/aggregator.h"
#include "query/aggs/parse.h"

namespace tarn::query {

/// An aggregation with one bucket for each of its parent's, under the same number: global, missing, nested, samplers ... A
/// family says which documents are in it, by add().
class SingleBucketAggregator : public Aggregator {
 public:
  SingleBucketAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), children_(build_children(node, context)), context_(context.search) {}

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override { children_.begin(searcher); }
  void begin_segment(const Searcher& searcher, size_t segment) override { children_.begin_segment(searcher, segment); }
  void end_segment() override { children_.end_segment(); }
  void absorb(Aggregator& given, std::span<const uint32_t> buckets) override {
    auto& other = static_cast<SingleBucketAggregator&>(given);
    counts_.absorb(other.counts_, buckets);
    children_.absorb(other.children_, buckets);
  }
  void finish(AggregationContext& context) override { children_.finish(context); }
  ResultPtr result(uint32_t bucket, AggregationContext& context) override;
  void check_sort(std::string_view property) const override;
  double sort_value(uint32_t bucket, std::string_view) const override { return static_cast<double>(counts_[bucket]); }
  const Aggregator* child(std::string_view name) const override { return children_.find(name); }
  bool single_bucket() const override { return true; }
  size_t memory_bytes() const override { return counts_.memory_bytes() + children_.memory_bytes(); }

 protected:
  void add(LocalDocId doc, uint32_t bucket) {
    counts_.add(bucket);
    children_.add(doc, bucket);
  }
  Children children_;
  const SearchContext& context_;
  BucketCounts counts_;
};

}  // namespace tarn::query
