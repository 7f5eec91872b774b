// Writers, updaters, searchers, refreshes, flushes and merges at once; meant for the thread sanitizer too.
#include <atomic>
#include <random>
#include <thread>

#include "tests/engine/engine_fixture.h"

namespace tarn {
namespace {

TEST_F(EngineTest, readers_see_whole_documents_while_everything_moves) {
  create(Json{{"index.refresh_interval", "20ms"}});
  const auto index = index_;
  std::atomic<bool> stop{false};
  std::atomic<int> problems{0};
  std::vector<std::thread> threads;
  // Every document says the same number twice; an update that a reader sees by half would show.
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int round = 0; round < 60 && !stop; ++round) {
        std::vector<std::string> sources(40);
        std::vector<WriteOp> ops(40);
        for (size_t i = 0; i < ops.size(); ++i) {
          const auto n = random() % 1000;
          ops[i].index = index;
          ops[i].id = fmt::format("{}", random() % 300);
          const auto kind = random() % 10;
          ops[i].type = kind == 0 ? WriteType::kDelete : kind < 5 ? WriteType::kUpdate : WriteType::kIndex;
          ops[i].has_doc = true;
          ops[i].doc_as_upsert = true;
          sources[i] = fmt::format(R"({{"a":{},"b":{}}})", n, n);
          if (kind == 9) sources[i] = fmt::format(R"({{"a":{},"b":{},"t":"text {}"}})", n, n, n);
          ops[i].source = sources[i];
        }
        Engine::WriteRequest request;
        request.ops = ops;
        for (const WriteOutcome& outcome : engine_->write(request)) {
          if (outcome.error) ++problems;
        }
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      const auto searcher = index->acquire_searcher();
      for (uint32_t s = 0; s < searcher->segments().size(); ++s) {
        const SegmentReader& reader = searcher->segments()[s];
        const NumericColumn* a = reader.numbers("a");
        const NumericColumn* b = reader.numbers("b");
        for (LocalDocId doc = 0; doc < reader.doc_count(); ++doc) {
          if (!reader.is_live(doc)) continue;
          const int64_t left = a != nullptr ? a->first(doc, -1) : -1, right = b != nullptr ? b->first(doc, -1) : -1;
          if (left != right) ++problems;
          if (doc % 16 != 0) continue;
          const Json source = Json::parse(searcher->fetch(DocRef{s, doc}).source);
          if (source["a"] != left || source["b"] != right) ++problems;
        }
      }
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      for (int i = 0; i < 300; i += 7) {
        if (const auto found = index->get(std::to_string(i))) {
          const Json source = Json::parse(found->source);
          if (source["a"] != source["b"]) ++problems;
        }
      }
    }
  });
  threads.emplace_back([&] {
    for (int i = 0; !stop; ++i) {
      if (i % 3 == 0) index->flush();
      if (i % 7 == 0) index->force_merge(1, false);
      index->refresh();
      index->stats();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  threads[0].join();
  threads[1].join();
  stop = true;
  for (size_t i = 2; i < threads.size(); ++i) threads[i].join();
  EXPECT_EQ(problems, 0);
  index->refresh();
  expect_sound(index->acquire_searcher()->live_root_count());
}

TEST_F(EngineTest, counters_by_update_lose_nothing) {
  create();
  put("c", R"({"n":0})");
  constexpr int kThreads = 4, kEach = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        while (true) {  // read, add one, write if nobody came between
          const auto now = index_->get("c");
          const std::string source = fmt::format(R"({{"n":{}}})", Json::parse(now->source)["n"].get<int>() + 1);
          WriteOp op;
          op.index = index_;
          op.id = "c";
          op.type = i % 2 == 0 ? WriteType::kIndex : WriteType::kUpdate;
          op.has_doc = true;
          op.source = source;
          op.if_seq_no = now->seq_no.value;
          op.if_primary_term = 1;
          Engine::WriteRequest request;
          request.ops = std::span(&op, 1);
          const auto outcome = engine_->write(request).front();
          if (!outcome.error) break;
          ASSERT_EQ(outcome.status(), 409);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(source("c"), fmt::format(R"({{"n":{}}})", kThreads * kEach));
}

}  // namespace
}  // namespace tarn
