#include "server/render/pretty.h"

#include <gtest/gtest.h>

namespace tarn::server {

// The expected texts were recorded from OpenSearch 3.8.0.

TEST(Pretty, indents_by_two_blanks_and_ends_with_a_line_feed) {
  EXPECT_EQ(pretty_json(R"({"a":1,"b":[1,"x",{"c":null}],"d":{},"e":[]})"),
            "{\n  \"a\" : 1,\n  \"b\" : [\n    1,\n    \"x\",\n    {\n      \"c\" : null\n    }\n  ],\n"
            "  \"d\" : { },\n  \"e\" : [ ]\n}\n");
}

TEST(Pretty, leaves_the_source_of_a_hit_as_it_was_stored) {
  EXPECT_EQ(pretty_json("{\"_id\":\"1\",\"_source\":{ \"a\" : 1,\n\"b\":[1, 2]},\"sort\":[1]}"),
            "{\n  \"_id\" : \"1\",\n  \"_source\":{ \"a\" : 1,\n\"b\":[1, 2]},\n  \"sort\" : [\n    1\n  ]\n}\n");
}

TEST(Pretty, indents_the_source_of_a_mapping) {
  EXPECT_EQ(pretty_json(R"({"_source":{"enabled":false}})"), "{\n  \"_source\" : {\n    \"enabled\" : false\n  }\n}\n");
}

TEST(Pretty, indents_a_source_that_was_filtered) {
  EXPECT_EQ(pretty_json(R"({"_id":"1","_source":{"a":1}})", false),
            "{\n  \"_id\" : \"1\",\n  \"_source\" : {\n    \"a\" : 1\n  }\n}\n");
}

TEST(Pretty, keeps_brackets_and_commas_inside_of_strings) {
  EXPECT_EQ(pretty_json(R"({"a":"{,]\"}"})"), "{\n  \"a\" : \"{,]\\\"}\"\n}\n");
}

TEST(Pretty, shows_an_empty_object_and_a_scalar) {
  EXPECT_EQ(pretty_json("{}"), "{ }\n");
  EXPECT_EQ(pretty_json("17"), "17\n");
}

TEST(Pretty, ends_on_text_that_is_cut_off) {
  EXPECT_EQ(pretty_json("{\"a\":[1,").substr(0, 3), "{\n ");
  EXPECT_EQ(pretty_json("\"a"), "\"a\n");
}

}  // namespace tarn::server
