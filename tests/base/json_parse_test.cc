#include <gtest/gtest.h>

#include "indexer/base/did_you_mean.h"
#include "indexer/base/error.h"
#include "indexer/base/json_location.h"

namespace tarn {
namespace {

Error error_of(std::string_view text) {
  try {
    parse_json(text);
  } catch (const ApiError& error) {
    return error.error();
  }
  return Error(200, "none", "");
}

constexpr std::string_view kSource =
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); byte offset: #";

// The words are those of OpenSearch 3.8.0 for a _search with such a body.
TEST(ParseJson, says_what_jackson_says) {
  EXPECT_EQ(error_of("{'a':1}").reason,
            "Unexpected character (''' (code 39)): was expecting double-quote to start property name" + std::string(kSource) + "1]");
  const Error cut = error_of(R"({"query":{"term":)");
  EXPECT_EQ(cut.type, "unexpected_end_of_input_exception");
  EXPECT_EQ(cut.reason, "Unexpected end-of-input within/between Object entries" + std::string(kSource) + "17]");
  EXPECT_EQ(error_of(R"({"query":{"match_all":{}}} {})").reason, "Unexpected token [START_OBJECT] found after the main object.");
}

TEST(ParseJson, keeps_numbers_as_wide_as_they_are) {
  EXPECT_EQ(parse_json("18446744073709551615").get<uint64_t>(), 18446744073709551615ULL);
  EXPECT_EQ(parse_json("-9223372036854775808").get<int64_t>(), INT64_MIN);
  EXPECT_TRUE(parse_json("18446744073709551616").is_number_float());
  EXPECT_TRUE(parse_json("1.0").is_number_float());
  EXPECT_TRUE(parse_json("1").is_number_unsigned());
}

TEST(JsonLocations, find_names_values_and_what_is_inside) {
  const Json root = parse_request_json("{\"query\":{\"bool\":{\"must\":\n  {\"mach\":1}}}}");
  const Json& must = root["query"]["bool"]["must"];
  EXPECT_EQ(name_location(must), "[1:19] ");
  EXPECT_EQ(value_location(must), "[2:3] ");
  EXPECT_EQ(inside_location(must), "[2:4] ");
  EXPECT_EQ(value_location(must["mach"]), "[2:11] ");
}

TEST(JsonLocations, know_nothing_of_copies) {
  const Json root = parse_request_json(R"({"a":{"b":1}})");
  const Json copy = root["a"];
  EXPECT_EQ(value_location(copy["b"]), "[1:1] ");
}

TEST(DidYouMean, names_the_nearest_first) {
  EXPECT_EQ(did_you_mean("sise", {"size", "order"}), " did you mean [size]?");
  EXPECT_EQ(did_you_mean("mach", {"match", "match_all", "term"}), " did you mean [match]?");
  EXPECT_EQ(did_you_mean("zzz", {"size"}), "");
}

}  // namespace
}  // namespace tarn
