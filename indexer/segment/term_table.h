#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace tarn::segment {

inline uint64_t hash_bytes(std::string_view bytes) {
  const auto load8 = [](const char* p) { uint64_t v; std::memcpy(&v, p, 8); return v; };
  const auto load4 = [](const char* p) { uint32_t v; std::memcpy(&v, p, 4); return static_cast<uint64_t>(v); };
  const auto fold = [](uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  const char* p = bytes.data();
  size_t n = bytes.size();
  uint64_t hash = 0x9e3779b97f4a7c15ull ^ n;
  for (; n > 8; n -= 8, p += 8) hash = fold(hash ^ load8(p), 0xa0761d6478bd642full);
  uint64_t tail = 0;
  if (n == 8) {
    tail = load8(p);
  } else if (n >= 4) {
    tail = load4(p) | load4(p + n - 4) << 32;
  } else if (n > 0) {
    tail = static_cast<uint8_t>(p[0]) | static_cast<uint64_t>(static_cast<uint8_t>(p[n / 2])) << 8 |
           static_cast<uint64_t>(static_cast<uint8_t>(p[n - 1])) << 16;
  }
  return fold(hash ^ tail, 0xe7037ed1a0b428dbull);
}

/// Distinct terms of one field, numbered 0, 1, 2 .. in the order in which they first appear. Open addressing.
class TermTable {
 public:
  TermTable() : slots_(kInitialSlots, Slot{0, kNone}) {}

  /// The number of `term`; `keep(term)` gives the bytes to hold on to where it is new.
  template <class Keep>
  uint32_t add(std::string_view term, Keep&& keep) {
    const uint32_t hash = static_cast<uint32_t>(hash_bytes(term));
    size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].id != kNone; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && terms_[slots_[at].id] == term) return slots_[at].id;
    }
    const uint32_t id = static_cast<uint32_t>(terms_.size());
    slots_[at] = {hash, id};
    terms_.push_back(keep(term));
    if (terms_.size() * 2 > slots_.size()) grow();
    return id;
  }
  const std::vector<std::string_view>& terms() const { return terms_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kInitialSlots = 32;
  struct Slot {
    uint32_t hash;
    uint32_t id;
  };
  void grow() {
    std::vector<Slot> old(slots_.size() * 4, Slot{0, kNone});
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.id == kNone) continue;
      size_t at = slot.hash & (slots_.size() - 1);
      while (slots_[at].id != kNone) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }
  std::vector<Slot> slots_;
  std::vector<std::string_view> terms_;
};

/// The numbers of `terms` in the byte order of the terms.
inline std::vector<uint32_t> sorted_order(const std::vector<std::string_view>& terms) {
  // Keys are the eight bytes behind the prefix that all terms share, so that most comparisons need no memory of the term.
  size_t shared = terms.empty() ? 0 : terms[0].size();
  for (const std::string_view term : terms) {
    shared = std::min(shared, term.size());
    while (std::memcmp(term.data(), terms[0].data(), shared) != 0) --shared;
  }
  struct Key {
    uint64_t prefix;
    uint32_t id;
  };
  std::vector<Key> keys(terms.size());
  for (uint32_t i = 0; i < terms.size(); ++i) {
    uint64_t prefix = 0;
    std::memcpy(&prefix, terms[i].data() + shared, std::min<size_t>(8, terms[i].size() - shared));
    keys[i] = {__builtin_bswap64(prefix), i};
  }
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : terms[a.id] < terms[b.id];
  });
  std::vector<uint32_t> order(terms.size());
  for (size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].id;
  return order;
}

}  // namespace tarn::segment
