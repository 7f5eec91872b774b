#include "server/http/worker_pool.h"

#include <pthread.h>

#include <algorithm>

namespace tarn::http {

WorkerPool::WorkerPool(std::string name, int threads, size_t queue_max)
    : name_(std::move(name)), queue_max_(queue_max) {
  for (int i = 0; i < std::max(threads, 1); ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(std::unique_ptr<Job>& job) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() >= queue_max_) {
      ++rejected_;
      return false;
    }
    queue_.push_back(std::move(job));
    wake = sleeping_ > 0;
  }
  if (wake) wake_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::deque<std::unique_ptr<Job>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

PoolStats WorkerPool::stats() const {
  const std::lock_guard lock(mutex_);
  return {name_, static_cast<int>(threads_.size()), queue_max_, queue_.size(), active_, largest_, rejected_, completed_};
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopped_) {
      ++sleeping_;
      wake_.wait(lock);
      --sleeping_;
    }
    if (stopped_) return;
    std::unique_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    largest_ = std::max(largest_, ++active_);
    lock.unlock();
    job->run();
    job.reset();  // outside the lock: it may hold the last reference to a session
    lock.lock();
    --active_;
    ++completed_;
  }
}

}  // namespace tarn::http
