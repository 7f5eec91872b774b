#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "indexer/base/error.h"
#include "server/tasks/task.h"
#include "server/tasks/task_results.h"

namespace tarn::server {

/// What the node is doing: every running task by its number. Thread-safe.
class TaskRegistry {
 public:
  TaskRegistry(Catalog& catalog, std::string node_id);
  ~TaskRegistry();

  const std::string& node_id() const { return node_id_; }
  std::string id_of(const Task& task) const { return node_id_ + ":" + std::to_string(task.number); }
  TaskResults& results() { return results_; }

  /// Registers a task until the pointer that this returns is the last but the registry's own: it leaves with its owner.
  std::shared_ptr<Task> start(Task::Facts facts);
  std::shared_ptr<Task> find(uint64_t number) const;          ///< null if it does not run (any more)
  std::vector<std::shared_ptr<Task>> list() const;            ///< by number
  /// Cancels the task and those it began.
  void cancel(const std::shared_ptr<Task>& task, const std::string& reason);
  /// False if one of `numbers` still runs after `timeout_ms`.
  bool wait_until_done(const std::vector<uint64_t>& numbers, int64_t timeout_ms);

  /// What a task without a waiting client comes to: its answer's body, or what went wrong.
  struct Outcome {
    Json response;                                            ///< null: `error` says why
    Json error;
  };
  /// Runs `work` on a thread of its own; the outcome goes to the results. `work` gives up soon where the task is cancelled.
  /// Throws 429 rejected_execution_exception where too many run already.
  void run_detached(std::shared_ptr<Task> task, std::function<Outcome()> work);
  /// Keeps the record of a detached task's progress fresh; writes every few seconds at most.
  void note_progress(const Task& task);

  /// Cancels what runs and waits for detached tasks; those have no result then, and are told as cut at the next start.
  void stop();

 private:
  struct Detached {
    std::thread thread;
    std::shared_ptr<Task> task;
    int64_t noted_ms = 0;
    bool done = false;
  };
  void remove(uint64_t number);
  void join_done(std::unique_lock<std::mutex>& lock);
  void finish_detached(Detached& detached, const Outcome& outcome);

  const std::string node_id_;
  TaskResults results_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  // Guarded by mutex_.
  std::map<uint64_t, std::weak_ptr<Task>> tasks_;
  std::list<Detached> detached_;
  uint64_t next_ = 0, block_end_ = 0;
  bool stopping_ = false;
};

}  // namespace tarn::server
