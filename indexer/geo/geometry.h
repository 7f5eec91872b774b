#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn::geo {

struct Position {
  double x = 0, y = 0;   ///< longitude, latitude
  double z = std::numeric_limits<double>::quiet_NaN();
  bool same_place(const Position& other) const { return x == other.x && y == other.y; }
};
using Path = std::vector<Position>;

struct Polygon {
  Path shell;                ///< closed: the last position is the first
  std::vector<Path> holes;
};

/// A shape as it was given, in degrees.
struct Geometry {
  enum class Kind { kPoint, kMultiPoint, kLine, kMultiLine, kPolygon, kMultiPolygon, kCollection, kEnvelope, kCircle };
  Kind kind = Kind::kPoint;
  Path points;                     ///< points; envelope: its top left and bottom right corner; circle: its centre
  std::vector<Path> lines;
  std::vector<Polygon> polygons;
  std::vector<Geometry> parts;     ///< of a collection
  double radius_metres = 0;
  bool right = true;               ///< polygons: shells run counterclockwise, so one that does not and is wide crosses the dateline
};

/// Documents and queries are read by different parsers in OpenSearch, with errors of their own.
enum class Dialect { kDocument, kQuery };
struct ShapeOptions {
  Dialect dialect = Dialect::kDocument;
  bool right = true;
  bool coerce = false;       ///< rings that are open are closed
  bool ignore_z = true;      ///< a third coordinate is passed over; else it is refused
};

/// GeoJSON (an object) or WKT (a string). Throws ApiError with OpenSearch's reasons; nesting is bounded by the JSON parser's.
Geometry parse_shape(const Json& value, const ShapeOptions& options);
Geometry parse_geojson(const Json& value, const ShapeOptions& options);
Geometry parse_wkt(std::string_view text, const ShapeOptions& options);

/// OpenSearch's lower-case name of the kind ("linestring"), and GeoJSON's ("LineString").
std::string_view kind_name(Geometry::Kind kind);
std::string_view geojson_name(Geometry::Kind kind);
/// As the `fields` option shows shapes.
Json to_geojson(const Geometry& geometry);
std::string to_wkt(const Geometry& geometry);

/// "10km" and the like to metres; a bare number is metres. Throws as DistanceUnit does.
double parse_metres(std::string_view text);

std::string double_text(double value);
Error illegal_argument(std::string reason);
Error parse_error(std::string reason);

}  // namespace tarn::geo
