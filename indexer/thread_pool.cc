#include "indexer/thread_pool.h"

#include <atomic>
#include <exception>
#include <memory>

namespace tarn {

ThreadPool::ThreadPool(int threads) : heavy_max_(std::max(1, threads - 1)) {
  for (int i = 0; i < std::max(1, threads); ++i) threads_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::run(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    quick_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void ThreadPool::run_heavy(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    heavy_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void ThreadPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    quick_.clear();
    heavy_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto ready = [&] { return stopping_ || !quick_.empty() || (!heavy_.empty() && heavy_running_ < heavy_max_); };
    wake_.wait(lock, ready);
    if (stopping_) return;
    const bool heavy = quick_.empty();
    auto& queue = heavy ? heavy_ : quick_;
    std::function<void()> task = std::move(queue.front());
    queue.pop_front();
    heavy_running_ += heavy;
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    heavy_running_ -= heavy;
    if (heavy) wake_.notify_one();
  }
}

void run_parallel(ThreadPool& pool, size_t count, const std::function<void(size_t)>& task) {
  if (count <= 1) {
    if (count == 1) task(0);
    return;
  }
  struct Shared {
    const std::function<void(size_t)>* task;
    size_t count;
    std::atomic<size_t> next{0};
    std::mutex mutex;
    std::condition_variable changed;
    size_t running = 0;          // guarded by mutex
    std::exception_ptr failure;  // guarded by mutex
    bool closed = false;         // guarded by mutex: `task` may be gone
  };
  auto shared = std::make_shared<Shared>();
  shared->task = &task;
  shared->count = count;
  const auto work = [](Shared& s) {
    {
      std::lock_guard lock(s.mutex);
      if (s.closed) return;
      ++s.running;
    }
    for (size_t i = s.next++; i < s.count; i = s.next++) {
      try {
        (*s.task)(i);
      } catch (...) {
        std::lock_guard lock(s.mutex);
        if (!s.failure) s.failure = std::current_exception();
      }
    }
    std::lock_guard lock(s.mutex);
    --s.running;
    s.changed.notify_all();
  };
  for (size_t i = 1; i < count; ++i) pool.run([shared, work] { work(*shared); });
  work(*shared);
  std::unique_lock lock(shared->mutex);
  shared->changed.wait(lock, [&] { return shared->running == 0; });
  shared->closed = true;
  if (shared->failure) std::rethrow_exception(shared->failure);
}

}  // namespace tarn
