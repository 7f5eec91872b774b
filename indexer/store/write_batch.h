#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/store/row_block.h"
#include "indexer/store/store.h"

namespace tarn {

class EngineStore;

/// The writes of one commit: all of them become durable together, or none. One thread.
class StoreBatch {
 public:
  explicit StoreBatch(const EngineStore& store);
  ~StoreBatch();
  StoreBatch(StoreBatch&&) noexcept;

  void put_id(IndexKey index, std::string_view id, const IdEntry& entry);
  /// `value` is a block of row_block.h.
  void put_rows(IndexKey index, RowId first, std::string_view value);
  void delete_rows(IndexKey index, RowId first, uint32_t span);
  /// `delta`: a partial document that is merged over the row's source when it is read.
  void put_patch(IndexKey index, RowId row, std::string_view delta);
  void delete_patch(IndexKey index, RowId row);
  /// Nothing if the index never had a patch, which spares most workloads a tombstone for each replaced row.
  void delete_patch_if_any(IndexKey index, RowId row);
  void put_oplog(IndexKey index, SeqNo first, std::string_view record);
  void put_meta(std::string_view kind, std::string_view name, std::string_view value);
  void delete_meta(std::string_view kind, std::string_view name);

  size_t bytes() const;
  bool empty() const;
  void clear();

  class Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// One row, not merged: what an update reads.
struct RawRow {
  std::string id, routing, source;
  std::string delta;   ///< "" if the row was not updated in place
};

/// What the engine needs of the store beyond store.h. Failures: ApiError 500 store_exception, or 429
/// cluster_block_exception where the disk is full.
class EngineStore : public Store {
 public:
  static std::unique_ptr<EngineStore> open_engine_store(const Options& options);

  /// Writes the batch; with `sync` it is on disk when the call returns. After a failure nothing of it is visible; every
  /// later commit fails too until resume() succeeds, because a log that failed once cannot be trusted.
  virtual void commit(StoreBatch& batch, bool sync) = 0;
  /// Makes all commits durable that were written without sync.
  virtual void sync() = 0;
  /// Flushes the write buffers to tables, so that the next start has no log to replay.
  virtual void flush() = 0;
  /// After a full disk: true if commits are possible again.
  virtual bool resume() = 0;
  /// Removes oplog records whose operations are all at or below `through`.
  virtual void trim_oplog(IndexKey index, SeqNo through) = 0;

  virtual std::vector<std::optional<RawRow>> read_raw_rows(IndexKey index, const std::vector<RowId>& rows,
                                                           const StoreSnapshot* snapshot) const = 0;
  virtual std::optional<std::string> read_patch(IndexKey index, RowId row) const = 0;
  /// Of many rows, sorted ascending, newest state; "" where there is none.
  virtual std::vector<std::string> read_patches(IndexKey index, const std::vector<RowId>& rows) const = 0;

  /// Visits oplog records in order, from the one that may hold `from` on.
  virtual void scan_oplog(IndexKey index, SeqNo from,
                          const std::function<void(SeqNo first, std::string_view record)>& visit) const = 0;
  /// Visits the blocks that intersect [from, to), compressed. Return false to stop.
  virtual void scan_blocks(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                           const std::function<bool(RowId first, std::string_view value)>& visit) const = 0;
  virtual std::shared_ptr<const DecodedRowBlock> decode(IndexKey index, std::string_view value) const = 0;
  /// Visits every entry of ids, tombstones left out. Return false to stop.
  virtual void scan_ids(IndexKey index, const StoreSnapshot* snapshot,
                        const std::function<bool(std::string_view id, const IdEntry& entry)>& visit) const = 0;
  virtual void scan_patches(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                            const std::function<bool(RowId row, std::string_view delta)>& visit) const = 0;
  /// One past the last row that a block covers; RowId(0) if there is none.
  virtual RowId end_row(IndexKey index) const = 0;

  /// The dictionary for new row blocks; null until one was trained.
  virtual std::shared_ptr<const RowDictionary> dictionary(IndexKey index) const = 0;
  /// Trains one from samples and stores it; returns whether there is a new one.
  virtual bool train_dictionary(IndexKey index, const std::vector<std::string>& samples) = 0;

  /// Whether the index may have row patches.
  virtual bool has_patches(IndexKey index) const = 0;
  /// Grows with every write: the same number before and after some reads means that they saw one state.
  virtual uint64_t writes() const = 0;
  /// RocksDB's handles, for StoreBatch.
  virtual const void* column_families() const = 0;
};

}  // namespace tarn
