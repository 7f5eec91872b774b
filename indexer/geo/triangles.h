#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/geo/geometry.h"

namespace tarn::geo {

/// A place on Lucene's grid of 2^32 steps each way; x is the longitude.
struct Cell {
  int32_t x, y;
  bool operator==(const Cell&) const = default;
};
int32_t encode_longitude(double degrees);   ///< of [-180, 180]
int32_t encode_latitude(double degrees);    ///< of [-90, 90]
int32_t encode_longitude_up(double degrees);  ///< to the next step
int32_t encode_latitude_up(double degrees);
double decode_longitude(int32_t encoded);
double decode_latitude(int32_t encoded);

/// A part of an indexed shape: a point, a segment or a triangle, as Lucene's LatLonShape indexes them. For each side whether
/// it belongs to the shape's own outline.
struct Triangle {
  enum class Kind : uint8_t { kPoint, kLine, kTriangle };
  Kind kind = Kind::kPoint;
  bool ab = true, bc = true, ca = true;
  Cell a{}, b{}, c{};
};

struct Bounds {
  int32_t min_x, max_x, min_y, max_y;
};

/// The parts of a shape: rings and lines that cross the dateline are cut, polygons are tessellated on the grid.
/// Throws ApiError for what OpenSearch refuses to index (circles, crossing edges, holes outside).
std::vector<Triangle> triangles_of(const Geometry& geometry);
/// The polygon, cut at the dateline where it crosses it; with all checks. Positions stay within the globe.
std::vector<Polygon> cut_at_dateline(const Polygon& polygon, bool right);
std::vector<Path> cut_at_dateline(const Path& line);
std::vector<Triangle> tessellate(const Polygon& polygon);

/// A column's value: the bounds, then the parts. Native byte order, as all columns.
std::string encode_triangles(const std::vector<Triangle>& triangles);
Bounds encoded_bounds(std::string_view value);
void decode_triangles(std::string_view value, std::vector<Triangle>& out);

}  // namespace tarn::geo
