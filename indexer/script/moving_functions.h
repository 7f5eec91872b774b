#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tarn::script::moving {

// OpenSearch's MovingFunctions (scripts of moving_fn call them, moving_avg is made of them), over the values of a window, oldest first. NaN where there is nothing to tell.
double max(std::span<const double> values);
double min(std::span<const double> values);
double sum(std::span<const double> values);
double std_dev(std::span<const double> values, double average);
double unweighted_average(std::span<const double> values);
double linear_weighted_average(std::span<const double> values);
double ewma(std::span<const double> values, double alpha);
/// `count` values ahead; the first is the function's value.
std::vector<double> holt(std::span<const double> values, double alpha, double beta, size_t count);
std::vector<double> holt_winters(std::span<const double> values, double alpha, double beta, double gamma, size_t period, double padding,
                                 bool multiplicative, size_t count);

}  // namespace tarn::script::moving
