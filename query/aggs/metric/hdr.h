#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace tarn::query {

/// What HdrHistogram's auto-resizing DoubleHistogram answers: values counted in buckets of a power of two each, cut into equal
/// parts for `digits` significant decimal digits. One thread.
class HdrHistogram {
 public:
  explicit HdrHistogram(int digits);
  /// False for a negative value or one that is not finite, which the original refuses.
  bool add(double value);
  /// NaN without values.
  double value_at_percentile(double percentile) const;
  double percentile_at_or_below(double value) const;
  size_t memory_bytes() const { return counts_.size() * (half_ * 8 + 64); }
  double covered_low() const;
  double covered_high() const;

 private:
  struct Cell { int exponent; size_t index; };
  Cell cell_of(double value) const;
  int half_bits_;
  size_t half_;
  uint64_t total_ = 0, zeros_ = 0;
  std::map<int, std::vector<uint64_t>> counts_;   // by exponent of two, `half_` parts each
};

}  // namespace tarn::query
