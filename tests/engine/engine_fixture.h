#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>

#include "indexer/engine.h"

namespace tarn {

/// An engine in a directory of its own, with helpers for single writes.
class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("tarn_engine_{}_{}", getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    open();
  }
  void TearDown() override {
    index_ = nullptr;
    engine_ = nullptr;
    std::filesystem::remove_all(directory_);
  }
  virtual Engine::Options options() {
    Engine::Options out;
    out.data_directory = directory_;
    out.memory_bytes = 64 << 20;
    out.flush_on_close = flush_on_close_;
    out.log = [this](std::string_view line) {
      std::lock_guard lock(log_mutex_);
      log_.emplace_back(line);
    };
    return out;
  }
  void open() {
    index_ = nullptr;
    engine_ = nullptr;
    engine_ = Engine::open(options());
    index_ = engine_->find("test");
  }
  void reopen(bool clean) {
    flush_on_close_ = clean;
    index_ = nullptr;
    engine_ = nullptr;
    open();
  }
  std::shared_ptr<Index> create(Json settings = Json::object(), const Json& mappings = Json::object(),
                                const std::string& name = "test") {
    if (!settings.contains("index.refresh_interval")) settings["index.refresh_interval"] = "-1";
    auto index = engine_->create_index(name, IndexSettings::create(settings), mappings);
    if (name == "test") index_ = index;
    return index;
  }
  WriteOp op(WriteType type, std::string id, std::string source = "") {
    WriteOp out;
    out.index = index_;
    out.type = type;
    out.id = std::move(id);
    out.has_doc = type == WriteType::kUpdate;
    out.source = texts_.emplace_back(std::move(source));
    return out;
  }
  WriteOutcome write(WriteOp one) {
    Engine::WriteRequest request;
    request.ops = std::span(&one, 1);
    return std::move(engine_->write(request).front());
  }
  std::vector<WriteOutcome> write_all(std::vector<WriteOp> ops, std::string key = "") {
    Engine::WriteRequest request;
    request.ops = ops;
    request.idempotency_key = std::move(key);
    return engine_->write(request);
  }
  WriteOutcome put(const std::string& id, std::string source) { return write(op(WriteType::kIndex, id, std::move(source))); }
  WriteOutcome update(const std::string& id, std::string doc) { return write(op(WriteType::kUpdate, id, std::move(doc))); }
  WriteOutcome remove(const std::string& id) { return write(op(WriteType::kDelete, id)); }
  std::string source(const std::string& id) {
    const auto found = index_->get(id);
    return found ? found->source : "missing";
  }
  /// The source that a search would return, or "missing".
  std::string searched(const std::string& id) {
    const auto searcher = index_->acquire_searcher();
    const auto doc = searcher->find(id);
    return doc ? searcher->fetch(*doc).source : "missing";
  }
  int64_t number(const std::string& id, const std::string& field) {
    const auto searcher = index_->acquire_searcher();
    const auto doc = searcher->find(id);
    if (!doc) return INT64_MIN;
    const NumericColumn* column = searcher->segments()[doc->segment].numbers(field);
    return column != nullptr ? column->first(doc->doc, INT64_MIN) : INT64_MIN;
  }
  void expect_sound(uint64_t documents) {
    const auto report = engine_->check("test");
    EXPECT_EQ(report.documents, documents);
    for (const std::string& problem : report.problems) ADD_FAILURE() << problem;
  }
  bool logged(std::string_view part) {
    std::lock_guard lock(log_mutex_);
    return std::any_of(log_.begin(), log_.end(), [&](const std::string& line) { return line.find(part) != line.npos; });
  }

  std::filesystem::path directory_;
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<Index> index_;
  bool flush_on_close_ = true;
  std::deque<std::string> texts_;
  std::mutex log_mutex_;
  std::vector<std::string> log_;
};

}  // namespace tarn
