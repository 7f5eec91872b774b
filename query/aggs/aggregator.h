#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/searcher.h"
#include "query/aggs/result.h"
#include "query/query.h"

namespace tarn::query {

struct AggregationNode;
struct BoundTarget;
struct SearchRequest;
class Pipeline;

/// What all aggregators of one run share while they collect.
struct RunState {
  const SearchContext& search;
  const SearchRequest* request = nullptr;               ///< null where there is no search around
  const std::vector<BoundTarget>* targets = nullptr;
  const float* scores = nullptr;          ///< by local doc id of the current segment; null where nobody asked for them
  const Bitset* root_documents = nullptr; ///< the query's matches in the current segment
};

/// What results of one run share while they are built.
struct AggregationContext {
  const SearchContext& search;
  size_t buckets_made = 0;
  /// Counts buckets of the answer; throws 503 too_many_buckets_exception past search.max_buckets.
  void count_bucket();
  /// Throws the same before any work is spent on `count` more.
  void check_room(size_t count) const;
};

/// Documents on their way through the tree: docs[i] belongs to bucket buckets[i] of the parent. Ascending by document; a
/// document may stand several times, in different buckets.
struct DocBatch {
  const LocalDocId* docs;
  const uint32_t* buckets;
  size_t count;
};
constexpr size_t kBatchDocs = 1024;

/// A bucket that no document has reached: every aggregator answers for it as for an empty set.
constexpr uint32_t kNoBucket = UINT32_MAX;

/// One aggregation of a run. Buckets are numbered densely by whoever makes them (the root's only bucket is 0), and every
/// child keeps its state in arrays by the parent's bucket number. begin, then for each segment begin_segment, collect ...,
/// end_segment; after all targets finish, then build. Field dispatch happens once a segment, never once a document.
class Aggregator {
 public:
  explicit Aggregator(const AggregationNode& node) : node_(node) {}
  virtual ~Aggregator() = default;
  Aggregator(const Aggregator&) = delete;
  Aggregator& operator=(const Aggregator&) = delete;

  const std::string& name() const;
  const AggregationNode& node() const { return node_; }
  /// The prefix of typed_keys, such as "sterms"; may depend on the field found.
  virtual std::string type_name() const = 0;

  virtual void begin(const Searcher& searcher) = 0;
  virtual void begin_segment(const Searcher& searcher, size_t segment) = 0;
  virtual void collect(const DocBatch& batch) = 0;
  /// All matches of the segment at once, for bucket 0, where that is cheaper than batches. False: nothing was done.
  virtual bool collect_all(const Bitset&) { return false; }
  virtual void end_segment() {}
  /// Whether absorb() works, here and in all below; asked after begin.
  virtual bool mergeable() const { return false; }
  /// Adds the state of `other`: the same aggregation after other segments of the same searcher. Its parent's bucket i is
  /// buckets[i] here. `other` lives until the answer is written.
  virtual void absorb(Aggregator& other, std::span<const uint32_t> buckets);
  /// Called once after all segments.
  virtual void finish(AggregationContext&) {}
  /// The answer for one bucket of the parent (kNoBucket: for no documents); name, meta and pipelines are build()'s.
  virtual ResultPtr result(uint32_t bucket, AggregationContext& context) = 0;
  /// The whole answer: result(), named, with the pipelines below it applied.
  ResultPtr build(uint32_t bucket, AggregationContext& context);

  /// A number to order by: `property` is "value", "min", "_count" ... or "" for the only one.
  virtual double sort_value(uint32_t bucket, std::string_view property) const;
  /// Throws what OpenSearch says of a path that ends here with `property`, or does nothing.
  virtual void check_sort(std::string_view property) const;
  /// The aggregation below by name; null if none. For order paths "a>b.c".
  virtual const Aggregator* child(std::string_view name) const;
  /// Single-bucket aggregations pass the bucket of theirs that belongs to a parent's bucket.
  virtual uint32_t child_bucket(uint32_t bucket) const { return bucket; }
  virtual bool single_bucket() const { return false; }
  /// Heap of its state, children included, roughly.
  virtual size_t memory_bytes() const { return 0; }

 private:
  const AggregationNode& node_;
};

using AggregatorPtr = std::unique_ptr<Aggregator>;
using AggregatorList = std::vector<AggregatorPtr>;

/// A bucket aggregation's children, and the batches that go down to them.
class Children {
 public:
  explicit Children(AggregatorList list)
      : list_(std::move(list)), docs_(list_.empty() ? 0 : kBatchDocs), buckets_(docs_.size()) {}
  bool empty() const { return list_.empty(); }
  void begin(const Searcher& searcher) { for (auto& child : list_) child->begin(searcher); }
  void begin_segment(const Searcher& searcher, size_t segment) {
    for (auto& child : list_) child->begin_segment(searcher, segment);
  }
  void end_segment() {
    flush();
    for (auto& child : list_) child->end_segment();
  }
  void finish(AggregationContext& context) { for (auto& child : list_) child->finish(context); }
  bool mergeable() const { return std::all_of(list_.begin(), list_.end(), [](const auto& child) { return child->mergeable(); }); }
  void absorb(Children& other, std::span<const uint32_t> buckets) {
    for (size_t i = 0; i < list_.size(); ++i) list_[i]->absorb(*other.list_[i], buckets);
  }
  void add(LocalDocId doc, uint32_t bucket) {
    if (list_.empty()) return;
    docs_[waiting_] = doc;
    buckets_[waiting_] = bucket;
    if (++waiting_ == kBatchDocs) flush();
  }
  /// The same for `count` documents of one bucket.
  void add_run(const LocalDocId* docs, size_t count, uint32_t bucket) {
    if (list_.empty()) return;
    while (count > 0) {
      const size_t n = std::min(count, kBatchDocs - waiting_);
      std::copy_n(docs, n, docs_.begin() + static_cast<ptrdiff_t>(waiting_));
      std::fill_n(buckets_.begin() + static_cast<ptrdiff_t>(waiting_), n, bucket);
      docs += n;
      count -= n;
      waiting_ += n;
      if (waiting_ == kBatchDocs) flush();
    }
  }
  void flush();
  ResultList build(uint32_t bucket, AggregationContext& context) const;
  const Aggregator* find(std::string_view name) const;
  const AggregatorList& list() const { return list_; }
  size_t memory_bytes() const;

 private:
  AggregatorList list_;
  size_t waiting_ = 0;
  std::vector<LocalDocId> docs_;       // kBatchDocs of room, if there are children
  std::vector<uint32_t> buckets_;
};

/// The state of a bucket, made where there is none.
template <class State>
State& state_of(std::vector<State>& states, uint32_t bucket) {
  if (bucket >= states.size()) states.resize(std::max<size_t>(size_t{bucket} + 1, states.size() * 2));
  return states[bucket];
}
inline uint32_t top_bucket(const DocBatch& batch) {
  uint32_t top = 0;
  for (size_t i = 0; i < batch.count; ++i) top = std::max(top, batch.buckets[i]);
  return top;
}

/// Documents counted by bucket number, for aggregations whose buckets are parent * width + i.
class BucketCounts {
 public:
  void add(uint64_t bucket, uint64_t count = 1) {
    if (bucket >= counts_.size()) counts_.resize(std::max<size_t>(bucket + 1, counts_.size() * 2));
    counts_[bucket] += count;
  }
  uint64_t operator[](uint64_t bucket) const { return bucket < counts_.size() ? counts_[bucket] : 0; }
  /// Adds the counts of `other`, whose bucket i is buckets[i] here.
  void absorb(const BucketCounts& other, std::span<const uint32_t> buckets) {
    for (size_t i = 0; i < buckets.size(); ++i) {
      if (const uint64_t count = other[i]; count > 0) add(buckets[i], count);
    }
  }
  size_t memory_bytes() const { return counts_.capacity() * 8; }

 private:
  std::vector<uint64_t> counts_;
};

/// parent * width + index, or kNoBucket where the parent is none.
inline uint32_t dense_bucket(uint32_t parent, size_t width, size_t index) {
  const uint64_t bucket = uint64_t{parent} * width + index;
  return parent == kNoBucket || bucket >= kNoBucket ? kNoBucket : static_cast<uint32_t>(bucket);
}

/// Where buckets parent * width + i of another run are here, from where its parents are.
inline std::vector<uint32_t> dense_buckets(std::span<const uint32_t> parents, uint32_t width) {
  std::vector<uint32_t> out;
  out.reserve(parents.size() * width);
  for (const uint32_t parent : parents) {
    for (uint32_t i = 0; i < width; ++i) out.push_back(parent * width + i);
  }
  return out;
}

}  // namespace tarn::query
