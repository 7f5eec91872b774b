#include "tests/engine/engine_fixture.h"

namespace tarn {
namespace {

TEST_F(EngineTest, a_document_is_read_at_once_and_searched_after_refresh) {
  create();
  const WriteOutcome outcome = put("1", R"({"a":1})");
  EXPECT_FALSE(outcome.error) << outcome.error->reason;
  EXPECT_EQ(outcome.result, WriteResult::kCreated);
  EXPECT_EQ(outcome.status(), 201);
  EXPECT_EQ(outcome.version, 1);
  EXPECT_EQ(outcome.seq_no, SeqNo(0));
  EXPECT_EQ(source("1"), R"({"a":1})");
  EXPECT_EQ(searched("1"), "missing");
  index_->refresh();
  EXPECT_EQ(searched("1"), R"({"a":1})");
  EXPECT_EQ(number("1", "a"), 1);
  EXPECT_EQ(index_->acquire_searcher()->live_root_count(), 1u);
}

TEST_F(EngineTest, a_replaced_document_has_the_next_version) {
  create();
  put("1", R"({"a":1})");
  const WriteOutcome outcome = put("1", R"({"a":2})");
  EXPECT_EQ(outcome.result, WriteResult::kUpdated);
  EXPECT_EQ(outcome.version, 2);
  EXPECT_EQ(outcome.seq_no, SeqNo(1));
  index_->refresh();
  EXPECT_EQ(number("1", "a"), 2);
  put("1", R"({"a":3})");
  index_->refresh();
  EXPECT_EQ(number("1", "a"), 3);
  EXPECT_EQ(index_->acquire_searcher()->live_root_count(), 1u);
  expect_sound(1);
}

TEST_F(EngineTest, generated_ids_are_returned_and_distinct) {
  create();
  const auto outcomes = write_all({op(WriteType::kIndex, "", "{}"), op(WriteType::kCreate, "", "{}")});
  EXPECT_EQ(outcomes[0].id.size(), 20u);
  EXPECT_NE(outcomes[0].id, outcomes[1].id);
  EXPECT_EQ(source(outcomes[1].id), "{}");
}

TEST_F(EngineTest, bulk_reports_conflict_and_goes_on) {
  create();
  const auto outcomes = write_all({op(WriteType::kCreate, "1", R"({"a":1})"), op(WriteType::kCreate, "1", R"({"a":2})"),
                                   op(WriteType::kIndex, "1", R"({"a":3})"), op(WriteType::kDelete, "1"),
                                   op(WriteType::kDelete, "1"), op(WriteType::kCreate, "1", R"({"a":4})"),
                                   op(WriteType::kIndex, "2", R"({"a":"no number"})")});
  EXPECT_EQ(outcomes[0].version, 1);
  ASSERT_TRUE(outcomes[1].error);
  EXPECT_EQ(outcomes[1].error->status, 409);
  EXPECT_EQ(outcomes[1].error->reason, "[1]: version conflict, document already exists (current version [1])");
  EXPECT_EQ(outcomes[1].error->members["index"], "test");
  EXPECT_EQ(outcomes[2].version, 2);
  EXPECT_EQ(outcomes[3].result, WriteResult::kDeleted);
  EXPECT_EQ(outcomes[3].version, 3);
  EXPECT_EQ(outcomes[4].result, WriteResult::kNotFound);
  EXPECT_EQ(outcomes[4].version, 4);
  EXPECT_EQ(outcomes[5].result, WriteResult::kCreated);
  EXPECT_EQ(outcomes[5].version, 5);
  ASSERT_TRUE(outcomes[6].error);
  EXPECT_EQ(outcomes[6].error->status, 400);
  EXPECT_EQ(outcomes[5].seq_no, SeqNo(4));
  index_->refresh();
  EXPECT_EQ(number("1", "a"), 4);
  expect_sound(1);
}

TEST_F(EngineTest, optimistic_writes_compare_sequence_numbers) {
  create();
  put("1", R"({"a":1})");
  WriteOp stale = op(WriteType::kIndex, "1", "{}");
  stale.if_seq_no = 5;
  stale.if_primary_term = 1;
  EXPECT_EQ(write(stale).error->reason,
            "[1]: version conflict, required seqNo [5], primary term [1]. current document has seqNo [0] and primary term [1]");
  WriteOp missing = op(WriteType::kDelete, "9");
  missing.if_seq_no = 0;
  missing.if_primary_term = 1;
  EXPECT_EQ(write(missing).error->reason,
            "[9]: version conflict, required seqNo [0], primary term [1]. but no document was found");
  WriteOp right = op(WriteType::kIndex, "1", R"({"a":2})");
  right.if_seq_no = 0;
  right.if_primary_term = 1;
  EXPECT_EQ(write(right).version, 2);
}

TEST_F(EngineTest, external_versions_are_kept_and_compared) {
  create();
  WriteOp five = op(WriteType::kIndex, "1", "{}");
  five.version = 5;
  five.version_type = VersionType::kExternal;
  EXPECT_EQ(write(five).version, 5);
  EXPECT_EQ(write(five).error->reason,
            "[1]: version conflict, current version [5] is higher or equal to the one provided [5]");
  five.version_type = VersionType::kExternalGte;
  EXPECT_EQ(write(five).version, 5);
  five.version = 4;
  EXPECT_EQ(write(five).error->reason, "[1]: version conflict, current version [5] is higher than the one provided [4]");
}

TEST_F(EngineTest, updates_merge_detect_no_ops_and_upsert) {
  create();
  EXPECT_EQ(update("1", R"({"a":1})").error->reason, "[1]: document missing");
  EXPECT_EQ(update("1", R"({"a":1})").status(), 404);
  WriteOp upsert = op(WriteType::kUpdate, "1", R"({"a":1})");
  upsert.doc_as_upsert = true;
  EXPECT_EQ(write(upsert).result, WriteResult::kCreated);
  const WriteOutcome same = update("1", R"({"a":1})");
  EXPECT_EQ(same.result, WriteResult::kNoop);
  EXPECT_EQ(same.version, 1);
  WriteOp forced = op(WriteType::kUpdate, "1", R"({"a":1})");
  forced.detect_noop = false;
  EXPECT_EQ(write(forced).version, 2);
  WriteOp more = op(WriteType::kUpdate, "1", R"({"t":"new text","o":{"x":1}})");
  more.want_source = true;
  const WriteOutcome outcome = write(more);
  EXPECT_EQ(outcome.version, 3);
  EXPECT_EQ(outcome.source, R"({"a":1,"t":"new text","o":{"x":1}})");
  EXPECT_EQ(source("1"), outcome.source);
  index_->refresh();
  EXPECT_EQ(searched("1"), outcome.source);
  expect_sound(1);
}

TEST_F(EngineTest, updates_of_numbers_happen_in_place) {
  create();
  put("1", R"({"t":"some text","n":1,"k":"x"})");
  put("2", R"({"t":"other","n":1,"k":"y"})");
  index_->refresh();
  auto before = index_->acquire_searcher();
  const WriteOutcome outcome = update("1", R"({"n":7})");
  EXPECT_EQ(outcome.version, 2);
  EXPECT_EQ(index_->stats().in_place_update_total, 1u);
  EXPECT_EQ(source("1"), R"({"t":"some text","n":7,"k":"x"})");
  EXPECT_EQ(number("1", "n"), 1);
  index_->refresh();
  EXPECT_EQ(number("1", "n"), 7);
  EXPECT_EQ(number("1", "_seq_no"), 2);
  EXPECT_EQ(number("1", "_version"), 2);
  EXPECT_EQ(number("2", "n"), 1);
  EXPECT_EQ(searched("1"), R"({"t":"some text","n":7,"k":"x"})");
  EXPECT_EQ(before->fetch(*before->find("1")).source, R"({"t":"some text","n":1,"k":"x"})");
  before = nullptr;
  update("1", R"({"n":8})");
  index_->flush();
  EXPECT_EQ(number("1", "n"), 8);
  reopen(true);
  EXPECT_EQ(number("1", "n"), 8);
  EXPECT_EQ(searched("1"), R"({"t":"some text","n":8,"k":"x"})");
  update("1", R"({"n":9})");
  reopen(false);
  EXPECT_EQ(number("1", "n"), 9);
  expect_sound(2);
}

TEST_F(EngineTest, updates_of_numbers_are_no_ops_where_the_document_says_the_same) {
  create();
  put("1", R"({"t":"x","n":1,"d":1.5,"list":[4,5],"one":[6],"none":null})");
  put("2", R"({"t":"y"})");
  index_->refresh();
  const auto noop = [&](std::string doc) { return update("1", std::move(doc)).result == WriteResult::kNoop; };
  EXPECT_TRUE(noop(R"({"n":1})"));
  EXPECT_TRUE(noop(R"({"n":1,"d":1.50})"));
  EXPECT_FALSE(noop(R"({"n":1,"d":2.5})"));
  EXPECT_TRUE(noop(R"({"d":2.5})"));            // the patch says so before any refresh
  EXPECT_TRUE(noop(R"({"d":2.5,"n":1})"));
  EXPECT_FALSE(noop(R"({"n":1.0})"));           // a double is no integer
  EXPECT_FALSE(noop(R"({"n":1})"));
  index_->refresh();
  EXPECT_TRUE(noop(R"({"n":1})"));
  EXPECT_FALSE(noop(R"({"one":6})"));           // a list is no number
  EXPECT_FALSE(noop(R"({"list":4})"));
  EXPECT_FALSE(noop(R"({"none":3})"));          // mapped by this update
  index_->refresh();
  EXPECT_TRUE(noop(R"({"none":3,"list":4,"one":6})"));
  EXPECT_EQ(source("1"), R"({"t":"x","n":1,"d":2.5,"list":4,"one":6,"none":3})");
  EXPECT_EQ(update("2", R"({"n":7})").result, WriteResult::kUpdated);
  EXPECT_EQ(source("2"), R"({"t":"y","n":7})");
  index_->refresh();
  EXPECT_EQ(number("1", "list"), 4);
  EXPECT_EQ(number("2", "n"), 7);
  expect_sound(2);
}

TEST_F(EngineTest, one_bulk_may_write_a_document_many_times) {
  create();
  put("1", R"({"n":0,"t":"x"})");
  std::vector<WriteOp> ops;
  for (int i = 1; i <= 20; ++i) ops.push_back(op(WriteType::kUpdate, "1", fmt::format(R"({{"n":{}}})", i)));
  ops.push_back(op(WriteType::kUpdate, "1", R"({"t":"changed"})"));
  ops.push_back(op(WriteType::kUpdate, "1", R"({"n":21})"));
  ops.push_back(op(WriteType::kIndex, "2", R"({"n":1})"));
  ops.push_back(op(WriteType::kUpdate, "2", R"({"n":2})"));
  ops.push_back(op(WriteType::kDelete, "2"));
  ops.push_back(op(WriteType::kUpdate, "2", R"({"n":3})"));
  const auto outcomes = write_all(std::move(ops));
  for (size_t i = 0; i < 22; ++i) EXPECT_EQ(outcomes[i].version, static_cast<Version>(i + 2)) << i;
  EXPECT_EQ(outcomes.back().status(), 404);
  EXPECT_EQ(source("1"), R"({"n":21,"t":"changed"})");
  EXPECT_EQ(source("2"), "missing");
  index_->refresh();
  EXPECT_EQ(number("1", "n"), 21);
  expect_sound(1);
}

TEST_F(EngineTest, duplicates_by_key_fields_are_no_ops) {
  create(Json{{"index.tarn.dedupe.fields", Json::array({"uuid", "at"})}});
  const auto outcomes = write_all({op(WriteType::kIndex, "", R"({"uuid":"u1","at":5,"n":1})"),
                                   op(WriteType::kIndex, "", R"({"uuid":"u2","at":5,"n":1})"),
                                   op(WriteType::kIndex, "", R"({"uuid":"u1","at":5,"n":2})"),
                                   op(WriteType::kIndex, "", R"({"uuid":"u1"})")});
  EXPECT_EQ(outcomes[0].result, WriteResult::kCreated);
  EXPECT_EQ(outcomes[1].result, WriteResult::kCreated);
  EXPECT_EQ(outcomes[2].result, WriteResult::kNoop);
  EXPECT_TRUE(outcomes[2].duplicate);
  EXPECT_EQ(outcomes[2].id, outcomes[0].id);
  EXPECT_EQ(outcomes[2].status(), 200);
  EXPECT_EQ(outcomes[3].status(), 400);
  index_->refresh();
  expect_sound(2);
}

TEST_F(EngineTest, a_resent_request_returns_the_same_outcomes) {
  create();
  const auto first = write_all({op(WriteType::kIndex, "", "{}"), op(WriteType::kDelete, "nope")}, "key");
  reopen(false);
  const auto again = write_all({op(WriteType::kIndex, "", "{}"), op(WriteType::kDelete, "nope")}, "key");
  EXPECT_EQ(again[0].id, first[0].id);
  EXPECT_EQ(again[1].status(), 404);
  index_->refresh();
  EXPECT_EQ(index_->acquire_searcher()->live_root_count(), 1u);
}

TEST_F(EngineTest, everything_survives_a_crash_and_a_clean_stop) {
  create();
  for (const bool clean : {false, true, false}) {
    for (int i = 0; i < 50; ++i) put(std::to_string(i), fmt::format(R"({{"n":{},"t":"text number {}"}})", i, i));
    remove("7");
    remove("8");
    reopen(clean);
    ASSERT_TRUE(index_);
    EXPECT_EQ(index_->acquire_searcher()->live_root_count(), 48u);
    EXPECT_EQ(number("9", "n"), 9);
    expect_sound(48);
  }
  EXPECT_EQ(put("new", "{}").seq_no, SeqNo(156));
}

TEST_F(EngineTest, merges_keep_documents_deletes_and_patches) {
  create();
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 20; ++i) {
      put(fmt::format("{}-{}", round, i), fmt::format(R"({{"n":{},"t":"words in round {}"}})", i, round));
    }
    if (round > 0) {
      remove(fmt::format("{}-3", round - 1));
      update(fmt::format("{}-4", round - 1), R"({"n":1000})");
    }
    index_->flush();
  }
  EXPECT_EQ(number("3-4", "n"), 1000);
  index_->force_merge(1, false);
  EXPECT_EQ(index_->stats().segment_count, 1u);
  EXPECT_EQ(number("3-4", "n"), 1000);
  EXPECT_EQ(number("3-3", "n"), INT64_MIN);
  EXPECT_EQ(index_->acquire_searcher()->deleted_doc_count(), 0u);
  expect_sound(12 * 20 - 11);
  reopen(true);
  expect_sound(12 * 20 - 11);
  engine_->rebuild("test");
  expect_sound(12 * 20 - 11);
  EXPECT_EQ(number("3-4", "n"), 1000);
}

TEST_F(EngineTest, damaged_and_missing_segments_are_built_anew_from_rows) {
  create();
  for (int i = 0; i < 200; ++i) put(std::to_string(i), fmt::format(R"({{"n":{},"t":"text {}"}})", i, i));
  update("5", R"({"n":-5})");
  remove("6");
  index_->flush();
  const auto segments = [&] {
    std::vector<std::filesystem::path> out;
    for (const auto& item : std::filesystem::recursive_directory_iterator(directory_ / "indices")) {
      if (item.is_regular_file() && item.path().parent_path().filename().string().starts_with("s")) out.push_back(item.path());
    }
    return out;
  };
  const auto wait_for_repair = [&] {
    for (int i = 0; i < 200 && !logged("was built anew"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(logged("was built anew"));
    log_.clear();
  };
  index_ = nullptr;
  engine_ = nullptr;
  ASSERT_FALSE(segments().empty());
  std::filesystem::resize_file(segments().front(), std::filesystem::file_size(segments().front()) / 2);
  open();
  wait_for_repair();
  expect_sound(199);
  EXPECT_EQ(number("5", "n"), -5);
  index_ = nullptr;
  engine_ = nullptr;
  std::filesystem::remove_all(segments().front().parent_path());
  open();
  wait_for_repair();
  expect_sound(199);
  index_ = nullptr;
  engine_ = nullptr;
  std::filesystem::remove_all(directory_ / "indices");
  open();
  wait_for_repair();
  expect_sound(199);
  EXPECT_EQ(put("fresh", "{}").seq_no, SeqNo(202));
}

TEST_F(EngineTest, mapping_and_settings_survive) {
  create();
  put("1", R"({"a":1})");
  index_->put_mapping(Json::parse(R"({"properties":{"k":{"type":"keyword"}}})"));
  reopen(false);
  ASSERT_TRUE(index_->mapping()->find("a"));
  ASSERT_TRUE(index_->mapping()->find("k"));
  EXPECT_EQ(index_->mapping()->find("k")->kind, FieldKind::kKeyword);
  EXPECT_EQ(index_->settings()->refresh_interval_ms, -1);
}

TEST_F(EngineTest, deleting_an_index_removes_its_files_and_rows) {
  create();
  put("1", R"({"a":1})");
  index_->flush();
  const auto old = index_;
  engine_->delete_index("test");
  EXPECT_FALSE(engine_->find("test"));
  EXPECT_EQ(write(op(WriteType::kIndex, "2", "{}")).status(), 404);
  index_ = create();
  EXPECT_EQ(source("1"), "missing");
  EXPECT_EQ(put("1", "{}").version, 1);
}

TEST_F(EngineTest, a_searched_index_refreshes_by_itself) {
  create(Json{{"index.refresh_interval", "50ms"}});
  put("1", R"({"a":1})");
  index_->wait_for_refresh();
  EXPECT_EQ(number("1", "a"), 1);
}

TEST_F(EngineTest, idle_indices_refresh_when_they_are_searched) {
  Json settings{{"index.search.idle.after", "0s"}, {"index.refresh_interval", "1s"}};
  create(settings);
  put("1", R"({"a":1})");
  EXPECT_EQ(number("1", "a"), INT64_MIN) << "an explicit interval refreshes in the background only";
}

TEST_F(EngineTest, closed_and_blocked_indices_refuse) {
  create();
  put("1", "{}");
  index_->set_closed(true);
  EXPECT_EQ(put("1", "{}").error->type, "index_closed_exception");
  EXPECT_THROW(index_->acquire_searcher(), ApiError);
  index_->set_closed(false);
  index_->put_settings(IndexSettings::create(Json{{"index.blocks.write", "true"}, {"index.refresh_interval", "-1"}}));
  EXPECT_EQ(put("1", "{}").error->reason, "index [test] blocked by: [FORBIDDEN/8/index write (api)];");
}

class SmallDiskTest : public EngineTest {
 protected:
  Engine::Options options() override {
    Engine::Options out = EngineTest::options();
    out.free_bytes_min = free_bytes_min_;
    return out;
  }
  uint64_t free_bytes_min_ = 0;
};

TEST_F(SmallDiskTest, a_full_disk_refuses_writes_and_allows_deletes) {
  create();
  put("1", "{}");
  put("2", "{}");
  free_bytes_min_ = UINT64_MAX;
  reopen(true);
  try {
    put("3", "{}");
    ADD_FAILURE();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.error().status, 429);
    EXPECT_EQ(error.error().type, "cluster_block_exception");
    EXPECT_EQ(error.error().reason,
              "index [test] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
              "read-only-allow-delete block];");
  }
  EXPECT_EQ(remove("1").result, WriteResult::kDeleted);
  free_bytes_min_ = 0;
  reopen(true);
  put("3", "{}");
  expect_sound(2);
}

}  // namespace
}  // namespace tarn
