#include "indexer/segment/posting_cache.h"

namespace tarn {

std::shared_ptr<const PostingList> PostingCache::Impl::find(const Key& key) {
  Shard& shard = this->shard(key);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return nullptr;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->list;
}

void PostingCache::Impl::insert(const Key& key, std::shared_ptr<const PostingList> list) {
  Entry entry{key, std::move(list)};
  const size_t bytes = cost(entry);
  if (bytes > shard_capacity_ - shard_capacity_ / 4) return;
  std::list<Entry> dropped;   // freed outside the lock
  Shard& shard = this->shard(key);
  std::lock_guard lock(shard.mutex);
  if (shard.index.contains(key)) return;  // another thread was quicker
  shard.entries.push_front(std::move(entry));
  shard.index.emplace(key, shard.entries.begin());
  shard.bytes += bytes;
  while (shard.bytes > shard_capacity_ && shard.entries.size() > 1) {
    shard.bytes -= cost(shard.entries.back());
    shard.index.erase(shard.entries.back().key);
    dropped.splice(dropped.begin(), shard.entries, std::prev(shard.entries.end()));
  }
}

void PostingCache::Impl::forget_segment(uint64_t segment) {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto entry = shard.entries.begin(); entry != shard.entries.end();) {
      if (entry->key.segment == segment) {
        shard.bytes -= cost(*entry);
        shard.index.erase(entry->key);
        entry = shard.entries.erase(entry);
      } else {
        ++entry;
      }
    }
  }
}

size_t PostingCache::Impl::memory_bytes() const {
  size_t bytes = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    bytes += shard.bytes;
  }
  return bytes;
}

PostingCache::PostingCache(size_t capacity_bytes) : impl_(std::make_unique<Impl>(capacity_bytes)) {}
PostingCache::~PostingCache() = default;
size_t PostingCache::memory_bytes() const { return impl_->memory_bytes(); }

}  // namespace tarn
