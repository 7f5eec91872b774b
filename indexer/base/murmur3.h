#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tarn {

/// murmur3_x86_32, as Lucene's StringHelper.
inline uint32_t murmur3_32(std::string_view bytes, uint32_t seed = 0) {
  constexpr uint32_t c1 = 0xcc9e2d51, c2 = 0x1b873593;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  uint32_t h = seed;
  const size_t blocks = bytes.size() / 4;
  for (size_t i = 0; i < blocks; ++i) {
    uint32_t k;
    std::memcpy(&k, data + i * 4, 4);
    h ^= std::rotl(k * c1, 15) * c2;
    h = std::rotl(h, 13) * 5 + 0xe6546b64;
  }
  uint32_t k = 0;
  const unsigned char* tail = data + blocks * 4;
  switch (bytes.size() & 3) {
    case 3: k ^= static_cast<uint32_t>(tail[2]) << 16; [[fallthrough]];
    case 2: k ^= static_cast<uint32_t>(tail[1]) << 8; [[fallthrough]];
    case 1: k ^= tail[0]; h ^= std::rotl(k * c1, 15) * c2;
  }
  h ^= static_cast<uint32_t>(bytes.size());
  h ^= h >> 16;
  h *= 0x85ebca6b;
  h ^= h >> 13;
  h *= 0xc2b2ae35;
  return h ^ (h >> 16);
}

/// BitMixer.mix64 of hppc, which OpenSearch slices and partitions numbers by.
inline int64_t mix_bits(int64_t value) {
  auto z = static_cast<uint64_t>(value);
  z = (z ^ (z >> 32)) * 0x4cd6944c5cc20b6dull;
  z = (z ^ (z >> 29)) * 0xfc12c5b19d3259e9ull;
  return static_cast<int64_t>(z ^ (z >> 32));
}

}  // namespace tarn
