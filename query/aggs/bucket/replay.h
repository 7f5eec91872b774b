#pragma once

#include <cstdint>
#include <vector>

#include "query/aggs/aggregator.h"

namespace tarn::query {

/// Documents put aside while collecting, for aggregations that know only at the end which of them go where: samplers, joins,
/// histograms that choose their own interval. run() takes them through the children as if they had just been collected.
class Replay {
 public:
  struct Entry {
    uint32_t searcher, segment;
    LocalDocId doc;
    uint32_t bucket;
    float score = 1;
    auto operator<=>(const Entry&) const = default;
  };
  /// `state` outlives it; documents keep the scores that they had.
  explicit Replay(RunState& state) : state_(state) {}
  void begin(const Searcher& searcher) { searchers_.push_back(&searcher); }
  void begin_segment(size_t segment) { segment_ = static_cast<uint32_t>(segment); }
  uint32_t searcher_number() const { return static_cast<uint32_t>(searchers_.size() - 1); }
  uint32_t segment() const { return segment_; }
  const std::vector<const Searcher*>& searchers() const { return searchers_; }
  /// Entries of the current segment.
  Entry entry(LocalDocId doc, uint32_t bucket) const { return {searcher_number(), segment_, doc, bucket, state_.scores == nullptr ? 1 : state_.scores[doc]}; }

  /// Sorts `entries` and hands them to the children.
  void run(std::vector<Entry>& entries, Children& children) const;

 private:
  RunState& state_;
  std::vector<const Searcher*> searchers_;
  uint32_t segment_ = 0;
};

}  // namespace tarn::query
