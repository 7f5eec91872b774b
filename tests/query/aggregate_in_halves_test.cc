// Random trees of aggregations over the same documents: on one thread without caches, and in two halves with numbered terms.
#include <gtest/gtest.h>

#include <random>

#include "indexer/thread_pool.h"
#include "query_fixture.h"

namespace tarn::query {
namespace {

constexpr const char* kMapping = R"({"properties":{"k":{"type":"keyword"},"u":{"type":"keyword"},"n":{"type":"long"},"d":{"type":"date"},
  "x":{"type":"double"},"b":{"type":"boolean"}}})";
constexpr int kDocuments = 52000;   // enough to be worth two halves

void fill(QueryFixture& index) {
  std::mt19937 random(11);
  for (int i = 0; i < kDocuments; ++i) {
    std::string source = "{\"d\":" + std::to_string(1700000000000 + i * 7919ll + static_cast<long long>(random() % 600000)) +
                         ",\"x\":" + std::to_string(static_cast<double>(random() % 4000) / 8) + ",\"b\":" + (random() % 3 == 0 ? "true" : "false");
    if (random() % 10 != 0) source += ",\"n\":" + std::to_string(static_cast<int>(random() % 300) - 100);
    if (random() % 20 != 0) {
      const std::string k = "k" + std::to_string(random() % (i < kDocuments / 2 ? 9 : 17));
      source += random() % 8 == 0 ? ",\"k\":[\"" + k + "\",\"also\"]" : ",\"k\":\"" + k + "\"";
    }
    source += ",\"u\":\"user-" + std::to_string(random() % 3000) + "\"}";
    index.add(source);
    if (i % 9001 == 9000) index.cut();
  }
  index.cut();
}

class TreeMaker {
 public:
  explicit TreeMaker(uint32_t seed) : random_(seed) {}
  std::string tree(int depth) {
    std::string out = "{\"c\":{\"cardinality\":{\"field\":\"u\"}},\"m\":" + pick(kMetrics);
    if (depth > 0) {
      const std::string bucket = pick(kBuckets);
      out += ",\"b\":" + bucket.substr(0, bucket.size() - 1) + ",\"aggs\":" + tree(depth - 1) + "}";
    }
    return out + "}";
  }

 private:
  std::string pick(const std::vector<std::string>& from) { return from[random_() % from.size()]; }
  std::mt19937 random_;
  const std::vector<std::string> kMetrics = {
      R"({"cardinality":{"field":"u"}})", R"({"cardinality":{"field":"n"}})", R"({"cardinality":{"field":"k","missing":"none"}})",
      R"({"stats":{"field":"n"}})", R"({"avg":{"field":"x"}})", R"({"extended_stats":{"field":"n"}})", R"({"value_count":{"field":"k"}})",
      R"({"max":{"field":"d"}})", R"({"sum":{"field":"n","missing":5}})"};
  const std::vector<std::string> kBuckets = {
      R"({"terms":{"field":"k","size":20}})", R"({"terms":{"field":"k","missing":"gone","order":{"c":"desc"}}})", R"({"terms":{"field":"n","size":7}})",
      R"({"terms":{"field":"u","size":5,"order":{"m":"asc"}}})", R"({"terms":{"field":"k","min_doc_count":0,"include":"k.*"}})",
      R"({"rare_terms":{"field":"n","max_doc_count":90}})", R"({"histogram":{"field":"n","interval":25}})",
      R"({"date_histogram":{"field":"d","fixed_interval":"12h"}})",
      R"({"date_histogram":{"field":"d","calendar_interval":"day","time_zone":"Europe/Berlin"}})", R"({"missing":{"field":"n"}})",
      R"({"range":{"field":"n","ranges":[{"to":0},{"from":0,"to":100},{"from":50}]}})", R"({"filter":{"term":{"b":true}}})",
      R"({"filters":{"other_bucket":true,"filters":{"y":{"term":{"b":true}},"z":{"range":{"n":{"gte":50}}}}}})",
      R"({"adjacency_matrix":{"filters":{"y":{"term":{"b":true}},"z":{"range":{"n":{"gte":50}}}}}})"};
};

TEST(AggregateInHalves, answers_are_those_of_one_thread) {
  QueryFixture index(kMapping);
  fill(index);
  ThreadPool pool(1);
  const auto numbers = make_term_numbers_cache(16 << 20);
  for (uint32_t seed = 0; seed < 40; ++seed) {
    TreeMaker maker(seed);
    std::string tree = maker.tree(1 + seed % 3);
    // Ordering by a metric needs one that has a single value.
    if (tree.find("\"m\":\"asc\"") != std::string::npos) {
      if (const size_t at = tree.find("_stats\""); at != std::string::npos) continue;
      if (tree.find("{\"stats\"") != std::string::npos) continue;
    }
    const std::string body = R"({"size":0,"query":{"range":{"x":{"gte":20}}},"aggs":)" + tree + "}";
    index.context().pool = nullptr;
    index.context().term_numbers = nullptr;
    const std::string alone = index.aggregate(body);
    index.context().pool = &pool;
    index.context().term_numbers = numbers;
    EXPECT_EQ(index.aggregate(body), alone) << body;
  }
}

TEST(AggregateInHalves, hits_are_those_of_one_thread) {
  QueryFixture index(kMapping);
  fill(index);
  ThreadPool pool(1);
  const std::string body = R"({"size":30,"query":{"range":{"x":{"gte":20}}},"post_filter":{"term":{"b":true}},"sort":[{"n":"desc"},{"d":"asc"}],"aggs":{"k":{"terms":{"field":"k"}}}})";
  const auto alone = index.run(body);
  index.context().pool = &pool;
  const auto halves = index.run(body);
  ASSERT_EQ(alone.hits.size(), halves.hits.size());
  EXPECT_EQ(alone.total, halves.total);
  for (size_t i = 0; i < alone.hits.size(); ++i) EXPECT_EQ(alone.hits[i].ref, halves.hits[i].ref);
}

}  // namespace
}  // namespace tarn::query
