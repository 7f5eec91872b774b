#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/store/keys.h"
#include "indexer/store/write_batch.h"

/// What the files of this folder that call RocksDB share. Private to it.
namespace tarn {

enum Family : size_t { kMeta, kIds, kRows, kPatches, kOplog, kFamilies };
using Families = std::array<rocksdb::ColumnFamilyHandle*, kFamilies>;

/// How long a deleted document's version is remembered: index.gc_deletes of OpenSearch.
inline constexpr uint64_t kTombstoneSeconds = 60;
uint64_t now_seconds();

inline rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

/// A failure of RocksDB as ApiError: 429 cluster_block_exception where the disk is full, else 500 store_exception.
[[noreturn]] void fail(const rocksdb::Status& status, std::string_view what);
void check_status(const rocksdb::Status& status, std::string_view what);

/// The key of a piece of metadata: kind, zero byte, name.
std::string meta_key(std::string_view kind, std::string_view name);

/// Drops tombstones of `ids` once their time is over, whenever RocksDB compacts them anyway.
class TombstoneFilter final : public rocksdb::CompactionFilter {
 public:
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    IdEntry entry;
    uint64_t died = 0;
    return parse_id_entry(view(value), entry, died) && entry.deleted && died + kTombstoneSeconds < now_seconds();
  }
  const char* Name() const override { return "tarn.tombstones"; }
};

/// The database, closed when the last snapshot is gone.
struct Handle {
  TombstoneFilter tombstones;
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};  // as StoreBatch sees them
  rocksdb::ColumnFamilyHandle* anchor = nullptr;                   // RocksDB's default family: see drop_anchor()
  ~Handle() {
    if (!db) return;
    if (anchor != nullptr) db->DestroyColumnFamilyHandle(anchor);
    for (auto* family : families) {
      if (family != nullptr) db->DestroyColumnFamilyHandle(family);
    }
    db->Close();
  }
};

class StoreSnapshot {
 public:
  explicit StoreSnapshot(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {
    snapshot_ = handle_->db->GetSnapshot();
  }
  ~StoreSnapshot() { handle_->db->ReleaseSnapshot(snapshot_); }
  StoreSnapshot(const StoreSnapshot&) = delete;
  StoreSnapshot& operator=(const StoreSnapshot&) = delete;
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  std::shared_ptr<Handle> handle_;
  const rocksdb::Snapshot* snapshot_;
};

class StoreBatch::Impl {
 public:
  explicit Impl(const EngineStore& store)
      : store(store), families(*static_cast<const Families*>(store.column_families())) {}
  const EngineStore& store;
  const Families& families;
  rocksdb::WriteBatch batch{64 << 10};
  std::vector<IndexKey> patched;
  std::string key, value;
  uint64_t now = now_seconds();
};

}  // namespace tarn
