#include "indexer/segment/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "segment_fixture.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

uint64_t seed() {
  static const uint64_t value = [] {
    const char* given = std::getenv("TARN_SEED");
    return given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return value;
}

class SegmentTest : public ::testing::Test {
 protected:
  SegmentTest() : random_(mapping_, seed()) {
    declare_fields(mapping_);
    directory_ = fs::temp_directory_path() / ("tarn_segment_test_" + std::to_string(::getpid()));
    fs::create_directories(directory_);
    RecordProperty("seed", std::to_string(seed()));
    std::printf("TARN_SEED=%lu\n", static_cast<unsigned long>(seed()));
  }
  ~SegmentTest() override { fs::remove_all(directory_); }

  struct Built {
    std::shared_ptr<const Segment> segment;
    std::vector<ModelDocument> documents;
    SegmentReader reader() const { return {segment, nullptr, nullptr}; }
  };

  Built build(const std::string& name, size_t roots) {
    Built built;
    std::vector<std::shared_ptr<const ParsedBatch>> batches;
    while (roots > 0) {
      auto batch = std::make_shared<ParsedBatch>();
      for (size_t i = std::min<size_t>(roots, 700); i > 0; --i, --roots) {
        std::vector<ModelDocument> block = random_.next_block();
        const bool dead = random_.random()() % 20 == 0;
        append(mapping_, block, *batch, dead);
        if (!dead) built.documents.insert(built.documents.end(), block.begin(), block.end());
      }
      batches.push_back(std::move(batch));
    }
    built.segment = build_segment(name, mapping_, batches);
    return built;
  }

  /// Kills some documents, whole blocks at a time, in the model and in the bits.
  std::shared_ptr<const Bitset> kill_some(std::vector<ModelDocument>& documents, int one_in) {
    auto live = std::make_shared<Bitset>(static_cast<uint32_t>(documents.size()), true);
    bool dying = false;
    uint64_t row = UINT64_MAX;
    for (uint32_t d = 0; d < documents.size(); ++d) {
      if (documents[d].row != row) dying = random_.random()() % one_in == 0;
      row = documents[d].row;
      if (!dying) continue;
      documents[d].live = false;
      live->reset(d);
    }
    return live;
  }

  /// Patches some root documents, in the model too.
  std::shared_ptr<const ColumnPatches> patch_some(const SegmentReader& reader, std::vector<ModelDocument>& documents) {
    std::vector<DocumentPatch> patches;
    Arena arena;
    static int64_t next_seq_no = 1'000'000;
    for (LocalDocId doc = 0; doc < documents.size(); ++doc) {
      if (!documents[doc].root || random_.random()() % 15 != 0) continue;
      for (uint64_t times = 1 + random_.random()() % 2; times > 0; --times) patches.push_back(random_patch(doc, documents[doc], arena, next_seq_no++));
    }
    return apply_patches(reader, mapping_, patches);
  }

  DocumentPatch random_patch(LocalDocId doc, ModelDocument& document, Arena& arena, int64_t seq_no) {
    DocumentPatch patch;
    patch.doc = doc;
    const auto number = [&](const std::string& path, int64_t given) {
      FieldValue value;
      value.field = mapping_.find(path)->id;
      value.number = given;
      patch.values.push_back(value);
    };
    number("_seq_no", seq_no);
    document.numbers["_seq_no"] = {seq_no};
    for (const std::string path : {"long.dense", "long.rare", "long.multi_half", "double.price", "date"}) {
      if (random_.random()() % 2) continue;
      patch.touched.push_back(mapping_.find(path)->id);
      document.numbers[path] = random_.random()() % 4 == 0 ? std::vector<int64_t>{} : random_.numbers(path);
      for (const int64_t value : document.numbers[path]) number(path, value);
    }
    for (const std::string path : {"key.few", "key.some", "key.many", "key.rare"}) {
      if (random_.random()() % 2) continue;
      patch.touched.push_back(mapping_.find(path)->id);
      document.keywords[path] = random_.random()() % 4 == 0 ? std::vector<std::string>{} : random_.keywords(path);
      if (random_.random()() % 3 == 0) document.keywords[path].push_back("patched " + std::to_string(random_.random()() % 5));
      for (const std::string& text : document.keywords[path]) {
        FieldValue value;
        value.field = mapping_.find(path)->id;
        value.size = static_cast<uint32_t>(text.size());
        value.data = arena.copy(text).data();
        patch.values.push_back(value);
      }
    }
    return patch;
  }

  static std::vector<ModelDocument> live_of(std::vector<ModelDocument> documents) {
    std::erase_if(documents, [](const ModelDocument& d) { return !d.live; });
    return documents;
  }

  static std::vector<ModelDocument> joined(const std::vector<std::vector<ModelDocument>>& parts) {
    std::vector<ModelDocument> out;
    for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
  }

  FakeMapping mapping_;
  RandomDocuments random_;
  fs::path directory_;
  PostingCache cache_{1 << 20};
};

TEST_F(SegmentTest, young_segment_answers_as_the_model) {
  const Built built = build("young", 5000);
  expect_equal(built.reader(), mapping_, built.documents);
  EXPECT_FALSE(built.segment->on_disk());
  EXPECT_EQ(built.segment->max_seq_no().value, built.documents.back().numbers.at("_seq_no")[0]);
}

TEST_F(SegmentTest, tiny_segments_answer_as_the_model) {
  for (size_t roots = 1; roots < 40; roots += 3) {
    const Built built = build("tiny", roots);
    if (built.segment == nullptr) continue;
    expect_equal(built.reader(), mapping_, built.documents);
  }
}

TEST_F(SegmentTest, segment_without_live_roots_is_null) {
  auto batch = std::make_shared<ParsedBatch>();
  append(mapping_, random_.next_block(), *batch, true);
  EXPECT_TRUE(build_segment("none", mapping_, {batch}) == nullptr);
}

TEST_F(SegmentTest, batches_out_of_order_become_one_segment_in_row_order) {
  auto first = std::make_shared<ParsedBatch>();
  auto second = std::make_shared<ParsedBatch>();
  std::vector<ModelDocument> documents;
  for (int i = 0; i < 200; ++i) {
    const auto block = random_.next_block();
    append(mapping_, block, i % 3 ? *first : *second);
    documents.insert(documents.end(), block.begin(), block.end());
  }
  expect_equal({build_segment("mixed", mapping_, {first, second}), nullptr, nullptr}, mapping_, documents);
}

TEST_F(SegmentTest, flushed_segment_answers_as_the_model) {
  const Built built = build("s1", 5000);
  const auto flushed = write_segment(*built.segment, directory_, cache_);
  EXPECT_TRUE(flushed->on_disk());
  EXPECT_GT(flushed->disk_bytes(), 0u);
  EXPECT_LT(flushed->memory_bytes(), built.segment->memory_bytes() / 10);
  expect_equal({flushed, nullptr, nullptr}, mapping_, built.documents);
  expect_equal({flushed, nullptr, nullptr}, mapping_, built.documents);  // again, from the posting cache
  EXPECT_LE(cache_.memory_bytes(), 1u << 20);
  EXPECT_EQ(flushed->max_seq_no(), built.segment->max_seq_no());
  const auto reopened = open_segment(directory_, "s1", cache_, true);
  expect_equal({reopened, nullptr, nullptr}, mapping_, built.documents);
  EXPECT_FALSE(fs::exists(directory_ / "s1.tmp"));
}

TEST_F(SegmentTest, patched_columns_answer_as_the_model) {
  Built built = build("p", 6000);
  const SegmentReader reader = built.reader();
  auto patches = patch_some(reader, built.documents);
  expect_equal({built.segment, nullptr, patches}, mapping_, built.documents);
  // On top of patches, and from disk.
  const auto flushed = write_segment(*built.segment, directory_, cache_);
  patches = patch_some({flushed, nullptr, patches}, built.documents);
  expect_equal({flushed, nullptr, patches}, mapping_, built.documents);
  write_patches(directory_ / "p", 7, *patches);
  expect_equal({flushed, nullptr, read_patches(directory_ / "p", 7)}, mapping_, built.documents);
}

TEST_F(SegmentTest, patches_of_text_are_refused) {
  const Built built = build("p", 3);
  DocumentPatch patch;
  patch.doc = 0;
  patch.touched = {mapping_.find("text.body")->id};
  EXPECT_THROW(apply_patches(built.reader(), mapping_, {patch}), ApiError);
}

TEST_F(SegmentTest, merged_young_segments_drop_the_dead_and_fold_patches) {
  std::vector<SegmentReader> readers;
  std::vector<std::vector<ModelDocument>> parts;
  for (int i = 0; i < 4; ++i) {
    Built built = build("m" + std::to_string(i), 1500);
    std::shared_ptr<const Bitset> live;
    std::shared_ptr<const ColumnPatches> patches;
    if (i % 2) patches = patch_some(built.reader(), built.documents);
    if (i >= 2) live = kill_some(built.documents, 4);
    readers.emplace_back(built.segment, live, patches);
    parts.push_back(live_of(built.documents));
  }
  const auto merged = merge_segments("merged", mapping_, readers);
  expect_equal({merged, nullptr, nullptr}, mapping_, joined(parts));
}

TEST_F(SegmentTest, merge_to_disk_without_dead_documents_joins) {
  std::vector<SegmentReader> readers;
  std::vector<std::vector<ModelDocument>> parts;
  for (int i = 0; i < 4; ++i) {
    Built built = build("d" + std::to_string(i), 1200);
    std::shared_ptr<const ColumnPatches> patches;
    if (i == 1) patches = patch_some(built.reader(), built.documents);
    auto segment = i == 2 ? built.segment : write_segment(*built.segment, directory_, cache_);  // one is young
    readers.emplace_back(segment, nullptr, patches);
    parts.push_back(built.documents);
  }
  const auto merged = merge_to_disk("joined", mapping_, readers, directory_, cache_);
  expect_equal({merged, nullptr, nullptr}, mapping_, joined(parts));
  expect_equal({open_segment(directory_, "joined", cache_, true), nullptr, nullptr}, mapping_, joined(parts));
}

TEST_F(SegmentTest, merge_to_disk_drops_the_dead) {
  std::vector<SegmentReader> readers;
  std::vector<std::vector<ModelDocument>> parts;
  for (int i = 0; i < 3; ++i) {
    Built built = build("x" + std::to_string(i), 1500);
    std::shared_ptr<const Bitset> live;
    if (i != 1) live = kill_some(built.documents, 3);
    auto segment = i == 2 ? built.segment : write_segment(*built.segment, directory_, cache_);
    readers.emplace_back(segment, live, nullptr);
    parts.push_back(live_of(built.documents));
  }
  const auto merged = merge_to_disk("dropped", mapping_, readers, directory_, cache_);
  expect_equal({merged, nullptr, nullptr}, mapping_, joined(parts));
  // A merge of the merge, and back into memory.
  const auto again = merge_segments("again", mapping_, {SegmentReader(merged, nullptr, nullptr)});
  expect_equal({again, nullptr, nullptr}, mapping_, joined(parts));
}

TEST_F(SegmentTest, merge_of_only_dead_documents_is_null) {
  Built built = build("dead", 20);
  auto none = std::make_shared<Bitset>(built.segment->doc_count());
  const SegmentReader reader(built.segment, none, nullptr);
  EXPECT_TRUE(merge_segments("n", mapping_, {reader}) == nullptr);
  EXPECT_TRUE(merge_to_disk("n", mapping_, {reader}, directory_, cache_) == nullptr);
}

TEST_F(SegmentTest, live_docs_survive_the_disk) {
  Built built = build("live", 500);
  write_segment(*built.segment, directory_, cache_);
  const auto live = kill_some(built.documents, 3);
  write_live_docs(directory_ / "live", 3, *live);
  const auto read = read_live_docs(directory_ / "live", 3);
  ASSERT_EQ(read->size(), live->size());
  for (uint32_t i = 0; i < live->size(); ++i) ASSERT_EQ(read->test(i), live->test(i));
  EXPECT_THROW(read_live_docs(directory_ / "live", 4), ApiError);
}

TEST_F(SegmentTest, readers_may_share_a_flushed_segment_across_threads) {
  const Built built = build("threads", 1500);
  const auto flushed = write_segment(*built.segment, directory_, cache_);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const TextIndex* young = built.segment->text("text.body");
      const TextIndex* index = flushed->text("text.body");
      auto cursor = index->terms("");
      while (cursor->next()) {
        if (index->postings(cursor->term())->docs != young->postings(cursor->term())->docs) ++wrong;
      }
      if (flushed->keywords("key.id")->ordinal_count() != built.segment->keywords("key.id")->ordinal_count()) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

/// Everything that a reader can be asked, as one text.
std::string answers(const Segment& segment, const FakeMapping& mapping) {
  std::string out;
  const uint32_t count = segment.doc_count();
  for (LocalDocId doc = 0; doc < count; ++doc) out += std::to_string(segment.row(doc).value) + ",";
  for (FieldId id = 0; id < mapping.field_count(); ++id) {
    const std::string& path = mapping.field(id).path;
    if (const NumericColumn* column = segment.numbers(path)) {
      std::vector<int64_t> values;
      for (LocalDocId doc = 0; doc < count; ++doc) column->values(doc, values);
      for (const int64_t value : values) out += std::to_string(value) + ",";
    }
    if (const KeywordColumn* column = segment.keywords(path)) {
      for (Ordinal o = 0; o < column->ordinal_count(); ++o) {
        Bitset docs(count);
        column->or_docs_into(o, o + 1, docs);
        out += std::string(column->term(o)) + std::to_string(docs.count()) + ",";
      }
    }
    if (const TextIndex* index = segment.text(path)) {
      auto cursor = index->terms("");
      while (cursor->next()) {
        out += cursor->term();
        const auto list = index->postings(cursor->term());
        for (size_t i = 0; i < list->docs.size(); ++i) out += std::to_string(list->docs[i]) + ":" + std::to_string(list->freqs[i]);
      }
      std::vector<ColumnToken> tokens;
      for (LocalDocId doc = 0; doc < count; ++doc) index->tokens(doc, tokens);
      for (const ColumnToken& token : tokens) out += std::to_string(token.term) + ",";
    }
  }
  return out;
}

TEST_F(SegmentTest, flipped_and_missing_bytes_are_errors_or_harmless) {
  const Built built = build("good", 60);
  write_segment(*built.segment, directory_, cache_);
  const std::string want = answers(*built.segment, mapping_);
  for (const std::string file : {"columns.tarn", "text.glass"}) {
    std::ifstream in(directory_ / "good" / file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const fs::path bad = directory_ / "bad";
    fs::remove_all(bad);
    fs::copy(directory_ / "good", bad, fs::copy_options::recursive);
    const auto attempt = [&](const std::string& changed, bool deep) {
      std::ofstream(bad / file, std::ios::binary | std::ios::trunc) << changed;
      try {
        const auto segment = open_segment(directory_, "bad", cache_, deep);
        const std::string got = answers(*segment, mapping_);
        EXPECT_TRUE(got == want);
      } catch (const ApiError& error) {
        EXPECT_EQ(error.error().type, "corrupt_index_exception") << error.what();
        EXPECT_THAT(error.error().reason, ::testing::HasSubstr("bad"));
      }
    };
    const size_t step = std::max<size_t>(1, bytes.size() / 150);
    for (size_t at = seed() % step; at < bytes.size(); at += step) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      attempt(changed, false);
      attempt(changed, true);
    }
    for (size_t size = 0; size < bytes.size(); size += step * 10 + 1) {
      attempt(bytes.substr(0, size), false);
      attempt(bytes.substr(0, size), true);
    }
  }
}

}  // namespace
}  // namespace tarn
