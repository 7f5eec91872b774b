#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace tarn::segment {

// Bit-packed integers: value i of a run of width w lies at bits [i * w, (i + 1) * w), least significant bit first, so
// that any value can be read alone with one unaligned load. Widths are 0..56 and 64. Readers may touch up to
// kPackedSlack bytes behind the run; every blob ends with as many zero bytes.

constexpr size_t kPackedSlack = 32;

/// The width that holds `largest`.
inline uint32_t packed_width(uint64_t largest) {
  const uint32_t width = static_cast<uint32_t>(std::bit_width(largest));
  return width <= 56 ? width : 64;
}

inline uint64_t packed_bytes(uint64_t count, uint32_t width) { return (count * width + 7) / 8; }
inline uint64_t packed_mask(uint32_t width) { return width == 64 ? ~0ull : (1ull << width) - 1; }

inline uint64_t read_packed(const char* data, uint32_t width, uint64_t i) {
  const uint64_t bit = i * width;
  uint64_t word;
  std::memcpy(&word, data + (bit >> 3), 8);
  return (word >> (bit & 7)) & packed_mask(width);
}

/// Appends values to a zeroed buffer of packed_bytes(count, width) rounded up to 8.
class PackedWriter {
 public:
  PackedWriter(char* out, uint32_t width) : out_(out), width_(width) {}
  void add(uint64_t value) {
    if (width_ == 0) return;
    word_ |= value << used_;
    used_ += width_;
    if (used_ >= 64) {
      std::memcpy(out_, &word_, 8);
      out_ += 8;
      used_ -= 64;
      word_ = used_ == 0 ? 0 : value >> (width_ - used_);
    }
  }
  void finish() {
    for (uint32_t bits = 0; bits < used_; bits += 8) *out_++ = static_cast<char>(word_ >> bits);
    used_ = 0;
  }

 private:
  char* out_;
  uint32_t width_;
  uint32_t used_ = 0;
  uint64_t word_ = 0;
};

/// Values [begin, begin + count) of a run. The 32-bit form requires width <= 32.
void unpack(const char* data, uint32_t width, uint64_t begin, size_t count, uint64_t* out);
void unpack(const char* data, uint32_t width, uint64_t begin, size_t count, uint32_t* out);

/// Sets bit i of `mask` to (low <= value i <= high) for i in [0, count); whole words are written.
void match_packed(const char* data, uint32_t width, size_t count, uint64_t low, uint64_t high, uint64_t* mask);

/// The bits of `source`, taken from the lowest, put where `mask` has ones (PDEP).
uint64_t deposit_bits(uint64_t source, uint64_t mask);

/// How many bits of `n` words are set.
uint64_t count_ones(const uint64_t* words, size_t n);

}  // namespace tarn::segment
