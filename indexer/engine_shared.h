#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

#include "indexer/commit_queue.h"
#include "indexer/engine.h"
#include "indexer/stored_queries.h"
#include "indexer/store/write_batch.h"
#include "indexer/thread_pool.h"

namespace tarn {

/// What the engine and its indices share. Outlives every index.
struct EngineShared {
  explicit EngineShared(Engine::Options given);

  const Engine::Options options;
  std::unique_ptr<EngineStore> store;
  PostingCache postings;
  CommitQueue commits;
  ThreadPool pool;     ///< build (quick), flush and merge (heavy)
  ThreadPool guests;   ///< Engine::run_in_background
  StoredQueryCheck stored_query_check;   ///< set before anything is written; may be empty

  // Shares of options.memory_bytes.
  const size_t pending_bytes_max;      ///< parsed documents without a segment; writers wait above
  const size_t pending_bytes_build;    ///< of one index: a build begins
  const size_t young_bytes_flush;      ///< young segments: the largest index flushes
  const size_t young_bytes_max;        ///< writers wait above

  // Atomic: counted by committers and builders, read by waiting writers without a lock.
  std::atomic<size_t> pending_bytes{0};
  std::atomic<size_t> young_bytes{0};
  std::atomic<bool> stopping{false};
  std::atomic<bool> unsynced{false};   ///< commits without sync since the last sync

  std::mutex backlog_mutex;
  std::condition_variable backlog_shrank;

  void log(std::string_view line) const {
    if (options.log) options.log(line);
  }
  void backlog_changed() {
    std::lock_guard lock(backlog_mutex);
    backlog_shrank.notify_all();
  }
};

}  // namespace tarn
