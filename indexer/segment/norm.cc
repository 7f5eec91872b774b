#include <bit>

#include "indexer/segment/postings.h"

namespace tarn {
namespace {

// Lucene's SmallFloat: an integer as a float of 4 mantissa bits, of which small ones are exact.
uint32_t long_to_int4(uint64_t value) {
  const int bits = std::bit_width(value);
  if (bits < 4) return static_cast<uint32_t>(value);
  const int shift = bits - 4;
  return (static_cast<uint32_t>(value >> shift) & 0x07) | static_cast<uint32_t>(shift + 1) << 3;
}

uint64_t int4_to_long(uint32_t encoded) {
  const uint64_t mantissa = encoded & 0x07;
  const int shift = static_cast<int>(encoded >> 3) - 1;
  return shift == -1 ? mantissa : (mantissa | 0x08) << shift;
}

constexpr uint32_t kExact = 24;  // 255 - longToInt4(Integer.MAX_VALUE): values below need no float

}  // namespace

uint8_t encode_norm(uint32_t length) {
  if (length > INT32_MAX) length = INT32_MAX;
  return static_cast<uint8_t>(length < kExact ? length : kExact + long_to_int4(length - kExact));
}

uint32_t decode_norm(uint8_t norm) {
  return norm < kExact ? norm : static_cast<uint32_t>(kExact + int4_to_long(norm - kExact));
}

}  // namespace tarn
