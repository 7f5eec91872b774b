#include "indexer/script/moving_functions.h"

#include <algorithm>
#include <cmath>

namespace tarn::script::moving {

double max(std::span<const double> values) {
  double out = NAN;
  for (double value : values) {
    if (!std::isnan(value)) out = std::isnan(out) ? value : std::max(out, value);
  }
  return out;
}

double min(std::span<const double> values) {
  double out = NAN;
  for (double value : values) {
    if (!std::isnan(value)) out = std::isnan(out) ? value : std::min(out, value);
  }
  return out;
}

double sum(std::span<const double> values) {
  double out = 0;
  for (double value : values) {
    if (!std::isnan(value)) out += value;
  }
  return out;
}

double std_dev(std::span<const double> values, double average) {
  if (std::isnan(average)) return NAN;
  int64_t count = 0;
  double squares = 0;
  for (double value : values) {
    if (std::isnan(value)) continue;
    squares += std::pow(value - average, 2);
    ++count;
  }
  return std::sqrt(squares / static_cast<double>(count));
}

double unweighted_average(std::span<const double> values) {
  double total = 0;
  int64_t count = 0;
  for (double value : values) {
    if (std::isnan(value)) continue;
    total += value;
    ++count;
  }
  return count == 0 ? NAN : total / static_cast<double>(count);
}

double linear_weighted_average(std::span<const double> values) {
  double average = 0;
  int64_t weight = 1, current = 1;
  for (double value : values) {
    if (std::isnan(value)) continue;
    average += value * static_cast<double>(current);
    weight += current;
    ++current;
  }
  return current == 1 ? NAN : average / static_cast<double>(weight);
}

double ewma(std::span<const double> values, double alpha) {
  double average = NAN;
  bool first = true;
  for (double value : values) {
    if (std::isnan(value)) continue;
    average = first ? value : value * alpha + average * (1 - alpha);
    first = false;
  }
  return average;
}

std::vector<double> holt(std::span<const double> values, double alpha, double beta, size_t count) {
  std::vector<double> out(count, NAN);
  // Smoothed level and trend.
  double s = 0, last_s = 0, b = 0, last_b = 0, last = 0;
  int64_t counter = 0;
  for (double value : values) {
    if (std::isnan(value)) continue;
    if (counter == 0) {
      s = value;
      b = 0;
    } else {
      s = alpha * value + (1 - alpha) * (last_s + last_b);
      b = beta * (s - last_s) + (1 - beta) * last_b;
    }
    ++counter;
    last_s = s;
    last_b = b;
    last = value;
  }
  static_cast<void>(last);
  if (counter == 0) return out;
  for (size_t i = 0; i < count; ++i) out[i] = s + static_cast<double>(i) * b;
  return out;
}

std::vector<double> holt_winters(std::span<const double> values, double alpha, double beta, double gamma, size_t period, double padding,
                                 bool multiplicative, size_t count) {
  std::vector<double> out(count, NAN);
  if (period == 0 || values.size() < period * 2) return out;
  double s = 0, last_s = 0, b = 0, last_b = 0;
  std::vector<double> seasonal(values.size(), 0), vs;
  for (double value : values) {
    if (!std::isnan(value)) vs.push_back(value + padding);
  }
  if (vs.size() < period * 2) return out;
  const auto p = static_cast<double>(period);
  for (size_t i = 0; i < period; ++i) {
    s += vs[i];
    b += (vs[i + period] - vs[i]) / p;
  }
  s /= p;
  b /= p;
  last_s = s;
  // OpenSearch begins with ratios, whether seasons are added or multiplied.
  for (size_t i = 0; i < period; ++i) seasonal[i] = s == 0 ? 0 : vs[i] / s;
  for (size_t i = period; i < vs.size(); ++i) {
    s = multiplicative ? alpha * (vs[i] / seasonal[i - period]) + (1 - alpha) * (last_s + last_b)
                       : alpha * (vs[i] - seasonal[i - period]) + (1 - alpha) * (last_s + last_b);
    b = beta * (s - last_s) + (1 - beta) * last_b;
    seasonal[i] = multiplicative ? gamma * (vs[i] / (last_s + last_b)) + (1 - gamma) * seasonal[i - period]
                                 : gamma * (vs[i] - (last_s - last_b)) + (1 - gamma) * seasonal[i - period];
    last_s = s;
    last_b = b;
  }
  for (size_t i = 1; i <= count; ++i) {
    const size_t index = vs.size() - period + ((i - 1) % period);
    out[i - 1] = multiplicative ? (s + static_cast<double>(i) * b) * seasonal[index] : s + static_cast<double>(i) * b + seasonal[index];
  }
  return out;
}

}  // namespace tarn::script::moving
