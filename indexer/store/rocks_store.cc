#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <array>
#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "indexer/base/check.h"
#include "indexer/store/keys.h"
#include "indexer/store/source_merge.h"
#include "indexer/store/write_batch.h"

namespace tarn {
namespace {

enum Family : size_t { kMeta, kIds, kRows, kPatches, kOplog, kFamilies };
constexpr std::array<const char*, kFamilies> kFamilyNames = {"meta", "ids", "rows", "row_patches", "oplog"};

/// How long a deleted document's version is remembered: index.gc_deletes of OpenSearch.
constexpr uint64_t kTombstoneSeconds = 60;

uint64_t now_seconds() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

[[noreturn]] void fail(const rocksdb::Status& status, std::string_view what) {
  if (status.IsNoSpace()) {
    throw ApiError(429, "cluster_block_exception",
                   "blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
                   "read-only-allow-delete block];");
  }
  throw ApiError(500, "store_exception", fmt::format("{}: {}", what, status.ToString()));
}

void check_status(const rocksdb::Status& status, std::string_view what) {
  if (!status.ok()) fail(status, what);
}

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

}  // namespace

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

using Families = std::array<rocksdb::ColumnFamilyHandle*, kFamilies>;

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

StoreBatch::StoreBatch(const EngineStore& store) : impl_(std::make_unique<Impl>(store)) {}
StoreBatch::~StoreBatch() = default;
StoreBatch::StoreBatch(StoreBatch&&) noexcept = default;

namespace {
std::string meta_key(std::string_view kind, std::string_view name) {
  std::string key(kind);
  key.push_back('\0');
  key.append(name);
  return key;
}
}  // namespace

void StoreBatch::put_id(IndexKey index, std::string_view id, const IdEntry& entry) {
  id_key(impl_->key, index, id);
  impl_->value.clear();
  append_id_entry(impl_->value, entry, impl_->now);
  impl_->batch.Put(impl_->families[kIds], impl_->key, impl_->value);
}

void StoreBatch::put_rows(IndexKey index, RowId first, std::string_view value) {
  RowBlockHeader header;
  CHECK(parse_row_block_header(value, header) && header.span > 0);
  impl_->batch.Put(impl_->families[kRows], number_key(index, first.value + header.span - 1), slice(value));
}

void StoreBatch::delete_rows(IndexKey index, RowId first, uint32_t span) {
  impl_->batch.Delete(impl_->families[kRows], number_key(index, first.value + span - 1));
}

void StoreBatch::put_patch(IndexKey index, RowId row, std::string_view delta) {
  impl_->batch.Put(impl_->families[kPatches], number_key(index, row.value), slice(delta));
  if (impl_->patched.empty() || impl_->patched.back() != index) impl_->patched.push_back(index);
}

void StoreBatch::delete_patch(IndexKey index, RowId row) {
  impl_->batch.Delete(impl_->families[kPatches], number_key(index, row.value));
}

void StoreBatch::delete_patch_if_any(IndexKey index, RowId row) {
  if (impl_->store.has_patches(index)) delete_patch(index, row);
}

void StoreBatch::put_oplog(IndexKey index, SeqNo first, std::string_view record) {
  impl_->batch.Put(impl_->families[kOplog], number_key(index, static_cast<uint64_t>(first.value)), slice(record));
}

void StoreBatch::put_meta(std::string_view kind, std::string_view name, std::string_view value) {
  impl_->batch.Put(impl_->families[kMeta], meta_key(kind, name), slice(value));
}

void StoreBatch::delete_meta(std::string_view kind, std::string_view name) {
  impl_->batch.Delete(impl_->families[kMeta], meta_key(kind, name));
}

size_t StoreBatch::bytes() const { return impl_->batch.GetDataSize(); }
bool StoreBatch::empty() const { return impl_->batch.Count() == 0; }
void StoreBatch::clear() {
  impl_->batch.Clear();
  impl_->patched.clear();
  impl_->now = now_seconds();
}

namespace {

/// The layout of keys and values; raised whenever a store of before cannot be read any more.
constexpr const char* kFormat = "2";

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

RocksStore::RocksStore(const Options& options)
    : cache_(rocksdb::NewLRUCache(options.block_cache_bytes, 4)),
      write_buffers_(std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes)),
      log_(options.log) {
  open(options);
}

RocksStore::~RocksStore() = default;

rocksdb::ColumnFamilyOptions RocksStore::family_options(Family f, const Options& options) {
  rocksdb::ColumnFamilyOptions out;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache_;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.block_size = 4 << 10;
  out.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 2, 1 << 20);
  out.max_write_buffer_number = 3;
  out.target_file_size_base = 16 << 20;
  out.max_bytes_for_level_base = 64 << 20;
  out.level_compaction_dynamic_level_bytes = true;
  out.compression = rocksdb::kLZ4Compression;
  switch (f) {
    case kIds:
      // A million tiny entries, looked up by exact key, mostly absent ones while loading: filters decide.
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
      table.whole_key_filtering = true;
      table.optimize_filters_for_memory = true;
      out.memtable_whole_key_filtering = true;
      out.memtable_prefix_bloom_size_ratio = 0.1;
      out.compaction_filter = &handle_->tombstones;
      break;
    case kRows:
      out.compression = rocksdb::kNoCompression;  // compressed by us, before the log
      break;
    case kPatches:
      // Looked up for every row that is read, and mostly absent.
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
      out.memtable_whole_key_filtering = true;
      out.memtable_prefix_bloom_size_ratio = 0.1;
      break;
    case kOplog:
      break;
    default:
      out.write_buffer_size = 1 << 20;
  }
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

/// RocksDB's own log goes where ours goes, warnings and worse only.
class LogAdapter final : public rocksdb::Logger {
 public:
  explicit LogAdapter(std::function<void(std::string_view)> log)
      : rocksdb::Logger(rocksdb::InfoLogLevel::ERROR_LEVEL), log_(std::move(log)) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (!log_) return;
    char line[1024];
    vsnprintf(line, sizeof line, format, arguments);
    log_(std::string("store: ") + line);
  }

 private:
  std::function<void(std::string_view)> log_;
};

/// RocksDB would try to recover from a full disk by itself, at once: an attempt that finds the disk still full, when it begins a
/// new log, turns the error into one that only a restart clears. Store::resume() alone recovers, after a trial.
class NoRecoveryByItself final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

void RocksStore::open(const Options& options) {
  handle_ = std::make_shared<Handle>();
  std::filesystem::create_directories(options.directory);
  rocksdb::DBOptions db_options;
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.write_buffer_manager = write_buffers_;
  db_options.max_background_jobs = 2;
  db_options.max_open_files = 512;
  db_options.skip_stats_update_on_db_open = true;
  db_options.max_total_wal_size = 4 * options.write_buffer_bytes;
  db_options.keep_log_file_num = 2;
  db_options.stats_dump_period_sec = 0;
  db_options.stats_persist_period_sec = 0;
  db_options.bytes_per_sync = 1 << 20;
  db_options.avoid_flush_during_recovery = false;
  db_options.info_log = std::make_shared<LogAdapter>(log_);
  db_options.info_log_level = rocksdb::InfoLogLevel::ERROR_LEVEL;
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  if (options.env != nullptr) db_options.env = options.env;
  db_options.listeners.push_back(std::make_shared<NoRecoveryByItself>());

  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (size_t f = 0; f < kFamilies; ++f) {
    descriptors.emplace_back(kFamilyNames[f], family_options(static_cast<Family>(f), options));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(db_options, options.directory.string(), descriptors, &handles, &db);
  check_status(status, fmt::format("cannot open the store in {}", options.directory.string()));
  handle_->db.reset(db);
  handle_->anchor = handles[0];
  for (size_t f = 0; f < kFamilies; ++f) {
    handle_->families[f] = handles[f + 1];
    if (handles[f + 1]->GetID() != f + 1) {
      throw ApiError(500, "store_exception",
                     fmt::format("the store in {} has column families in another order", options.directory.string()));
    }
  }
  check_format(options.directory.string());
  drop_anchor();
}

/// A store of another layout is refused here, with words, rather than row by row as damaged.
void RocksStore::check_format(const std::string& directory) {
  const rocksdb::Slice name("format");
  std::string found;
  const rocksdb::Status status = db().Get(rocksdb::ReadOptions(), handle_->anchor, name, &found);
  if (!status.IsNotFound()) check_status(status, "cannot read the format of the store");
  if (status.IsNotFound()) {
    const auto rows = iterate(kRows, rocksdb::ReadOptions());
    rows->SeekToFirst();
    if (!rows->Valid()) {  // nothing is stored yet
      rocksdb::WriteOptions write;
      write.sync = true;
      check_status(db().Put(write, handle_->anchor, name, kFormat), "cannot write the format of the store");
      return;
    }
    found = "1";
  }
  if (found != kFormat) {
    throw ApiError(500, "store_exception",
                   fmt::format("the store in {} has format {}, and this tarn reads format {}: export its indices with the "
                               "tarn that wrote it, and import them into a new folder",
                               directory, found, kFormat));
  }
}

/// After a log write that failed, RocksDB recovers by flushing, which begins a new log, but only if some write buffer holds
/// something; otherwise it goes on with the log that failed and stops the process at the next write. So one buffer always
/// does: an entry that is in no log and means nothing.
void RocksStore::drop_anchor() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  check_status(db().Put(options, handle_->anchor, "anchor", ""), "cannot write");
}

// ---- ids

std::optional<IdEntry> live_entry(std::string_view value) {
  IdEntry entry;
  uint64_t died = 0;
  if (!parse_id_entry(value, entry, died)) throw ApiError(500, "store_exception", "an entry of ids is damaged");
  if (entry.deleted && died + kTombstoneSeconds < now_seconds()) return std::nullopt;
  return entry;
}

std::optional<IdEntry> RocksStore::find_id(IndexKey index, std::string_view id, const StoreSnapshot* snapshot) const {
  std::string key;
  id_key(key, index, id);
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db().Get(read_options(snapshot), family(kIds), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  check_status(status, "cannot read ids");
  return live_entry(view(value));
}

std::vector<std::optional<IdEntry>> RocksStore::find_ids(IndexKey index, const std::vector<std::string_view>& ids,
                                                         const StoreSnapshot* snapshot) const {
  const size_t count = ids.size();
  std::vector<std::optional<IdEntry>> out(count);
  if (count == 0) return out;
  // Sorted keys let RocksDB walk each table once; chunks bound the pinned memory.
  std::string keys;
  std::vector<std::pair<size_t, size_t>> spans(count);
  for (size_t i = 0; i < count; ++i) {
    spans[i] = {keys.size(), 4 + ids[i].size()};
    append_be32(keys, index);
    keys.append(ids[i]);
  }
  std::vector<uint32_t> order(count);
  for (size_t i = 0; i < count; ++i) order[i] = static_cast<uint32_t>(i);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return ids[a] < ids[b]; });
  constexpr size_t kChunk = 256;
  std::vector<rocksdb::Slice> slices(kChunk);
  std::vector<rocksdb::PinnableSlice> values(kChunk);
  std::vector<rocksdb::Status> statuses(kChunk);
  const rocksdb::ReadOptions options = read_options(snapshot);
  for (size_t begin = 0; begin < count; begin += kChunk) {
    const size_t n = std::min(kChunk, count - begin);
    for (size_t i = 0; i < n; ++i) {
      const auto& [offset, size] = spans[order[begin + i]];
      slices[i] = rocksdb::Slice(keys.data() + offset, size);
      values[i].Reset();
    }
    db().MultiGet(options, family(kIds), n, slices.data(), values.data(), statuses.data(), true);
    for (size_t i = 0; i < n; ++i) {
      if (statuses[i].IsNotFound()) continue;
      check_status(statuses[i], "cannot read ids");
      out[order[begin + i]] = live_entry(view(values[i]));
    }
  }
  return out;
}

void RocksStore::scan_ids(IndexKey index, const StoreSnapshot* snapshot,
                          const std::function<bool(std::string_view, const IdEntry&)>& visit) const {
  rocksdb::ReadOptions options = read_options(snapshot);
  options.fill_cache = false;
  std::string prefix;
  append_be32(prefix, index);
  const auto it = iterate(kIds, options);
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    IdEntry entry;
    uint64_t died = 0;
    if (!parse_id_entry(view(it->value()), entry, died)) fail(rocksdb::Status::Corruption(), "cannot read ids");
    if (!entry.deleted && !visit(view(it->key()).substr(4), entry)) return;
  }
  check_status(it->status(), "cannot read ids");
}

// ---- rows

std::shared_ptr<const RowDictionary> RocksStore::dictionary(IndexKey index, uint32_t id) const {
  const uint64_t key = uint64_t{index} << 32 | id;
  {
    std::shared_lock lock(dictionaries_mutex_);
    if (const auto it = dictionaries_.find(key); it != dictionaries_.end()) return it->second;
  }
  auto bytes = read_meta("dictionary", fmt::format("{:08x}/{:08x}", index, id));
  if (!bytes) throw ApiError(500, "store_exception", fmt::format("dictionary {} of index {} is missing", id, index));
  auto dictionary = std::make_shared<const RowDictionary>(id, std::move(*bytes));
  std::unique_lock lock(dictionaries_mutex_);
  return dictionaries_.emplace(key, std::move(dictionary)).first->second;
}

std::shared_ptr<const RowDictionary> RocksStore::dictionary(IndexKey index) const {
  {
    std::shared_lock lock(dictionaries_mutex_);
    if (const auto it = newest_dictionary_.find(index); it != newest_dictionary_.end()) return it->second;
  }
  const std::string prefix = meta_key("dictionary", fmt::format("{:08x}/", index));
  const auto it = iterate(kMeta, rocksdb::ReadOptions());
  it->SeekForPrev(prefix + "~");
  std::shared_ptr<const RowDictionary> newest;
  if (it->Valid() && it->key().starts_with(prefix)) {
    const std::string_view id = view(it->key()).substr(prefix.size());
    newest = dictionary(index, static_cast<uint32_t>(std::stoul(std::string(id), nullptr, 16)));
  }
  std::unique_lock lock(dictionaries_mutex_);
  return newest_dictionary_.emplace(index, std::move(newest)).first->second;
}

bool RocksStore::train_dictionary(IndexKey index, const std::vector<std::string>& samples) {
  const auto current = dictionary(index);
  std::string bytes = RowDictionary::train(samples);
  if (bytes.empty()) return false;
  const uint32_t id = current ? current->id() + 1 : 1;
  write_meta({{"dictionary", fmt::format("{:08x}/{:08x}", index, id), bytes}});
  auto dictionary = std::make_shared<const RowDictionary>(id, std::move(bytes));
  std::unique_lock lock(dictionaries_mutex_);
  dictionaries_[uint64_t{index} << 32 | id] = dictionary;
  newest_dictionary_[index] = std::move(dictionary);
  return true;
}

std::shared_ptr<const DecodedRowBlock> RocksStore::decode(IndexKey index, std::string_view value) const {
  RowBlockHeader header;
  if (!parse_row_block_header(value, header)) throw ApiError(500, "store_exception", "a block of rows is damaged");
  const auto named = header.dictionary == 0 ? nullptr : dictionary(index, header.dictionary);
  auto block = decode_row_block(value, header, named.get());
  if (!block) throw ApiError(500, "store_exception", "a block of rows is damaged");
  return block;
}

bool RocksStore::has_patches(IndexKey index) const {
  {
    std::shared_lock lock(patched_mutex_);
    if (const auto it = patched_.find(index); it != patched_.end()) return it->second;
  }
  const auto it = iterate(kPatches, rocksdb::ReadOptions());
  it->Seek(number_key(index, 0));
  const bool any = it->Valid() && read_be32(it->key().data()) == index;
  std::unique_lock lock(patched_mutex_);
  return patched_.emplace(index, any).first->second;
}

namespace {
/// The last row of the block at the iterator, which is its key; false if the iterator left the index.
bool block_end(const rocksdb::Iterator& it, IndexKey index, uint64_t& last) {
  if (!it.Valid() || it.key().size() != kNumberKeyBytes || read_be32(it.key().data()) != index) return false;
  last = read_be64(it.key().data() + 4);
  return true;
}

RowBlockHeader block_header(std::string_view value, uint64_t last) {
  RowBlockHeader header;
  if (!parse_row_block_header(value, header) || header.span == 0 || header.span > last + 1) {
    throw ApiError(500, "store_exception", "a block of rows is damaged");
  }
  return header;
}
}  // namespace

/// Calls visit(position in rows, row, delta) for each row that is there.
template <class Visit>
void RocksStore::visit_rows(IndexKey index, const std::vector<RowId>& rows, const StoreSnapshot* snapshot,
                            Visit&& visit) const {
  if (rows.empty()) return;
  const rocksdb::ReadOptions options = read_options(snapshot);
  const auto it = iterate(kRows, options);
  const bool patched = has_patches(index);
  static thread_local RowReader reader;  // its buffers are kept; what it points to is set anew below
  std::shared_ptr<const RowDictionary> dictionary;
  uint64_t first = 1, last = 0;  // of the block at hand: none
  rocksdb::PinnableSlice delta;
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint64_t row = rows[i].value;
    if (row < first || row > last) {
      it->Seek(number_key(index, row));
      first = 1, last = 0;
      uint64_t end = 0;
      if (!block_end(*it, index, end)) {
        check_status(it->status(), "cannot read rows");
        continue;
      }
      const RowBlockHeader header = block_header(view(it->value()), end);
      if (row + header.span <= end) continue;
      if (header.dictionary == 0) {
        dictionary = nullptr;
      } else if (!dictionary || dictionary->id() != header.dictionary) {
        dictionary = this->dictionary(index, header.dictionary);
      }
      if (!reader.open(view(it->value()), header, dictionary.get())) {
        throw ApiError(500, "store_exception", "a block of rows is damaged");
      }
      first = end + 1 - header.span;
      last = end;
    }
    RowView found;
    switch (reader.find(static_cast<uint32_t>(row - first), found)) {
      case RowReader::Found::kYes: break;
      case RowReader::Found::kMissing: continue;
      case RowReader::Found::kDamaged: throw ApiError(500, "store_exception", "a block of rows is damaged");
    }
    delta.Reset();
    std::string_view patch;
    if (patched) {
      const rocksdb::Status status = db().Get(options, family(kPatches), number_key(index, row), &delta);
      if (!status.IsNotFound()) check_status(status, "cannot read row patches");
      if (status.ok()) patch = view(delta);
    }
    visit(i, found, patch);
  }
}

std::string merged(std::string_view source, std::string_view delta) {
  if (delta.empty()) return std::string(source);
  std::string out;
  if (!merge_source(source, delta, out)) throw ApiError(500, "store_exception", "a row patch does not fit its row");
  return out;
}

std::vector<std::optional<StoredDocument>> RocksStore::read_rows(IndexKey index, const std::vector<RowId>& rows,
                                                                 const StoreSnapshot* snapshot) const {
  std::vector<std::optional<StoredDocument>> out(rows.size());
  visit_rows(index, rows, snapshot, [&](size_t i, const RowView& row, std::string_view delta) {
    out[i] = StoredDocument{std::string(row.id), std::string(row.routing), merged(row.source, delta)};
  });
  return out;
}

std::optional<StoredDocument> RocksStore::read_row(IndexKey index, RowId row, const StoreSnapshot* snapshot) const {
  return std::move(read_rows(index, {row}, snapshot).front());
}

std::vector<std::optional<RawRow>> RocksStore::read_raw_rows(IndexKey index, const std::vector<RowId>& rows,
                                                             const StoreSnapshot* snapshot) const {
  std::vector<std::optional<RawRow>> out(rows.size());
  visit_rows(index, rows, snapshot, [&](size_t i, const RowView& row, std::string_view delta) {
    out[i] = RawRow{std::string(row.id), std::string(row.routing), std::string(row.source), std::string(delta)};
  });
  return out;
}

std::optional<std::string> RocksStore::read_patch(IndexKey index, RowId row) const {
  std::string delta;
  const rocksdb::Status status =
      db().Get(rocksdb::ReadOptions(), family(kPatches), number_key(index, row.value), &delta);
  if (status.IsNotFound()) return std::nullopt;
  check_status(status, "cannot read row patches");
  return delta;
}

std::vector<std::string> RocksStore::read_patches(IndexKey index, const std::vector<RowId>& rows) const {
  std::vector<std::string> out(rows.size());
  if (!has_patches(index)) return out;
  constexpr size_t kChunk = 256;
  std::vector<std::string> keys(kChunk);
  std::vector<rocksdb::Slice> slices(kChunk);
  std::vector<rocksdb::PinnableSlice> values(kChunk);
  std::vector<rocksdb::Status> statuses(kChunk);
  for (size_t begin = 0; begin < rows.size(); begin += kChunk) {
    const size_t n = std::min(kChunk, rows.size() - begin);
    for (size_t i = 0; i < n; ++i) {
      keys[i] = number_key(index, rows[begin + i].value);
      slices[i] = keys[i];
      values[i].Reset();
    }
    db().MultiGet(rocksdb::ReadOptions(), family(kPatches), n, slices.data(), values.data(), statuses.data(), true);
    for (size_t i = 0; i < n; ++i) {
      if (statuses[i].IsNotFound()) continue;
      check_status(statuses[i], "cannot read row patches");
      out[begin + i] = view(values[i]);
    }
  }
  return out;
}

void RocksStore::scan_blocks(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                             const std::function<bool(RowId, std::string_view)>& visit) const {
  rocksdb::ReadOptions options = read_options(snapshot);
  options.fill_cache = false;
  options.readahead_size = 256 << 10;
  const auto it = iterate(kRows, options);
  uint64_t last = 0;
  for (it->Seek(number_key(index, from.value)); block_end(*it, index, last); it->Next()) {
    const uint64_t first = last + 1 - block_header(view(it->value()), last).span;
    if (first >= to.value || !visit(RowId(first), view(it->value()))) return;
  }
  check_status(it->status(), "cannot read rows");
}

void RocksStore::scan_patches(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                              const std::function<bool(RowId, std::string_view)>& visit) const {
  const auto it = iterate(kPatches, read_options(snapshot));
  for (it->Seek(number_key(index, from.value)); it->Valid() && read_be32(it->key().data()) == index; it->Next()) {
    const uint64_t row = read_be64(it->key().data() + 4);
    if (row >= to.value || !visit(RowId(row), view(it->value()))) return;
  }
  check_status(it->status(), "cannot read row patches");
}

RowId RocksStore::end_row(IndexKey index) const {
  const auto it = iterate(kRows, rocksdb::ReadOptions());
  it->SeekForPrev(number_key(index, UINT64_MAX));
  check_status(it->status(), "cannot read rows");
  uint64_t last = 0;
  return block_end(*it, index, last) ? RowId(last + 1) : RowId(0);
}

// ---- oplog

void RocksStore::scan_oplog(IndexKey index, SeqNo from,
                            const std::function<void(SeqNo, std::string_view)>& visit) const {
  const auto it = iterate(kOplog, rocksdb::ReadOptions());
  const uint64_t number = from.value < 0 ? 0 : static_cast<uint64_t>(from.value);
  it->SeekForPrev(number_key(index, number));
  if (!it->Valid() || read_be32(it->key().data()) != index) it->Seek(number_key(index, number));
  for (; it->Valid() && read_be32(it->key().data()) == index; it->Next()) {
    visit(SeqNo(static_cast<int64_t>(read_be64(it->key().data() + 4))), view(it->value()));
  }
  check_status(it->status(), "cannot read the oplog");
}

void RocksStore::trim_oplog(IndexKey index, SeqNo through) {
  if (through.value < 0) return;
  check_status(db().DeleteRange(rocksdb::WriteOptions(), family(kOplog), number_key(index, 0),
                                number_key(index, static_cast<uint64_t>(through.value) + 1)),
               "cannot trim the oplog");
}

// ---- writing

void RocksStore::commit(StoreBatch& batch, bool sync) {
  for (const IndexKey index : batch.impl().patched) {
    std::unique_lock lock(patched_mutex_);
    patched_[index] = true;
  }
  rocksdb::WriteOptions options;
  options.sync = sync;
  check_status(db().Write(options, &batch.impl().batch), "cannot write");
}

void RocksStore::flush() {
  rocksdb::FlushOptions options;
  std::vector<rocksdb::ColumnFamilyHandle*> all(handle_->families.begin(), handle_->families.end());
  all.push_back(handle_->anchor);  // else it would keep old logs alive
  check_status(db().Flush(options, all), "cannot flush the store");
  drop_anchor();
}

/// Whether the disk takes a small file.
bool RocksStore::takes_writes() const {
  rocksdb::Env& env = *db().GetEnv();
  const std::string path = db().GetName() + "/trial.tmp";
  std::unique_ptr<rocksdb::WritableFile> file;
  bool good = env.NewWritableFile(path, &file, rocksdb::EnvOptions()).ok() && file->Append(std::string(64 << 10, '\0')).ok() &&
              file->Sync().ok();
  if (file) good = file->Close().ok() && good;
  env.DeleteFile(path);
  return good;
}

bool RocksStore::resume() {
  if (!takes_writes() || !db().Resume().ok()) return false;
  drop_anchor();
  return true;
}

// ---- meta

void RocksStore::write_meta(const std::vector<MetaWrite>& writes) {
  StoreBatch batch(*this);
  for (const MetaWrite& write : writes) {
    if (write.value) {
      batch.put_meta(write.kind, write.name, *write.value);
    } else {
      batch.delete_meta(write.kind, write.name);
    }
  }
  commit(batch, true);
}

std::optional<std::string> RocksStore::read_meta(std::string_view kind, std::string_view name) const {
  std::string value;
  const rocksdb::Status status = db().Get(rocksdb::ReadOptions(), family(kMeta), meta_key(kind, name), &value);
  if (status.IsNotFound()) return std::nullopt;
  check_status(status, "cannot read metadata");
  return value;
}

std::vector<std::pair<std::string, std::string>> RocksStore::scan_meta(std::string_view kind) const {
  std::vector<std::pair<std::string, std::string>> out;
  const std::string prefix = meta_key(kind, "");
  const auto it = iterate(kMeta, rocksdb::ReadOptions());
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    out.emplace_back(view(it->key()).substr(prefix.size()), view(it->value()));
  }
  check_status(it->status(), "cannot read metadata");
  return out;
}

void RocksStore::delete_index(IndexKey index) {
  std::string begin, end;
  append_be32(begin, index);
  append_be32(end, index + 1);
  rocksdb::WriteBatch batch;
  // An index that is empty needs no range tombstones, which would slow every later read a little.
  for (const Family f : {kIds, kRows, kPatches, kOplog}) {
    const auto it = iterate(f, rocksdb::ReadOptions());
    it->Seek(begin);
    if (it->Valid() && it->key().starts_with(begin)) batch.DeleteRange(family(f), begin, end);
  }
  const std::string prefix = meta_key("dictionary", fmt::format("{:08x}/", index));
  const auto it = iterate(kMeta, rocksdb::ReadOptions());
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) batch.Delete(family(kMeta), it->key());
  check_status(db().Write(rocksdb::WriteOptions(), &batch), "cannot delete an index");
  for (const Family f : {kIds, kRows}) {  // whole tables go at once; the rest when RocksDB compacts
    const rocksdb::Slice from(begin), to(end);
    rocksdb::DeleteFilesInRange(&db(), family(f), &from, &to, false);
  }
  std::unique_lock lock(dictionaries_mutex_);
  newest_dictionary_.erase(index);
  std::erase_if(dictionaries_, [&](const auto& entry) { return entry.first >> 32 == index; });
}

uint64_t RocksStore::disk_bytes(IndexKey index) const {
  std::string begin, end;
  append_be32(begin, index);
  append_be32(end, index + 1);
  const rocksdb::Range range(begin, end);
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.include_files = true;
  uint64_t total = 0;
  for (const Family f : {kIds, kRows, kPatches, kOplog}) {
    uint64_t bytes = 0;
    if (db().GetApproximateSizes(options, family(f), &range, 1, &bytes).ok()) total += bytes;
  }
  return total;
}

size_t RocksStore::memory_bytes() const {
  uint64_t readers = 0;
  for (auto* f : handle_->families) {
    uint64_t bytes = 0;
    if (db().GetIntProperty(f, rocksdb::DB::Properties::kEstimateTableReadersMem, &bytes)) readers += bytes;
  }
  return cache_->GetUsage() + write_buffers_->memory_usage() + readers;
}

}  // namespace

std::unique_ptr<EngineStore> EngineStore::open_engine_store(const Options& options) {
  return std::make_unique<RocksStore>(options);
}

std::unique_ptr<Store> Store::open(const Options& options) { return EngineStore::open_engine_store(options); }

}  // namespace tarn
