#include "query/text/token_pattern.h"

#include <emmintrin.h>

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

std::optional<uint32_t> TokenPattern::count(std::string_view document) const {
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
    if (zeros != 0) {
      if (size - at < 16) zeros &= (1u << (size - at)) - 1;
      for (; zeros != 0; zeros &= zeros - 1) {
        const size_t marker = at + static_cast<size_t>(std::countr_zero(zeros));
        if (static_cast<signed char>(data[marker + 1]) <= 0) return std::nullopt;  // shares a position, or a far jump
      }
    }
    if (at >= starts) continue;
    auto found = static_cast<uint32_t>(_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(load(tail + at), last))));
    if (starts - at < 16) found &= (1u << (starts - at)) - 1;
    for (; found != 0; found &= found - 1) count += matches_at(data, at + static_cast<size_t>(std::countr_zero(found)));
  }
  return count;
}

}  // namespace tarn::query
