#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/api/by_query_request.h"

namespace tarn::server {

/// The figures of a by-query operation, or of one slice of it.
struct ByQueryFigures {
  int slice_id = -1;                       ///< -1: not sliced
  int64_t total = 0, updated = 0, created = 0, deleted = 0, batches = 0, version_conflicts = 0, noops = 0;
  int64_t bulk_retries = 0, search_retries = 0;
  int64_t throttled_ns = 0, throttled_until_ns = 0;
  float requests_per_second = std::numeric_limits<float>::infinity();
  std::string cancelled;                   ///< the reason
  int64_t processed() const { return updated + created + deleted; }
};

/// Which members an answer has.
struct ByQueryShape {
  bool updated = true, created = true;
  bool human = false;                      ///< "throttled": "1.1s" as well
};
/// Members of one set of figures, into an open object.
void add_figures(Json& out, const ByQueryFigures& figures, const ByQueryShape& shape);
/// Sums of slices, as their parent shows them.
ByQueryFigures sum_of(const std::vector<ByQueryFigures>& slices);

/// What is shared between the thread that works through one slice and those that look at it, throttle it or cancel it.
class ByQueryProgress {
 public:
  ByQueryProgress(int slice_id, float requests_per_second);

  ByQueryFigures figures() const;
  /// Changes the figures under the lock.
  template <class Change>
  void update(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(figures_);
  }
  /// Speeds up a running wait; slowing down begins with the next batch, as in OpenSearch.
  void rethrottle(float requests_per_second);
  /// Ends the wait, and every later one.
  void cancel(const std::string& reason);
  bool cancelled() const;
  /// Waits so long that `batch` documents, begun at `begin`, keep to requests_per_second.
  void throttle(std::chrono::steady_clock::time_point begin, size_t batch);

 private:
  using Clock = std::chrono::steady_clock;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  ByQueryFigures figures_;
  Clock::time_point until_{};              // of the present wait; far in the past: none
  bool waiting_ = false;
};

}  // namespace tarn::server
