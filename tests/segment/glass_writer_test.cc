#include "indexer/segment/glass_writer.h"

#include "indexer/base/error.h"
#include "indexer/segment/glass_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <xapian.h>

#include <map>
#include <random>
#include <sstream>

namespace tarn::segment {
namespace {

namespace fs = std::filesystem;

class GlassWriterTest : public ::testing::Test {
 protected:
  GlassWriterTest() : file_(fs::temp_directory_path() / ("tarn_glass_test_" + std::to_string(::getpid()))) {}
  ~GlassWriterTest() override {
    fs::remove(file_);
    fs::remove(file_.string() + ".compact");
  }

  using Lists = std::map<std::string, std::vector<GlassWriter::Posting>>;

  void write(const Lists& lists, uint32_t doc_count) {
    GlassWriter writer(file_, doc_count);
    for (const auto& [term, postings] : lists) writer.add(term, postings);
    writer.finish();
  }

  static void expect_lists(const Xapian::Database& database, const Lists& lists) {
    auto term = database.allterms_begin();
    for (const auto& [name, postings] : lists) {
      ASSERT_NE(term, database.allterms_end());
      ASSERT_EQ(*term, name);
      ASSERT_EQ(term.get_termfreq(), postings.size());
      ++term;
      auto posting = database.postlist_begin(name);
      for (const auto& want : postings) {
        ASSERT_NE(posting, database.postlist_end(name));
        ASSERT_EQ(*posting, want.doc + 1);
        ASSERT_EQ(posting.get_wdf(), want.wdf);
        ++posting;
      }
      ASSERT_EQ(posting, database.postlist_end(name));
      posting = database.postlist_begin(name);
      const auto& middle = postings[postings.size() * 2 / 3];
      posting.skip_to(middle.doc + 1);
      ASSERT_EQ(*posting, middle.doc + 1);
    }
    ASSERT_EQ(term, database.allterms_end());
  }

  void expect_valid(const Lists& lists, uint32_t doc_count) {
    std::ostringstream said;
    EXPECT_EQ(Xapian::Database::check(file_.string(), Xapian::DBCHECK_SHOW_STATS, &said), 0u) << said.str();
    Xapian::Database database(file_.string());
    expect_lists(database, lists);
    expect_read(lists, doc_count);
    std::map<LocalDocId, uint64_t> lengths;
    for (const auto& [name, postings] : lists) {
      for (const auto& posting : postings) lengths[posting.doc] += posting.wdf;
    }
    EXPECT_EQ(database.get_doccount(), lengths.size());
    EXPECT_EQ(database.get_lastdocid(), doc_count);
    for (const auto& [doc, length] : lengths) ASSERT_EQ(database.get_doclength(doc + 1), length);
    // What Xapian makes of it is the same.
    database.compact(file_.string() + ".compact", Xapian::DBCOMPACT_SINGLE_FILE | Xapian::DBCOMPACT_NO_RENUMBER);
    const Xapian::Database compacted(file_.string() + ".compact");
    expect_lists(compacted, lists);
    std::printf("%zu terms: %zu bytes, compacted %zu\n", lists.size(), static_cast<size_t>(fs::file_size(file_)),
                static_cast<size_t>(fs::file_size(file_.string() + ".compact")));
  }

  /// The reader of our own finds the same.
  void expect_read(const Lists& lists, uint32_t doc_count) {
    const GlassReader reader(file_);
    for (const auto& [name, postings] : lists) {
      PostingList list;
      reader.read(name, static_cast<uint32_t>(postings.size()), doc_count, list);
      ASSERT_EQ(list.docs.size(), postings.size());
      for (size_t i = 0; i < postings.size(); ++i) {
        ASSERT_EQ(list.docs[i], postings[i].doc);
        ASSERT_EQ(list.freqs[i], static_cast<uint16_t>(postings[i].wdf >> 8));
        ASSERT_EQ(list.norms[i], static_cast<uint8_t>(postings[i].wdf));
      }
      PostingList other;
      EXPECT_THROW(reader.read(name, static_cast<uint32_t>(postings.size()) + 1, doc_count, other), ApiError);
      if (!lists.contains(name + "~")) EXPECT_THROW(reader.read(name + "~", 1, doc_count, other), ApiError);
      if (postings.back().doc > 0) {
        EXPECT_THROW(reader.read(name, static_cast<uint32_t>(postings.size()), postings.back().doc, other), ApiError);
      }
    }
  }

  fs::path file_;
};

TEST_F(GlassWriterTest, one_posting) {
  const Lists lists{{"a", {{0, 300}}}};
  write(lists, 1);
  expect_valid(lists, 1);
}

TEST_F(GlassWriterTest, lists_of_every_size_pass_the_check_of_xapian) {
  std::mt19937_64 random(7);
  for (const uint32_t doc_count : {10u, 3000u, 70'000u, 2'500'000u}) {
    Lists lists;
    for (int i = 0; i < 3000; ++i) {
      std::string term(1, static_cast<char>(1 + random() % 255));
      for (uint64_t n = random() % (i % 50 == 0 ? 100 : 9); n > 0; --n) term.push_back(static_cast<char>(random()));
      if (i % 3 == 0) term = "common" + std::to_string(i);
      std::vector<GlassWriter::Posting> postings;
      const uint64_t one_in = i % 500 == 0 ? 2 : 1 + random() % doc_count;
      for (uint64_t doc = random() % doc_count; doc < doc_count; doc += 1 + random() % (2 * one_in)) {
        postings.push_back({static_cast<LocalDocId>(doc), static_cast<uint32_t>(random() % 3 ? 256 + random() % 256 : random() % 20'000'000)});
      }
      if (term.size() < 100) lists[term] = std::move(postings);
    }
    write(lists, doc_count);
    expect_valid(lists, doc_count);
  }
}

TEST_F(GlassWriterTest, many_terms_make_a_tree_of_several_levels) {
  Lists lists;
  const std::string tail(110, 'x');
  for (int i = 0; i < 40'000; ++i) {
    lists[std::to_string(i * 7919 % 1'000'000) + tail] = {{static_cast<LocalDocId>(i % 5000), 256}};
  }
  write(lists, 5000);
  expect_valid(lists, 5000);
}

}  // namespace
}  // namespace tarn::segment
