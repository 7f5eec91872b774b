#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "indexer/base/json.h"
#include "query/query.h"

namespace tarn::query {

struct SearchRequest;
struct BoundTarget;

/// The aggregations of one request ("aggs" object), parsed. Immutable.
class Aggregations {
 public:
  /// Throws ApiError 400 as OpenSearch words it; 501 for a kind that exists there but not here yet.
  static std::shared_ptr<const Aggregations> parse(const Json& aggs);
  virtual ~Aggregations() = default;
  /// Whether collect() wants the scores of the documents.
  virtual bool needs_scores() const = 0;
  /// Whether a sampler is among them, which keeps the search from ending early.
  virtual bool has_sampler() const = 0;

  /// The collection of one search over all its targets. One thread at a time a Run.
  class Run {
   public:
    virtual ~Run() = default;
    virtual bool needs_scores() const = 0;
    /// The search around, for aggregations that show documents; both outlive the run.
    virtual void set_search(const SearchRequest& request, const std::vector<BoundTarget>& targets) = 0;
    /// Binds to the next searcher: fields are looked up in its mapping. Call before its segments, in order.
    virtual void begin(const Searcher& searcher) = 0;
    /// The matching live documents of one segment (what the query selected, post_filter not applied). `scores` by document, or
    /// null where they are not asked for.
    virtual void collect(size_t segment, const Bitset& documents, const float* scores = nullptr) = 0;
    /// A run for other segments of the current searcher, perhaps on another thread, to be absorbed; null where the state of some
    /// aggregation cannot be added up.
    virtual std::unique_ptr<Run> fork() const = 0;
    virtual void absorb(std::unique_ptr<Run> forked) = 0;
    /// Reduces and writes the value of "aggregations": an object by name.
    virtual void write(JsonWriter& out, bool typed_keys) = 0;
  };
  virtual std::unique_ptr<Run> start(const SearchContext& context) const = 0;
};

}  // namespace tarn::query
