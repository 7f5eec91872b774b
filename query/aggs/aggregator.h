#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/searcher.h"
#include "query/query.h"

namespace tarn::query {

/// What all aggregators of one run share.
struct AggregationContext {
  const SearchContext& search;
  bool typed_keys = false;
  size_t buckets_written = 0;
  /// Counts buckets of the answer; throws 503 too_many_buckets_exception past search.max_buckets.
  void count_bucket();
};

/// Documents on their way through the tree: docs[i] belongs to bucket buckets[i] of the parent. Ascending by document; a
/// document may stand several times, in different buckets.
struct DocBatch {
  const LocalDocId* docs;
  const uint32_t* buckets;
  size_t count;
};
constexpr size_t kBatchDocs = 1024;

/// One aggregation of a run. Buckets are numbered densely by whoever makes them (the root's only bucket is 0), and every
/// child keeps its state in arrays by the parent's bucket number. begin, then for each segment begin_segment, collect ...,
/// end_segment; after all targets write. Field dispatch happens once a segment, never once a document.
class Aggregator {
 public:
  explicit Aggregator(std::string name) : name_(std::move(name)) {}
  virtual ~Aggregator() = default;
  Aggregator(const Aggregator&) = delete;
  Aggregator& operator=(const Aggregator&) = delete;

  const std::string& name() const { return name_; }
  /// The prefix of typed_keys, such as "sterms"; may depend on the field found.
  virtual std::string type_name() const = 0;

  virtual void begin(const Searcher& searcher) = 0;
  virtual void begin_segment(const Searcher& searcher, size_t segment) = 0;
  virtual void collect(const DocBatch& batch) = 0;
  virtual void end_segment() {}
  /// Called once before writing; bucket aggregations sort and cut here.
  virtual void finish(AggregationContext&) {}
  /// The members of the answer's object for one bucket of the parent; the braces are the caller's.
  virtual void write(JsonWriter& out, uint32_t bucket, AggregationContext& context) = 0;

  /// A number to order by: `property` is "value", "min", "_count" ... or "" for the only one. Throws 500
  /// aggregation_execution_exception for what the aggregation does not have.
  virtual double sort_value(uint32_t bucket, std::string_view property) const;
  /// The aggregation below by name; null if none. For order paths "a>b.c".
  virtual const Aggregator* child(std::string_view name) const;
  /// Single-bucket aggregations pass the bucket of theirs that belongs to a parent's bucket.
  virtual uint32_t child_bucket(uint32_t bucket) const { return bucket; }

 private:
  std::string name_;
};

using AggregatorPtr = std::unique_ptr<Aggregator>;
using AggregatorList = std::vector<AggregatorPtr>;

/// {"name": {...}, ...} members of all aggregators for one bucket.
void write_children(JsonWriter& out, const AggregatorList& children, uint32_t bucket, AggregationContext& context);

/// A bucket aggregation's children, and the batches that go down to them.
class Children {
 public:
  explicit Children(AggregatorList list) : list_(std::move(list)) {}
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
  void add(LocalDocId doc, uint32_t bucket) {
    if (list_.empty()) return;
    docs_.push_back(doc);
    buckets_.push_back(bucket);
    if (docs_.size() == kBatchDocs) flush();
  }
  void flush();
  void write(JsonWriter& out, uint32_t bucket, AggregationContext& context) const {
    write_children(out, list_, bucket, context);
  }
  const Aggregator* find(std::string_view name) const;
  const AggregatorList& list() const { return list_; }

 private:
  AggregatorList list_;
  std::vector<LocalDocId> docs_;
  std::vector<uint32_t> buckets_;
};

}  // namespace tarn::query
