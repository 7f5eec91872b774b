#include "indexer/base/json.h"

#include <gtest/gtest.h>

#include "indexer/base/error.h"

namespace tarn {
namespace {

TEST(Json, doubles_print_as_java_prints_them) {
  EXPECT_EQ(double_text(1), "1.0");
  EXPECT_EQ(double_text(1e7), "1.0E7");
  EXPECT_EQ(double_text(123456.789), "123456.789");
  EXPECT_EQ(double_text(1.5e-5), "1.5E-5");
  EXPECT_EQ(double_text(-0.25), "-0.25");
}

TEST(Json, duplicate_keys_are_refused) { EXPECT_THROW(parse_json(R"({"a":1,"a":2})"), ApiError); }

TEST(Json, nesting_is_bounded) {
  EXPECT_NO_THROW(parse_json(std::string(900, '[') + std::string(900, ']')));
  EXPECT_THROW(parse_json(std::string(1500, '[') + std::string(1500, ']')), ApiError);
}

TEST(Json, comments_and_a_byte_order_mark_are_accepted) {
  EXPECT_EQ(parse_json("\xEF\xBB\xBF{\"a\": /* one */ 1}")["a"], 1);
}

TEST(Json, invalid_utf8_becomes_the_replacement_character) {
  std::string out;
  append_json_string(out, "a\xFF\n");
  EXPECT_EQ(out, "\"a\xEF\xBF\xBD\\n\"");
}

TEST(JsonWriter, writes_commas_where_they_belong) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("a").begin_array().number(1).number(2.5).end_array().key("b").begin_object().end_object();
  w.key("c").string("x").end_object();
  EXPECT_EQ(out, R"({"a":[1,2.5],"b":{},"c":"x"})");
}

}  // namespace
}  // namespace tarn
