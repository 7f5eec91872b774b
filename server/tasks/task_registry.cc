#include "server/tasks/task_registry.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "indexer/index_names.h"

namespace tarn::server {

namespace {

constexpr uint64_t kNumberBlock = 100'000;   // numbers reserved with one write to the store
constexpr size_t kDetachedMax = 100;
constexpr int64_t kNoteEveryMs = 3000;

}  // namespace

TaskRegistry::TaskRegistry(Catalog& catalog, std::string node_id) : node_id_(std::move(node_id)), results_(catalog) {}

TaskRegistry::~TaskRegistry() { stop(); }

std::shared_ptr<Task> TaskRegistry::start(Task::Facts facts) {
  const std::lock_guard lock(mutex_);
  if (next_ == block_end_) {
    next_ = results_.next_number_block(kNumberBlock);
    block_end_ = next_ + kNumberBlock;
  }
  const uint64_t number = next_++;
  std::shared_ptr<Task> task(new Task(number, std::move(facts)), [this](Task* gone) {
    remove(gone->number);
    delete gone;
  });
  tasks_.emplace(number, task);
  if (stopping_) task->cancel("the node is stopping");
  return task;
}

void TaskRegistry::remove(uint64_t number) {
  const std::lock_guard lock(mutex_);
  tasks_.erase(number);
  ended_.notify_all();
}

std::shared_ptr<Task> TaskRegistry::find(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto it = tasks_.find(number);
  return it == tasks_.end() ? nullptr : it->second.lock();
}

std::vector<std::shared_ptr<Task>> TaskRegistry::list() const {
  std::vector<std::shared_ptr<Task>> out;
  const std::lock_guard lock(mutex_);
  out.reserve(tasks_.size());
  for (const auto& [number, weak] : tasks_) {
    if (auto task = weak.lock()) out.push_back(std::move(task));
  }
  return out;
}

void TaskRegistry::cancel(const std::shared_ptr<Task>& task, const std::string& reason) {
  task->cancel(reason);
  for (const auto& child : list()) {
    if (child->facts.parent == task->number) child->cancel(reason);
  }
}

bool TaskRegistry::wait_until_done(const std::vector<uint64_t>& numbers, int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] {
    return std::none_of(numbers.begin(), numbers.end(), [&](uint64_t number) { return tasks_.contains(number); });
  });
}

void TaskRegistry::run_detached(std::shared_ptr<Task> task, std::function<Outcome()> work) {
  const std::string id = id_of(*task);
  results_.note_running(id, task->to_json(node_id_, true));
  std::unique_lock lock(mutex_);
  join_done(lock);
  if (detached_.size() >= kDetachedMax || stopping_) {
    lock.unlock();
    results_.note_finished(id, Json{{"completed", true}, {"task", task->to_json(node_id_, true)}});
    throw ApiError(429, "rejected_execution_exception", "too many tasks run in the background already");
  }
  Detached& mine = detached_.emplace_back();
  mine.task = std::move(task);
  mine.noted_ms = now_ms();
  mine.thread = std::thread([this, &mine, work = std::move(work)]() mutable {
    Outcome outcome;
    try {
      outcome = work();
    } catch (const ApiError& error) {
      outcome.error = error.error().to_json();
    } catch (const std::exception& error) {
      spdlog::error("task {} failed: {}", id_of(*mine.task), error.what());
      outcome.error = Json{{"type", "exception"}, {"reason", error.what()}};
    }
    work = nullptr;  // whatever it holds goes before the thread counts as done
    finish_detached(mine, outcome);
  });
}

void TaskRegistry::finish_detached(Detached& detached, const Outcome& outcome) {
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  // Stopped with the node: its record stays, and the next start tells.
  if (!(stopping && detached.task->cancelled())) {
    Json result{{"completed", true}, {"task", detached.task->to_json(node_id_, true)}};
    if (outcome.response.is_null()) result["error"] = outcome.error;
    else result["response"] = outcome.response;
    try {
      results_.note_finished(id_of(*detached.task), result);
    } catch (const std::exception& error) {
      spdlog::error("the result of task {} could not be stored: {}", id_of(*detached.task), error.what());
    }
  } else {
    try {
      results_.note_running(id_of(*detached.task), detached.task->to_json(node_id_, true));
    } catch (const std::exception& error) {
      spdlog::error("the progress of task {} could not be stored: {}", id_of(*detached.task), error.what());
    }
  }
  std::shared_ptr<Task> last;
  {
    const std::lock_guard lock(mutex_);
    last = std::move(detached.task);
  }
  last.reset();  // takes the lock
  const std::lock_guard lock(mutex_);
  detached.done = true;
}

void TaskRegistry::join_done(std::unique_lock<std::mutex>&) {
  for (auto it = detached_.begin(); it != detached_.end();) {
    if (!it->done) {
      ++it;
      continue;
    }
    it->thread.join();  // it has nothing left to do
    it = detached_.erase(it);
  }
}

void TaskRegistry::note_progress(const Task& task) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = std::find_if(detached_.begin(), detached_.end(), [&](const Detached& d) { return d.task.get() == &task; });
    if (it == detached_.end() || now_ms() - it->noted_ms < kNoteEveryMs) return;
    it->noted_ms = now_ms();
  }
  results_.note_running(id_of(task), task.to_json(node_id_, true));
}

void TaskRegistry::stop() {
  std::list<Detached> rest;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  for (const auto& task : list()) {
    if (task->facts.cancellable) task->cancel("the node is stopping");
  }
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    for (Detached& detached : detached_) threads.push_back(std::move(detached.thread));
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tarn::server
