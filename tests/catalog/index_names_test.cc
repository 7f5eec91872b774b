#include "indexer/index_names.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

std::string reason_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const ApiError& error) {
    return error.error().reason;
  }
  return "";
}

TEST(IndexNames, patterns_overlap_if_a_name_fits_both) {
  EXPECT_TRUE(patterns_overlap("logs-*", "*-2024"));
  EXPECT_TRUE(patterns_overlap("a*b", "a*c*b"));
  EXPECT_FALSE(patterns_overlap("a*", "b*"));
  EXPECT_FALSE(patterns_overlap("abc", "ab"));
}

TEST(IndexNames, bad_names_are_refused_in_opensearchs_words) {
  const auto why = [](const char* name) { return reason_of([&] { check_index_name(name); }); };
  EXPECT_EQ(why("Scratch"), "Invalid index name [Scratch], must be lowercase");
  EXPECT_EQ(why("_x"), "Invalid index name [_x], must not start with '_', '-', or '+'");
  EXPECT_EQ(why("a,b"), "Invalid index name [a,b], must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]");
  EXPECT_EQ(why("a#b"), "Invalid index name [a#b], must not contain '#'");
  EXPECT_TRUE(why(std::string(256, 's').c_str()).ends_with("], index name is too long, (256 > 255)"));
  EXPECT_EQ(why("fine-name.1"), "");
  EXPECT_EQ(reason_of([] { check_alias_name("Bad#Name"); }), "Invalid alias name [Bad#Name]: must not contain '#'");
}

TEST(IndexNames, date_math_names) {
  const int64_t now = 1709294400000;   // 2024-03-01T12:00:00Z
  EXPECT_EQ(resolve_date_math("plain", now), "plain");
  EXPECT_EQ(resolve_date_math("<logs-{now/d}>", now), "logs-2024.03.01");
  EXPECT_EQ(resolve_date_math("<logs-{now/M-1M{yyyy.MM}}-x>", now), "logs-2024.02-x");
  EXPECT_EQ(resolve_date_math("<scratch-{2024.03||-2M/M{yyyy.MM}}>", now), "scratch-2024.01");
  EXPECT_EQ(resolve_date_math("<a\\{b\\}-{now/d}>", now), "a{b}-2024.03.01");
  EXPECT_EQ(reason_of([&] { resolve_date_math("<cat-{now/d>", now); }),
            "invalid dynamic name expression [cat-{now/d>]. date math placeholder is open ended");
}

}  // namespace
}  // namespace tarn
