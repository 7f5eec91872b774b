// A child process is killed with SIGKILL under load, at random moments; what it acknowledged must be there.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/crash/scenario.h"

namespace tarn {
namespace {

constexpr int kWriters = 3;

struct Acknowledged {
  std::atomic<uint64_t> bulks[kWriters];
};

Engine::Options options_of(const std::filesystem::path& directory) {
  Engine::Options options;
  options.data_directory = directory;
  options.memory_bytes = 32 << 20;
  options.flush_on_close = false;
  return options;
}

[[noreturn]] void child(const std::filesystem::path& directory, Acknowledged& acknowledged, uint64_t seed) {
  auto engine = Engine::open(options_of(directory));
  auto index = engine->find("test");
  if (!index) {
    index = engine->create_index("test", IndexSettings::create(Json{{"index.refresh_interval", "10ms"}}), Json::object());
  }
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      const Scenario scenario(fmt::format("w{}-", w), seed + static_cast<uint64_t>(w));
      for (uint64_t n = acknowledged.bulks[w];; ++n) {
        for (const WriteOutcome& outcome : scenario.send(*engine, index, n)) {
          if (outcome.error) _exit(3);
        }
        acknowledged.bulks[w] = n + 1;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0;; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(15));
      if (i % 2 == 0) index->flush();
      if (i % 5 == 0) index->force_merge(1, false);
    }
  });
  for (std::thread& thread : threads) thread.join();
  _exit(0);
}

TEST(Kill, what_was_acknowledged_survives_a_kill_at_any_moment) {
  const char* given = std::getenv("TARN_SEED");
  const uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
  std::printf("seed %lu\n", seed);
  const auto directory = std::filesystem::temp_directory_path() / fmt::format("tarn_kill_{}", getpid());
  std::filesystem::remove_all(directory);
  auto* acknowledged = static_cast<Acknowledged*>(
      mmap(nullptr, sizeof(Acknowledged), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  new (acknowledged) Acknowledged();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 12 && !testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(fmt::format("seed {} round {}", seed, round));
    const pid_t pid = fork();
    if (pid == 0) child(directory, *acknowledged, seed);
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 700));
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    auto engine = Engine::open(options_of(directory));
    const auto index = engine->find("test");
    if (!index) {
      for (int w = 0; w < kWriters; ++w) ASSERT_EQ(acknowledged->bulks[w], 0u);
      continue;
    }
    for (int w = 0; w < kWriters; ++w) {
      const Scenario scenario(fmt::format("w{}-", w), seed + static_cast<uint64_t>(w));
      const uint64_t sure = acknowledged->bulks[w];
      Scenario::State expected = scenario.after(sure);
      const Scenario::State stored = scenario.stored(*index);
      if (stored != expected) {  // the bulk that was under way is there as a whole, or not at all
        scenario.apply(expected, sure);
        acknowledged->bulks[w] = sure + 1;
      }
      EXPECT_EQ(stored, expected) << "writer " << w << " after " << sure << " bulks";
      EXPECT_EQ(scenario.searched(*index), expected);
    }
    expect_sound(*engine, "test");
  }
  munmap(acknowledged, sizeof(Acknowledged));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tarn
