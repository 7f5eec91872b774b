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

struct Hash128 {
  uint64_t first = 0, second = 0;
};

/// murmur3_x64_128 with seed 0.
inline Hash128 murmur3_128(std::string_view bytes) {
  constexpr uint64_t kA = 0x87c37b91114253d5, kB = 0x4cf5ad432745937f;
  const auto scramble1 = [](uint64_t k) { return std::rotl(k * kA, 31) * kB; };
  const auto scramble2 = [](uint64_t k) { return std::rotl(k * kB, 33) * kA; };
  const auto finish = [](uint64_t k) {
    k = (k ^ k >> 33) * 0xff51afd7ed558ccd;
    k = (k ^ k >> 33) * 0xc4ceb9fe1a85ec53;
    return k ^ k >> 33;
  };
  uint64_t h1 = 0, h2 = 0;
  const size_t blocks = bytes.size() / 16;
  for (size_t i = 0; i < blocks; ++i) {
    uint64_t k[2];
    std::memcpy(k, bytes.data() + i * 16, 16);
    h1 = (std::rotl(h1 ^ scramble1(k[0]), 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ scramble2(k[1]), 31) + h1) * 5 + 0x38495ab5;
  }
  uint64_t tail[2] = {0, 0};
  std::memcpy(tail, bytes.data() + blocks * 16, bytes.size() % 16);
  h1 ^= scramble1(tail[0]) ^ bytes.size();
  h2 ^= scramble2(tail[1]) ^ bytes.size();
  h1 += h2;
  h2 += h1;
  h1 = finish(h1);
  h2 = finish(h2);
  h1 += h2;
  return {h1, h2 + h1};
}

/// BitMixer.mix64 of hppc, which OpenSearch slices and partitions numbers by.
inline int64_t mix_bits(int64_t value) {
  auto z = static_cast<uint64_t>(value);
  z = (z ^ (z >> 32)) * 0x4cd6944c5cc20b6dull;
  z = (z ^ (z >> 29)) * 0xfc12c5b19d3259e9ull;
  return static_cast<int64_t>(z ^ (z >> 32));
}

}  // namespace tarn
