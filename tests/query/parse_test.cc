#include <gtest/gtest.h>

#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/search.h"
#include "query/text/expansion.h"
#include "query/text/phrase_matcher.h"

namespace tarn::query {
namespace {

std::string refusal(const std::string& query) {
  try {
    parse_query(parse_request_json(query));
  } catch (const ApiError& error) {
    return error.error().type + ": " + error.error().reason;
  }
  return "";
}

TEST(Parse, errors_are_worded_as_opensearch_words_them) {
  EXPECT_EQ(refusal(R"({"macth":{"a":"b"}})"), "parsing_exception: unknown query [macth] did you mean [match]?");
  EXPECT_EQ(refusal(R"({"term":{"a":["b"]}})"), "parsing_exception: [term] query does not support array of values");
  EXPECT_EQ(refusal(R"({"term":{"a":"b","c":"d"}})"), "parsing_exception: [term] query doesn't support multiple fields, found [a] and [c]");
  EXPECT_EQ(refusal(R"({"term":{"a":{"value":1,"x":1}}})"), "parsing_exception: [term] query does not support [x]");
  EXPECT_EQ(refusal(R"({"terms":{"a":"b"}})"), "parsing_exception: [terms] query does not support [a]");
  EXPECT_EQ(refusal(R"({"terms":{"a":[1,null]}})"), "parsing_exception: No value specified for terms query");
  EXPECT_EQ(refusal(R"({"bool":{"must":"x"}})"), "x_content_parse_exception: [1:17] [bool] must doesn't support values of type: VALUE_STRING");
  EXPECT_EQ(refusal(R"({"match":{"a":{"operator":"and"}}})"), "parsing_exception: No text specified for text query");
  EXPECT_EQ(refusal(R"({"term":{"a":"b"},"match_all":{}})"),
            "parsing_exception: [term] malformed query, expected [END_OBJECT] but found [FIELD_NAME]");
  EXPECT_TRUE(refusal(R"({"knn":{}})").starts_with("parsing_exception: unknown query [knn]"));
}

TEST(MinimumShouldMatch, understands_all_forms) {
  EXPECT_EQ(minimum_should_match(5, "3"), 3);
  EXPECT_EQ(minimum_should_match(5, "-2"), 3);
  EXPECT_EQ(minimum_should_match(5, "-45%"), 3);
  EXPECT_EQ(minimum_should_match(5, "3<70%"), 3);
  EXPECT_EQ(minimum_should_match(6, "2<-25% 5<3"), 3);
  EXPECT_EQ(minimum_should_match(2, "2<-25% 5<3"), 2);
  EXPECT_EQ(minimum_should_match(2, "-9"), 0);
  EXPECT_THROW(minimum_should_match(2, "many"), ApiError);
}

TEST(Phrase, counts_exact_and_sloppy_matches_as_lucene) {
  EXPECT_EQ(exact_phrase_freq({{0, 5, 9}, {0, 9, 12}}), 2.0f);
  // "a b" in "b a": b shifted by its offset stands at -1, a at 1.
  EXPECT_FLOAT_EQ(sloppy_phrase_freq({{1}, {-1}}, {0, 1}, {-1, -1}, 2), 1.0f / 3);
  EXPECT_FLOAT_EQ(sloppy_phrase_freq({{1}, {-1}}, {0, 1}, {-1, -1}, 1), 0.0f);
}

TEST(Values, half_floats_round_as_lucene_stores_them) {
  EXPECT_FLOAT_EQ(half_to_float(float_to_half(0.1f)), 0.099975586f);
  EXPECT_FLOAT_EQ(half_to_float(float_to_half(65504.0f)), 65504.0f);
  EXPECT_FLOAT_EQ(half_to_float(float_to_half(-2.5f)), -2.5f);
}

TEST(Values, addresses_print_shortened) {
  EXPECT_EQ(ip_text(parse_ip("10.0.0.1")), "10.0.0.1");
  EXPECT_EQ(ip_text(parse_ip("2001:db8:0:0:0:0:0:1")), "2001:db8::1");
  EXPECT_EQ(ip_text(parse_cidr("10.0.0.77/24").high), "10.0.0.255");
}

TEST(Routing, shards_are_those_of_opensearch) {
  EXPECT_EQ(shard_of("anything", 1), 0);
  for (int shards : {2, 5, 7}) {
    for (const char* id : {"a", "b", "hello", "\xE2\x82\xAC"}) {
      EXPECT_GE(shard_of(id, shards), 0);
      EXPECT_LT(shard_of(id, shards), shards);
    }
  }
}

TEST(SourceFilter, keeps_what_is_included_and_not_excluded) {
  const std::string source = R"({"a":{"b":1,"c":{"d":1E+2}},"l":[{"x":1,"y":2},3],"z":null})";
  EXPECT_EQ(filter_source(source, {}, {}), source);
  EXPECT_EQ(filter_source(source, {"a.c"}, {}), R"({"a":{"c":{"d":100.0}}})");
  EXPECT_EQ(filter_source(source, {"l.x"}, {}), R"({"l":[{"x":1}]})");
  EXPECT_EQ(filter_source(source, {}, {"a", "l.y"}), R"({"l":[{"x":1},3],"z":null})");
  EXPECT_EQ(filter_source(source, {"*.b", "z"}, {}), R"({"a":{"b":1},"z":null})");
}

}  // namespace
}  // namespace tarn::query
