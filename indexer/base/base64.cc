#include "indexer/base/base64.h"

#include "indexer/base/error.h"

namespace tarn {

std::string encode_base64(std::string_view bytes, Base64 alphabet) {
  const bool url_safe = alphabet == Base64::kUrlSafe;
  const char* digits = url_safe ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                                : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) out += digits[bits >> (count - 6) & 63];
  }
  if (count > 0) out += digits[bits << (6 - count) & 63];
  while (!url_safe && out.size() % 4 != 0) out += '=';
  return out;
}

int base64_digit(char c, Base64 alphabet) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  const bool url_safe = alphabet == Base64::kUrlSafe;
  if (c == (url_safe ? '-' : '+')) return 62;
  return c == (url_safe ? '_' : '/') ? 63 : -1;
}

std::string decode_base64(std::string_view text, Base64 alphabet) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int digit = base64_digit(c, alphabet);
    if (digit < 0) throw ApiError(illegal_argument(fmt::format("Illegal base64 character {:x}", static_cast<unsigned char>(c))));
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8));
  }
  return out;
}

}  // namespace tarn
