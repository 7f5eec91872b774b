#include "indexer/mapping/geo_shape_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "indexer/base/ascii.h"
#include "indexer/mapping/mapping_error.h"

namespace tarn::mapping {
namespace {

Error parse_error(std::string reason) { return Error(400, "parse_exception", std::move(reason)); }

Error not_built(const Error& cause) {
  Error error(400, "x_content_parse_exception", "Failed to build [geojson] after last required field arrived");
  error.caused_by(cause);
  return error;
}

struct Point {
  double x, y;
};

Point point_of(const Json& value, bool ignore_z) {
  if (!value.is_array() || value.size() < 2) throw ApiError(parse_error("coordinate elements in coordinate array should be numbers"));
  for (const Json& part : value) {
    if (!part.is_number()) throw ApiError(parse_error("geo coordinates must be numbers"));
  }
  if (value.size() > 3) throw ApiError(parse_error("Exception parsing coordinates: number of dimensions do not match"));
  if (value.size() == 3 && !ignore_z) {
    throw ApiError(parse_error("Exception parsing coordinates: found Z value [" + double_text(value[2].get<double>()) +
                               "] but [ignore_z_value] parameter is [false]"));
  }
  // Coordinates beyond the globe are accepted: shapes are normalised when they are indexed.
  return {value[0].get<double>(), value[1].get<double>()};
}

std::vector<Point> line_of(const Json& value, bool ignore_z) {
  if (!value.is_array()) throw ApiError(parse_error("coordinates must be an array of points"));
  std::vector<Point> out;
  for (const Json& item : value) out.push_back(point_of(item, ignore_z));
  return out;
}

void check_ring(const Json& value, bool ignore_z) {
  const std::vector<Point> ring = line_of(value, ignore_z);
  if (ring.size() < 2 || ring.front().x != ring.back().x || ring.front().y != ring.back().y) {
    const Point first = ring.empty() ? Point{} : ring.front(), last = ring.empty() ? Point{} : ring.back();
    throw ApiError(not_built(illegal_argument(
        fmt::format("first and last points of the linear ring must be the same (it must close itself): x[0]={} x[{}]={} y[0]={} y[{}]={}",
                    double_text(first.x), ring.empty() ? 0 : ring.size() - 1, double_text(last.x), double_text(first.y),
                    ring.empty() ? 0 : ring.size() - 1, double_text(last.y)))));
  }
  if (ring.size() < 4) throw ApiError(not_built(illegal_argument("at least 4 polygon points required")));
}

void check_polygon(const Json& value, bool ignore_z) {
  if (!value.is_array() || value.empty()) throw ApiError(parse_error("coordinates of a polygon must be an array of rings"));
  for (const Json& ring : value) check_ring(ring, ignore_z);
}

void check_geojson(const Json& shape, bool ignore_z) {
  const auto type_at = shape.find("type");
  if (type_at == shape.end() || !type_at->is_string()) throw ApiError(illegal_argument("Required [type]"));
  std::string type = lower_ascii(type_at->get<std::string>());
  if (type == "geometrycollection") {
    const auto parts = shape.find("geometries");
    if (parts == shape.end() || !parts->is_array()) throw ApiError(parse_error("geometries not included"));
    for (const Json& part : *parts) check_geojson(part, ignore_z);
    return;
  }
  const auto coordinates = shape.find("coordinates");
  if (coordinates == shape.end()) throw ApiError(not_built(parse_error("coordinates not included")));
  if (type == "point") {
    point_of(*coordinates, ignore_z);
  } else if (type == "multipoint") {
    line_of(*coordinates, ignore_z);
  } else if (type == "linestring") {
    if (line_of(*coordinates, ignore_z).size() < 2) throw ApiError(not_built(Error(400, "exception", "not enough points to build a line")));
  } else if (type == "multilinestring") {
    for (const Json& line : *coordinates) line_of(line, ignore_z);
  } else if (type == "polygon") {
    check_polygon(*coordinates, ignore_z);
  } else if (type == "multipolygon") {
    for (const Json& polygon : *coordinates) check_polygon(polygon, ignore_z);
  } else if (type == "envelope") {
    const std::vector<Point> corners = line_of(*coordinates, ignore_z);
    if (corners.size() != 2) {
      throw ApiError(parse_error("invalid number of points [" + std::to_string(corners.size()) +
                                 "] provided for geo_shape [envelope] when expecting an array of 2 coordinates"));
    }
    if (corners[0].y < corners[1].y) throw ApiError(not_built(illegal_argument("max y cannot be less than min y")));
  } else if (type == "circle") {
    throw ApiError(Error(400, "unsupported_operation_exception", "CIRCLE geometry is not supported"));
  } else {
    for (char& c : type) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    throw ApiError(not_built(illegal_argument("No enum constant org.opensearch.geometry.ShapeType." + type)));
  }
}

void check_wkt(std::string text) {
  text = lower_ascii(text);
  const size_t open = text.find('(');
  std::string head = text.substr(0, std::min(open, text.find(' ')));
  static constexpr std::string_view kTypes[] = {"point", "multipoint", "linestring", "multilinestring", "polygon", "multipolygon",
                                                "geometrycollection", "bbox"};
  if (std::find(std::begin(kTypes), std::end(kTypes), head) == std::end(kTypes)) {
    throw ApiError(illegal_argument("Unknown geometry type: " + head));
  }
  if (std::count(text.begin(), text.end(), '(') != std::count(text.begin(), text.end(), ')')) {
    throw ApiError(parse_error("expected ')' but found: END-OF-STREAM"));
  }
}

}  // namespace

void check_geo_shape(const Json& shape, bool ignore_z) {
  if (shape.is_string()) {
    check_wkt(shape.get<std::string>());
  } else {
    check_geojson(shape, ignore_z);
  }
}

}  // namespace tarn::mapping
