#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "indexer/searcher.h"

namespace tarn::query {

/// What searches derive from the segments of a searcher and need again (numberings of terms, parsed queries), bounded by bytes,
/// least recently used first out. Thread-safe; the lock is not held while a value is made.
class SearcherCache {
 public:
  explicit SearcherCache(size_t capacity_bytes) : capacity_(capacity_bytes) {}
  struct Value {
    std::shared_ptr<const void> value;
    size_t bytes = 0;
  };
  /// The value of `key` for these segments with these patches; made if it is not there.
  std::shared_ptr<const void> get(const std::string& key, const Searcher& searcher, const std::function<Value()>& make);

 private:
  struct Entry {
    std::string key;
    // Addresses may be reused; the owners tell whether they still mean the same.
    std::vector<std::weak_ptr<const Segment>> segments;
    std::vector<std::shared_ptr<const ColumnPatches>> patches;
    Value value;
  };
  static bool fits(const Entry& entry, const Searcher& searcher);

  const size_t capacity_;
  std::mutex mutex_;
  std::list<Entry> order_;  // most recent first
  size_t bytes_ = 0;
};

/// Through the cache of the context, if it has one.
struct SearchContext;
std::shared_ptr<const void> cached_for_searcher(const SearchContext& context, const std::string& key, const Searcher& searcher,
                                                const std::function<SearcherCache::Value()>& make);

}  // namespace tarn::query
