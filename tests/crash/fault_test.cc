// The disk below the store fails at the nth operation, for every n; and power cuts take what was not synced.
#include <unistd.h>

#include <thread>

#include "tests/crash/faulty_env.h"
#include "tests/crash/scenario.h"

namespace tarn {
namespace {

class FaultTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("tarn_fault_{}_{}", getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Engine> open(FaultyEnv& env) {
    Engine::Options options;
    options.data_directory = directory_;
    options.memory_bytes = 32 << 20;
    options.flush_on_close = false;
    options.background_threads = 1;
    options.store_env = &env;
    options.log = [](std::string_view line) { std::printf("%.*s\n", static_cast<int>(line.size()), line.data()); };
    return Engine::open(options);
  }
  static std::shared_ptr<Index> index_of(Engine& engine) {
    if (auto index = engine.find("test")) return index;
    return engine.create_index("test", IndexSettings::create(Json{{"index.refresh_interval", "-1"}}), Json::object());
  }
  /// Sends bulks until one fails; returns how many were acknowledged. Flushes in the middle.
  uint64_t drive(Engine& engine, const Scenario& scenario, uint64_t bulks) {
    uint64_t done = 0;
    try {
      const auto index = index_of(engine);
      for (; done < bulks; ++done) {
        scenario.send(engine, index, done);
        if (done == bulks / 2) index->flush();
      }
    } catch (const ApiError&) {
    }
    return done;
  }
  void verify(FaultyEnv& env, const Scenario& scenario, uint64_t done) {
    auto engine = open(env);
    const auto index = engine->find("test");
    if (!index) {
      ASSERT_EQ(done, 0u);
      return;
    }
    Scenario::State expected = scenario.after(done);
    const Scenario::State stored = scenario.stored(*index);
    if (stored != expected) scenario.apply(expected, done);
    EXPECT_EQ(stored, expected);
    EXPECT_EQ(scenario.searched(*index), expected);
    expect_sound(*engine, "test");
    // And it takes writes again.
    for (const WriteOutcome& outcome : scenario.send(*engine, index, 1000)) EXPECT_FALSE(outcome.error);
  }

  std::filesystem::path directory_;
};

constexpr uint64_t kBulks = 8;

TEST_F(FaultTest, no_failed_operation_loses_what_was_acknowledged) {
  for (const bool no_space : {false, true}) {
    for (int64_t n = 1;; ++n) {
      SCOPED_TRACE(fmt::format("operation {} fails, {}", n, no_space ? "no space" : "input/output error"));
      std::filesystem::remove_all(directory_);
      FaultyEnv env;
      const Scenario scenario("x", static_cast<uint64_t>(n));
      auto engine = open(env);
      index_of(*engine);
      env.fail_at(n, no_space ? rocksdb::Status::NoSpace("injected") : rocksdb::Status::IOError("injected"));
      const uint64_t done = drive(*engine, scenario, kBulks);
      const bool failed = env.failed();
      engine = nullptr;
      env.heal();
      verify(env, scenario, done);
      if (!failed || HasFailure()) break;
    }
  }
}

TEST_F(FaultTest, writes_stop_after_a_failed_log_and_resume_after_a_full_disk) {
  for (const bool no_space : {false, true}) {
    std::filesystem::remove_all(directory_);
    FaultyEnv env;
    const Scenario scenario("x", 1);
    auto engine = open(env);
    const auto index = index_of(*engine);
    scenario.send(*engine, index, 0);
    env.fail_at(1, no_space ? rocksdb::Status::NoSpace("injected") : rocksdb::Status::IOError("injected"));
    const auto status_of = [&] {
      try {
        scenario.send(*engine, index, 1);
        return 200;
      } catch (const ApiError& error) {
        return error.error().status;
      }
    };
    EXPECT_EQ(status_of(), no_space ? 429 : 500);
    env.heal();
    int status = status_of();
    for (int i = 0; i < 300 && no_space && status != 200; ++i) {  // RocksDB looks for room every few seconds
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      status = status_of();
    }
    EXPECT_EQ(status, no_space ? 200 : 500);
    EXPECT_EQ(scenario.stored(*index), scenario.after(no_space ? 2 : 1));
  }
}

TEST_F(FaultTest, a_disk_that_is_full_at_the_first_write_after_a_start_takes_writes_when_there_is_room) {
  FaultyEnv env;
  const Scenario scenario("x", 7);
  { drive(*open(env), scenario, 2); }
  auto engine = open(env);  // all write buffers are empty: nothing makes RocksDB begin a new log
  auto index = index_of(*engine);
  for (uint64_t round = 0; round < 3; ++round) {
    env.fail_at(1, rocksdb::Status::NoSpace("injected"));
    EXPECT_THROW(scenario.send(*engine, index, 2), ApiError);
    EXPECT_THROW(scenario.send(*engine, index, 2), ApiError);
    env.heal();
    bool sent = false;
    for (int i = 0; i < 1000 && !sent; ++i) {  // RocksDB may be busy with its own recovery
      try {
        scenario.send(*engine, index, 2 + round);
        sent = true;
      } catch (const ApiError& error) {
        ASSERT_EQ(error.error().status, 429);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
    ASSERT_TRUE(sent);
  }
  index = nullptr;
  engine = nullptr;
  verify(env, scenario, 5);
}

TEST_F(FaultTest, a_power_cut_takes_nothing_that_was_acknowledged) {
  FaultyEnv env;
  const Scenario scenario("x", 7);
  for (uint64_t done = 0; done < 40; done += 10) {
    auto engine = open(env);
    auto index = index_of(*engine);
    for (uint64_t n = done; n < done + 10; ++n) {
      scenario.send(*engine, index, n);
      if (n % 10 == 4) index->flush();
    }
    env.fail_at(1, rocksdb::Status::IOError("power is gone"));
    index = nullptr;
    engine = nullptr;
    env.heal();
    env.drop_unsynced();
    auto again = open(env);
    EXPECT_EQ(scenario.stored(*again->find("test")), scenario.after(done + 10));
    EXPECT_EQ(scenario.searched(*again->find("test")), scenario.after(done + 10));
    expect_sound(*again, "test");
  }
}

}  // namespace
}  // namespace tarn
