#include "query/filter/searcher_cache.h"

#include <algorithm>

#include "query/filter/cache.h"

namespace tarn::query {

bool SearcherCache::fits(const Entry& entry, const Searcher& searcher) {
  const auto& segments = searcher.segments();
  if (entry.segments.size() != segments.size()) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (entry.segments[i].lock() != segments[i].shared_segment() || entry.patches[i] != segments[i].shared_patches()) return false;
  }
  return true;
}

std::shared_ptr<const void> SearcherCache::get(const std::string& key, const Searcher& searcher,
                                               const std::function<Value()>& make) {
  const std::string full = searcher.index_uuid() + '\0' + key;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(order_.begin(), order_.end(), [&](const Entry& entry) { return entry.key == full; });
    if (found != order_.end()) {
      order_.splice(order_.begin(), order_, found);
      if (fits(*found, searcher)) return found->value.value;
    }
  }
  Entry entry;
  entry.key = full;
  entry.value = make();
  for (const SegmentReader& segment : searcher.segments()) {
    entry.segments.push_back(segment.shared_segment());
    entry.patches.push_back(segment.shared_patches());
  }
  entry.value.bytes += full.size() + entry.segments.size() * 64;
  const auto value = entry.value.value;
  if (entry.value.bytes > capacity_) return value;
  const std::lock_guard lock(mutex_);
  // The newest view of an index takes the place of the one before: few searches still look at that.
  const auto old = std::find_if(order_.begin(), order_.end(), [&](const Entry& kept) { return kept.key == full; });
  if (old != order_.end()) {
    bytes_ -= old->value.bytes;
    order_.erase(old);
  }
  bytes_ += entry.value.bytes;
  order_.push_front(std::move(entry));
  while (bytes_ > capacity_) {
    bytes_ -= order_.back().value.bytes;
    order_.pop_back();
  }
  return value;
}

std::shared_ptr<const void> cached_for_searcher(const SearchContext& context, const std::string& key, const Searcher& searcher,
                                                const std::function<SearcherCache::Value()>& make) {
  return context.filter_cache ? context.filter_cache->derived().get(key, searcher, make) : make().value;
}

}  // namespace tarn::query
