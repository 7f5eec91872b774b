#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include <chrono>

#include "indexer/store/rocks_store.h"

namespace tarn {

namespace {

constexpr std::array<const char*, kFamilies> kFamilyNames = {"meta", "ids", "rows", "row_patches", "oplog"};

/// The layout of keys and values; raised whenever a store of before cannot be read any more.
constexpr const char* kFormat = "2";

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

}  // namespace

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

}  // namespace tarn
