#include "indexer/segment/bits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define TARN_AVX2 1
#endif

namespace tarn::segment {
namespace {

template <class Out>
void unpack_plain(const char* data, uint32_t width, uint64_t begin, size_t count, Out* out) {
  const uint64_t mask = packed_mask(width);
  uint64_t bit = begin * width;
  for (size_t i = 0; i < count; ++i, bit += width) {
    uint64_t word;
    std::memcpy(&word, data + (bit >> 3), 8);
    out[i] = static_cast<Out>((word >> (bit & 7)) & mask);
  }
}

void match_plain(const char* data, uint32_t width, size_t begin, size_t count, uint64_t low, uint64_t span,
                 uint64_t* mask) {
  const uint64_t value_mask = packed_mask(width);
  uint64_t bit = static_cast<uint64_t>(begin) * width;
  for (size_t i = begin; i < count; ++i, bit += width) {
    if ((i & 63) == 0) mask[i >> 6] = 0;
    uint64_t word;
    std::memcpy(&word, data + (bit >> 3), 8);
    const uint64_t value = (word >> (bit & 7)) & value_mask;
    mask[i >> 6] |= static_cast<uint64_t>(value - low <= span) << (i & 63);
  }
}

#ifdef TARN_AVX2

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  return has;
}

/// Eight values of up to 25 bits take `width` bytes and begin at a byte. Two loads of 16 bytes cover four values each;
/// a byte shuffle brings the four bytes that hold each value to its lane, a variable shift drops the bits before it.
struct Lanes8 {
  __m256i shuffle;
  __m256i shift;
  __m256i mask;
  uint32_t width;
  uint32_t upper;  // byte at which the second four begin

  __attribute__((target("avx2"))) explicit Lanes8(uint32_t w) : width(w), upper(4 * w / 8) {
    alignas(32) uint8_t bytes[32];
    alignas(32) uint32_t shifts[8];
    for (uint32_t i = 0; i < 8; ++i) {
      const uint32_t bit = i * w - (i < 4 ? 0 : upper * 8);
      for (uint32_t b = 0; b < 4; ++b) bytes[i * 4 + b] = static_cast<uint8_t>(bit / 8 + b);
      shifts[i] = bit % 8;
    }
    shuffle = _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
    shift = _mm256_load_si256(reinterpret_cast<const __m256i*>(shifts));
    mask = _mm256_set1_epi32(static_cast<int>(packed_mask(w)));
  }

  __attribute__((target("avx2"), always_inline)) inline __m256i at(const char* group) const {
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(group));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(group + upper));
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    return _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(both, shuffle), shift), mask);
  }
};

__attribute__((target("avx2"))) void unpack8(const char* data, uint32_t width, size_t groups, uint32_t* out) {
  const Lanes8 lanes(width);
  for (size_t g = 0; g < groups; ++g, data += width, out += 8) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), lanes.at(data));
  }
}

__attribute__((target("avx2"))) void unpack8(const char* data, uint32_t width, size_t groups, uint64_t* out) {
  const Lanes8 lanes(width);
  for (size_t g = 0; g < groups; ++g, data += width, out += 8) {
    const __m256i values = lanes.at(data);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_cvtepu32_epi64(_mm256_castsi256_si128(values)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 4),
                        _mm256_cvtepu32_epi64(_mm256_extracti128_si256(values, 1)));
  }
}

__attribute__((target("avx2"))) void match8(const char* data, uint32_t width, size_t words, uint32_t low, uint32_t span,
                                            uint64_t* mask) {
  const Lanes8 lanes(width);
  const __m256i lows = _mm256_set1_epi32(static_cast<int>(low));
  const __m256i spans = _mm256_set1_epi32(static_cast<int>(span));
  for (size_t w = 0; w < words; ++w) {
    uint64_t bits = 0;
    for (int g = 0; g < 8; ++g, data += width) {
      const __m256i offset = _mm256_sub_epi32(lanes.at(data), lows);
      const __m256i inside = _mm256_cmpeq_epi32(_mm256_min_epu32(offset, spans), offset);
      bits |= static_cast<uint64_t>(_mm256_movemask_ps(_mm256_castsi256_ps(inside))) << (g * 8);
    }
    mask[w] = bits;
  }
}

/// Four values of 26..56 or 64 bits at a time, each from its own load.
__attribute__((target("avx2"))) void match4(const char* data, uint32_t width, size_t words, uint64_t low, uint64_t span,
                                            uint64_t* mask) {
  const __m256i lows = _mm256_set1_epi64x(static_cast<long long>(low));
  const __m256i sign = _mm256_set1_epi64x(static_cast<long long>(1ull << 63));
  const __m256i spans = _mm256_xor_si256(_mm256_set1_epi64x(static_cast<long long>(span)), sign);
  const __m256i values = _mm256_set1_epi64x(static_cast<long long>(packed_mask(width)));
  const auto load = [](const char* p) {
    long long word;
    std::memcpy(&word, p, 8);
    return word;
  };
  // Eight values begin at a byte, so the shifts of values 0..3 and 4..7 repeat.
  uint32_t byte[8];
  alignas(32) uint64_t shifts[8];
  for (uint32_t i = 0; i < 8; ++i) {
    byte[i] = i * width / 8;
    shifts[i] = i * width % 8;
  }
  const __m256i shift0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(shifts));
  const __m256i shift1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(shifts + 4));
  for (size_t w = 0; w < words; ++w) {
    uint64_t bits = 0;
    for (int g = 0; g < 8; ++g, data += width) {
      __m256i a = _mm256_set_epi64x(load(data + byte[3]), load(data + byte[2]), load(data + byte[1]), load(data));
      __m256i b = _mm256_set_epi64x(load(data + byte[7]), load(data + byte[6]), load(data + byte[5]),
                                    load(data + byte[4]));
      a = _mm256_sub_epi64(_mm256_and_si256(_mm256_srlv_epi64(a, shift0), values), lows);
      b = _mm256_sub_epi64(_mm256_and_si256(_mm256_srlv_epi64(b, shift1), values), lows);
      const __m256i out_a = _mm256_cmpgt_epi64(_mm256_xor_si256(a, sign), spans);
      const __m256i out_b = _mm256_cmpgt_epi64(_mm256_xor_si256(b, sign), spans);
      const uint32_t outside = static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(out_a))) |
                               static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(out_b))) << 4;
      bits |= static_cast<uint64_t>(outside ^ 0xff) << (g * 8);
    }
    mask[w] = bits;
  }
}

__attribute__((target("bmi2"))) uint64_t deposit_fast(uint64_t source, uint64_t mask) {
  return _pdep_u64(source, mask);
}

#endif

template <class Out>
void unpack_any(const char* data, uint32_t width, uint64_t begin, size_t count, Out* out) {
#ifdef TARN_AVX2
  if (width > 0 && width <= 25 && count >= 16 && has_avx2()) {
    const size_t head = (8 - begin % 8) % 8;
    unpack_plain(data, width, begin, head, out);
    const size_t groups = (count - head) / 8;
    unpack8(data + (begin + head) / 8 * width, width, groups, out + head);
    const size_t done = head + groups * 8;
    unpack_plain(data, width, begin + done, count - done, out + done);
    return;
  }
#endif
  unpack_plain(data, width, begin, count, out);
}

}  // namespace

void unpack(const char* data, uint32_t width, uint64_t begin, size_t count, uint64_t* out) {
  unpack_any(data, width, begin, count, out);
}

void unpack(const char* data, uint32_t width, uint64_t begin, size_t count, uint32_t* out) {
  unpack_any(data, width, begin, count, out);
}

void match_packed(const char* data, uint32_t width, size_t count, uint64_t low, uint64_t high, uint64_t* mask) {
  size_t done = 0;
  const uint64_t limit = packed_mask(width);
  if (low > limit || low > high) {
    for (size_t w = 0; w < (count + 63) / 64; ++w) mask[w] = 0;
    return;
  }
  const uint64_t span = (high < limit ? high : limit) - low;
#ifdef TARN_AVX2
  if (width > 0 && has_avx2()) {
    const size_t words = count / 64;
    if (width <= 25) {
      match8(data, width, words, static_cast<uint32_t>(low), static_cast<uint32_t>(span), mask);
    } else {
      match4(data, width, words, low, span, mask);
    }
    done = words * 64;
  }
#endif
  match_plain(data, width, done, count, low, span, mask);
}

uint64_t deposit_bits(uint64_t source, uint64_t mask) {
#ifdef TARN_AVX2
  if (has_avx2()) return deposit_fast(source, mask);
#endif
  uint64_t out = 0;
  for (; mask != 0 && source != 0; mask &= mask - 1, source >>= 1) {
    if (source & 1) out |= mask & -mask;
  }
  return out;
}

__attribute__((target_clones("popcnt", "default"))) uint64_t count_ones(const uint64_t* words, size_t n) {
  uint64_t total = 0;
  for (size_t i = 0; i < n; ++i) total += std::popcount(words[i]);
  return total;
}

}  // namespace tarn::segment
