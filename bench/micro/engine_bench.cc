// In-process cost of the engine: bulk loads, updates by id, reads, restart. No HTTP, no client.
//   engine_bench [DOCUMENTS=1000000] [BULK=5000] [THREADS=2] [MEMORY_MB=256] [DIRECTORY=/tmp/engine_bench] [FILE.ndjson]
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

#include "indexer/engine.h"

namespace tarn {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double cpu_seconds() {
  struct rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto s = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return s(usage.ru_utime) + s(usage.ru_stime);
}

size_t status_kb(const char* name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return std::stoul(line.substr(std::string(name).size() + 1));
  }
  return 0;
}

uint64_t disk_bytes(const std::filesystem::path& directory) {
  uint64_t total = 0;
  for (const auto& item : std::filesystem::recursive_directory_iterator(directory)) {
    if (item.is_regular_file()) total += item.file_size();
  }
  return total;
}

/// Events of some 480 bytes in the shape of the peer measurements.
std::string event(uint64_t i) {
  static constexpr const char* kNames[] = {"user:session:login", "user:session:logoff", "job:batch:submitted",
                                           "shop:cart:item_added", "shop:order:paid", "tenant:account:created"};
  const uint64_t r = i * 0x9E3779B97F4A7C15ull;
  const uint64_t q = (r ^ r >> 31) * 0xD6E8FEB86659FD93ull;
  return fmt::format(
      R"({{"event_uuid":"{:016x}-{:016x}","event_name":"{}","created_at":{},"tenant_id":"tenant-{:04}","user_id":"user-{:06}",)"
      R"("session_id":"{:016x}","ip":"10.{}.{}.{}","amount":{}.{:02},"duration_ms":{},"status":"{}",)"
      R"("user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/12{}.0","url":"https://shop.example.com/items/{}",)"
      R"("message":"user {} did {} on item {} in {} ms"}})",
      r, q, kNames[q % 6], 1700000000 + i / 50, q % 500, q % 100000, q, q % 250, r % 250, i % 250, q % 500, i % 100, r % 5000,
      r % 20 == 0 ? "failed" : "ok", i % 9, q % 20000, q % 100000, kNames[q % 6], q % 20000, r % 5000);
}

struct Phase {
  Clock::time_point begin = Clock::now();
  double cpu = cpu_seconds();
  void report(const char* name, uint64_t count) const {
    const double wall = seconds_since(begin), used = cpu_seconds() - cpu;
    std::printf("%-34s %9.0f /s  %6.2f us wall  %6.2f us cpu a document  %6.2f s  rss %zu MB peak %zu MB\n", name,
                static_cast<double>(count) / wall, wall / static_cast<double>(count) * 1e6,
                used / static_cast<double>(count) * 1e6, wall, status_kb("VmRSS:") >> 10, status_kb("VmHWM:") >> 10);
    std::fflush(stdout);
  }
};

template <class Make>
void run_bulk(Engine& engine, uint64_t count, uint64_t bulk, int threads, Make&& make) {
  std::atomic<uint64_t> next{0};
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      while (true) {
        const uint64_t begin = next.fetch_add(bulk);
        if (begin >= count) return;
        const uint64_t n = std::min(bulk, count - begin);
        std::vector<std::string> sources(n);
        std::vector<WriteOp> ops(n);
        for (uint64_t i = 0; i < n; ++i) make(begin + i, ops[i], sources[i]);
        for (uint64_t i = 0; i < n; ++i) ops[i].source = sources[i];
        Engine::WriteRequest request;
        request.ops = ops;
        for (const WriteOutcome& outcome : engine.write(request)) {
          if (outcome.error) {
            std::printf("%s\n", outcome.error->reason.c_str());
            std::exit(1);
          }
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
}

int run(int argc, char** argv) {
  const auto number = [&](int i, uint64_t fallback) { return argc > i ? std::stoull(argv[i]) : fallback; };
  uint64_t count = number(1, 1000000);
  const uint64_t bulk = number(2, 5000), memory_mb = number(4, 256);
  const int threads = static_cast<int>(number(3, 2));
  const std::filesystem::path directory = argc > 5 ? argv[5] : "/tmp/engine_bench";
  std::vector<std::string> lines;
  if (argc > 6) {
    std::ifstream in(argv[6]);
    for (std::string line; std::getline(in, line) && lines.size() < count;) {
      if (!line.starts_with("{\"index\"")) lines.push_back(line);
    }
    count = std::min<uint64_t>(count, lines.size());
  }
  std::filesystem::remove_all(directory);
  Engine::Options options;
  options.data_directory = directory;
  options.memory_bytes = memory_mb << 20;
  options.log = [](std::string_view line) { std::printf("log: %.*s\n", static_cast<int>(line.size()), line.data()); };
  auto engine = Engine::open(options);
  auto index = engine->create_index("bench", IndexSettings::create(Json::object()), Json::object());
  const auto source_of = [&](uint64_t i) { return lines.empty() ? event(i) : lines[i]; };
  const auto id_of = [](uint64_t i) {
    const uint64_t r = i * 0x9E3779B97F4A7C15ull;
    return fmt::format("{:016x}{:04x}", r ^ r >> 29, i & 0xFFFF);
  };

  {
    Phase generate;
    size_t bytes = 0;
    for (uint64_t i = 0; i < std::min<uint64_t>(count, 100000); ++i) bytes += source_of(i).size();
    generate.report("generate (not the engine)", std::min<uint64_t>(count, 100000));
    std::printf("%.0f bytes a document\n", static_cast<double>(bytes) / static_cast<double>(std::min<uint64_t>(count, 100000)));
  }
  Phase load;
  run_bulk(*engine, count, bulk, threads, [&](uint64_t i, WriteOp& op, std::string& source) {
    op.index = index;
    op.id = id_of(i);
    source = source_of(i);
  });
  load.report("bulk with ids, acknowledged", count);
  index->refresh();
  load.report("... until searchable", count);
  std::printf("live %lu of %lu\n", index->acquire_searcher()->live_root_count(), count);
  Phase flush;
  index->flush();
  flush.report("flush", count);
  std::printf("disk %.1f bytes a document: store %.1f, segments %.1f; segments %lu\n",
              static_cast<double>(disk_bytes(directory)) / static_cast<double>(count),
              static_cast<double>(disk_bytes(directory / "store")) / static_cast<double>(count),
              static_cast<double>(disk_bytes(directory / "indices")) / static_cast<double>(count),
              index->stats().segment_count);

  std::mt19937_64 random(7);
  const uint64_t updates = std::min<uint64_t>(count, 200000);
  Phase update;
  run_bulk(*engine, updates, 1000, threads, [&](uint64_t i, WriteOp& op, std::string& source) {
    op.index = index;
    op.type = WriteType::kUpdate;
    op.has_doc = true;
    op.id = id_of((i * 7919) % count);
    source = fmt::format(R"({{"duration_ms":{}}})", 100000 + i);
  });
  update.report("bulk update of one number", updates);
  index->refresh();
  update.report("... until searchable", updates);
  std::printf("in place: %lu\n", index->stats().in_place_update_total);
  Phase get;
  const uint64_t gets = std::min<uint64_t>(count, 50000);
  for (uint64_t i = 0; i < gets; ++i) {
    if (!index->get(id_of(random() % count))) return 1;
  }
  get.report("get by id", gets);
  const uint64_t singles = 500;
  Phase single;
  for (uint64_t i = 0; i < singles; ++i) {
    std::string source = event(count + i);
    WriteOp op;
    op.index = index;
    op.source = source;
    Engine::WriteRequest request;
    request.ops = std::span(&op, 1);
    engine->write(request);
  }
  single.report("single writes, one client", singles);
  Phase stop;
  index = nullptr;
  engine = nullptr;
  stop.report("clean stop", 1);
  Phase start;
  engine = Engine::open(options);
  start.report("start", 1);
  index = engine->find("bench");
  std::printf("live %lu\n", index->acquire_searcher()->live_root_count());
  Phase merge;
  index->force_merge(1, false);
  merge.report("force merge to one segment", count);
  std::printf("disk %.1f bytes a document\n", static_cast<double>(disk_bytes(directory)) / static_cast<double>(count));
  const auto report = engine->check("bench");
  std::printf("check: %lu documents, %zu problems\n", report.documents, report.problems.size());
  for (const std::string& problem : report.problems) std::printf("  %s\n", problem.c_str());
  return report.problems.empty() ? 0 : 1;
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) { return tarn::run(argc, argv); }
