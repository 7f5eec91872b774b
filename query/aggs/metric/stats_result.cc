#include "query/aggs/metric/stats_result.h"

#include <cmath>

namespace tarn::query {
namespace {

/// Spread of the values, as InternalExtendedStats computes it.
struct Spread {
  double variance, variance_sampling, deviation, deviation_sampling;

  explicit Spread(const StatsTotals& totals) {
    const auto n = static_cast<double>(totals.count);
    const double sum = totals.sum.value, squares = totals.squares.value;
    variance = (squares - sum * sum / n) / n;
    if (variance < 0) variance = 0;
    variance_sampling = (squares - sum * sum / n) / (n - 1);
    if (variance_sampling < 0) variance_sampling = 0;
    deviation = std::sqrt(variance);
    deviation_sampling = std::sqrt(variance_sampling);
  }
};

void write_number(JsonWriter& out, std::string_view key, double value, bool known) {
  out.key(key);
  if (known) out.number(value);
  else out.null();
}

void write_text(JsonWriter& out, std::string_view key, double value, const ValueFormat& format) {
  out.key(key).raw(format.json_text(value));
}

void write_basic(JsonWriter& out, const StatsTotals& totals, const ValueFormat& format) {
  const bool some = totals.count > 0;
  out.key("count").unsigned_number(totals.count);
  write_number(out, "min", totals.min, some);
  write_number(out, "max", totals.max, some);
  write_number(out, "avg", totals.average(), some);
  write_number(out, "sum", totals.sum.value, true);
  if (!some || !format.has_text()) return;
  write_text(out, "min_as_string", totals.min, format);
  write_text(out, "max_as_string", totals.max, format);
  write_text(out, "avg_as_string", totals.average(), format);
  write_text(out, "sum_as_string", totals.sum.value, format);
}

std::vector<std::pair<std::string, double>> basic_values(const StatsTotals& totals) {
  return {{"count", static_cast<double>(totals.count)}, {"min", totals.min}, {"max", totals.max}, {"avg", totals.count ? totals.average() : 0.0},
          {"sum", totals.sum.value}};
}

constexpr std::string_view kExtended[] = {"sum_of_squares", "variance", "variance_population", "variance_sampling", "std_deviation",
                                          "std_deviation_population", "std_deviation_sampling"};
constexpr std::pair<std::string_view, std::string_view> kBounds[] = {
    {"upper", "std_upper"}, {"lower", "std_lower"}, {"upper_population", "std_upper_population"},
    {"lower_population", "std_lower_population"}, {"upper_sampling", "std_upper_sampling"}, {"lower_sampling", "std_lower_sampling"}};

}  // namespace

bool StatsTotals::property(std::string_view name, double sigma, double& out) const {
  if (name == "count") return out = static_cast<double>(count), true;
  if (name == "min") return out = min, true;
  if (name == "max") return out = max, true;
  if (name == "avg") return out = average(), true;
  if (name == "sum") return out = sum.value, true;
  if (sigma < 0) return false;
  const Spread spread(*this);
  if (name == "sum_of_squares") return out = squares.value, true;
  if (name == "variance" || name == "variance_population") return out = spread.variance, true;
  if (name == "variance_sampling") return out = spread.variance_sampling, true;
  if (name == "std_deviation" || name == "std_deviation_population") return out = spread.deviation, true;
  if (name == "std_deviation_sampling") return out = spread.deviation_sampling, true;
  const bool sampling = name.ends_with("_sampling");
  const double distance = sigma * (sampling ? spread.deviation_sampling : spread.deviation);
  if (name == "std_upper" || name == "std_upper_population" || name == "std_upper_sampling") return out = average() + distance, true;
  if (name == "std_lower" || name == "std_lower_population" || name == "std_lower_sampling") return out = average() - distance, true;
  return false;
}

std::unique_ptr<MetricResult> value_result(double value, bool known, const ValueFormat& format) {
  auto result = std::make_unique<MetricResult>();
  result->values = {{"value", value}};
  result->members = members_text([&](JsonWriter& out) {
    write_number(out, "value", value, known);
    if (known && format.has_text()) out.key("value_as_string").string(format.text(value));
  });
  return result;
}

std::unique_ptr<MetricResult> stats_result(const StatsTotals& totals, const ValueFormat& format) {
  auto result = std::make_unique<MetricResult>();
  result->single = false;
  result->java = "InternalStats";
  result->values = basic_values(totals);
  result->members = members_text([&](JsonWriter& out) { write_basic(out, totals, format); });
  return result;
}

std::unique_ptr<MetricResult> extended_stats_result(const StatsTotals& totals, double sigma, const ValueFormat& format) {
  auto result = std::make_unique<MetricResult>();
  result->single = false;
  result->java = "InternalExtendedStats";
  result->values = basic_values(totals);
  const auto value = [&](std::string_view name) {
    double out = 0;
    totals.property(name, sigma, out);
    return out;
  };
  for (std::string_view name : kExtended) result->values.emplace_back(name, value(name));
  for (const auto& [shown, name] : kBounds) result->values.emplace_back(name, value(name));
  const bool some = totals.count > 0;
  result->members = members_text([&](JsonWriter& out) {
    write_basic(out, totals, format);
    for (std::string_view name : kExtended) write_number(out, name, value(name), some);
    out.key("std_deviation_bounds").begin_object();
    for (const auto& [shown, name] : kBounds) write_number(out, shown, value(name), some);
    out.end_object();
    if (!some || !format.has_text()) return;
    for (std::string_view name : kExtended) write_text(out, std::string(name) + "_as_string", value(name), format);
    out.key("std_deviation_bounds_as_string").begin_object();
    for (const auto& [shown, name] : kBounds) write_text(out, shown, value(name), format);
    out.end_object();
  });
  return result;
}

std::unique_ptr<MetricResult> percentiles_result(const std::vector<std::pair<double, double>>& points, bool keyed, const ValueFormat& format) {
  auto result = std::make_unique<MetricResult>();
  result->single = false;
  result->java = "Percentiles";
  for (const auto& [percent, value] : points) result->values.emplace_back(double_text(percent), value);
  result->members = members_text([&](JsonWriter& out) {
    out.key("values");
    keyed ? out.begin_object() : out.begin_array();
    for (const auto& [percent, value] : points) {
      const bool known = std::isfinite(value);
      const std::string key = double_text(percent);
      if (keyed) {
        write_number(out, key, value, known);
        if (known && format.has_text()) out.key(key + "_as_string").string(format.text(value));
      } else {
        out.begin_object().key("key").number(percent);
        write_number(out, "value", value, known);
        if (known && format.has_text()) out.key("value_as_string").string(format.text(value));
        out.end_object();
      }
    }
    keyed ? out.end_object() : out.end_array();
  });
  return result;
}

}  // namespace tarn::query
