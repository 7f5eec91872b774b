#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "query/aggs/result.h"
#include "query/aggs/value_source.h"

namespace tarn::query {

/// Kahan's sum, as OpenSearch's CompensatedSum, so that sums agree to the last digits.
struct CompensatedSum {
  double value = 0, delta = 0;
  void add(double x) {
    const double corrected = x - delta;
    const double updated = value + corrected;
    if (!std::isfinite(updated)) [[unlikely]] {
      // Once infinite, the plain sum decides and there is nothing to compensate.
      value += x;
      delta = 0;
      return;
    }
    delta = (updated - value) - corrected;
    value = updated;
  }
};

struct StatsTotals {
  uint64_t count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  CompensatedSum sum, squares;

  void add(double x) {
    ++count;
    min = std::min(min, x);
    max = std::max(max, x);
    sum.add(x);
  }
  void add_squared(double x) {
    add(x);
    squares.add(x * x);
  }
  /// Without compensation, as the *_bucket pipelines sum.
  void add_plain(double x) {
    ++count;
    min = std::min(min, x);
    max = std::max(max, x);
    sum.value += x;
    squares.value += x * x;
  }
  void absorb(const StatsTotals& other) {
    count += other.count;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
    sum.add(other.sum.value);
    squares.add(other.squares.value);
  }
  double average() const { return count == 0 ? NAN : sum.value / static_cast<double>(count); }
  /// By OpenSearch's names: count, min, max, avg, sum, sum_of_squares, variance, std_upper ...; false if there is none.
  bool property(std::string_view name, double sigma, double& out) const;
};

/// {"value": x}, null where `known` is false, with value_as_string where the format has one.
std::unique_ptr<MetricResult> value_result(double value, bool known, const ValueFormat& format);
std::unique_ptr<MetricResult> stats_result(const StatsTotals& totals, const ValueFormat& format);
std::unique_ptr<MetricResult> extended_stats_result(const StatsTotals& totals, double sigma, const ValueFormat& format);
/// {"values": {...}} of (percent or value asked for, answer).
std::unique_ptr<MetricResult> percentiles_result(const std::vector<std::pair<double, double>>& points, bool keyed, const ValueFormat& format);

}  // namespace tarn::query
