#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "indexer/store/row_block.h"
#include "indexer/store/store.h"

namespace tarn {

/// Decompressed row blocks, least recently used first out. Small: it serves neighbours of what was just read, not a
/// working set (RocksDB's block cache holds the compressed ones). Thread-safe.
class BlockCache {
 public:
  struct Key {
    IndexKey index;
    uint64_t first_row, generation;
    bool operator==(const Key&) const = default;
  };
  explicit BlockCache(size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  std::shared_ptr<const DecodedRowBlock> find(const Key& key);
  void insert(const Key& key, std::shared_ptr<const DecodedRowBlock> block);
  size_t memory_bytes() const;

 private:
  struct Hash {
    size_t operator()(const Key& key) const {
      uint64_t h = key.first_row * 0x9E3779B97F4A7C15ull ^ (uint64_t{key.index} << 40) ^ key.generation;
      return static_cast<size_t>(h ^ h >> 29);
    }
  };
  struct Entry { Key key; std::shared_ptr<const DecodedRowBlock> block; };

  const size_t capacity_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::list<Entry> entries_;  // most recent first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key_;
  size_t bytes_ = 0;
};

}  // namespace tarn
