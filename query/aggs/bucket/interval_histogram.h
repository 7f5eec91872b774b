#pragma once

#include <optional>
#include <string>

#include "query/aggs/bucket/interval_buckets.h"
#include "query/aggs/value_source.h"

namespace tarn::query {

/// What histogram and date_histogram say about their buckets.
struct IntervalOptions {
  SourceOptions source;
  uint64_t min_doc_count = 0;
  bool keyed = false;
  BucketOrder order = BucketOrder::by_key();

  void declare(Options& options, const AggregationNode& node, unsigned accept);
};

/// Buckets of consecutive intervals over numbers: what histogram and date_histogram have in common. A family maps values to
/// keys (int64, ascending with the values) and keys to what is shown.
class IntervalHistogram : public Aggregator {
 public:
  IntervalHistogram(const AggregationNode& node, const BuildContext& context, const IntervalOptions& options);

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override;
  void begin_segment(const Searcher& searcher, size_t segment) override;
  void end_segment() override { children_.end_segment(); }
  bool mergeable() const override { return children_.mergeable(); }
  void absorb(Aggregator& given, std::span<const uint32_t> parents) override {
    auto& other = static_cast<IntervalHistogram&>(given);
    children_.absorb(other.children_, buckets_.absorb(other.buckets_, parents));
  }
  void finish(AggregationContext& context) override;
  ResultPtr result(uint32_t bucket, AggregationContext& context) override;
  size_t memory_bytes() const override { return buckets_.memory_bytes() + children_.memory_bytes(); }

 protected:
  /// The number that the answer shows as key, and its text (key_as_string, member name in keyed answers).
  virtual double key_number(int64_t key) const = 0;
  /// The key whose number that is.
  virtual int64_t key_at(double number) const = 0;
  virtual std::string key_text(int64_t key) const = 0;
  virtual std::string key_json(int64_t key) const = 0;
  virtual bool shows_text() const = 0;
  virtual int64_t next_key(int64_t key) const = 0;
  /// The keys that buckets without documents extend to.
  virtual std::optional<int64_t> lowest_key() const = 0;
  virtual std::optional<int64_t> highest_key() const = 0;
  virtual void bound_to_field() {}

  const IntervalOptions& options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  IntervalBuckets buckets_;

 private:
  ResultBucket keyed_bucket(int64_t key) const;
  ResultBucket make_bucket(int64_t key, uint32_t bucket, AggregationContext& context) const;
};

}  // namespace tarn::query
