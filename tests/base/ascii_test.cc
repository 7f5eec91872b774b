#include "indexer/base/ascii.h"

#include <gtest/gtest.h>

#include "indexer/base/base64.h"
#include "indexer/base/error.h"
#include "indexer/base/murmur3.h"

namespace tarn {

TEST(Ascii, patterns_know_the_star_only) {
  EXPECT_TRUE(matches_pattern("a*c*", "abcd"));
  EXPECT_TRUE(matches_pattern("a*c", "abbc"));
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("*ab", "aab"));
  EXPECT_FALSE(matches_pattern("a*b", "abc"));
  EXPECT_FALSE(matches_pattern("a?c", "abc"));
  EXPECT_FALSE(matches_pattern("", "a"));
}

TEST(Ascii, many_stars_cost_no_exponential_time) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(matches_pattern(pattern + "b", std::string(2000, 'a')));
}

TEST(Ascii, only_ascii_letters_have_case) {
  EXPECT_EQ(lower_ascii("AbZ[\xC3\x84"), "abz[\xC3\x84");
  EXPECT_EQ(trim(" \t a b\n"), "a b");
}

TEST(Base64, comes_back_in_both_alphabets) {
  for (const std::string bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\xFB\xFF\xFE", 3)}) {
    for (const Base64 alphabet : {Base64::kStandard, Base64::kUrlSafe}) {
      EXPECT_EQ(decode_base64(encode_base64(bytes, alphabet), alphabet), bytes);
    }
  }
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("\xFB\xFF"), "+/8=");
  EXPECT_EQ(encode_base64("\xFB\xFF", Base64::kUrlSafe), "-_8");
}

TEST(Base64, refuses_what_is_not_of_the_alphabet) {
  try {
    decode_base64("ab!d");
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.error().reason, "Illegal base64 character 21");
  }
  EXPECT_THROW(decode_base64("-_8"), ApiError);
}

TEST(Murmur3, long_hashes_are_those_of_the_reference) {
  const Hash128 empty = murmur3_128("");
  EXPECT_EQ(empty.first, 0u);
  EXPECT_EQ(empty.second, 0u);
  const Hash128 fox = murmur3_128("The quick brown fox jumps over the lazy dog");
  EXPECT_EQ(fox.first, 0xe34bbc7bbc071b6cu);
  EXPECT_EQ(fox.second, 0x7a433ca9c49a9347u);
}

}  // namespace tarn
