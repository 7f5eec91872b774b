#pragma once

#include <cstdint>
#include <string_view>

namespace tarn {

// How one document's tokens are written (FORMAT.md, "Tokens"): varints of 1 + ordinal in order of position. A zero says that the
// next position is not the one after the last; the varint behind it is the difference, which may be zero (tokens that
// share a position) or, wrapped to 64 bits, negative.

/// Requires at < end; stops at `end`, whatever the bytes are.
inline uint64_t read_token_varint(const char*& at, const char* end) {
  const auto first = static_cast<uint8_t>(*at++);
  if (first < 0x80) return first;
  uint64_t value = first & 0x7f;
  for (int shift = 7; at < end && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

/// Calls visit(term ordinal, position) for each token.
template <class Visit>
void for_each_token(std::string_view document, Visit&& visit) {
  const char* at = document.data();
  const char* end = at + document.size();
  int64_t position = -1;
  while (at < end) {
    uint64_t code = read_token_varint(at, end);
    if (code == 0) {
      if (at == end) return;  // corrupt
      position += static_cast<int64_t>(read_token_varint(at, end));
      if (at == end) return;
      code = read_token_varint(at, end);
    } else {
      ++position;
    }
    visit(static_cast<uint32_t>(code - 1), static_cast<int32_t>(position));
  }
}

}  // namespace tarn
