#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn {

/// A few threads with two queues. Heavy tasks (flush, merge) never take the last thread, so that quick ones (building what
/// writers wait for) go on beside them; with one thread they take turns. Tasks must not throw. Thread-safe.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();  ///< stop()
  void run(std::function<void()> task);
  void run_heavy(std::function<void()> task);
  /// Waits for running tasks, forgets waiting ones.
  void stop();

 private:
  void work();
  const int heavy_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<std::function<void()>> quick_, heavy_;
  int heavy_running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Runs task(0) .. task(count - 1), on the caller's thread and, where the pool has time, on its threads. Returns when all
/// are done; rethrows the first exception. Never waits for a task that no thread has begun, so it cannot deadlock.
void run_parallel(ThreadPool& pool, size_t count, const std::function<void(size_t)>& task);

}  // namespace tarn
