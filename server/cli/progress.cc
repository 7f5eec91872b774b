#include "server/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tarn::cli {

std::string grouped(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

Progress::Progress(bool quiet, std::function<ProgressState()> state)
    : state_(std::move(state)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()) {
  if (!quiet) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() { finish(); }

void Progress::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  if (terminal_) std::fputs("\r\033[K", stderr);
}

std::string Progress::line(const ProgressState& state) const {
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::string out;
  if (state.done >= 0) {
    if (terminal_) {
      const auto filled = static_cast<size_t>(state.done * 24);
      out += "[" + std::string(filled, '#') + std::string(24 - filled, '.') + "] ";
    }
    out += fmt::format("{:3.0f} %  ", state.done * 100);
  }
  seconds = std::max(seconds, 0.001);
  out += fmt::format("{} documents  {}/s", grouped(state.documents),
                     grouped(static_cast<uint64_t>(
                         static_cast<double>(state.documents - state.earlier) / seconds)));
  if (state.bytes > 0) {
    out += fmt::format("  {:.1f} MB/s  {} under way",
                       static_cast<double>(state.bytes) / 1e6 / seconds, state.under_way);
  }
  if (state.refused > 0) out += fmt::format("  {} refused", grouped(state.refused));
  if (state.done > 0.01 && state.done < 1) {
    const auto left = static_cast<uint64_t>(seconds / state.done * (1 - state.done));
    out += fmt::format("  ETA {}:{:02}", left / 60, left % 60);
  }
  return out;
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(5000);
  while (!wake_.wait_for(lock, pause, [this] { return finished_; })) {
    const std::string text = line(state_());
    std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", text.c_str());
    std::fflush(stderr);
  }
}

}  // namespace tarn::cli
