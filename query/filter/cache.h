#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "query/bind/plan.h"
#include "query/filter/searcher_cache.h"

namespace tarn::query {

/// Bitmaps of (segment, filter) that were asked for repeatedly. A part of an answer, never the answer: live docs are applied
/// by who uses it. Bounded by bytes, least recently used first out. Thread-safe; the lock covers a look-up, never an evaluation.
class FilterCache {
 public:
  explicit FilterCache(size_t capacity_bytes) : capacity_(capacity_bytes), derived_(capacity_bytes / 8) {}

  /// The bitmap if it is there. Otherwise counts the demand; `worth_keeping` says that the next result should be put.
  /// `patches`: the patched columns that the result depends on, null if none is patched.
  std::shared_ptr<const Bitset> find(const std::string& key, const SegmentReader& reader,
                                     const std::shared_ptr<const void>& patches, bool& worth_keeping);
  void put(const std::string& key, const SegmentReader& reader, const std::shared_ptr<const void>& patches,
           std::shared_ptr<const Bitset> bits);
  size_t memory_bytes() const;
  /// An eighth of the capacity more.
  SearcherCache& derived() { return derived_; }

 private:
  struct Entry {
    std::string key;
    // Addresses may be reused; the owners tell whether they still mean the same.
    std::weak_ptr<const Segment> segment;
    std::weak_ptr<const void> patches;
    std::shared_ptr<const Bitset> bits;
    size_t bytes = 0;
  };
  void evict();

  const size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> order_;  // most recent first
  std::unordered_map<std::string, std::list<Entry>::iterator> entries_;
  std::unordered_map<std::string, uint8_t> demand_;  // filters seen, before they have earned a place
  size_t bytes_ = 0;
  SearcherCache derived_;
};

/// The plan's bitmap through the context's cache; null if the plan is not cacheable or not (yet) worth it.
std::shared_ptr<const Bitset> cached_matches(const Plan& plan, const SegmentView& segment);

}  // namespace tarn::query
