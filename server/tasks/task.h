#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "indexer/base/json.h"

namespace tarn::server {

/// Something that the node does for a client: what _tasks shows, and what can be cancelled. Thread-safe.
class Task {
 public:
  struct Facts {
    std::string action;                ///< "indices:data/write/reindex"
    std::string description;
    std::string type = "transport";
    std::string opaque_id;             ///< X-Opaque-Id; "" if none
    uint64_t parent = 0;               ///< number of the task that began this one; 0: none
    bool cancellable = false;
  };
  Task(uint64_t number, Facts facts);

  const uint64_t number;
  const Facts facts;
  const int64_t start_ms;

  /// Whoever works for the task looks at it between steps. Shared with what may outlive the task.
  bool cancelled() const { return flag_->load(std::memory_order_relaxed); }
  const std::shared_ptr<std::atomic<bool>>& flag() const { return flag_; }
  /// The first reason stays.
  void cancel(const std::string& reason);
  std::string cancel_reason() const;   ///< "" if not cancelled

  /// What `status` shows from now on; called on any thread. Empty: no status.
  void set_status(std::function<Json()> status);
  /// Called once, on the thread that cancels; at once if that has happened already.
  void on_cancel(std::function<void()> callback);
  /// What changes the requests a second of a task that can be throttled.
  void set_speed_control(std::function<void(float)> control);
  /// False if the task cannot be throttled.
  bool set_speed(float requests_per_second);
  int64_t running_ns() const;

  /// As _tasks lists it. `detailed`: with status and description.
  Json to_json(const std::string& node_id, bool detailed) const;

 private:
  const std::chrono::steady_clock::time_point started_;
  const std::shared_ptr<std::atomic<bool>> flag_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::string reason_;
  int64_t cancelled_ms_ = 0;
  std::function<Json()> status_;
  std::function<void()> on_cancel_;
  std::function<void(float)> speed_;
};

}  // namespace tarn::server
