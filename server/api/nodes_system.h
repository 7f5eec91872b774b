#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace tarn::server {

/// What the operating system says of this process and its machine, read when asked.
struct SystemFigures {
  int64_t timestamp_ms = 0;
  double load_1m = 0, load_5m = 0, load_15m = 0;
  int os_cpu_percent = 0, process_cpu_percent = 0;
  uint64_t mem_total = 0, mem_free = 0, swap_total = 0, swap_free = 0;        ///< bytes; free is what can be had
  uint64_t process_cpu_ms = 0, process_virtual = 0, process_resident = 0;
  uint64_t open_files = 0, max_files = 0, threads = 0;
  uint64_t fs_total = 0, fs_free = 0, fs_available = 0;
  uint64_t mem_used() const { return mem_total - mem_free; }
  int mem_used_percent() const { return mem_total ? static_cast<int>(100 * mem_used() / mem_total) : 0; }
};

/// Reads /proc and the file system of a folder. CPU percentages are over the time since the call before. Thread-safe.
class SystemProbe {
 public:
  explicit SystemProbe(std::string data_path);
  SystemFigures read();

 private:
  const std::string data_path_;
  std::mutex mutex_;
  uint64_t last_busy_ = 0, last_total_ = 0, last_process_ms_ = 0;  // guarded by mutex_
  int64_t last_time_ms_ = 0;
  int last_os_percent_ = 0, last_process_percent_ = 0;
};

struct OsNames {
  std::string name, pretty_name, arch, version;
  int processors = 1;
};
OsNames os_names();

}  // namespace tarn::server
