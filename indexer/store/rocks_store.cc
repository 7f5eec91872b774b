#include "indexer/store/rocks_store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <chrono>

namespace tarn {

uint64_t now_seconds() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

void fail(const rocksdb::Status& status, std::string_view what) {
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

std::string meta_key(std::string_view kind, std::string_view name) {
  std::string key(kind);
  key.push_back('\0');
  key.append(name);
  return key;
}

// ---- ids

static std::optional<IdEntry> live_entry(std::string_view value) {
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

std::unique_ptr<EngineStore> EngineStore::open_engine_store(const Options& options) {
  return std::make_unique<RocksStore>(options);
}

std::unique_ptr<Store> Store::open(const Options& options) { return EngineStore::open_engine_store(options); }

}  // namespace tarn

