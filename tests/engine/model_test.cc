// Random operations against a map, with refreshes, flushes, merges, rebuilds and restarts in between.
#include <random>

#include "tests/engine/engine_fixture.h"

namespace tarn {
namespace {

struct ModelDocument {
  Json source;
  Version version = 1;
};

class ModelTest : public EngineTest {
 protected:
  Engine::Options options() override {
    Engine::Options out = EngineTest::options();
    out.memory_bytes = 32 << 20;
    return out;
  }

  void run(uint64_t seed, int steps);
  void step();
  void bulk();
  void compare(bool refreshed);
  int pick(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  std::string some_id() { return fmt::format("id{}", pick(150)); }
  Json some_document() {
    static constexpr const char* kWords[] = {"red", "green", "blue", "house", "garden", "river", "mountain", "sea"};
    Json document{{"n", pick(1000)}, {"k", kWords[pick(8)]}, {"t", fmt::format("{} {} {}", kWords[pick(8)], kWords[pick(8)], kWords[pick(8)])}};
    if (pick(3) == 0) document["o"] = Json{{"x", pick(10)}, {"y", pick(10)}};
    if (pick(4) == 0) document["many"] = Json::array({pick(5), pick(5)});
    return document;
  }

  std::mt19937_64 random_;
  std::map<std::string, ModelDocument> model_;
  std::map<std::string, Version> tombstones_;
  std::map<std::string, std::string> history_;  // of each document, printed when it is wrong
};

void merge_json(Json& into, const Json& partial) {
  for (const auto& [key, value] : partial.items()) {
    if (value.is_object() && into.contains(key) && into[key].is_object()) {
      merge_json(into[key], value);
    } else {
      into[key] = value;
    }
  }
}

void ModelTest::bulk() {
  const int count = pick(5) == 0 ? 1 + pick(60) : 1 + pick(4);
  std::vector<WriteOp> ops;
  std::vector<std::function<void(const WriteOutcome&)>> expectations;
  for (int i = 0; i < count; ++i) {
    const std::string id = some_id();
    const auto at = model_.find(id);
    const bool there = at != model_.end();
    const auto bring = [&](Json source) {
      const Version version = there ? at->second.version + 1 : tombstones_.contains(id) ? tombstones_[id] + 1 : 1;
      tombstones_.erase(id);
      model_[id] = ModelDocument{std::move(source), version};
      expectations.push_back([version, there](const WriteOutcome& outcome) {
        ASSERT_FALSE(outcome.error) << outcome.error->reason;
        EXPECT_EQ(outcome.version, version);
        EXPECT_EQ(outcome.result, there ? WriteResult::kUpdated : WriteResult::kCreated);
      });
    };
    switch (pick(10)) {
      case 0: case 1: case 2: {
        const Json document = some_document();
        ops.push_back(op(WriteType::kIndex, id, document.dump()));
        bring(document);
        break;
      }
      case 3: {
        const Json document = some_document();
        ops.push_back(op(WriteType::kCreate, id, document.dump()));
        if (there) {
          expectations.push_back([](const WriteOutcome& outcome) { EXPECT_EQ(outcome.status(), 409); });
        } else {
          bring(document);
        }
        break;
      }
      case 4: {
        ops.push_back(op(WriteType::kDelete, id));
        const Version version = there ? at->second.version + 1 : tombstones_.contains(id) ? tombstones_[id] + 1 : 1;
        tombstones_[id] = version;
        model_.erase(id);
        expectations.push_back([there, version](const WriteOutcome& outcome) {
          EXPECT_EQ(outcome.result, there ? WriteResult::kDeleted : WriteResult::kNotFound);
          EXPECT_EQ(outcome.version, version);
        });
        break;
      }
      default: {
        Json partial;
        switch (pick(4)) {
          case 0: partial = Json{{"t", some_document()["t"]}}; break;
          case 1: partial = Json{{"o", Json{{"x", pick(10)}}}}; break;
          case 2: partial = Json{{"n", pick(4) == 0 ? Json(nullptr) : Json(pick(1000))}, {"k", some_document()["k"]}}; break;
          default: partial = Json{{"n", pick(1000)}};
        }
        ops.push_back(op(WriteType::kUpdate, id, partial.dump()));
        if (!there) {
          expectations.push_back([](const WriteOutcome& outcome) { EXPECT_EQ(outcome.status(), 404); });
          break;
        }
        Json merged = at->second.source;
        merge_json(merged, partial);
        if (merged == at->second.source) {
          const Version version = at->second.version;
          expectations.push_back([version](const WriteOutcome& outcome) {
            EXPECT_EQ(outcome.result, WriteResult::kNoop);
            EXPECT_EQ(outcome.version, version);
          });
        } else {
          bring(std::move(merged));
        }
      }
    }
  }
  for (const WriteOp& op : ops) {
    history_[op.id] += fmt::format("{} {}\n", op.type == WriteType::kDelete ? "delete" : op.type == WriteType::kUpdate ? "update" : "index", op.source);
  }
  const auto outcomes = write_all(std::move(ops));
  for (size_t i = 0; i < outcomes.size(); ++i) expectations[i](outcomes[i]);
}

void ModelTest::compare(bool refreshed) {
  for (int i = 0; i < 150; ++i) {
    const std::string id = fmt::format("id{}", i);
    SCOPED_TRACE(history_[id]);
    const auto at = model_.find(id);
    const std::string stored = source(id);
    if (at == model_.end()) {
      ASSERT_EQ(stored, "missing") << id;
      if (refreshed) ASSERT_EQ(searched(id), "missing") << id;
      continue;
    }
    ASSERT_EQ(Json::parse(stored), at->second.source) << id;
    ASSERT_EQ(index_->get(id)->version, at->second.version) << id;
    if (!refreshed) continue;
    ASSERT_EQ(searched(id), stored) << id;
    const Json& n = at->second.source["n"];
    ASSERT_EQ(number(id, "n"), n.is_null() ? INT64_MIN : n.get<int64_t>()) << id;
    const int64_t x = at->second.source.contains("o") && at->second.source["o"].contains("x")
                          ? at->second.source["o"]["x"].get<int64_t>() : INT64_MIN;
    ASSERT_EQ(number(id, "o.x"), x) << id;
    ASSERT_EQ(number(id, "_version"), at->second.version) << id;
  }
  if (!refreshed) return;
  ASSERT_EQ(index_->acquire_searcher()->live_root_count(), model_.size());
  expect_sound(model_.size());
}

void ModelTest::step() {
  const int action = pick(100);
  if (action >= 80) {
    for (auto& [id, history] : history_) history += fmt::format("-- action {}\n", action);
  }
  if (action < 80) {
    bulk();
  } else if (action < 88) {
    index_->refresh();
    compare(true);
  } else if (action < 92) {
    index_->flush();
    compare(true);
  } else if (action < 94) {
    index_->force_merge(pick(2) == 0 ? 1 : 3, pick(2) == 0);
    compare(true);
  } else if (action < 95) {
    engine_->rebuild("test");
    compare(true);
  } else if (action < 98) {
    reopen(pick(2) == 0);
    compare(true);
  } else {
    compare(false);
  }
}

void ModelTest::run(uint64_t seed, int steps) {
  std::printf("seed %lu\n", seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  random_.seed(seed);
  create();
  for (int i = 0; i < steps && !HasFatalFailure() && !HasNonfatalFailure(); ++i) {
    SCOPED_TRACE(fmt::format("step {}", i));
    step();
  }
}

TEST_F(ModelTest, an_index_is_a_map) { run(42, 250); }

TEST_F(ModelTest, an_index_is_a_map_for_a_seed_of_the_day) {
  const char* given = std::getenv("TARN_SEED");
  run(given != nullptr ? std::stoull(given) : std::random_device()(), 250);
}

}  // namespace
}  // namespace tarn
