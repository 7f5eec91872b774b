#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "indexer/segment/segment.h"

namespace tarn {

/// Shards of least-recently-used lists. A list that would fill most of its shard is not kept, so that it does not evict all others.
class PostingCache::Impl {
 public:
  struct Key {
    uint64_t segment;
    uint32_t field;
    uint32_t rank;
    bool operator==(const Key&) const = default;
  };

  explicit Impl(size_t capacity_bytes) : shard_capacity_(capacity_bytes / kShards) {}
  uint64_t new_segment() { return next_segment_++; }
  std::shared_ptr<const PostingList> find(const Key& key);
  void insert(const Key& key, std::shared_ptr<const PostingList> list);
  void forget_segment(uint64_t segment);
  size_t memory_bytes() const;

 private:
  static constexpr size_t kShards = 4;         // few, so that one holds several of the longest lists
  static constexpr size_t kEntryBytes = 120;   // list node, hash node, control block
  struct KeyHash {
    size_t operator()(const Key& key) const {
      uint64_t h = (key.segment << 40) ^ (static_cast<uint64_t>(key.field) << 32) ^ key.rank;
      h *= 0x9e3779b97f4a7c15ull;
      return h ^ (h >> 32);
    }
  };
  struct Entry {
    Key key;
    std::shared_ptr<const PostingList> list;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;   // most recent first
    std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> index;
    size_t bytes = 0;
  };
  static size_t cost(const Entry& entry) { return entry.list->memory_bytes() + kEntryBytes; }
  Shard& shard(const Key& key) { return shards_[KeyHash()(key) >> 7 & (kShards - 1)]; }

  size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> next_segment_{1};   // only uniqueness matters
};

}  // namespace tarn
