#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tarn::http {

/// What a worker thread runs once.
class Job {
 public:
  virtual ~Job() = default;
  virtual void run() = 0;
};

/// Counters of a pool, as `_cat/thread_pool` and `_nodes/stats` show them.
struct PoolStats {
  std::string name;
  int threads = 0;
  size_t queue_max = 0;
  size_t queued = 0;
  size_t active = 0;
  size_t largest = 0;  ///< most threads active at once
  uint64_t rejected = 0;
  uint64_t completed = 0;
};

/// A few threads and a bounded queue.
class WorkerPool {
 public:
  WorkerPool(std::string name, int threads, size_t queue_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Takes the job, unless the queue is full or the pool stopped: then returns false and the job stays the caller's.
  bool submit(std::unique_ptr<Job>& job);
  /// Drops what is queued, waits for what runs. Idempotent.
  void stop();
  PoolStats stats() const;

 private:
  void work();

  const std::string name_;
  const size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> queue_;  // guarded by mutex_, like all below
  size_t sleeping_ = 0;
  size_t active_ = 0;
  size_t largest_ = 0;
  uint64_t rejected_ = 0;
  uint64_t completed_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tarn::http
