#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include "indexer/base/error.h"

#include "indexer/store/write_batch.h"

namespace tarn {
namespace {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("tarn_store_{}_{}", getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    open();
  }
  void TearDown() override {
    store_ = nullptr;
    std::filesystem::remove_all(directory_);
  }
  void open() {
    store_ = nullptr;
    Store::Options options;
    options.directory = directory_;
    store_ = EngineStore::open_engine_store(options);
  }
  void put(IndexKey index, uint64_t row, const std::string& id, const std::string& source) {
    StoreBatch batch(*store_);
    RowBlockBuilder builder(store_->dictionary(index));
    builder.add(0, id, "", source);
    builder.finish(1);
    batch.put_rows(index, RowId(row), builder.blocks()[0].value);
    batch.put_id(index, id, IdEntry{RowId(row), SeqNo(static_cast<int64_t>(row)), 1, false});
    store_->commit(batch, true);
  }
  std::filesystem::path directory_;
  std::unique_ptr<EngineStore> store_;
};

TEST_F(StoreTest, documents_are_found_by_id_and_row_after_a_restart) {
  for (uint64_t i = 0; i < 100; ++i) put(7, i, "id" + std::to_string(i), "{\"n\":" + std::to_string(i) + "}");
  open();
  const auto entry = store_->find_id(7, "id42", nullptr);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->row, RowId(42));
  EXPECT_EQ(store_->read_row(7, entry->row, nullptr)->source, R"({"n":42})");
  EXPECT_FALSE(store_->find_id(8, "id42", nullptr));
  EXPECT_FALSE(store_->read_row(7, RowId(100), nullptr));
  EXPECT_FALSE(store_->read_row(8, RowId(1), nullptr));
  const auto many = store_->find_ids(7, {"id9", "nope", "id9", "id1"}, nullptr);
  EXPECT_EQ(many[0]->row, RowId(9));
  EXPECT_FALSE(many[1]);
  EXPECT_EQ(many[2]->row, RowId(9));
  EXPECT_EQ(many[3]->row, RowId(1));
  EXPECT_EQ(store_->end_row(7), RowId(100));
}

TEST_F(StoreTest, a_store_of_another_format_is_refused) {
  put(1, 0, "a", "{}");
  open();  // its own
  store_ = nullptr;
  const rocksdb::Options options;
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, directory_.string(), &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory_.string(), families, &handles, &db).ok());
  ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), "format", "99").ok());
  for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
  delete db;
  try {
    open();
    FAIL() << "it opened";
  } catch (const ApiError& error) {
    EXPECT_NE(error.error().reason.find("has format 99"), std::string::npos) << error.error().reason;
  }
}

TEST_F(StoreTest, a_snapshot_does_not_change) {
  put(1, 0, "a", R"({"v":1})");
  const auto snapshot = store_->snapshot();
  StoreBatch batch(*store_);
  batch.put_patch(1, RowId(0), R"({"v":2})");
  store_->commit(batch, true);
  EXPECT_EQ(store_->read_row(1, RowId(0), snapshot.get())->source, R"({"v":1})");
  EXPECT_EQ(store_->read_row(1, RowId(0), nullptr)->source, R"({"v":2})");
}

TEST_F(StoreTest, patches_are_merged_when_rows_are_read) {
  put(1, 0, "a", R"({"o":{"x":1,"y":1},"t":"text"})");
  StoreBatch batch(*store_);
  batch.put_patch(1, RowId(0), R"({"o":{"x":5}})");
  store_->commit(batch, true);
  open();
  EXPECT_EQ(store_->read_row(1, RowId(0), nullptr)->source, R"({"o":{"x":5,"y":1},"t":"text"})");
  EXPECT_EQ(store_->read_raw_rows(1, {RowId(0)}, nullptr)[0]->delta, R"({"o":{"x":5}})");
}

TEST_F(StoreTest, deleting_an_index_leaves_the_others) {
  put(1, 0, "a", "{}");
  put(2, 0, "a", "{}");
  store_->delete_index(1);
  EXPECT_FALSE(store_->find_id(1, "a", nullptr));
  EXPECT_FALSE(store_->read_row(1, RowId(0), nullptr));
  EXPECT_TRUE(store_->find_id(2, "a", nullptr));
}

TEST_F(StoreTest, tombstones_are_seen_by_look_ups_and_left_out_of_scans) {
  put(1, 0, "a", "{}");
  put(1, 1, "b", "{}");
  StoreBatch batch(*store_);
  batch.put_id(1, "a", IdEntry{RowId(0), SeqNo(5), 3, true});
  store_->commit(batch, true);
  EXPECT_TRUE(store_->find_id(1, "a", nullptr)->deleted);
  EXPECT_EQ(store_->find_id(1, "a", nullptr)->version, 3);
  std::vector<std::string> ids;
  store_->scan_ids(1, nullptr, [&](std::string_view id, const IdEntry&) {
    ids.emplace_back(id);
    return true;
  });
  EXPECT_EQ(ids, std::vector<std::string>{"b"});
}

TEST_F(StoreTest, the_oplog_is_scanned_in_order_and_trimmed) {
  StoreBatch batch(*store_);
  for (const int64_t first : {0, 10, 20}) batch.put_oplog(1, SeqNo(first), "r" + std::to_string(first));
  store_->commit(batch, true);
  std::vector<int64_t> seen;
  const auto visit = [&](SeqNo first, std::string_view) { seen.push_back(first.value); };
  store_->scan_oplog(1, SeqNo(12), visit);
  EXPECT_EQ(seen, (std::vector<int64_t>{10, 20}));
  store_->trim_oplog(1, SeqNo(19));
  seen.clear();
  store_->scan_oplog(1, SeqNo(0), visit);
  EXPECT_EQ(seen, std::vector<int64_t>{20});
}

TEST_F(StoreTest, metadata_is_scanned_by_kind_and_name) {
  store_->write_meta({{"alias", "b", "2"}, {"alias", "a", "1"}, {"aliases", "z", "3"}});
  const auto found = store_->scan_meta("alias");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].first, "a");
  store_->write_meta({{"alias", "a", std::nullopt}});
  EXPECT_FALSE(store_->read_meta("alias", "a"));
  EXPECT_EQ(*store_->read_meta("alias", "b"), "2");
}

TEST_F(StoreTest, blocks_before_and_after_a_dictionary_are_read) {
  std::vector<std::string> samples;
  for (int i = 0; i < 3000; ++i) {
    samples.push_back(fmt::format(R"({{"name":"user {}","city":"Springfield","n":{}}})", i % 53, i * 17 % 1000));
  }
  put(1, 0, "before", samples[0]);
  ASSERT_TRUE(store_->train_dictionary(1, samples));
  put(1, 1, "after", samples[1]);
  open();
  EXPECT_EQ(store_->read_row(1, RowId(0), nullptr)->source, samples[0]);
  EXPECT_EQ(store_->read_row(1, RowId(1), nullptr)->source, samples[1]);
}

}  // namespace
}  // namespace tarn
