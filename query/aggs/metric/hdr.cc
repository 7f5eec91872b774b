#include "query/aggs/metric/hdr.h"

#include <algorithm>
#include <cmath>

namespace tarn::query {

HdrHistogram::HdrHistogram(int digits) {
  // The parts of the upper half of a bucket: enough for 2 * 10^digits units in the whole.
  half_bits_ = static_cast<int>(std::ceil(std::log2(2 * std::pow(10.0, digits)))) - 1;
  half_ = size_t{1} << std::max(0, half_bits_);
}

HdrHistogram::Cell HdrHistogram::cell_of(double value) const {
  const int exponent = std::ilogb(value);
  const auto index = static_cast<size_t>(std::floor(std::ldexp(value, half_bits_ - exponent))) - half_;
  return {exponent, std::min(index, half_ - 1)};
}

bool HdrHistogram::add(double value) {
  if (!std::isfinite(value) || value < 0) return false;
  ++total_;
  if (value == 0) {
    ++zeros_;
    return true;
  }
  const Cell cell = cell_of(value);
  std::vector<uint64_t>& parts = counts_[cell.exponent];
  if (parts.empty()) parts.assign(half_, 0);
  ++parts[cell.index];
  return true;
}

double HdrHistogram::covered_low() const { return counts_.empty() ? 0 : std::ldexp(1.0, counts_.begin()->first); }
double HdrHistogram::covered_high() const { return counts_.empty() ? 0 : std::ldexp(1.0, counts_.rbegin()->first + 1); }

double HdrHistogram::value_at_percentile(double percentile) const {
  if (total_ == 0) return NAN;
  const double requested = std::min(std::max(std::nextafter(percentile, -INFINITY), 0.0), 100.0);
  const auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(requested * static_cast<double>(total_) / 100.0)));
  // One integer unit of the original: its least value of the lowest bucket in use.
  const double unit = counts_.empty() ? 0 : std::ldexp(1.0, counts_.begin()->first - half_bits_);
  uint64_t seen = zeros_;
  if (seen >= wanted) return 0;
  for (const auto& [exponent, parts] : counts_) {
    for (size_t i = 0; i < parts.size(); ++i) {
      seen += parts[i];
      if (seen < wanted) continue;
      const double low = std::ldexp(static_cast<double>(half_ + i), exponent - half_bits_);
      if (percentile == 0) return low;
      return low + std::ldexp(1.0, exponent - half_bits_) - unit;
    }
  }
  return covered_high();
}

double HdrHistogram::percentile_at_or_below(double value) const {
  if (total_ == 0) return NAN;
  uint64_t seen = value >= 0 ? zeros_ : 0;
  if (value > 0) {
    const Cell cell = cell_of(value);
    for (const auto& [exponent, parts] : counts_) {
      if (exponent > cell.exponent) break;
      const size_t end = exponent == cell.exponent ? cell.index + 1 : parts.size();
      for (size_t i = 0; i < end; ++i) seen += parts[i];
    }
  }
  return std::clamp(100.0 * static_cast<double>(seen) / static_cast<double>(total_), 0.0, 100.0);
}

}  // namespace tarn::query
