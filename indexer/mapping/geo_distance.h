#pragma once

#include <algorithm>
#include <cmath>

namespace tarn {

/// Great-circle distance in metres, as Lucene's SloppyMath.haversinMeters.
inline double haversine_metres(double lat1, double lon1, double lat2, double lon2) {
  constexpr double kRadians = M_PI / 180.0, kEarthDiameter = 2 * 6371008.7714;
  const double x1 = lat1 * kRadians, x2 = lat2 * kRadians;
  const double h1 = 1 - std::cos(x1 - x2), h2 = 1 - std::cos((lon1 - lon2) * kRadians);
  const double h = h1 + std::cos(x1) * std::cos(x2) * h2;
  return kEarthDiameter * std::asin(std::min(1.0, std::sqrt(h * 0.5)));
}

/// Distance on a plane of degrees (distance_type "plane").
inline double plane_metres(double lat1, double lon1, double lat2, double lon2) {
  constexpr double kRadians = M_PI / 180.0;
  const double x = (lon2 - lon1) * kRadians * std::cos((lat2 + lat1) / 2.0 * kRadians);
  const double y = (lat2 - lat1) * kRadians;
  return std::sqrt(x * x + y * y) * 6371008.7714;
}

}  // namespace tarn
