#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "indexer/mapping/query_check.h"
#include "query/percolate/check.h"
#include "query/percolate/extract_terms.h"
#include "tests/query/query_fixture.h"

namespace tarn::query {
namespace {

std::set<uint64_t> rows_of(const std::shared_ptr<const Searcher>& searcher, const QueryResult& result) {
  std::set<uint64_t> rows;
  for (const Hit& hit : result.hits) rows.insert(searcher->segments()[hit.ref.segment].segment().row(hit.ref.doc).value);
  return rows;
}

TEST(Joining, parents_are_found_by_children_in_other_segments) {
  QueryFixture index(R"({"properties":{"j":{"type":"join","relations":{"p":"c"}},"n":{"type":"integer"}}})");
  std::mt19937 random(11);
  constexpr int kParents = 40, kChildren = 200;
  std::vector<int> kinds(kParents, -1);
  for (int i = 0; i < kChildren; ++i) kinds.push_back(static_cast<int>(random() % kParents));
  std::shuffle(kinds.begin(), kinds.end(), random);
  std::map<int, uint64_t> row_of_parent;
  std::map<int, std::vector<int>> values;
  int parents = 0;
  for (size_t row = 0; row < kinds.size(); ++row) {
    if (kinds[row] < 0) {
      row_of_parent[parents] = row;
      index.add("p" + std::to_string(parents++), "", R"({"j":"p"})");
    } else {
      const int n = static_cast<int>(random() % 100);
      values[kinds[row]].push_back(n);
      const std::string parent = "p" + std::to_string(kinds[row]);
      index.add("c" + std::to_string(row), parent, R"({"j":{"name":"c","parent":")" + parent + R"("},"n":)" + std::to_string(n) + "}");
    }
    if (random() % 17 == 0) index.cut();
  }
  for (const int least : {1, 2, 4}) {
    std::set<uint64_t> expected;
    for (const auto& [parent, numbers] : values) {
      if (std::count_if(numbers.begin(), numbers.end(), [](int n) { return n >= 50; }) >= least) expected.insert(row_of_parent[parent]);
    }
    const auto result = index.run(R"({"size":100,"query":{"has_child":{"type":"c","query":{"range":{"n":{"gte":50}}},"min_children":)" +
                                  std::to_string(least) + "}}}");
    EXPECT_EQ(rows_of(index.searcher(), result), expected) << least;
  }
  const auto best = index.run(R"({"size":100,"query":{"has_child":{"type":"c","score_mode":"max","query":{"function_score":{
      "query":{"exists":{"field":"n"}},"field_value_factor":{"field":"n"},"boost_mode":"replace"}}}}})");
  for (const Hit& hit : best.hits) {
    const uint64_t row = index.searcher()->segments()[hit.ref.segment].segment().row(hit.ref.doc).value;
    const auto parent = std::find_if(row_of_parent.begin(), row_of_parent.end(), [&](const auto& one) { return one.second == row; });
    const auto& numbers = values[parent->first];
    EXPECT_EQ(hit.score, static_cast<float>(*std::max_element(numbers.begin(), numbers.end())));
  }
}

TEST(Percolation, terms_of_stored_queries_lose_no_match) {
  const std::string mapping = R"({"properties":{"q":{"type":"percolator"},"t":{"type":"text"},"k":{"type":"keyword"},"n":{"type":"integer"},
      "o":{"type":"nested","properties":{"k":{"type":"keyword"}}}}})";
  QueryFixture told(mapping), untold(mapping);
  const char* kQueries[] = {R"({"match":{"t":"red fox"}})",
                            R"({"match":{"t":{"query":"red fox","operator":"and"}}})",
                            R"({"match_phrase":{"t":"red fox"}})",
                            R"({"bool":{"must":[{"term":{"k":"x"}},{"range":{"n":{"gt":5}}}],"should":[{"match":{"t":"dog"}}]}})",
                            R"({"bool":{"should":[{"term":{"k":"x"}},{"range":{"n":{"gt":5}}}]}})",
                            R"({"bool":{"must_not":[{"term":{"k":"x"}}]}})",
                            R"({"bool":{"filter":[{"bool":{"should":[{"match":{"t":"fox"}},{"term":{"k":"y"}}]}}]}})",
                            R"({"constant_score":{"filter":{"terms":{"k":["x","z"]}}}})",
                            R"({"nested":{"path":"o","query":{"term":{"o.k":"deep"}}}})",
                            R"({"dis_max":{"queries":[{"match":{"t":"dog"}},{"term":{"k":"y"}}]}})",
                            R"({"wildcard":{"k":"x*"}})",
                            R"({"match_all":{}})"};
  const auto settings = IndexSettings::create(Json::object());
  {
    const QueryCheckScope scope([&](const Mapping& of, std::string_view text) {
      return check_stored_query("test", "uuid", of, *settings, text, SearchContext());
    });
    for (const char* query : kQueries) told.add(std::string(R"({"q":)") + query + "}");
  }
  for (const char* query : kQueries) untold.add(std::string(R"({"q":)") + query + "}");
  for (const char* document : {R"({"t":"a red dog"})", R"({"t":"red fox","k":"x"})", R"({"k":["y","z"],"n":9})", R"({"t":"fox red"})",
                               R"({"o":[{"k":"deep"}],"k":"xx"})", R"({"n":3})", "{}"}) {
    const std::string body = std::string(R"({"size":50,"query":{"percolate":{"field":"q","document":)") + document + "}}}";
    EXPECT_EQ(rows_of(told.searcher(), told.run(body)), rows_of(untold.searcher(), untold.run(body))) << document;
  }
}

TEST(Percolation, the_rarest_clause_that_must_match_stands_for_a_query) {
  const auto mapping = Mapping::create(parse_json(R"({"properties":{"t":{"type":"text"},"k":{"type":"keyword"}}})"),
                                       AnalysisRegistry::built_in(), MappingLimits{});
  const auto terms = [&](const char* query) { return extract_terms(parse_json(query), *mapping); };
  const std::string k = std::string("k") + '\0', t = std::string("t") + '\0';
  EXPECT_EQ(terms(R"({"bool":{"must":[{"match":{"t":"Red fox"}},{"term":{"k":"x"}}]}})"), std::vector<std::string>{k + "x"});
  EXPECT_EQ(terms(R"({"match":{"t":"Red fox"}})"), (std::vector<std::string>{t + "fox", t + "red"}));
  EXPECT_EQ(terms(R"({"match_phrase":{"t":"Red foxes"}})"), std::vector<std::string>{t + "foxes"});
  EXPECT_TRUE(terms(R"({"bool":{"should":[{"term":{"k":"x"}},{"match_all":{}}]}})").empty());
  EXPECT_TRUE(terms(R"({"match":{"t":{"query":"x","fuzziness":1}}})").empty());
}

TEST(Percolation, queries_on_unmapped_fields_are_refused_before_they_are_stored) {
  const auto mapping = Mapping::create(parse_json(R"({"properties":{"t":{"type":"text"}}})"), AnalysisRegistry::built_in(), MappingLimits{});
  const auto refusal = [&](const char* query) -> std::string {
    try {
      check_stored_query("test", "uuid", *mapping, *IndexSettings::create(Json::object()), query, SearchContext());
    } catch (const ApiError& error) {
      return error.error().reason;
    }
    return "";
  };
  EXPECT_EQ(refusal(R"({"bool":{"must_not":[{"term":{"x":"a"}}]}})"), "No field mapping can be found for the field with name [x]");
  EXPECT_EQ(refusal(R"({"has_child":{"type":"c","query":{"match_all":{}}}})"), "the [has_child] query is unsupported inside a percolator query");
  EXPECT_EQ(refusal("        {}"), "query malformed, empty clause found at [1:10]");
  EXPECT_EQ(refusal(R"({"match":{"t":"a"}})"), "");
}

}  // namespace
}  // namespace tarn::query
