#include "query/filter/cache.h"

namespace tarn::query {

namespace {
constexpr uint8_t kDemandToKeep = 2;          // the third look-up of a filter finds it kept
constexpr size_t kDemandEntries = 4096;       // forgotten all at once when full: old demand says little
constexpr uint32_t kDocsWorthCaching = 10000; // below it, an evaluation costs as little as a look-up
}  // namespace

std::shared_ptr<const Bitset> FilterCache::find(const std::string& key, const SegmentReader& reader,
                                                const std::shared_ptr<const void>& patches, bool& worth_keeping) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    if (found->second->segment.lock() == reader.shared_segment() && found->second->patches.lock() == patches) {
      order_.splice(order_.begin(), order_, found->second);
      return found->second->bits;
    }
    bytes_ -= found->second->bytes;
    order_.erase(found->second);
    entries_.erase(found);
  }
  if (demand_.size() >= kDemandEntries) demand_.clear();
  uint8_t& seen = demand_[key];
  worth_keeping = seen >= kDemandToKeep;
  if (seen < kDemandToKeep) ++seen;
  return nullptr;
}

void FilterCache::put(const std::string& key, const SegmentReader& reader, const std::shared_ptr<const void>& patches,
                      std::shared_ptr<const Bitset> bits) {
  const size_t bytes = bits->memory_bytes() + key.size() * 2 + 200;
  if (bytes > capacity_ / 4) return;
  const std::lock_guard lock(mutex_);
  if (entries_.contains(key)) return;
  demand_.erase(key);
  order_.push_front({key, reader.shared_segment(), patches, std::move(bits), bytes});
  entries_[key] = order_.begin();
  bytes_ += bytes;
  evict();
}

void FilterCache::evict() {
  while (bytes_ > capacity_ && !order_.empty()) {
    bytes_ -= order_.back().bytes;
    entries_.erase(order_.back().key);
    order_.pop_back();
  }
  // Entries of merged segments go when they reach the end of the list, or here while they lie there.
  while (!order_.empty() && order_.back().segment.expired()) {
    bytes_ -= order_.back().bytes;
    entries_.erase(order_.back().key);
    order_.pop_back();
  }
}

size_t FilterCache::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

namespace {
/// What stands for the state of the columns that the plan reads: their patched version, or null where they are the segment's.
std::shared_ptr<const void> patches_of(const Plan& plan, const SegmentReader& reader) {
  const auto& patches = reader.shared_patches();
  const std::string_view path = plan.cache_path();
  if (!patches || path.empty()) return patches;
  if (const auto it = patches->numbers.find(path); it != patches->numbers.end()) {
    return it->second ? std::shared_ptr<const void>(it->second) : patches;
  }
  if (const auto it = patches->keywords.find(path); it != patches->keywords.end()) {
    return it->second ? std::shared_ptr<const void>(it->second) : patches;
  }
  return nullptr;
}
}  // namespace

std::shared_ptr<const Bitset> cached_matches(const Plan& plan, const SegmentView& segment) {
  FilterCache* cache = segment.context.filter_cache.get();
  if (cache == nullptr || segment.doc_count() < kDocsWorthCaching) return nullptr;
  std::string key = plan.cache_key();
  if (key.empty()) return nullptr;
  const auto patches = patches_of(plan, segment.reader);
  key += '\0';
  key += std::to_string(reinterpret_cast<uintptr_t>(&segment.reader.segment()));
  key += '/';
  key += std::to_string(reinterpret_cast<uintptr_t>(patches.get()));
  bool worth_keeping = false;
  auto found = cache->find(key, segment.reader, patches, worth_keeping);
  if (found || !worth_keeping) return found;
  auto bits = std::make_shared<Bitset>(segment.doc_count());
  plan.or_into(segment, *bits);
  cache->put(key, segment.reader, patches, bits);
  return bits;
}

std::shared_ptr<FilterCache> make_filter_cache(size_t capacity_bytes) {
  return std::make_shared<FilterCache>(capacity_bytes);
}
size_t filter_cache_bytes(const FilterCache& cache) { return cache.memory_bytes(); }

}  // namespace tarn::query
