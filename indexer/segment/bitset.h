#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tarn {

/// A set of local doc ids of one segment as plain words: what filters produce and searches walk.
class Bitset {
 public:
  Bitset() = default;
  explicit Bitset(uint32_t size, bool full = false) : size_(size), words_((size + 63) / 64, full ? ~0ull : 0ull) {
    if (full) trim();
  }
  uint32_t size() const { return size_; }
  bool test(uint32_t i) const { return words_[i >> 6] >> (i & 63) & 1; }
  void set(uint32_t i) { words_[i >> 6] |= 1ull << (i & 63); }
  void reset(uint32_t i) { words_[i >> 6] &= ~(1ull << (i & 63)); }
  /// Sets [begin, end).
  void set_range(uint32_t begin, uint32_t end);
  uint32_t count() const;
  bool none() const;
  Bitset& operator&=(const Bitset& other);
  Bitset& operator|=(const Bitset& other);
  Bitset& and_not(const Bitset& other);
  void flip();
  /// First member at or after i; size() if there is none.
  uint32_t next(uint32_t i) const;
  /// Last member at or before i; UINT32_MAX if there is none.
  uint32_t previous(uint32_t i) const;
  uint64_t* words() { return words_.data(); }
  const uint64_t* words() const { return words_.data(); }
  size_t word_count() const { return words_.size(); }
  size_t memory_bytes() const { return words_.capacity() * 8; }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
        visit(static_cast<uint32_t>(w * 64 + std::countr_zero(bits)));
      }
    }
  }
  /// Writes up to `capacity` members at or after `from` to `out`, ascending; returns how many.
  size_t extract(uint32_t from, uint32_t* out, size_t capacity) const { return extract(from, size_, out, capacity); }
  /// The same, of [from, end).
  size_t extract(uint32_t from, uint32_t end, uint32_t* out, size_t capacity) const;

 private:
  void trim() {
    if (size_ % 64 != 0 && !words_.empty()) words_.back() &= (1ull << (size_ % 64)) - 1;
  }
  uint32_t size_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace tarn
