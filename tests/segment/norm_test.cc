#include <gtest/gtest.h>

#include "indexer/segment/bitset.h"
#include "indexer/segment/postings.h"

namespace tarn {
namespace {

// Values of org.apache.lucene.util.SmallFloat.byte4ToInt(0..255), the decoding table of BM25Similarity.
TEST(Norm, decodes_as_lucene) {
  const uint32_t first[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                            22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 42, 44, 46,
                            48, 50, 52, 54, 56, 60, 64, 68, 72, 76, 80, 84, 88, 96, 104, 112, 120, 128, 136, 144, 152};
  for (uint32_t i = 0; i < std::size(first); ++i) EXPECT_EQ(decode_norm(static_cast<uint8_t>(i)), first[i]) << i;
  EXPECT_EQ(decode_norm(255), 2013265944u);
}

TEST(Norm, encodes_to_the_largest_norm_not_above_the_length) {
  for (uint32_t length = 0; length < 300000; ++length) {
    const uint8_t norm = encode_norm(length);
    ASSERT_LE(decode_norm(norm), length);
    ASSERT_GT(decode_norm(static_cast<uint8_t>(norm + 1)), length);
    if (length < 40) {
      ASSERT_EQ(decode_norm(norm), length);
    }
  }
  EXPECT_EQ(encode_norm(INT32_MAX), 255);
  EXPECT_EQ(encode_norm(UINT32_MAX), 255);
}

TEST(BitsetTest, ranges_neighbours_and_extracts) {
  for (const uint32_t size : {1u, 63u, 64u, 65u, 1000u}) {
    for (uint32_t begin = 0; begin < size; begin += 1 + size / 17) {
      for (uint32_t end = begin; end <= size; end += 1 + size / 13) {
        Bitset bits(size);
        bits.set_range(begin, end);
        ASSERT_EQ(bits.count(), end - begin);
        for (uint32_t i = 0; i < size; ++i) ASSERT_EQ(bits.test(i), i >= begin && i < end);
        ASSERT_EQ(bits.next(0), begin < end ? begin : size);
        ASSERT_EQ(bits.previous(size), begin < end ? end - 1 : UINT32_MAX);
        std::vector<uint32_t> out(size);
        ASSERT_EQ(bits.extract(0, out.data(), size), end - begin);
        bits.flip();
        ASSERT_EQ(bits.count(), size - (end - begin));
      }
    }
  }
}

}  // namespace
}  // namespace tarn
