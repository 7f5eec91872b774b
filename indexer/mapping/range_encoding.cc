#include "indexer/mapping/range_encoding.h"

namespace tarn {
namespace {

void append_sortable(std::string& out, int64_t number) {
  const uint64_t bits = static_cast<uint64_t>(number) ^ (1ULL << 63);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
}

int64_t read_sortable(std::string_view bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < 8; ++i) bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<int64_t>(bits ^ (1ULL << 63));
}

}  // namespace

std::string encode_range(int64_t low, int64_t high) {
  std::string out;
  append_sortable(out, low);
  append_sortable(out, high);
  return out;
}

std::string encode_range(double low, double high) { return encode_range(sortable_double(low), sortable_double(high)); }

std::string encode_ip_range(std::string_view low16, std::string_view high16) {
  return std::string(low16) + std::string(high16);
}

NumericRange decode_range(std::string_view encoded) {
  return {read_sortable(encoded), read_sortable(encoded.substr(8))};
}

}  // namespace tarn
