#include "indexer/store/source_merge.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

std::string merge(std::string_view document, std::string_view partial) {
  std::string out;
  EXPECT_TRUE(merge_source(document, partial, out)) << document << " " << partial;
  return out;
}

TEST(SourceMerge, replaces_in_place_and_appends_new_members) {
  EXPECT_EQ(merge(R"({"a":1,"b":2})", R"({"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(merge(R"({"a":1})", R"({"b":[1,2]})"), R"({"a":1,"b":[1,2]})");
  EXPECT_EQ(merge(R"({})", R"({"b":null})"), R"({"b":null})");
  EXPECT_EQ(merge(R"({"a":1})", R"({})"), R"({"a":1})");
}

TEST(SourceMerge, objects_merge_and_everything_else_is_replaced) {
  EXPECT_EQ(merge(R"({"o":{"x":1,"y":{"z":2}}})", R"({"o":{"y":{"w":3}}})"), R"({"o":{"x":1,"y":{"z":2,"w":3}}})");
  EXPECT_EQ(merge(R"({"o":[{"x":1}]})", R"({"o":{"y":1}})"), R"({"o":{"y":1}})");
  EXPECT_EQ(merge(R"({"o":{"x":1}})", R"({"o":5})"), R"({"o":5})");
}

TEST(SourceMerge, untouched_bytes_stay_as_sent) {
  EXPECT_EQ(merge("{ \"a\" : 1E+2 ,\n \"t\":\"x\\\"}\" , \"b\":2 }", R"({"b":3})"),
            "{ \"a\" : 1E+2 ,\n \"t\":\"x\\\"}\" , \"b\":3 }");
  EXPECT_EQ(merge("{ \"a\" : 1 }", R"({"b":3})"), "{ \"a\" : 1 ,\"b\":3}");
}

TEST(SourceMerge, keys_are_compared_unescaped) {
  EXPECT_EQ(merge(R"({"\u0061":1})", R"({"a":2})"), R"({"\u0061":2})");
}

TEST(SourceMerge, refuses_what_is_no_object) {
  std::string out;
  EXPECT_FALSE(merge_source("[1]", "{}", out));
  EXPECT_FALSE(merge_source("{}", "[1]", out));
  EXPECT_FALSE(merge_source(R"({"a":1)", R"({"b":1})", out));
}

TEST(SourceDiff, tells_a_no_op_as_java_maps_do) {
  EXPECT_FALSE(diff_source(R"({"a":1,"b":2})", R"({"a":1})").changed);
  EXPECT_TRUE(diff_source(R"({"a":1})", R"({"a":1.0})").changed);
  EXPECT_FALSE(diff_source(R"({"a":1.0})", R"({"a":1.00})").changed);
  EXPECT_FALSE(diff_source(R"({"a":"A"})", R"({"a":"\u0041"})").changed);
  EXPECT_TRUE(diff_source(R"({"a":"1"})", R"({"a":1})").changed);
  EXPECT_TRUE(diff_source(R"({})", R"({"a":null})").changed);
  EXPECT_FALSE(diff_source(R"({"a":null})", R"({"a":null})").changed);
  EXPECT_FALSE(diff_source(R"({"a":{"x":1,"y":2}})", R"({"a":{"y":2}})").changed);
  EXPECT_FALSE(diff_source(R"({"a":[{"x":1,"y":2}]})", R"({"a":[{"y":2,"x":1}]})").changed);
  EXPECT_TRUE(diff_source(R"({"a":[1,2]})", R"({"a":[2,1]})").changed);
}

TEST(SourceDiff, says_whether_columns_can_be_patched_one_by_one) {
  EXPECT_TRUE(diff_source(R"({"a":1,"o":{"x":1}})", R"({"o":{"x":2}})").plain);
  EXPECT_TRUE(diff_source(R"({"a":1})", R"({"o":{"x":2}})").plain);
  EXPECT_FALSE(diff_source(R"({"o":{"x":1,"y":1}})", R"({"o":5})").plain);
  EXPECT_FALSE(diff_source(R"({"o":[{"x":1}]})", R"({"o":{"y":2}})").plain);
  EXPECT_FALSE(diff_source(R"({"o.x":1})", R"({"o":{"x":2}})").plain);
  EXPECT_FALSE(diff_source(R"({"o":{"x":1}})", R"({"o.x":2})").plain);
}

}  // namespace
}  // namespace tarn
