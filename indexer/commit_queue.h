#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

namespace tarn {

struct PreparedRequest;

/// Where all writes of the engine meet: one thread at a time, the leader, takes everything that waits and commits it as one
/// batch with one sync; the others wait for their result. Whoever holds this role owns memtables, row and sequence
/// numbers. Thread-safe.
class CommitQueue {
 public:
  /// Commits a group; throws what fails all of it. Failures of one request go into PreparedRequest::failure.
  using Commit = std::function<void(const std::vector<PreparedRequest*>&)>;
  void set_commit(Commit commit) { commit_ = std::move(commit); }

  /// Returns when the request is committed; throws what went wrong.
  void run(PreparedRequest& request);
  /// Runs `task` between two commits, alone.
  void run_exclusive(const std::function<void()>& task);

 private:
  struct Item {
    PreparedRequest* request = nullptr;
    const std::function<void()>* task = nullptr;
    bool done = false;
    std::exception_ptr failure;
    std::condition_variable wake;
  };
  void submit(Item& item);
  void lead(const std::vector<Item*>& group);

  Commit commit_;  // constant after construction of the engine
  std::mutex mutex_;
  // Guarded by mutex_.
  std::deque<Item*> waiting_;
  bool led_ = false;
};

}  // namespace tarn
