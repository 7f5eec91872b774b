#include "server/api/nodes_system.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "indexer/index_names.h"

namespace tarn::server {
namespace {

uint64_t count_open_files() {
  uint64_t count = 0;
  if (DIR* folder = opendir("/proc/self/fd")) {
    while (readdir(folder)) ++count;
    closedir(folder);
  }
  return count > 3 ? count - 3 : 0;   // ".", ".." and the folder itself
}

void read_memory(SystemFigures& out) {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  uint64_t kilobytes = 0, buffers = 0, cached = 0, free = 0, available = 0;
  while (file >> key >> kilobytes) {
    std::getline(file, unit);
    const uint64_t bytes = kilobytes * 1024;
    if (key == "MemTotal:") out.mem_total = bytes;
    else if (key == "MemFree:") free = bytes;
    else if (key == "MemAvailable:") available = bytes;
    else if (key == "Buffers:") buffers = bytes;
    else if (key == "Cached:") cached = bytes;
    else if (key == "SwapTotal:") out.swap_total = bytes;
    else if (key == "SwapFree:") out.swap_free = bytes;
  }
  out.mem_free = available ? available : free + buffers + cached;
}

void read_process(SystemFigures& out) {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t paren = text.rfind(')');
  if (paren == std::string::npos) return;
  std::istringstream rest(text.substr(paren + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  uint64_t user = 0, system = 0;
  rest >> user >> system;
  for (int field = 16; field < 20; ++field) rest >> skipped;
  rest >> out.threads >> skipped >> skipped >> out.process_virtual;
  uint64_t pages = 0;
  rest >> pages;
  const auto ticks = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  out.process_cpu_ms = (user + system) * 1000 / std::max<uint64_t>(1, ticks);
  out.process_resident = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::pair<uint64_t, uint64_t> busy_and_total() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  file >> cpu;
  uint64_t total = 0, idle = 0, value = 0;
  for (int field = 0; field < 8 && file >> value; ++field) {
    total += value;
    if (field == 3 || field == 4) idle += value;
  }
  return {total - idle, total};
}

}  // namespace

SystemProbe::SystemProbe(std::string data_path) : data_path_(data_path.empty() ? "." : std::move(data_path)) { read(); }

SystemFigures SystemProbe::read() {
  SystemFigures out;
  out.timestamp_ms = now_ms();
  if (std::ifstream load("/proc/loadavg"); load) load >> out.load_1m >> out.load_5m >> out.load_15m;
  read_memory(out);
  read_process(out);
  out.open_files = count_open_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_files = limit.rlim_cur;
  struct statvfs fs{};
  if (statvfs(data_path_.c_str(), &fs) == 0) {
    out.fs_total = fs.f_blocks * fs.f_frsize;
    out.fs_free = fs.f_bfree * fs.f_frsize;
    out.fs_available = fs.f_bavail * fs.f_frsize;
  }
  const auto [busy, total] = busy_and_total();
  const std::lock_guard lock(mutex_);
  const int64_t elapsed = out.timestamp_ms - last_time_ms_;
  if (total > last_total_ && elapsed >= 100) {   // shorter spans say nothing
    const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
    last_os_percent_ = static_cast<int>(100 * (busy - last_busy_) / (total - last_total_));
    if (last_time_ms_ != 0)
      last_process_percent_ = static_cast<int>(100 * (out.process_cpu_ms - last_process_ms_) / (static_cast<uint64_t>(elapsed) * processors));
    last_busy_ = busy;
    last_total_ = total;
    last_process_ms_ = out.process_cpu_ms;
    last_time_ms_ = out.timestamp_ms;
  }
  out.os_cpu_percent = std::clamp(last_os_percent_, 0, 100);
  out.process_cpu_percent = std::clamp(last_process_percent_, 0, 100);
  return out;
}

OsNames os_names() {
  OsNames out;
  utsname names{};
  if (uname(&names) == 0) {
    out.name = names.sysname;
    out.arch = names.machine;
    if (out.arch == "x86_64") out.arch = "amd64";
    out.version = names.release;
  }
  out.pretty_name = out.name;
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("PRETTY_NAME=\"") && line.size() > 14) out.pretty_name = line.substr(13, line.size() - 14);
  out.processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return out;
}

}  // namespace tarn::server
