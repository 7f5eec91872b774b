#pragma once

#include <cstdint>

namespace tarn::cli {

/// SplitMix64: the same numbers from the same seed everywhere, and a new stream costs nothing.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  /// An independent stream for item `index` of `seed`.
  Random(uint64_t seed, uint64_t index)
      : state_(mix(seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u) ^
               mix(index + 0xD1B54A32D192ED03u)) {}

  uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15u); }
  /// 0 to limit - 1; the tiny bias is of no interest here.
  uint32_t below(uint32_t limit) {
    return static_cast<uint32_t>((static_cast<uint64_t>(static_cast<uint32_t>(next())) * limit) >>
                                 32);
  }
  uint32_t between(uint32_t least, uint32_t most) { return least + below(most - least + 1); }
  /// 0.0 to below 1.0
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return unit() < probability; }

 private:
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

}  // namespace tarn::cli
