#include "server/cli/concurrency_limit.h"

#include <algorithm>

namespace tarn::cli {

void ConcurrencyLimit::acquire() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return under_way_ < static_cast<int>(limit_); });
  ++under_way_;
}

void ConcurrencyLimit::release(double seconds, size_t documents) {
  const std::lock_guard lock(mutex_);
  --under_way_;
  const double each = seconds / static_cast<double>(std::max<size_t>(documents, 1));
  best_ = best_ == 0 ? each : std::min(best_ * 1.005, each);
  const auto now = std::chrono::steady_clock::now();
  // More requests under way than the server has threads only make each slower: three times the best
  // time tells so.
  if (each > 3 * best_ && now - last_decrease_ > std::chrono::duration<double>(seconds)) {
    // Two at least: slowness alone is no refusal, and one request would leave the server idle
    // between two.
    limit_ = std::max(std::min(limit_, 2.0), limit_ * 0.8);
    last_decrease_ = now;
  } else if (each <= 3 * best_) {
    limit_ = std::min<double>(most_, limit_ + 1 / limit_);
  }
  changed_.notify_all();
}

void ConcurrencyLimit::overloaded() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_decrease_ < std::chrono::milliseconds(200))
    return;  // one sign of overload, however many saw it
  limit_ = std::max(1.0, limit_ / 2);
  last_decrease_ = now;
}

int ConcurrencyLimit::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

}  // namespace tarn::cli
