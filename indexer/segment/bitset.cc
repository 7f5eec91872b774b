#include "indexer/segment/bitset.h"

#include <algorithm>

#include "indexer/base/check.h"
#include "indexer/segment/bits.h"

// Word loops; the two builds of each let the compiler use AVX2 where the machine has it.
#define TARN_WIDE __attribute__((target_clones("avx2", "default"), optimize("O3")))

namespace tarn {
namespace {

TARN_WIDE void and_words(uint64_t* a, const uint64_t* b, size_t n) {
  for (size_t i = 0; i < n; ++i) a[i] &= b[i];
}

TARN_WIDE void or_words(uint64_t* a, const uint64_t* b, size_t n) {
  for (size_t i = 0; i < n; ++i) a[i] |= b[i];
}

TARN_WIDE void and_not_words(uint64_t* a, const uint64_t* b, size_t n) {
  for (size_t i = 0; i < n; ++i) a[i] &= ~b[i];
}

}  // namespace

void Bitset::set_range(uint32_t begin, uint32_t end) {
  if (begin >= end) return;
  const size_t first = begin >> 6;
  const size_t last = (end - 1) >> 6;
  const uint64_t head = ~0ull << (begin & 63);
  const uint64_t tail = ~0ull >> (63 - ((end - 1) & 63));
  if (first == last) {
    words_[first] |= head & tail;
    return;
  }
  words_[first] |= head;
  std::fill(words_.begin() + first + 1, words_.begin() + last, ~0ull);
  words_[last] |= tail;
}

uint32_t Bitset::count() const {
  return static_cast<uint32_t>(segment::count_ones(words_.data(), words_.size()));
}

bool Bitset::none() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

Bitset& Bitset::operator&=(const Bitset& other) {
  CHECK(size_ == other.size_);
  and_words(words_.data(), other.words_.data(), words_.size());
  return *this;
}

Bitset& Bitset::operator|=(const Bitset& other) {
  CHECK(size_ == other.size_);
  or_words(words_.data(), other.words_.data(), words_.size());
  return *this;
}

Bitset& Bitset::and_not(const Bitset& other) {
  CHECK(size_ == other.size_);
  and_not_words(words_.data(), other.words_.data(), words_.size());
  return *this;
}

void Bitset::flip() {
  for (uint64_t& word : words_) word = ~word;
  trim();
}

uint32_t Bitset::next(uint32_t i) const {
  if (i >= size_) return size_;
  size_t w = i >> 6;
  uint64_t bits = words_[w] & (~0ull << (i & 63));
  while (bits == 0) {
    if (++w == words_.size()) return size_;
    bits = words_[w];
  }
  return static_cast<uint32_t>(w * 64 + std::countr_zero(bits));
}

uint32_t Bitset::previous(uint32_t i) const {
  if (size_ == 0) return UINT32_MAX;
  i = std::min(i, size_ - 1);
  size_t w = i >> 6;
  uint64_t bits = words_[w] & (~0ull >> (63 - (i & 63)));
  while (bits == 0) {
    if (w-- == 0) return UINT32_MAX;
    bits = words_[w];
  }
  return static_cast<uint32_t>(w * 64 + 63 - std::countl_zero(bits));
}

size_t Bitset::extract(uint32_t from, uint32_t end, uint32_t* out, size_t capacity) const {
  end = std::min(end, size_);
  if (from >= end || capacity == 0) return 0;
  size_t written = 0;
  size_t w = from >> 6;
  const size_t last = (end - 1) >> 6;
  uint64_t bits = words_[w] & (~0ull << (from & 63));
  while (true) {
    if (w == last) bits &= ~0ull >> (63 - ((end - 1) & 63));
    for (; bits != 0; bits &= bits - 1) {
      if (written == capacity) return written;
      out[written++] = static_cast<uint32_t>(w * 64 + std::countr_zero(bits));
    }
    if (w == last) return written;
    bits = words_[++w];
  }
}

}  // namespace tarn
