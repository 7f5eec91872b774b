#include "query/text/token_pattern.h"

#include <gtest/gtest.h>

#include <random>

#include "indexer/segment/token_bytes.h"
#include "indexer/segment/token_column.h"

namespace tarn::query {
namespace {

struct PlacedToken {
  uint32_t term;
  int32_t position;
};

/// Documents as a segment writes them.
segment::TokenColumn column_of(const std::vector<std::vector<PlacedToken>>& documents) {
  segment::TokenColumnWriter writer(static_cast<uint32_t>(documents.size()));
  for (LocalDocId doc = 0; doc < documents.size(); ++doc) {
    writer.begin_document(doc);
    for (const PlacedToken& token : documents[doc]) writer.add(token.term, token.position);
  }
  return segment::TokenColumn(writer.finish());
}

uint32_t count_slowly(const std::vector<PlacedToken>& document, const std::vector<uint32_t>& phrase) {
  uint32_t count = 0;
  for (const PlacedToken& first : document) {
    if (first.term != phrase[0]) continue;
    bool all = true;
    for (size_t i = 1; i < phrase.size() && all; ++i) {
      all = std::any_of(document.begin(), document.end(), [&](const PlacedToken& token) {
        return token.term == phrase[i] && token.position == first.position + static_cast<int32_t>(i);
      });
    }
    count += all;
  }
  return count;
}

TEST(TokenPattern, finds_in_bytes_what_stands_in_the_tokens) {
  std::mt19937 random(5);
  // Ordinals of one, two and three bytes, among them such whose bytes look like others'.
  const std::vector<uint32_t> terms{0, 1, 2, 99, 100, 101, 126, 127, 128, 255, 256, 16383, 16384, 20000};
  std::vector<std::vector<PlacedToken>> documents;
  std::vector<bool> shared;
  for (int d = 0; d < 3000; ++d) {
    std::vector<PlacedToken> tokens;
    int32_t position = static_cast<int32_t>(random() % 3);
    shared.push_back(false);
    for (uint64_t n = random() % 90; n > 0; --n) {
      tokens.push_back({terms[random() % (d % 2 ? 4 : terms.size())], position});
      const uint32_t jump = random() % 40;
      position += jump == 0 ? 101 : jump == 1 ? 2 : 1;
      if (d % 5 == 0 && n > 1 && random() % 50 == 0) {
        --position;
        if (position == tokens.back().position) shared.back() = true;
      }
    }
    documents.push_back(std::move(tokens));
  }
  const segment::TokenColumn column = column_of(documents);
  size_t found = 0;
  for (int p = 0; p < 60; ++p) {
    std::vector<uint32_t> phrase;
    for (uint64_t n = 1 + random() % 4; n > 0; --n) phrase.push_back(terms[random() % (p % 2 ? 4 : terms.size())]);
    const TokenPattern pattern(phrase);
    for (size_t d = 0; d < documents.size(); ++d) {
      const auto count = pattern.count_sse2(column.bytes(static_cast<LocalDocId>(d)));
      if (__builtin_cpu_supports("avx2")) {
        ASSERT_EQ(pattern.count_avx2(column.bytes(static_cast<LocalDocId>(d))), count);
      }
      if (shared[d]) {
        ASSERT_FALSE(count.has_value());
        continue;
      }
      ASSERT_TRUE(count.has_value());
      ASSERT_EQ(*count, count_slowly(documents[d], phrase)) << "document " << d << " pattern " << p;
      found += *count;
    }
  }
  EXPECT_GT(found, 1000u);
}

TEST(TokenPattern, a_difference_of_positions_is_no_token) {
  // Bytes 0 101 101: the second token is ordinal 100, and its distance looks like it.
  const segment::TokenColumn column = column_of({{{100, 0}, {100, 101}, {100, 102}}});
  EXPECT_EQ(TokenPattern({100, 100}).count(column.bytes(0)), 1u);
}

}  // namespace
}  // namespace tarn::query
