#include <gtest/gtest.h>

#include <random>

#include "query_fixture.h"

namespace tarn::query {
namespace {

constexpr const char* kMapping = R"({"properties":{"t":{"type":"text"},"k":{"type":"keyword"},"n":{"type":"long"},"d":{"type":"double"}}})";

/// Words of very different frequencies; texts of different lengths; keywords and numbers to filter and sort by.
void fill(QueryFixture& index, uint32_t seed, int documents) {
  std::mt19937 random(seed);
  for (int i = 0; i < documents; ++i) {
    std::string text;
    const int words = 1 + static_cast<int>(random() % 30);
    for (int w = 0; w < words; ++w) {
      const double x = std::pow(static_cast<double>(random() % 10000 + 1) / 10000.0, 3);
      text += "w" + std::to_string(static_cast<int>(x * 200)) + " ";
    }
    std::string numbers = std::to_string(random() % 1000);
    if (random() % 5 == 0) numbers = "[" + numbers + "," + std::to_string(random() % 1000) + "]";
    std::string source = "{\"t\":\"" + text + "\",\"k\":\"k" + std::to_string(random() % 50) + "\"";
    if (random() % 10 != 0) source += ",\"n\":" + numbers;
    source += ",\"d\":" + std::to_string(static_cast<double>(random() % 1000) / 8) + "}";
    index.add(source);
    if (random() % 2500 == 0) index.cut();
  }
  index.cut();
}

/// The slow truth: min_score 0 takes the plain windows, never the block-max loops.
void expect_same_top(QueryFixture& index, const std::string& query) {
  for (const std::string size : {"1", "10", "100"}) {
    const auto fast = index.run(R"({"track_total_hits":50,"size":)" + size + ",\"query\":" + query + "}");
    const auto slow = index.run(R"({"track_total_hits":true,"min_score":0,"size":)" + size + ",\"query\":" + query + "}");
    ASSERT_EQ(fast.hits.size(), slow.hits.size()) << query;
    for (size_t i = 0; i < fast.hits.size(); ++i) {
      EXPECT_NEAR(fast.hits[i].score, slow.hits[i].score, 1e-6 * slow.hits[i].score) << query << " at " << i;
      if (fast.hits[i].score == slow.hits[i].score) {
        EXPECT_EQ(fast.hits[i].ref, slow.hits[i].ref) << query << " at " << i;
      }
    }
    EXPECT_EQ(fast.total, std::min<uint64_t>(slow.total, 50)) << query;
    const auto exact = index.run(R"({"track_total_hits":true,"size":)" + size + ",\"query\":" + query + "}");
    EXPECT_EQ(exact.total, slow.total) << query;
  }
}

TEST(TopK, block_max_loops_find_what_the_exhaustive_ones_find) {
  QueryFixture index(kMapping);
  fill(index, 7, 8000);
  index.remove(0, 3);
  index.remove(0, 4);
  for (const char* words : {"w0", "w0 w1", "w0 w5 w40", "w3 w9 w27 w81 w150", "w190 w0", "nothing w2"}) {
    const std::string match = R"({"match":{"t":")" + std::string(words) + "\"}}";
    expect_same_top(index, match);
    expect_same_top(index, R"({"match":{"t":{"operator":"and","query":")" + std::string(words) + "\"}}}");
    expect_same_top(index, R"({"bool":{"must":)" + match + R"(,"filter":[{"range":{"n":{"gte":500}}}]}})");
    expect_same_top(index, R"({"bool":{"must":)" + match + R"(,"filter":[{"term":{"k":"k7"}}],"must_not":{"range":{"d":{"lt":20}}}}})");
  }
}

TEST(TopK, phrases_are_left_out_only_where_they_cannot_enter) {
  QueryFixture index(kMapping);
  fill(index, 23, 9000);
  for (int i = 0; i < 50; ++i) index.add(R"({"t":["w0 w1","w1 w0 w0 w1","w0"]})");
  index.cut();
  index.remove(1, 7);
  for (const char* words : {"w0 w1", "w0 w0", "w0 w0 w1", "w1 w0", "w2 w0 w1", "w0 nothing"}) {
    for (const char* slop : {"0", "2", "30"}) {
      const std::string phrase =
          R"({"match_phrase":{"t":{"query":")" + std::string(words) + "\",\"slop\":" + slop + "}}}";
      expect_same_top(index, phrase);
      expect_same_top(index, R"({"bool":{"must":)" + phrase + R"(,"filter":[{"range":{"n":{"gte":300}}}]}})");
      expect_same_top(index, R"({"bool":{"must":)" + phrase + R"(,"filter":[{"term":{"k":"k7"}}]}})");
    }
  }
  expect_same_top(index, R"({"match_phrase_prefix":{"t":"w0 w1"}})");
}

TEST(TopK, frequent_words_of_long_texts_are_bounded_by_their_frequencies) {
  QueryFixture index(kMapping);
  std::mt19937 random(31);
  for (int i = 0; i < 6000; ++i) {
    std::string text;
    for (const char* word : {"a", "b", "c"}) {
      for (uint64_t n = random() % 2 ? 0 : random() % 8; n > 0; --n) text += std::string(word) + " ";
    }
    if (i % 700 == 0) text += std::string(600, 'a') + " a a a a a a a a a a a a";
    for (uint64_t n = random() % 60; n > 0; --n) text += "x ";
    index.add("{\"t\":\"" + text + "\"}");
    if (i == 4000) index.cut();
  }
  index.cut();
  for (const char* words : {"a", "a b", "a b c", "x a", "x a b c"}) {
    expect_same_top(index, R"({"match":{"t":")" + std::string(words) + "\"}}");
    expect_same_top(index, R"({"match":{"t":{"operator":"and","query":")" + std::string(words) + "\"}}}");
    expect_same_top(index, R"({"match_phrase":{"t":")" + std::string(words) + "\"}}");
  }
}

TEST(TopK, terms_of_several_fields_have_norms_of_their_own) {
  QueryFixture index(R"({"properties":{"t":{"type":"text"},"u":{"type":"text"},"n":{"type":"text","norms":false}}})");
  std::mt19937 random(37);
  for (int i = 0; i < 4000; ++i) {
    std::string text[3];
    for (std::string& words : text) {
      for (uint64_t n = random() % 12; n > 0; --n) words += "w" + std::to_string(random() % 6) + " ";
    }
    index.add("{\"t\":\"" + text[0] + "\",\"u\":\"" + text[1] + "\",\"n\":\"" + text[2] + "\"}");
  }
  index.cut();
  for (const char* clause : {"must", "should"}) {
    expect_same_top(index, R"({"bool":{")" + std::string(clause) + R"(":[{"match":{"t":"w1"}},{"match":{"u":"w2"}}]}})");
    expect_same_top(index, R"({"bool":{")" + std::string(clause) +
                               R"(":[{"match":{"n":"w1"}},{"match":{"u":{"query":"w2","boost":3}}},{"match":{"t":"w3"}}]}})");
  }
}

TEST(TopK, phrases_are_subsets_of_conjunctions) {
  QueryFixture index(kMapping);
  fill(index, 11, 3000);
  const auto phrase = index.run(R"({"track_total_hits":true,"query":{"match_phrase":{"t":"w0 w1"}}})");
  const auto both = index.run(R"({"track_total_hits":true,"query":{"match":{"t":{"query":"w0 w1","operator":"and"}}}})");
  const auto loose = index.run(R"({"track_total_hits":true,"query":{"match_phrase":{"t":{"query":"w0 w1","slop":1000}}}})");
  EXPECT_GT(phrase.total, 0u);
  EXPECT_LT(phrase.total, both.total);
  EXPECT_EQ(loose.total, both.total);
}

/// All documents by the same sort, in one page.
std::vector<DocRef> all_in_order(QueryFixture& index, const std::string& rest) {
  std::vector<DocRef> out;
  for (const Hit& hit : index.run(R"({"size":100000,"track_total_hits":true,)" + rest + "}").hits) out.push_back(hit.ref);
  return out;
}

TEST(Sort, small_pages_are_the_head_of_large_ones) {
  QueryFixture index(kMapping);
  fill(index, 3, 6000);
  for (const char* sort : {R"("sort":["n"])", R"("sort":[{"n":"desc"}])", R"("sort":[{"k":"desc"},{"d":"asc"},"_doc"])",
                           R"("sort":[{"n":{"order":"asc","missing":"_first"}},{"k":"asc"}])",
                           R"("sort":[{"d":"desc"},{"n":{"order":"desc","mode":"avg"}}])"}) {
    const std::string query = std::string(sort) + R"(,"query":{"range":{"d":{"gte":10}}})";
    const auto all = all_in_order(index, query);
    const auto page = index.run("{\"size\":37," + query + "}");
    ASSERT_EQ(page.hits.size(), 37u);
    for (size_t i = 0; i < page.hits.size(); ++i) EXPECT_EQ(page.hits[i].ref, all[i]) << sort;
  }
}

TEST(Sort, search_after_walks_through_all_documents_once) {
  QueryFixture index(kMapping);
  fill(index, 5, 2000);
  const std::string sort = R"("sort":[{"k":"desc"},{"n":"asc"},{"_doc":"asc"}])";
  const auto all = all_in_order(index, sort);
  std::vector<DocRef> walked;
  std::string after;
  while (true) {
    const auto page = index.run("{\"size\":173," + sort + after + "}");
    if (page.hits.empty()) break;
    for (const Hit& hit : page.hits) walked.push_back(hit.ref);
    const auto& last = page.hits.back().sort;
    after = ",\"search_after\":[\"" + *last[0].text + "\"," + std::to_string(last[1].number) + "," + std::to_string(last[2].number) + "]";
  }
  EXPECT_EQ(walked, all);
}

TEST(Filters, a_conjunction_is_the_intersection_of_its_parts) {
  QueryFixture index(kMapping);
  fill(index, 13, 5000);
  const auto searcher = index.searcher();
  const auto docs = [&](const std::string& query, size_t s) {
    return matching_documents(*parse_query(parse_json(query)), *searcher, s, index.context());
  };
  const std::string a = R"({"range":{"n":{"gte":100,"lt":400}}})", b = R"({"terms":{"k":["k1","k2","k3","k4"]}})", c = R"({"match":{"t":"w3"}})";
  for (size_t s = 0; s < searcher->segments().size(); ++s) {
    Bitset expected = docs(a, s);
    expected &= docs(b, s);
    expected.and_not(docs(c, s));
    const Bitset found = docs(R"({"bool":{"filter":[)" + a + "," + b + R"(],"must_not":)" + c + "}}", s);
    EXPECT_EQ(std::vector<uint64_t>(found.words(), found.words() + found.word_count()),
              std::vector<uint64_t>(expected.words(), expected.words() + expected.word_count()));
  }
}

TEST(Filters, deleted_documents_are_never_found) {
  QueryFixture index(kMapping);
  for (int i = 0; i < 10; ++i) index.add(R"({"t":"red","k":"a","n":1})");
  index.cut();
  index.remove(0, 4);
  EXPECT_EQ(index.run(R"({"query":{"term":{"k":"a"}}})").total, 9u);
  EXPECT_EQ(index.run(R"({"query":{"match":{"t":"red"}}})").total, 9u);
  EXPECT_EQ(index.run(R"({"size":0})").total, 9u);
}

}  // namespace
}  // namespace tarn::query
