#include <gtest/gtest.h>

#include "query/search.h"

namespace tarn::query {
namespace {

TEST(SourceFilter, keeps_what_is_included_and_drops_what_is_excluded) {
  const std::string source = R"({"a":1,"deep":{"x":[1,2],"y":{"z":"q"}},"list":[{"n":1,"m":2},{"m":3}],"s":"a\\\"b, }"})";
  EXPECT_EQ(filter_source(source, {"a", "deep.x"}, {}), R"({"a":1,"deep":{"x":[1,2]}})");
  EXPECT_EQ(filter_source(source, {"deep"}, {"deep.y"}), R"({"deep":{"x":[1,2]}})");
  EXPECT_EQ(filter_source(source, {"list.n"}, {}), R"({"list":[{"n":1}]})");
  EXPECT_EQ(filter_source(source, {"s"}, {}), R"({"s":"a\\\"b, }"})");
  EXPECT_EQ(filter_source(source, {}, {"d*", "list", "a"}), R"({"s":"a\\\"b, }"})");
  EXPECT_EQ(filter_source(source, {"nothing"}, {}), "{}");
}

// OpenSearch prints the document's map again, and with it numbers in Java's notation.
TEST(SourceFilter, numbers_are_printed_as_java_prints_them) {
  EXPECT_EQ(filter_source(R"({"a":1E+2,"b":[1.50],"c":12345678901234567890})", {"*"}, {}),
            R"({"a":100.0,"b":[1.5],"c":12345678901234567890})");
}

TEST(SourceFilter, white_space_between_tokens_does_no_harm) {
  EXPECT_EQ(filter_source("{ \"a\" : { \"b\" : 1 , \"c\" : 2 } , \"d\" : 3 }", {"a.c", "d"}, {}), R"({"a":{"c":2},"d":3})");
}

}  // namespace
}  // namespace tarn::query
