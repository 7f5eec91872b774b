#include "indexer/engine.h"

#include <malloc.h>

#include "indexer/base/id_generator.h"
#include "indexer/engine_impl.h"
#include "indexer/prepare.h"

namespace tarn {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
// A writer that waited this long for builders and flushes (30 s) is told to come again. Counted in waits, not by the clock,
// which leaps where a virtual machine was paused.
constexpr auto kBacklogWait = std::chrono::milliseconds(100);
constexpr int kBacklogWaitsMax = 300;
// Rounds in which updates are computed anew because others changed the document between look-up and commit; then it is a
// conflict. These rounds are not those of retry_on_conflict: an update that is computed anew has the outcome that OpenSearch
// gives where the two requests come one after the other, which is always allowed; a 409 would be so only where they cross within
// the microseconds between its read and its write, while here the crossing lasts as long as the other's whole bulk request.
constexpr int kRoundsMax = 100;

Engine::Options checked(Engine::Options options) {
  options.memory_bytes = std::max<size_t>(options.memory_bytes, 32 << 20);
  options.background_threads = std::max(1, options.background_threads);
  return options;
}

Store::Options store_options(const Engine::Options& options) {
  Store::Options out;
  out.directory = options.data_directory / "store";
  out.block_cache_bytes = std::max<size_t>(options.memory_bytes / 8, 4 << 20);
  out.write_buffer_bytes = std::max<size_t>(options.memory_bytes / 16, 4 << 20);
  out.env = options.store_env;
  out.log = options.log;
  return out;
}

}  // namespace

int WriteOutcome::status() const {
  if (error) return error->status;
  if (result == WriteResult::kCreated) return 201;
  return result == WriteResult::kNotFound ? 404 : 200;
}

// Of the memory: 1/8 RocksDB's cache, 1/16 its write buffers, 1/8 documents without a segment, 1/4 young segments (1/2 at
// the worst), 1/8 decoded postings.
EngineShared::EngineShared(Engine::Options given)
    : options(checked(std::move(given))),
      store(EngineStore::open_engine_store(store_options(options))),
      postings(options.memory_bytes / 8),
      pool(options.background_threads),
      guests(options.background_threads),
      pending_bytes_max(options.memory_bytes / 8),
      pending_bytes_build(options.memory_bytes / 16),
      young_bytes_flush(options.memory_bytes / 4),
      young_bytes_max(options.memory_bytes / 2) {}

std::unique_ptr<Engine> Engine::open(Options options) {
  // Many arenas keep freed memory from each other; two are enough for the few threads that allocate much.
  mallopt(M_ARENA_MAX, 4);
  return std::make_unique<EngineImpl>(std::move(options));
}

EngineImpl::EngineImpl(Options options)
    : owner_(std::make_shared<EngineShared>(std::move(options))), shared_(*owner_), committer_(shared_), indices_directory_(shared_.options.data_directory / "indices") {
  std::filesystem::create_directories(indices_directory_);
  shared_.commits.set_commit([this](const std::vector<PreparedRequest*>& requests) { committer_.commit(requests); });
  open_indices();
  remove_stray_directories();
  timer_ = std::thread([this] { keep_time(); });
}

EngineImpl::~EngineImpl() {
  {
    std::lock_guard lock(timer_mutex_);
    shared_.stopping = true;
  }
  timer_wake_.notify_all();
  if (timer_.joinable()) timer_.join();
  shared_.pool.stop();
  shared_.guests.stop();
  for (const auto& [name, index] : indices_) index->close_down(shared_.options.flush_on_close);
  if (shared_.options.flush_on_close) {
    try {
      shared_.store->flush();
    } catch (const std::exception& error) {
      shared_.log(error.what());
    }
  }
  indices_.clear();
}

void EngineImpl::open_indices() {
  for (const auto& [name, record] : shared_.store->scan_meta("index")) {
    auto index = IndexImpl::from_record(owner_, indices_directory_, name, record);
    index->recover();
    index->start_repairs();
    index->start_verification();
    indices_.emplace(name, std::move(index));
  }
}

/// Directories of indices whose deletion a crash interrupted.
void EngineImpl::remove_stray_directories() const {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(indices_directory_, error)) {
    const std::string uuid = item.path().filename().string();
    const bool known = std::any_of(indices_.begin(), indices_.end(),
                                   [&](const auto& entry) { return entry.second->uuid() == uuid; });
    if (!known) std::filesystem::remove_all(item.path(), error);
  }
}

EngineImpl::Indices EngineImpl::snapshot() const {
  std::shared_lock lock(indices_mutex_);
  return indices_;
}

std::shared_ptr<IndexImpl> EngineImpl::find_impl(std::string_view name) const {
  std::shared_lock lock(indices_mutex_);
  const auto it = indices_.find(name);
  return it != indices_.end() ? it->second : nullptr;
}

std::shared_ptr<IndexImpl> EngineImpl::existing(const std::string& name) const {
  auto index = find_impl(name);
  if (index) return index;
  throw ApiError(Error(404, "index_not_found_exception", fmt::format("no such index [{}]", name))
                     .with("index", name)
                     .with("index_uuid", "_na_"));
}

std::vector<std::shared_ptr<Index>> EngineImpl::indices() const {
  std::shared_lock lock(indices_mutex_);
  std::vector<std::shared_ptr<Index>> out;
  for (const auto& [name, index] : indices_) out.push_back(index);
  return out;
}

std::shared_ptr<Index> EngineImpl::create_index(const std::string& name, std::shared_ptr<const IndexSettings> settings,
                                                const Json& mappings) {
  std::lock_guard creating(create_mutex_);
  if (const auto there = find_impl(name)) {
    throw ApiError(Error(400, "resource_already_exists_exception",
                         fmt::format("index [{}/{}] already exists", name, there->uuid()))
                       .with("index", name)
                       .with("index_uuid", there->uuid()));
  }
  auto mapping = IndexImpl::create_mapping(mappings, *settings);
  const auto setting = [&](const char* key) {
    const auto it = settings->flat.find(key);
    return it != settings->flat.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  const auto next = shared_.store->read_meta("engine", "next_index_key");
  IndexIdentity identity;
  identity.key = next ? static_cast<IndexKey>(std::stoul(*next)) : 1;
  identity.name = name;
  identity.uuid = setting("index.uuid");
  if (identity.uuid.empty() || identity.uuid == "_na_") identity.uuid = generate_uuid();
  const std::string created = setting("index.creation_date");
  identity.creation_date_ms =
      !created.empty() ? std::stoll(created)
                       : std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch()).count();
  identity.directory = indices_directory_ / identity.uuid;
  auto index = std::make_shared<IndexImpl>(owner_, identity, std::move(settings), std::move(mapping), false);
  shared_.store->write_meta({{"engine", "next_index_key", std::to_string(identity.key + 1)},
                             {"index", name, index->record()}});
  index->recover();
  std::unique_lock lock(indices_mutex_);
  indices_.emplace(name, index);
  return index;
}

void EngineImpl::delete_index(const std::string& name) {
  std::lock_guard deleting(create_mutex_);
  const auto index = existing(name);
  {
    std::unique_lock lock(indices_mutex_);
    indices_.erase(name);
  }
  // Between two commits: none may write to it afterwards.
  shared_.commits.run_exclusive([&] {
    index->mark_deleted();
    shared_.store->write_meta({{"index", name, std::nullopt},
                               {"persisted", fmt::format("{:08x}", index->key()), std::nullopt}});
    shared_.store->delete_index(index->key());
  });
  shared_.backlog_changed();
}

// ---- writing

void EngineImpl::wait_for_backlog() {
  const auto fits = [&] {
    return shared_.pending_bytes < shared_.pending_bytes_max && shared_.young_bytes < shared_.young_bytes_max;
  };
  if (fits()) return;
  for (int waits = 0; !fits();) {
    const bool young = shared_.young_bytes >= shared_.young_bytes_max;
    std::shared_ptr<IndexImpl> largest;
    size_t most = 0;
    for (const auto& [name, index] : snapshot()) {
      const size_t bytes = young ? index->young_bytes() : index->memtable_bytes();
      if (bytes >= most) {
        largest = index;
        most = bytes;
      }
    }
    if (largest) young ? largest->schedule_flush() : largest->schedule_build();
    std::unique_lock lock(shared_.backlog_mutex);
    if (shared_.stopping || waits >= kBacklogWaitsMax) {
      throw ApiError(429, "rejected_execution_exception",
                     "rejected execution of a write: segments cannot be built and flushed as fast as documents come");
    }
    if (shared_.backlog_shrank.wait_for(lock, kBacklogWait) == std::cv_status::timeout) ++waits;
  }
}

std::vector<WriteOutcome> EngineImpl::write(const WriteRequest& request) {
  if (request.ops.empty()) return {};
  if (!request.idempotency_key.empty()) {
    if (auto known = find_idempotent(*shared_.store, request.idempotency_key)) return std::move(*known);
  }
  wait_for_backlog();
  auto& index = static_cast<IndexImpl&>(*request.ops.front().index);
  const auto begin = Clock::now();
  ++index.counters.index_current;
  const auto finished = [&] {
    --index.counters.index_current;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    const bool deletes = request.ops.front().type == WriteType::kDelete;
    (deletes ? index.counters.delete_us : index.counters.index_us) += static_cast<uint64_t>(us);
  };
  try {
    auto outcomes = write_rounds(request);
    index.train_dictionary_if_due();
    finished();
    return outcomes;
  } catch (...) {
    finished();
    throw;
  }
}

std::vector<WriteOutcome> EngineImpl::write_rounds(const WriteRequest& request) {
  std::vector<WriteOutcome> outcomes(request.ops.size());
  PreparedRequest prepared;
  prepared.ops = request.ops;
  prepared.outcomes = &outcomes;
  prepared.prepared.resize(request.ops.size());
  prepared.idempotency_key = request.idempotency_key;
  prepared.order.resize(request.ops.size());
  for (uint32_t i = 0; i < prepared.order.size(); ++i) prepared.order[i] = i;
  for (int round = 0;; ++round) {
    prepared.epoch = committer_.epoch();
    prepare(shared_, prepared);
    shared_.commits.run(prepared);
    if (prepared.seen_before) {
      if (auto known = find_idempotent(*shared_.store, request.idempotency_key)) return std::move(*known);
      prepared.seen_before = false;
      continue;  // the other request with this key failed
    }
    if (prepared.deferred.empty()) return outcomes;
    if (round >= kRoundsMax) break;
    prepared.order = prepared.deferred;
  }
  for (const uint32_t i : prepared.deferred) {
    const auto entry = prepared.prepared[i].entry;
    const auto& index = static_cast<const IndexImpl&>(*request.ops[i].index);
    outcomes[i].error = seq_no_conflict(index, outcomes[i].id, entry ? entry->seq_no.value : kNoSeqNo.value, 1,
                                        shared_.store->find_id(index.key(), outcomes[i].id, nullptr));
  }
  return outcomes;
}

// ---- background

void EngineImpl::keep_time() {
  auto last_sync = Clock::now(), last_expiry = Clock::now();
  std::unique_lock lock(timer_mutex_);
  while (!shared_.stopping) {
    timer_wake_.wait_for(lock, kTick);
    if (shared_.stopping) return;
    lock.unlock();
    const auto now = Clock::now();
    const Indices all = snapshot();
    int64_t sync_interval_ms = INT64_MAX;
    for (const auto& [name, index] : all) {
      try {
        index->tick(now);
        sync_interval_ms = std::min(sync_interval_ms, index->settings()->sync_interval_ms);
      } catch (const std::exception& error) {
        shared_.log(fmt::format("index [{}]: {}", name, error.what()));
      }
    }
    try {
      if (shared_.unsynced && now - last_sync >= std::chrono::milliseconds(std::min<int64_t>(sync_interval_ms, 5000))) {
        last_sync = now;
        shared_.unsynced = false;
        shared_.store->sync();
      }
      if (now - last_expiry >= std::chrono::hours(1)) {
        last_expiry = now;
        expire_idempotent(*shared_.store);
      }
    } catch (const std::exception& error) {
      shared_.log(error.what());
    }
    lock.lock();
  }
}

Engine::MemoryUse EngineImpl::memory_use() const {
  MemoryUse use;
  use.store = shared_.store->memory_bytes();
  use.memtables = shared_.pending_bytes;
  use.young_segments = shared_.young_bytes;
  use.posting_cache = shared_.postings.memory_bytes();
  for (const auto& [name, index] : snapshot()) use.flushed_segments += index->flushed_memory_bytes();
  return use;
}

void set_stored_query_check(Engine& engine, StoredQueryCheck check) {
  static_cast<EngineImpl&>(engine).set_stored_query_check(std::move(check));
}

}  // namespace tarn
