#pragma once

#include <string_view>

#include "indexer/base/json.h"
#include "indexer/mapping/geo_distance.h"

namespace tarn::query {

struct GeoPoint {
  double latitude = 0, longitude = 0;
};

/// All forms of OpenSearch: {"lat","lon"}, [lon, lat], "lat,lon", "POINT (lon lat)", a geohash.
/// Throws ApiError 400 parse_exception.
GeoPoint parse_geo_point(const Json& value);
/// The rectangle of a geohash.
struct GeoBox {
  double top, left, bottom, right;
};
GeoBox geohash_box(std::string_view hash);
/// "12km", "5 mi", "3" (metres, or `unit`); in metres. Throws illegal_argument_exception.
double parse_distance(const Json& value, std::string_view unit);
double unit_metres(std::string_view unit);
}  // namespace tarn::query
