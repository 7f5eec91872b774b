#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "indexer/engine.h"

namespace tarn {

/// A sequence of bulk requests that one writer sends, the same for the same seed: what must be there after n of them were
/// acknowledged is known without having seen them run.
class Scenario {
 public:
  Scenario(std::string prefix, uint64_t seed, int ids = 40) : prefix_(std::move(prefix)), seed_(seed), ids_(ids) {}

  struct Step { WriteType type; std::string id; std::string source; };
  std::vector<Step> bulk(uint64_t number) const {
    std::mt19937_64 random(seed_ * 1000003 + number);
    std::vector<Step> steps(1 + random() % 12);
    for (Step& step : steps) {
      step.id = prefix_ + std::to_string(random() % static_cast<uint64_t>(ids_));
      const uint64_t kind = random() % 10, n = random() % 100000;
      if (kind == 0) {
        step.type = WriteType::kDelete;
      } else if (kind < 4) {
        step.type = WriteType::kUpdate;
        step.source = fmt::format(R"({{"n":{}}})", n);
      } else {
        step.type = WriteType::kIndex;
        step.source = fmt::format(R"({{"n":{},"t":"words of number {}"}})", n, n);
      }
    }
    return steps;
  }

  std::vector<WriteOutcome> send(Engine& engine, const std::shared_ptr<Index>& index, uint64_t number) const {
    const auto steps = bulk(number);
    std::vector<WriteOp> ops(steps.size());
    for (size_t i = 0; i < steps.size(); ++i) {
      ops[i].index = index;
      ops[i].type = steps[i].type;
      ops[i].id = steps[i].id;
      ops[i].source = steps[i].source;
      ops[i].has_doc = true;
      ops[i].doc_as_upsert = true;
    }
    Engine::WriteRequest request;
    request.ops = ops;
    return engine.write(request);
  }

  /// _id to source after the bulks that `done` names.
  using State = std::map<std::string, std::string>;
  void apply(State& state, uint64_t number) const {
    for (const Step& step : bulk(number)) {
      if (step.type == WriteType::kDelete) {
        state.erase(step.id);
      } else if (step.type == WriteType::kUpdate && state.contains(step.id)) {
        Json merged = Json::parse(state[step.id]);
        merged.update(Json::parse(step.source));
        state[step.id] = merged.dump();
      } else {
        state[step.id] = step.source;
      }
    }
  }
  State after(uint64_t bulks) const {
    State state;
    for (uint64_t i = 0; i < bulks; ++i) apply(state, i);
    return state;
  }

  /// What the index holds under this writer's ids, by get.
  State stored(const Index& index) const {
    State state;
    for (int i = 0; i < ids_; ++i) {
      const std::string id = prefix_ + std::to_string(i);
      if (const auto found = index.get(id)) state[id] = found->source;
    }
    return state;
  }
  /// The same by search.
  State searched(Index& index) const {
    State state;
    const auto searcher = index.acquire_searcher();
    for (int i = 0; i < ids_; ++i) {
      const std::string id = prefix_ + std::to_string(i);
      const auto doc = searcher->find(id);
      if (!doc) continue;
      state[id] = searcher->fetch(*doc).source;
      const NumericColumn* column = searcher->segments()[doc->segment].numbers("n");
      EXPECT_TRUE(column != nullptr);
      if (column != nullptr) EXPECT_EQ(column->first(doc->doc, -1), Json::parse(state[id])["n"].get<int64_t>()) << id;
    }
    return state;
  }

 private:
  std::string prefix_;
  uint64_t seed_;
  int ids_;
};

inline void expect_sound(Engine& engine, const std::string& name) {
  const auto report = engine.check(name);
  for (const std::string& problem : report.problems) ADD_FAILURE() << problem;
}

}  // namespace tarn
