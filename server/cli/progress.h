#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace tarn::cli {

/// What a progress display shows at one moment.
struct ProgressState {
  uint64_t documents = 0;
  uint64_t earlier = 0;  ///< documents that an earlier run had done: no part of the rate
  uint64_t refused = 0;
  uint64_t bytes = 0;  ///< of documents sent and answered
  double done = -1;    ///< share of the input, 0 to 1; negative: unknown
  int under_way = 0;
};

/// Shows progress on stderr from a thread of its own: a bar that is redrawn on a terminal, a line
/// now and then elsewhere.
class Progress {
 public:
  Progress(bool quiet, std::function<ProgressState()> state);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Clears the bar, so that other lines can follow.
  void finish();

 private:
  void run();
  std::string line(const ProgressState& state) const;

  const std::function<ProgressState()> state_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool finished_ = false;
  std::thread thread_;
};

/// "1,234,567"
std::string grouped(uint64_t number);

}  // namespace tarn::cli
