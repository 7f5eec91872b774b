#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/write_buffer_manager.h>

#include <functional>
#include <shared_mutex>
#include <unordered_map>

#include "indexer/store/rocks.h"

namespace tarn {

/// EngineStore over one RocksDB database. rocks_open.cc opens it, rocks_rows.cc holds blocks of rows, their dictionaries and
/// patches; rocks_store.cc the rest. Private to this folder.
class RocksStore final : public EngineStore {
 public:
  explicit RocksStore(const Options& options);
  ~RocksStore() override;

  std::shared_ptr<const StoreSnapshot> snapshot() const override {
    return std::make_shared<const StoreSnapshot>(handle_);
  }
  std::optional<IdEntry> find_id(IndexKey index, std::string_view id, const StoreSnapshot* snapshot) const override;
  std::vector<std::optional<IdEntry>> find_ids(IndexKey index, const std::vector<std::string_view>& ids,
                                               const StoreSnapshot* snapshot) const override;
  std::optional<StoredDocument> read_row(IndexKey index, RowId row, const StoreSnapshot* snapshot) const override;
  std::vector<std::optional<StoredDocument>> read_rows(IndexKey index, const std::vector<RowId>& rows,
                                                       const StoreSnapshot* snapshot) const override;
  void write_meta(const std::vector<MetaWrite>& writes) override;
  std::optional<std::string> read_meta(std::string_view kind, std::string_view name) const override;
  std::vector<std::pair<std::string, std::string>> scan_meta(std::string_view kind) const override;
  void delete_index(IndexKey index) override;
  uint64_t disk_bytes(IndexKey index) const override;
  size_t memory_bytes() const override;

  void commit(StoreBatch& batch, bool sync) override;
  void sync() override { check_status(db().SyncWAL(), "cannot sync the log"); }
  void flush() override;
  bool resume() override;
  bool takes_writes() const;
  void trim_oplog(IndexKey index, SeqNo through) override;
  std::vector<std::optional<RawRow>> read_raw_rows(IndexKey index, const std::vector<RowId>& rows,
                                                   const StoreSnapshot* snapshot) const override;
  std::optional<std::string> read_patch(IndexKey index, RowId row) const override;
  std::vector<std::string> read_patches(IndexKey index, const std::vector<RowId>& rows) const override;
  void scan_oplog(IndexKey index, SeqNo from,
                  const std::function<void(SeqNo, std::string_view)>& visit) const override;
  void scan_blocks(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                   const std::function<bool(RowId, std::string_view)>& visit) const override;
  std::shared_ptr<const DecodedRowBlock> decode(IndexKey index, std::string_view value) const override;
  void scan_ids(IndexKey index, const StoreSnapshot* snapshot,
                const std::function<bool(std::string_view, const IdEntry&)>& visit) const override;
  void scan_patches(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                    const std::function<bool(RowId, std::string_view)>& visit) const override;
  RowId end_row(IndexKey index) const override;
  bool has_patches(IndexKey index) const override;
  uint64_t writes() const override { return db().GetLatestSequenceNumber(); }
  const void* column_families() const override { return &handle_->families; }
  std::shared_ptr<const RowDictionary> dictionary(IndexKey index) const override;
  bool train_dictionary(IndexKey index, const std::vector<std::string>& samples) override;

 private:
  void open(const Options& options);
  void check_format(const std::string& directory);
  void drop_anchor();
  rocksdb::ColumnFamilyOptions family_options(Family family, const Options& options);
  rocksdb::DB& db() const { return *handle_->db; }
  rocksdb::ColumnFamilyHandle* family(Family f) const { return handle_->families[f]; }
  rocksdb::ReadOptions read_options(const StoreSnapshot* snapshot) const {
    rocksdb::ReadOptions options;
    if (snapshot != nullptr) options.snapshot = snapshot->get();
    return options;
  }
  std::unique_ptr<rocksdb::Iterator> iterate(Family f, const rocksdb::ReadOptions& options) const {
    return std::unique_ptr<rocksdb::Iterator>(db().NewIterator(options, family(f)));
  }
  std::shared_ptr<const RowDictionary> dictionary(IndexKey index, uint32_t id) const;
  template <class Visit>
  void visit_rows(IndexKey index, const std::vector<RowId>& rows, const StoreSnapshot* snapshot, Visit&& visit) const;

  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
  std::function<void(std::string_view)> log_;
  std::shared_ptr<Handle> handle_;

  mutable std::shared_mutex dictionaries_mutex_;
  mutable std::unordered_map<uint64_t, std::shared_ptr<const RowDictionary>> dictionaries_;  // index << 32 | id
  mutable std::unordered_map<IndexKey, std::shared_ptr<const RowDictionary>> newest_dictionary_;

  // Indices that ever had a patch: reads of the others skip the look-up. Never shrinks while open.
  mutable std::shared_mutex patched_mutex_;
  mutable std::unordered_map<IndexKey, bool> patched_;
};

}  // namespace tarn
