#include "server/render/filter_path.h"

#include <gtest/gtest.h>

namespace tarn::server {
namespace {

std::string filtered(std::string_view paths, std::string_view json) { return FilterPath::parse(paths).apply(json); }

constexpr std::string_view kSearch =
    R"({"took":3,"_shards":{"total":1},"hits":{"total":{"value":2},"max_score":null,)"
    R"("hits":[{"_id":"a","_score":1.0,"_source":{"name":"A","n":1}},{"_id":"b","_source":{"name":"B"}}]}})";

}  // namespace

TEST(FilterPath, keeps_one_path) {
  EXPECT_EQ(filtered("hits.total", kSearch), R"({"hits":{"total":{"value":2}}})");
}

TEST(FilterPath, looks_through_arrays) {
  EXPECT_EQ(filtered("hits.hits._source.name", kSearch),
            R"({"hits":{"hits":[{"_source":{"name":"A"}},{"_source":{"name":"B"}}]}})");
}

TEST(FilterPath, knows_wildcards_within_a_name_and_over_any_depth) {
  EXPECT_EQ(filtered("hits.hits._s*", kSearch),
            R"({"hits":{"hits":[{"_score":1.0,"_source":{"name":"A","n":1}},{"_source":{"name":"B"}}]}})");
  EXPECT_EQ(filtered("**._id", kSearch), R"({"hits":{"hits":[{"_id":"a"},{"_id":"b"}]}})");
  EXPECT_EQ(filtered("*", kSearch), kSearch);
}

TEST(FilterPath, double_wildcard_does_not_stand_for_no_name_at_all) {
  EXPECT_EQ(filtered("**.took", kSearch), "{}");
}

TEST(FilterPath, leaves_out_what_has_a_minus) {
  EXPECT_EQ(filtered("-hits.hits,-_shards,-took", kSearch), R"({"hits":{"total":{"value":2},"max_score":null}})");
  EXPECT_EQ(filtered("hits.hits,-hits.hits._source", kSearch),
            R"({"hits":{"hits":[{"_id":"a","_score":1.0},{"_id":"b"}]}})");
}

TEST(FilterPath, of_an_object_without_a_match_braces_remain_and_of_an_array_nothing) {
  EXPECT_EQ(filtered("nonesuch", kSearch), "{}");
  EXPECT_EQ(filtered("nonesuch", R"([{"a":1}])"), "");
}

TEST(FilterPath, drops_what_became_empty) {
  EXPECT_EQ(filtered("-a.b", R"({"a":{"b":1},"c":{}})"), R"({"c":{}})");
  EXPECT_EQ(filtered("a.b", R"({"a":{"c":1}})"), "{}");
}

TEST(FilterPath, a_backslash_makes_a_dot_part_of_the_name) {
  EXPECT_EQ(filtered("a\\.b", R"({"a.b":1,"a":{"b":2}})"), R"({"a.b":1})");
}

TEST(FilterPath, rewrites_numbers_strings_and_blanks_of_stored_sources) {
  EXPECT_EQ(filtered("a", "{ \"a\" : [ 1E+2, 1.50, 7, \"\\u0041\\/\" ] }"), R"({"a":[100.0,1.5,7,"A/"]})");
}

TEST(FilterPath, ignores_blanks_and_empty_parts) {
  EXPECT_TRUE(FilterPath::parse("").empty());
  EXPECT_TRUE(FilterPath::parse(" , ,").empty());
  EXPECT_EQ(filtered(" took , ", kSearch), R"({"took":3})");
}

}  // namespace tarn::server
