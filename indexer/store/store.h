#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/ids.h"

namespace rocksdb {
class Env;
}

namespace tarn {

using IndexKey = uint32_t;  ///< number of an index in the store; never reused

/// What `ids` keeps of one live document.
struct IdEntry {
  RowId row{};
  SeqNo seq_no{};
  Version version = 0;
  bool deleted = false;      ///< a tombstone: the version of a deleted document, kept for index.gc_deletes (60 s)
};

/// One document as it lies in `rows`, merged with its row patch.
struct StoredDocument {
  std::string id;
  std::string routing;       ///< "" if none
  std::string source;        ///< byte for byte as sent, or merged by in-place updates
};

/// A frozen state of the store (a RocksDB snapshot); readers of one Searcher share it. Thread-safe.
class StoreSnapshot;

/// The durable truth: RocksDB with the column families of design.md. All of RocksDB stays behind this header. Thread-safe.
/// Failures of RocksDB are ApiError 500; a full disk is 429 cluster_block_exception and stops writes until there is room.
class Store {
 public:
  struct Options {
    std::filesystem::path directory;
    size_t block_cache_bytes = 16 << 20;
    size_t write_buffer_bytes = 16 << 20;   ///< of all column families together
    rocksdb::Env* env = nullptr;            ///< null: the real one; tests inject failures here
    std::function<void(std::string_view)> log;  ///< one line a call; may be empty
  };
  /// Opens or creates. Throws ApiError 500 naming what is damaged or locked by another process.
  static std::unique_ptr<Store> open(const Options& options);
  virtual ~Store() = default;

  virtual std::shared_ptr<const StoreSnapshot> snapshot() const = 0;
  /// `snapshot` null: the newest state.
  virtual std::optional<IdEntry> find_id(IndexKey index, std::string_view id, const StoreSnapshot* snapshot) const = 0;
  /// Entries of many ids at once, in the order given.
  virtual std::vector<std::optional<IdEntry>> find_ids(IndexKey index, const std::vector<std::string_view>& ids,
                                                       const StoreSnapshot* snapshot) const = 0;
  virtual std::optional<StoredDocument> read_row(IndexKey index, RowId row, const StoreSnapshot* snapshot) const = 0;
  /// Many rows, sorted ascending; blocks are read once. A missing row gives nothing at its place.
  virtual std::vector<std::optional<StoredDocument>> read_rows(IndexKey index, const std::vector<RowId>& rows,
                                                               const StoreSnapshot* snapshot) const = 0;

  // Small metadata: kind is "index", "alias", "template", "component", "pipeline", "cluster", "script" ...; synced writes.
  struct MetaWrite { std::string kind, name; std::optional<std::string> value; };  ///< no value: delete
  virtual void write_meta(const std::vector<MetaWrite>& writes) = 0;               ///< all or nothing, synced
  virtual std::optional<std::string> read_meta(std::string_view kind, std::string_view name) const = 0;
  virtual std::vector<std::pair<std::string, std::string>> scan_meta(std::string_view kind) const = 0;  ///< by name

  /// Removes all rows, ids, patches and oplog of an index.
  virtual void delete_index(IndexKey index) = 0;
  virtual uint64_t disk_bytes(IndexKey index) const = 0;   ///< estimate
  virtual size_t memory_bytes() const = 0;

  // The engine's own writes (row blocks, oplog, WriteBatch) are declared in store/write_batch.h.
};

}  // namespace tarn
