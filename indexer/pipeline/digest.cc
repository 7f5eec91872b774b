#include "indexer/pipeline/digest.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace tarn {
namespace {

/// The text with Merkle-Damgard padding: 0x80, zeros, and the length in bits.
std::string padded(std::string_view text, bool big_endian) {
  std::string out(text);
  out += '\x80';
  while (out.size() % 64 != 56) out += '\0';
  const uint64_t bits = static_cast<uint64_t>(text.size()) * 8;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(bits >> (big_endian ? 56 - 8 * i : 8 * i));
  return out;
}

uint32_t load(const char* bytes, bool big_endian) {
  uint32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    out |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i]))
           << (big_endian ? 24 - 8 * i : 8 * i);
  }
  return out;
}

template <size_t n>
std::string store(const std::array<uint32_t, n>& words, bool big_endian) {
  std::string out;
  for (const uint32_t word : words) {
    for (int i = 0; i < 4; ++i) out += static_cast<char>(word >> (big_endian ? 24 - 8 * i : 8 * i));
  }
  return out;
}

/// The first 32 bits of the fractional part of the cube (or square) root of the first primes, which
/// SHA-256 is made of.
std::array<uint32_t, 64> sha256_constants() {
  return {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
          0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
          0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
          0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
          0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
          0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
          0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
          0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
          0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
          0xc67178f2};
}

}  // namespace

std::string md5(std::string_view text) {
  static constexpr int kShifts[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  static const auto constants = [] {
    std::array<uint32_t, 64> out{};
    for (size_t i = 0; i < 64; ++i)
      out[i] = static_cast<uint32_t>(std::floor(std::abs(std::sin(i + 1.0)) * 4294967296.0));
    return out;
  }();
  std::array<uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const std::string data = padded(text, false);
  for (size_t block = 0; block < data.size(); block += 64) {
    auto [a, b, c, d] = state;
    for (uint32_t i = 0; i < 64; ++i) {
      uint32_t f = 0;
      uint32_t word = 0;
      switch (i / 16) {
        case 0:
          f = (b & c) | (~b & d);
          word = i;
          break;
        case 1:
          f = (d & b) | (~d & c);
          word = (5 * i + 1) % 16;
          break;
        case 2:
          f = b ^ c ^ d;
          word = (3 * i + 5) % 16;
          break;
        default:
          f = c ^ (b | ~d);
          word = (7 * i) % 16;
      }
      const uint32_t sum = a + f + constants[i] + load(&data[block + 4 * word], false);
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kShifts[i / 16][i % 4]);
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
  }
  return store(state, false);
}

std::string sha1(std::string_view text) {
  std::array<uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::string data = padded(text, true);
  for (size_t block = 0; block < data.size(); block += 64) {
    std::array<uint32_t, 80> w{};
    for (size_t i = 0; i < 16; ++i) w[i] = load(&data[block + 4 * i], true);
    for (size_t i = 16; i < 80; ++i)
      w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (size_t i = 0; i < 80; ++i) {
      const uint32_t f = i < 20   ? (b & c) | (~b & d)
                         : i < 40 ? b ^ c ^ d
                         : i < 60 ? (b & c) | (b & d) | (c & d)
                                  : b ^ c ^ d;
      const uint32_t k = i < 20   ? 0x5a827999
                         : i < 40 ? 0x6ed9eba1
                         : i < 60 ? 0x8f1bbcdc
                                  : 0xca62c1d6;
      const uint32_t next = std::rotl(a, 5) + f + e + k + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  }
  return store(state, true);
}

std::string sha256(std::string_view text) {
  static const auto k = sha256_constants();
  std::array<uint32_t, 8> state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::string data = padded(text, true);
  for (size_t block = 0; block < data.size(); block += 64) {
    std::array<uint32_t, 64> w{};
    for (size_t i = 0; i < 16; ++i) w[i] = load(&data[block + 4 * i], true);
    for (size_t i = 16; i < 64; ++i) {
      const uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (size_t i = 0; i < 64; ++i) {
      const uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i];
      const uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    const std::array<uint32_t, 8> add{a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) state[i] += add[i];
  }
  return store(state, true);
}

std::string sha3_256(std::string_view text) {
  constexpr size_t kRate = 136;
  std::array<uint64_t, 25> s{};
  const auto permute = [&s] {
    uint64_t lfsr = 1;
    for (int round = 0; round < 24; ++round) {
      std::array<uint64_t, 5> c{};
      for (size_t x = 0; x < 5; ++x) c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
      for (size_t x = 0; x < 5; ++x) {
        const uint64_t d = c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);
        for (size_t y = 0; y < 25; y += 5) s[x + y] ^= d;
      }
      size_t x = 1;
      size_t y = 0;
      uint64_t current = s[1];
      for (int t = 0; t < 24; ++t) {
        const size_t next_y = (2 * x + 3 * y) % 5;
        x = y;
        y = next_y;
        const uint64_t moved = std::rotl(current, ((t + 1) * (t + 2) / 2) % 64);
        current = s[x + 5 * y];
        s[x + 5 * y] = moved;
      }
      for (size_t row = 0; row < 25; row += 5) {
        const std::array<uint64_t, 5> old{s[row], s[row + 1], s[row + 2], s[row + 3], s[row + 4]};
        for (size_t i = 0; i < 5; ++i) s[row + i] = old[i] ^ (~old[(i + 1) % 5] & old[(i + 2) % 5]);
      }
      // The round constant, from the linear feedback shift register of the standard.
      for (int j = 0; j < 7; ++j) {
        if ((lfsr & 1) != 0) s[0] ^= uint64_t{1} << ((1u << j) - 1);
        lfsr = (lfsr << 1) ^ ((lfsr >> 7) * 0x171);
        lfsr &= 0xFF;
      }
    }
  };
  std::string data(text);
  data += '\x06';
  while (data.size() % kRate != 0) data += '\0';
  data.back() = static_cast<char>(data.back() | '\x80');
  for (size_t block = 0; block < data.size(); block += kRate) {
    for (size_t i = 0; i < kRate / 8; ++i) {
      uint64_t word = 0;
      std::memcpy(&word, &data[block + 8 * i], 8);
      s[i] ^= word;
    }
    permute();
  }
  std::string out(32, '\0');
  std::memcpy(out.data(), s.data(), 32);
  return out;
}

}  // namespace tarn
