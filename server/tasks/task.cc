#include "server/tasks/task.h"

#include "indexer/index_names.h"

namespace tarn::server {

Task::Task(uint64_t number, Facts facts)
    : number(number), facts(std::move(facts)), start_ms(now_ms()), started_(std::chrono::steady_clock::now()),
      flag_(std::make_shared<std::atomic<bool>>(false)) {}

void Task::cancel(const std::string& reason) {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (!reason_.empty()) return;
    reason_ = reason;
    cancelled_ms_ = now_ms();
    flag_->store(true);
    callback = std::move(on_cancel_);
    on_cancel_ = nullptr;
  }
  if (callback) callback();
}

std::string Task::cancel_reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

void Task::set_status(std::function<Json()> status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

void Task::on_cancel(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (reason_.empty()) {
      on_cancel_ = std::move(callback);
      return;
    }
  }
  callback();
}

void Task::set_speed_control(std::function<void(float)> control) {
  const std::lock_guard lock(mutex_);
  speed_ = std::move(control);
}

bool Task::set_speed(float requests_per_second) {
  std::function<void(float)> control;
  {
    const std::lock_guard lock(mutex_);
    control = speed_;
  }
  if (control) control(requests_per_second);
  return control != nullptr;
}

int64_t Task::running_ns() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - started_).count();
}

Json Task::to_json(const std::string& node_id, bool detailed) const {
  Json out{{"node", node_id}, {"id", number}, {"type", facts.type}, {"action", facts.action}};
  std::function<Json()> status;
  int64_t cancelled_ms = 0;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
    cancelled_ms = cancelled_ms_;
  }
  if (detailed) {
    if (status) out["status"] = status();
    out["description"] = facts.description;
  }
  out["start_time_in_millis"] = start_ms;
  out["running_time_in_nanos"] = running_ns();
  out["cancellable"] = facts.cancellable;
  out["cancelled"] = cancelled_ms != 0;
  if (facts.parent != 0) out["parent_task_id"] = node_id + ":" + std::to_string(facts.parent);
  out["headers"] = Json::object();
  if (!facts.opaque_id.empty()) out["headers"]["X-Opaque-Id"] = facts.opaque_id;
  if (cancelled_ms != 0) out["cancellation_time_millis"] = cancelled_ms;
  return out;
}

}  // namespace tarn::server
