#include "query/text/token_pattern.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

namespace tarn::query {

TokenPattern::TokenPattern(const std::vector<uint32_t>& ordinals) {
  for (const uint32_t ordinal : ordinals) {
    uint64_t code = ordinal + 1ull;
    for (; code >= 0x80; code >>= 7) bytes_.push_back(static_cast<char>(code | 0x80));
    bytes_.push_back(static_cast<char>(code));
  }
}

// A varint's last byte is below 0x80, and zero only where the whole varint is. So a varint begins behind every such byte; behind
// a zero that is not the difference of a zero (which count() has ruled out) it is a difference of positions, no token.
bool TokenPattern::matches_at(const char* document, size_t at) const {
  if (at > 0 && static_cast<signed char>(document[at - 1]) <= 0) return false;
  return bytes_.size() <= 2 || std::memcmp(document + at + 1, bytes_.data() + 1, bytes_.size() - 2) == 0;
}

/// Whether one of the zeros of `mask`, bits from `at` on, says that tokens share a position or are far apart.
bool TokenPattern::odd(const char* document, size_t at, uint32_t mask) {
  for (; mask != 0; mask &= mask - 1) {
    if (static_cast<signed char>(document[at + static_cast<size_t>(std::countr_zero(mask)) + 1]) <= 0) return true;
  }
  return false;
}

uint32_t TokenPattern::count_at(const char* document, size_t at, uint32_t mask) const {
  uint32_t count = 0;
  for (; mask != 0; mask &= mask - 1) count += matches_at(document, at + static_cast<size_t>(std::countr_zero(mask)));
  return count;
}

// Both loops: candidates are where the first and the last byte fit; bits behind the document's end are dropped.

std::optional<uint32_t> TokenPattern::count_sse2(std::string_view document) const {
  const char* data = document.data();
  const size_t size = document.size();
  const size_t starts = size < bytes_.size() ? 0 : size - bytes_.size() + 1;
  const __m128i first = _mm_set1_epi8(bytes_.front()), last = _mm_set1_epi8(bytes_.back()), zero = _mm_setzero_si128();
  const char* tail = data + bytes_.size() - 1;
  const auto load = [](const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  uint32_t count = 0;
  for (size_t at = 0; at < size; at += 16) {
    const __m128i bytes = load(data + at);
    auto zeros = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, zero)));
    if (size - at < 16) zeros &= (1u << (size - at)) - 1;
    if (zeros != 0 && odd(data, at, zeros)) return std::nullopt;
    if (at >= starts) continue;
    auto found = static_cast<uint32_t>(
        _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(load(tail + at), last))));
    if (starts - at < 16) found &= (1u << (starts - at)) - 1;
    if (found != 0) count += count_at(data, at, found);
  }
  return count;
}

__attribute__((target("avx2"))) std::optional<uint32_t> TokenPattern::count_avx2(std::string_view document) const {
  const char* data = document.data();
  const size_t size = document.size();
  const size_t starts = size < bytes_.size() ? 0 : size - bytes_.size() + 1;
  const __m256i first = _mm256_set1_epi8(bytes_.front()), last = _mm256_set1_epi8(bytes_.back());
  const __m256i zero = _mm256_setzero_si256();
  const size_t tail = bytes_.size() - 1;
  uint32_t count = 0;
  for (size_t at = 0; at < size; at += 32) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + at));
    auto zeros = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, zero)));
    if (size - at < 32) zeros &= (1u << (size - at)) - 1;
    if (zeros != 0 && odd(data, at, zeros)) return std::nullopt;
    if (at >= starts) continue;
    const __m256i ends = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + at + tail));
    auto found = static_cast<uint32_t>(
        _mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(bytes, first), _mm256_cmpeq_epi8(ends, last))));
    if (starts - at < 32) found &= (1u << (starts - at)) - 1;
    if (found != 0) count += count_at(data, at, found);
  }
  return count;
}

}  // namespace tarn::query
