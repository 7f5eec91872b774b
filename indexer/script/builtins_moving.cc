// MovingFunctions: what scripts of moving_fn compute of a window.
#include <cmath>

#include "indexer/script/builtins.h"
#include "indexer/script/moving_functions.h"

namespace tarn::script {

namespace {

using C = ClassId;

std::vector<double> window_of(Run& run, const Value& values) {
  if (values.is_null()) throw_null();
  std::vector<double> out;
  for (const Value& value : elements_of(run, values)) out.push_back(value.as_double());
  run.count_steps(out.size());
  return out;
}

template <double (*function)(std::span<const double>)>
Value of_window(Run& run, Value* a, size_t) {
  return Value::real(function(window_of(run, a[0])));
}

template <double (*function)(std::span<const double>, double)>
Value of_window_and_number(Run& run, Value* a, size_t) {
  return Value::real(function(window_of(run, a[0]), a[1].d));
}

Value holt(Run& run, Value* a, size_t) {
  const std::vector<double> values = window_of(run, a[0]);
  return Value::real(values.empty() ? NAN : moving::holt(values, a[1].d, a[2].d, 1)[0]);
}

constexpr double kPadding = 1e-10;   // keeps multiplicative seasons away from zero

Value holt_winters(Run& run, Value* a, size_t) {
  const std::vector<double> values = window_of(run, a[0]);
  if (values.empty()) return Value::real(NAN);
  const int64_t period = a[4].i;
  if (static_cast<int64_t>(values.size()) < period * 2) {
    throw_java(C::kIllegalArgumentException, "Holt-Winters aggregation requires at least (2 * period == 2 * " + std::to_string(period) + " == " +
                                                 std::to_string(2 * period) + ") data-points to function.  Only [" + std::to_string(values.size()) +
                                                 "] were provided.");
  }
  if (period <= 0) throw_java(C::kArithmeticException, "/ by zero");
  const bool multiplicative = a[5].i != 0;
  return Value::real(moving::holt_winters(values, a[1].d, a[2].d, a[3].d, static_cast<size_t>(period), multiplicative ? kPadding : 0, multiplicative, 1)[0]);
}

}  // namespace

void add_moving_methods(std::vector<Method>& t) {
  t.insert(t.end(), {
      {C::kMovingFunctions, "max", "D:O", of_window<moving::max>, Method::kStatic},
      {C::kMovingFunctions, "min", "D:O", of_window<moving::min>, Method::kStatic},
      {C::kMovingFunctions, "sum", "D:O", of_window<moving::sum>, Method::kStatic},
      {C::kMovingFunctions, "unweightedAvg", "D:O", of_window<moving::unweighted_average>, Method::kStatic},
      {C::kMovingFunctions, "linearWeightedAvg", "D:O", of_window<moving::linear_weighted_average>, Method::kStatic},
      {C::kMovingFunctions, "stdDev", "D:OD", of_window_and_number<moving::std_dev>, Method::kStatic},
      {C::kMovingFunctions, "ewma", "D:OD", of_window_and_number<moving::ewma>, Method::kStatic},
      {C::kMovingFunctions, "holt", "D:ODD", holt, Method::kStatic},
      {C::kMovingFunctions, "holtWinters", "D:ODDDIZ", holt_winters, Method::kStatic},
  });
}

}  // namespace tarn::script
