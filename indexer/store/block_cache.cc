#include "indexer/store/block_cache.h"

namespace tarn {

std::shared_ptr<const DecodedRowBlock> BlockCache::find(const Key& key) {
  std::lock_guard lock(mutex_);
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, it->second);
  return it->second->block;
}

void BlockCache::insert(const Key& key, std::shared_ptr<const DecodedRowBlock> block) {
  const size_t size = block->memory_bytes();
  if (size > capacity_bytes_ / 4) return;
  std::list<Entry> dropped;  // freed outside the lock
  std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;
  entries_.push_front(Entry{key, std::move(block)});
  by_key_[key] = entries_.begin();
  bytes_ += size;
  while (bytes_ > capacity_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().block->memory_bytes();
    by_key_.erase(entries_.back().key);
    dropped.splice(dropped.begin(), entries_, std::prev(entries_.end()));
  }
}

size_t BlockCache::memory_bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace tarn
