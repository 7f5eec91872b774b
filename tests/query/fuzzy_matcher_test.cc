#include "query/text/fuzzy_matcher.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "indexer/analysis/text.h"

namespace tarn::query {
namespace {

/// The whole table, as in the books.
int plain_distance(std::u32string_view a, std::u32string_view b, bool transpositions) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<int>(i + j);
        continue;
      }
      d[i][j] = std::min({d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), d[i - 1][j] + 1, d[i][j - 1] + 1});
      if (transpositions && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

int distance(std::u32string_view a, const char* b, bool transpositions) {
  size_t code_points = 0;
  return FuzzyMatcher(a, transpositions, 2).distance(b, code_points);
}

TEST(FuzzyMatcher, counts_swaps_once) {
  EXPECT_EQ(distance(U"penthuose", "penthouse", true), 1);
  EXPECT_EQ(distance(U"penthuose", "penthouse", false), 2);
  EXPECT_EQ(distance(U"abc", "xyz", true), 3);
  EXPECT_EQ(distance(U"", "ab", true), 2);
  EXPECT_EQ(distance(U"straße", "strase", true), 1);
}

TEST(FuzzyMatcher, terms_in_order_get_the_distances_of_the_whole_table) {
  std::mt19937 random(3);
  const std::u32string letters = U"abcé😀";
  std::set<std::string> terms;
  while (terms.size() < 3000) {
    std::u32string term;
    for (uint64_t n = random() % 9; n > 0; --n) term += letters[random() % letters.size()];
    terms.insert(analysis::to_utf8(term));
  }
  for (int round = 0; round < 60; ++round) {
    std::u32string wanted;
    for (uint64_t n = random() % 8; n > 0; --n) wanted += letters[random() % letters.size()];
    const bool transpositions = round % 2 == 0;
    const int limit = 1 + round % 3 % 2;
    FuzzyMatcher matcher(wanted, transpositions, limit);
    for (const std::string& term : terms) {
      size_t code_points = 0;
      const std::u32string other = analysis::to_utf32(term);
      const int found = matcher.distance(term, code_points);
      ASSERT_EQ(found, std::min(plain_distance(wanted, other, transpositions), limit + 1)) << term;
      if (found <= limit) {
        ASSERT_EQ(code_points, other.size());
      }
    }
  }
}

}  // namespace
}  // namespace tarn::query
