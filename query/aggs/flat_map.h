#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace tarn::query {

inline uint64_t mix64(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  return x ^ (x >> 32);
}

/// (bucket, key) -> number, open addressing; numbers are given out in order of first sight. One thread.
class BucketMap {
 public:
  static constexpr uint32_t kEmpty = UINT32_MAX;
  BucketMap() : slots_(64) {}

  /// The number of (parent, key); `fresh` tells whether it was new.
  uint32_t insert(uint32_t parent, int64_t key, bool& fresh) {
    if ((size_ + 1) * 10 > slots_.size() * 7) grow();
    size_t at = hash(parent, key) & (slots_.size() - 1);
    while (slots_[at].number != kEmpty) {
      if (slots_[at].key == key && slots_[at].parent == parent) {
        fresh = false;
        return slots_[at].number;
      }
      at = (at + 1) & (slots_.size() - 1);
    }
    fresh = true;
    slots_[at] = {key, parent, static_cast<uint32_t>(size_)};
    return static_cast<uint32_t>(size_++);
  }
  /// Calls visit(parent, key) for all, in no order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.number != kEmpty) visit(slot.parent, slot.key);
    }
  }
  size_t size() const { return size_; }
  size_t memory_bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    int64_t key = 0;
    uint32_t parent = 0;
    uint32_t number = kEmpty;
  };
  static uint64_t hash(uint32_t parent, int64_t key) { return mix64(static_cast<uint64_t>(key) + parent * 0x9E3779B97F4A7C15ull); }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number == kEmpty) continue;
      size_t at = hash(slot.parent, slot.key) & (slots_.size() - 1);
      while (slots_[at].number != kEmpty) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace tarn::query
