#include "indexer/geo/triangles.h"

#include <algorithm>
#include <cstring>

namespace tarn::geo {

namespace {

constexpr double kLongitudeStep = 360.0 / 4294967296.0, kLatitudeStep = 180.0 / 4294967296.0;

double centered_modulus(double value, double divisor) {
  double out = std::fmod(value, divisor);
  if (out <= -divisor / 2) out += divisor;
  if (out > divisor / 2) out -= divisor;
  return out;
}

/// OpenSearch's GeoUtils.normalizePoint: around the globe and over the poles.
Position on_globe(Position at) {
  const bool beside = at.x > 180 || at.x < -180;
  if (at.y > 90 || at.y < -90) {
    at.y = centered_modulus(at.y, 360);
    bool shift = true;
    if (at.y < -90) {
      at.y = -180 - at.y;
    } else if (at.y > 90) {
      at.y = 180 - at.y;
    } else {
      shift = false;
    }
    if (shift) at.x += beside ? 180 : at.x > 0 ? -180 : 180;
  }
  if (beside) at.x = centered_modulus(at.x, 360);
  return at;
}

Cell cell_of(const Position& at) { return {encode_longitude(at.x), encode_latitude(at.y)}; }

void check_on_globe(const Position& at) {
  if (!(at.y >= -90 && at.y <= 90)) {
    throw ApiError(illegal_argument("invalid latitude " + double_text(at.y) + "; must be between -90.0 and 90.0"));
  }
  if (!(at.x >= -180 && at.x <= 180)) {
    throw ApiError(illegal_argument("invalid longitude " + double_text(at.x) + "; must be between -180.0 and 180.0"));
  }
}

void add_point(const Position& at, std::vector<Triangle>& out) {
  if (!std::isfinite(at.x) || !std::isfinite(at.y)) throw ApiError(parse_error("cannot normalize the point - not a number"));
  const Cell cell = cell_of(on_globe(at));
  out.push_back({Triangle::Kind::kPoint, true, true, true, cell, cell, cell});
}

void add_line(const Path& line, std::vector<Triangle>& out) {
  for (const Path& part : cut_at_dateline(line)) {
    for (const Position& at : part) check_on_globe(at);
    for (size_t i = 1; i < part.size(); ++i) {
      const Cell a = cell_of(part[i - 1]), b = cell_of(part[i]);
      out.push_back({Triangle::Kind::kLine, true, true, true, a, b, a});
    }
  }
}

void add_box(double west, double east, double south, double north, std::vector<Triangle>& out) {
  for (const Position& at : {Position{west, south}, Position{east, north}}) check_on_globe(at);
  const Cell a{encode_longitude(west), encode_latitude(south)}, c{encode_longitude(east), encode_latitude(north)};
  const Cell b{c.x, a.y}, d{a.x, c.y};
  out.push_back({Triangle::Kind::kTriangle, true, true, false, a, b, c});
  out.push_back({Triangle::Kind::kTriangle, false, true, true, a, c, d});
}

void add_shape(const Geometry& geometry, std::vector<Triangle>& out) {
  using Kind = Geometry::Kind;
  switch (geometry.kind) {
    case Kind::kPoint:
      // An empty point is indexed as the origin.
      add_point(geometry.points.empty() ? Position{} : geometry.points[0], out);
      break;
    case Kind::kMultiPoint:
      for (const Position& at : geometry.points) add_point(at, out);
      break;
    case Kind::kLine:
    case Kind::kMultiLine:
      for (const Path& line : geometry.lines) add_line(line, out);
      break;
    case Kind::kPolygon:
    case Kind::kMultiPolygon:
      for (const Polygon& polygon : geometry.polygons) {
        for (const Polygon& part : cut_at_dateline(polygon, geometry.right)) {
          const std::vector<Triangle> triangles = tessellate(part);
          out.insert(out.end(), triangles.begin(), triangles.end());
        }
      }
      break;
    case Kind::kCollection:
      for (const Geometry& part : geometry.parts) add_shape(part, out);
      break;
    case Kind::kEnvelope: {
      if (geometry.points.empty()) break;
      const Position &from = geometry.points[0], &to = geometry.points[1];
      if (from.x > to.x) {
        add_box(from.x, 180, to.y, from.y, out);
        add_box(-180, to.x, to.y, from.y, out);
      } else {
        add_box(from.x, to.x, to.y, from.y, out);
      }
      break;
    }
    case Kind::kCircle: throw ApiError(Error(400, "unsupported_operation_exception", "circle geometry is not supported"));
  }
}

}  // namespace

int32_t encode_longitude(double degrees) {
  if (degrees == 180) degrees = std::nextafter(180.0, 0.0);
  return static_cast<int32_t>(std::floor(degrees / kLongitudeStep));
}
int32_t encode_latitude(double degrees) {
  if (degrees == 90) degrees = std::nextafter(90.0, 0.0);
  return static_cast<int32_t>(std::floor(degrees / kLatitudeStep));
}
int32_t encode_longitude_up(double degrees) {
  if (degrees == 180) degrees = std::nextafter(180.0, 0.0);
  return static_cast<int32_t>(std::min(std::ceil(degrees / kLongitudeStep), 2147483647.0));
}
int32_t encode_latitude_up(double degrees) {
  if (degrees == 90) degrees = std::nextafter(90.0, 0.0);
  return static_cast<int32_t>(std::min(std::ceil(degrees / kLatitudeStep), 2147483647.0));
}
double decode_longitude(int32_t encoded) { return encoded * kLongitudeStep; }
double decode_latitude(int32_t encoded) { return encoded * kLatitudeStep; }

std::vector<Triangle> triangles_of(const Geometry& geometry) {
  std::vector<Triangle> out;
  add_shape(geometry, out);
  return out;
}

std::string encode_triangles(const std::vector<Triangle>& triangles) {
  Bounds bounds{INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN};
  std::string out(sizeof(Bounds), '\0');
  for (const Triangle& t : triangles) {
    for (const Cell& cell : {t.a, t.b, t.c}) {
      bounds.min_x = std::min(bounds.min_x, cell.x);
      bounds.max_x = std::max(bounds.max_x, cell.x);
      bounds.min_y = std::min(bounds.min_y, cell.y);
      bounds.max_y = std::max(bounds.max_y, cell.y);
    }
    out += static_cast<char>(static_cast<int>(t.kind) | t.ab << 2 | t.bc << 3 | t.ca << 4);
    const Cell cells[] = {t.a, t.b, t.c};
    out.append(reinterpret_cast<const char*>(cells), sizeof(Cell) * (static_cast<size_t>(t.kind) + 1));
  }
  std::memcpy(out.data(), &bounds, sizeof(bounds));
  return out;
}

Bounds encoded_bounds(std::string_view value) {
  Bounds out{INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN};
  if (value.size() >= sizeof(out)) std::memcpy(&out, value.data(), sizeof(out));
  return out;
}

void decode_triangles(std::string_view value, std::vector<Triangle>& out) {
  out.clear();
  for (size_t at = sizeof(Bounds); at < value.size();) {
    const auto head = static_cast<uint8_t>(value[at++]);
    Triangle t;
    t.kind = static_cast<Triangle::Kind>(head & 3);
    t.ab = head >> 2 & 1;
    t.bc = head >> 3 & 1;
    t.ca = head >> 4 & 1;
    const size_t count = (head & 3) + 1u;
    if (count > 3 || value.size() - at < count * sizeof(Cell)) return;  // not of ours
    Cell cells[3];
    std::memcpy(cells, value.data() + at, count * sizeof(Cell));
    at += count * sizeof(Cell);
    t.a = cells[0];
    t.b = count > 1 ? cells[1] : t.a;
    t.c = count > 2 ? cells[2] : t.a;
    out.push_back(t);
  }
}

}  // namespace tarn::geo
