#include <algorithm>
#include <charconv>

#include "indexer/geo/geometry.h"

namespace tarn::geo {

Error illegal_argument(std::string reason) { return Error(400, "illegal_argument_exception", std::move(reason)); }
Error parse_error(std::string reason) { return Error(400, "parse_exception", std::move(reason)); }

std::string double_text(double value) {
  std::string out;
  append_double(out, value);
  return out;
}

namespace {

using Kind = Geometry::Kind;

struct KindName {
  Kind kind;
  std::string_view lower, geojson;
};
constexpr KindName kNames[] = {{Kind::kPoint, "point", "Point"},
                               {Kind::kMultiPoint, "multipoint", "MultiPoint"},
                               {Kind::kLine, "linestring", "LineString"},
                               {Kind::kMultiLine, "multilinestring", "MultiLineString"},
                               {Kind::kPolygon, "polygon", "Polygon"},
                               {Kind::kMultiPolygon, "multipolygon", "MultiPolygon"},
                               {Kind::kCollection, "geometrycollection", "GeometryCollection"},
                               {Kind::kEnvelope, "envelope", "Envelope"},
                               {Kind::kCircle, "circle", "Circle"}};

const KindName& names_of(Kind kind) {
  return *std::find_if(std::begin(kNames), std::end(kNames), [&](const KindName& name) { return name.kind == kind; });
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Coordinates as sent: a position, or a list of more of them.
struct Node {
  bool leaf = false;
  Position position;
  std::vector<Node> children;

  int dimensions() const {
    if (leaf) return std::isnan(position.z) ? 2 : 3;
    if (children.empty()) throw ApiError(Error(500, "exception", "attempting to get number of dimensions on an empty coordinate node"));
    return children[0].dimensions();
  }
};

class Reader {
 public:
  explicit Reader(const ShapeOptions& options) : options_(options), document_(options.dialect == Dialect::kDocument) {}

  Geometry read(const Json& shape) const {
    const Members members = members_of(shape);
    return document_ ? built([&] { return make(members); }) : make(members);
  }

 private:
  struct Members {
    const Json* type = nullptr;
    const Json* geometries = nullptr;
    const Json* radius = nullptr;
    const Json* orientation = nullptr;
    const Json* coordinates = nullptr;
  };

  /// What OpenSearch's object parser says of an error in a constructor.
  template <class Make>
  static Geometry built(Make&& make) {
    try {
      return make();
    } catch (const ApiError& error) {
      if (error.error().type == "x_content_parse_exception") throw;
      Error out(400, "x_content_parse_exception", "Failed to build [geojson] after last required field arrived");
      out.caused_by(error.error());
      throw ApiError(std::move(out));
    }
  }
  [[noreturn]] static void fail_field(std::string_view field, const Error& cause) {
    Error out(400, "x_content_parse_exception", "[geojson] failed to parse field [" + std::string(field) + "]");
    out.caused_by(cause);
    throw ApiError(std::move(out));
  }
  [[noreturn]] static void fail_type(std::string_view field, std::string_view token) {
    throw ApiError(Error(400, "x_content_parse_exception",
                         "[geojson] " + std::string(field) + " doesn't support values of type: " + std::string(token)));
  }

  Members members_of(const Json& shape) const {
    Members out;
    for (const auto& [key, value] : shape.items()) {
      if (key == "type") out.type = &value;
      if (key == "geometries") out.geometries = &value;
      if (key == "radius") out.radius = &value;
      if (key == "orientation") out.orientation = &value;
      if (key == "coordinates") out.coordinates = &value;
    }
    if (document_) {
      if (out.type == nullptr) throw ApiError(illegal_argument("Required [type]"));
      if (!out.type->is_string()) fail_type("type", token_of(*out.type));
      if (out.coordinates != nullptr && out.coordinates->is_object()) fail_type("coordinates", "START_OBJECT");
    }
    return out;
  }
  static std::string_view token_of(const Json& value) {
    return value.is_number() ? "VALUE_NUMBER" : value.is_boolean() ? "VALUE_BOOLEAN" : value.is_null() ? "VALUE_NULL"
           : value.is_array() ? "START_ARRAY" : value.is_object() ? "START_OBJECT" : "VALUE_STRING";
  }
  static std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

  Kind kind_of(const std::string& type) const {
    const std::string lower = lower_case(type);
    if (document_ && lower == "bbox") return Kind::kEnvelope;
    for (const KindName& name : kNames) {
      if (name.lower == lower || (!document_ && name.kind == Kind::kEnvelope && lower == "bbox")) return name.kind;
    }
    if (!document_) throw ApiError(illegal_argument("unknown geo_shape [" + type + "]"));
    std::string upper = lower;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    throw ApiError(illegal_argument("No enum constant org.opensearch.geometry.ShapeType." + upper));
  }

  bool orientation_of(const Json& value) const {
    const std::string text = lower_case(text_of(value));
    if (text == "right" || text == "counterclockwise" || text == "ccw") return true;
    if (text == "left" || text == "clockwise" || text == "cw") return false;
    throw ApiError(illegal_argument("Unknown orientation [" + text_of(value) + "]"));
  }

  // ---- Coordinates.

  Node node_of(const Json& value) const {
    if (!value.is_array()) {
      if (value.is_object()) throw ApiError(parse_error("coordinates cannot be specified as objects"));
      throw ApiError(parse_error("geo coordinates must be numbers"));
    }
    Node out;
    if (!value.empty() && !value[0].is_array()) {
      if (value[0].is_null()) throw ApiError(illegal_argument("coordinates cannot contain NULL values)"));
      out.leaf = true;
      out.position = position_of(value);
      return out;
    }
    for (const Json& item : value) {
      if (!item.is_array()) {
        throw ApiError(Error(500, "exception", "attempting to get number of dimensions on an empty coordinate node"));
      }
      out.children.push_back(node_of(item));
      if (out.children.size() > 1 && out.children[0].dimensions() != out.children.back().dimensions()) {
        throw ApiError(parse_error("Exception parsing coordinates: number of dimensions do not match"));
      }
    }
    return out;
  }
  Position position_of(const Json& value) const {
    if (value.size() < 2 || !value[0].is_number() || !value[1].is_number()) {
      throw ApiError(parse_error("geo coordinates must be numbers"));
    }
    Position out{value[0].get<double>(), value[1].get<double>()};
    if (value.size() > 2 && value[2].is_number()) {
      out.z = value[2].get<double>();
      if (!options_.ignore_z) {
        throw ApiError(parse_error("Exception parsing coordinates: found Z value [" + double_text(out.z) +
                                   "] but [ignore_z_value] parameter is [false]"));
      }
    }
    if (value.size() > 3 && value[3].is_number()) {
      throw ApiError(parse_error("geo coordinates greater than 3 dimensions are not supported"));
    }
    return out;
  }

  static Error unlike(std::string reason) { return Error(500, "exception", std::move(reason)); }

  Position point(const Node& node) const {
    if (node.leaf) return node.position;
    if (document_) throw ApiError(unlike("expected a single points but got a list"));
    if (node.children.empty()) {
      throw ApiError(parse_error("invalid number of points (0) provided when expecting a single coordinate ([lat, lng])"));
    }
    throw ApiError(parse_error("multipoint data provided when single point data expected."));
  }
  Path points(const Node& node) const {
    if (node.leaf) {
      if (document_) throw ApiError(unlike("expected a list of points but got a point"));
      throw ApiError(parse_error("single coordinate found when expecting an array of coordinates. change type to point or change "
                                 "data to an array of >0 coordinates"));
    }
    Path out;
    for (const Node& child : node.children) {
      if (!child.leaf && document_) throw ApiError(unlike("expected a single points but got a list"));
      if (!child.leaf) throw ApiError(parse_error("single coordinate found when expecting an array of coordinates. change type to "
                                                  "point or change data to an array of >0 coordinates"));
      out.push_back(child.position);
    }
    return out;
  }
  Path line(const Node& node) const {
    if (!document_ && node.leaf) {
      throw ApiError(Error(500, "null_pointer_exception",
                           "Cannot invoke \"java.util.List.size()\" because \"coordinates.children\" is null"));
    }
    Path out = points(node);
    if (out.size() >= 2) return out;
    if (document_) throw ApiError(unlike("not enough points to build a line"));
    throw ApiError(parse_error("invalid number of points in LineString (found [" + std::to_string(out.size()) + "] - must be >= 2)"));
  }
  Path ring(const Node& node, std::string_view type) const {
    if (document_) return document_ring(node);
    if (node.leaf || node.children.empty()) {
      if (node.leaf) {
        throw ApiError(parse_error("invalid LinearRing provided for type " + std::string(type) +
                                   ". Linear ring must be an array of coordinates"));
      }
      throw ApiError(parse_error("Invalid LinearRing found. No coordinate array provided"));
    }
    Path out = points(node);
    const size_t needed = options_.coerce ? 3 : 4;
    if (out.size() < needed) {
      throw ApiError(parse_error("invalid number of points in LinearRing (found [" + std::to_string(out.size()) + "] - must be >= [" +
                                 std::to_string(needed) + "])"));
    }
    if (out.front().same_place(out.back())) return out;
    if (!options_.coerce) throw ApiError(parse_error("invalid LinearRing found (coordinates are not closed)"));
    out.push_back(out.front());
    return out;
  }
  Path document_ring(const Node& node) const {
    Path out = points(node);
    if (out.size() < 2) throw ApiError(unlike("not enough points to build a line"));
    if (options_.coerce && !out.front().same_place(out.back())) out.push_back(out.front());
    check_ring(out);
    return out;
  }

 public:
  static void check_ring(const Path& ring) {
    const Position& first = ring.front();
    const Position& last = ring.back();
    if (ring.size() < 2 || !first.same_place(last)) {
      const std::string at = std::to_string(ring.size() - 1);
      throw ApiError(illegal_argument("first and last points of the linear ring must be the same (it must close itself): x[0]=" +
                                      double_text(first.x) + " x[" + at + "]=" + double_text(last.x) + " y[0]=" +
                                      double_text(first.y) + " y[" + at + "]=" + double_text(last.y)));
    }
    if (ring.size() < 4) throw ApiError(illegal_argument("at least 4 polygon points required"));
  }

 private:
  Polygon polygon(const Node& node, std::string_view type) const {
    if (node.leaf && document_) throw ApiError(unlike("expected a list of points but got a point"));
    if (node.leaf || node.children.empty()) {
      if (!document_) {
        throw ApiError(parse_error("invalid LinearRing provided for type " + std::string(type) +
                                   ". Linear ring must be an array of coordinates"));
      }
      throw ApiError(Error(500, "index_out_of_bounds_exception", "Index 0 out of bounds for length 0"));
    }
    Polygon out;
    out.shell = ring(node.children[0], type);
    for (size_t i = 1; i < node.children.size(); ++i) out.holes.push_back(ring(node.children[i], type));
    return out;
  }
  Path envelope(const Node& node) const {
    if (node.leaf || node.children.size() != 2) {
      throw ApiError(parse_error("invalid number of points [" + std::to_string(node.children.size()) +
                                 "] provided for geo_shape [" + (document_ ? "ENVELOPE" : "envelope") +
                                 "] when expecting an array of 2 coordinates"));
    }
    Path out = points(node);
    if (out[0].y < out[1].y) throw ApiError(illegal_argument("max y cannot be less than min x"));
    return out;
  }

  // ---- Shapes.

  void refuse(const Json* member, std::string_view name, const std::string& type) const {
    if (member == nullptr || member->is_null()) return;
    if (document_) throw ApiError(parse_error("parameter " + std::string(name) + " is not supported for type " + type));
    throw ApiError(parse_error("cannot have [" + std::string(name) + "] with type set to [" + lower_case(type) + "]"));
  }
  Node coordinates_of(const Members& members) const {
    if (!document_) return node_of(*members.coordinates);
    try {
      return node_of(*members.coordinates);
    } catch (const ApiError& error) {
      fail_field("coordinates", error.error());
    }
  }

  Geometry make(const Members& members) const {
    if (members.type == nullptr && members.geometries == nullptr) throw ApiError(parse_error("shape type not included"));
    const std::string type = members.type == nullptr ? "geometrycollection" : text_of(*members.type);
    Geometry out;
    out.kind = kind_of(type);
    out.right = members.orientation != nullptr ? orientation_of(*members.orientation) : options_.right;
    if (out.kind == Kind::kCollection) return collection(members, type, std::move(out));
    if (members.coordinates == nullptr) throw ApiError(parse_error("coordinates not included"));
    const Node node = coordinates_of(members);
    refuse(members.geometries, "geometries", type);
    const bool polygonal = out.kind == Kind::kPolygon || out.kind == Kind::kMultiPolygon;
    if (!polygonal) refuse(members.orientation, "orientation", type);
    if (out.kind != Kind::kCircle) refuse(members.radius, "radius", type);
    fill(out, node, members);
    return out;
  }
  Geometry collection(const Members& members, const std::string& type, Geometry out) const {
    if (members.geometries == nullptr) throw ApiError(parse_error("geometries not included"));
    if (!members.geometries->is_array()) throw ApiError(parse_error("geometries must be an array of geojson objects"));
    if (document_ && members.coordinates != nullptr) {
      throw ApiError(parse_error("parameter coordinates is not supported for type " + type));
    }
    for (const Json& part : *members.geometries) {
      if (!document_) {
        out.parts.push_back(parse_shape(part, options_));
        continue;
      }
      if (!part.is_object()) fail_type("geometries", token_of(part));
      try {
        out.parts.push_back(read(part));
      } catch (const ApiError& error) {
        fail_field("geometries", error.error());
      }
    }
    if (document_ && out.parts.empty()) throw ApiError(illegal_argument("the list of shapes cannot be null or empty"));
    return out;
  }
  void fill(Geometry& out, const Node& node, const Members& members) const {
    switch (out.kind) {
      case Kind::kPoint: out.points = {point(node)}; break;
      case Kind::kMultiPoint: out.points = points(node); break;
      case Kind::kLine: out.lines = {line(node)}; break;
      case Kind::kMultiLine:
        if (node.leaf) throw ApiError(unlike("expected a list of points but got a point"));
        for (const Node& child : node.children) out.lines.push_back(line(child));
        break;
      case Kind::kPolygon: out.polygons = {polygon(node, "polygon")}; break;
      case Kind::kMultiPolygon:
        if (node.leaf) throw ApiError(unlike("expected a list of points but got a point"));
        for (const Node& child : node.children) out.polygons.push_back(polygon(child, "multipolygon"));
        break;
      case Kind::kEnvelope: out.points = envelope(node); break;
      case Kind::kCircle:
        if (members.radius == nullptr) {
          if (document_) throw ApiError(parse_error("radius is not specified"));
          throw ApiError(Error(500, "null_pointer_exception", "Cannot read field \"value\" because \"radius\" is null"));
        }
        out.points = {point(node)};
        out.radius_metres = parse_metres(text_of(*members.radius));
        break;
      case Kind::kCollection: break;
    }
  }

  const ShapeOptions& options_;
  const bool document_;
};

Json position_json(const Position& position) {
  Json out = Json::array({position.x, position.y});
  if (!std::isnan(position.z)) out.push_back(position.z);
  return out;
}

Json path_json(const Path& path) {
  Json out = Json::array();
  for (const Position& position : path) out.push_back(position_json(position));
  return out;
}

Json polygon_json(const Polygon& polygon) {
  Json out = Json::array({path_json(polygon.shell)});
  for (const Path& hole : polygon.holes) out.push_back(path_json(hole));
  return out;
}

template <class Items, class One>
Json each(const Items& items, One&& one) {
  Json out = Json::array();
  for (const auto& item : items) out.push_back(one(item));
  return out;
}

}  // namespace

std::string_view kind_name(Kind kind) { return names_of(kind).lower; }
std::string_view geojson_name(Kind kind) { return names_of(kind).geojson; }

Geometry parse_geojson(const Json& value, const ShapeOptions& options) { return Reader(options).read(value); }

Geometry parse_shape(const Json& value, const ShapeOptions& options) {
  if (value.is_object()) return parse_geojson(value, options);
  if (value.is_string()) return parse_wkt(value.get_ref<const std::string&>(), options);
  throw ApiError(parse_error("shape must be an object consisting of type and coordinates"));
}

Json to_geojson(const Geometry& geometry) {
  Json out = Json::object();
  if (geometry.kind == Kind::kCircle) out["radius"] = double_text(geometry.radius_metres) + "m";
  if (geometry.kind == Kind::kCollection) {
    out["geometries"] = each(geometry.parts, to_geojson);
  } else {
    Json& at = out["coordinates"];
    switch (geometry.kind) {
      case Kind::kPoint:
      case Kind::kCircle: at = position_json(geometry.points.empty() ? Position{} : geometry.points[0]); break;
      case Kind::kMultiPoint:
      case Kind::kEnvelope: at = path_json(geometry.points); break;
      case Kind::kLine: at = geometry.lines.empty() ? Json::array() : path_json(geometry.lines[0]); break;
      case Kind::kMultiLine: at = each(geometry.lines, path_json); break;
      case Kind::kPolygon: at = geometry.polygons.empty() ? Json::array() : polygon_json(geometry.polygons[0]); break;
      default: at = each(geometry.polygons, polygon_json); break;
    }
  }
  out["type"] = std::string(geojson_name(geometry.kind));
  return out;
}

double parse_metres(std::string_view text) {
  struct Unit {
    std::string_view name;
    double metres;
  };
  static constexpr Unit kUnits[] = {{"nauticalmiles", 1852}, {"kilometers", 1000}, {"millimeters", 0.001}, {"centimeters", 0.01},
                                    {"meters", 1}, {"miles", 1609.344}, {"yards", 0.9144}, {"inch", 0.0254}, {"feet", 0.3048},
                                    {"nmi", 1852}, {"NM", 1852}, {"km", 1000}, {"mm", 0.001}, {"cm", 0.01}, {"mi", 1609.344},
                                    {"yd", 0.9144}, {"in", 0.0254}, {"ft", 0.3048}, {"m", 1}};
  double factor = 1;
  std::string_view number = text;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    factor = unit.metres;
    number = text.substr(0, text.size() - unit.name.size());
    break;
  }
  double value = 0;
  while (!number.empty() && number.back() == ' ') number.remove_suffix(1);
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) {
    throw ApiError(Error(400, "number_format_exception", "For input string: \"" + std::string(number) + "\""));
  }
  return value * factor;
}

}  // namespace tarn::geo
