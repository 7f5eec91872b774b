#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tarn::cli {

/// How many requests may be under way: one more each time all of them were answered in good time,
/// fewer when answers slow down or the server says 429 (additive increase, multiplicative decrease,
/// as in TCP).
class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(int most) : most_(most) {}

  /// Waits for a place.
  void acquire();
  /// Gives the place back after an answer that took `seconds` for `documents`.
  void release(double seconds, size_t documents);
  /// The server is overloaded: half as many from now on. The place is kept.
  void overloaded();
  int under_way() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const int most_;
  // guarded by mutex_
  double limit_ = 2;
  int under_way_ = 0;
  double best_ = 0;  // seconds a document when the server is at ease; creeps up, so that an old
                     // record is forgotten
  std::chrono::steady_clock::time_point last_decrease_;
};

}  // namespace tarn::cli
