#include <cmath>

#include "query/dsl/clause.h"
#include "query/dsl/geo_value.h"
#include "query/filter/column_filters.h"

namespace tarn::query {

namespace {

enum class Validation { kStrict, kCoerce, kIgnore };

Validation read_validation(const Json& value) {
  std::string text = read_text(value);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (text == "STRICT") return Validation::kStrict;
  if (text == "COERCE") return Validation::kCoerce;
  if (text == "IGNORE_MALFORMED") return Validation::kIgnore;
  throw ApiError(illegal_argument("No enum constant org.opensearch.index.query.GeoValidationMethod." + text));
}

const FieldType* geo_field(Binder& binder, const std::string& path, bool ignore_unmapped) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr) {
    if (ignore_unmapped) return nullptr;
    throw ApiError(400, "query_shard_exception", "failed to find geo field [" + path + "]");
  }
  if (field->kind != FieldKind::kGeoPoint) {
    if (field->kind == FieldKind::kGeoShape) not_implemented("geo queries on geo_shape fields are not supported yet");
    throw ApiError(400, "query_shard_exception",
                   "field [" + path + "] is of type [" + std::string(kind_name(field->kind)) + "] that is not supported");
  }
  return field;
}

void check_point(std::string_view clause, GeoPoint& point, Validation validation) {
  if (validation == Validation::kIgnore) {  // Lucene refuses what nobody validated
    if (!(std::fabs(point.latitude) <= 90)) {
      throw ApiError(illegal_argument("invalid latitude " + double_text(point.latitude) + "; must be between -90.0 and 90.0"));
    }
    if (!(std::fabs(point.longitude) <= 180)) {
      throw ApiError(illegal_argument("invalid longitude " + double_text(point.longitude) + "; must be between -180.0 and 180.0"));
    }
    return;
  }
  if (validation == Validation::kCoerce) {
    point.longitude = std::remainder(point.longitude, 360);
    point.latitude = std::min(90.0, std::max(-90.0, point.latitude));
    return;
  }
  if (!(std::fabs(point.latitude) <= 90)) {
    throw ApiError(400, "query_shard_exception",
                   "illegal latitude value [" + double_text(point.latitude) + "] for [" + std::string(clause) + "]");
  }
  if (!(std::fabs(point.longitude) <= 180)) {
    throw ApiError(400, "query_shard_exception",
                   "illegal longitude value [" + double_text(point.longitude) + "] for [" + std::string(clause) + "]");
  }
}

struct GeoDistanceQuery final : Query {
  std::string field;
  GeoPoint center;
  double metres = 0;
  bool plane = false, ignore_unmapped = false;
  Validation validation = Validation::kStrict;

  PlanPtr bind(Binder& binder, float boost) const override {
    const FieldType* type = geo_field(binder, field, ignore_unmapped);
    if (type == nullptr) return match_none_plan();
    GeoPoint origin = center;
    check_point("geo_distance", origin, validation);
    const double degrees = metres / 111194.9 + 1e-6;
    const double limit = metres;
    const auto accepts = [origin, limit](int64_t encoded) {
      return haversine_metres(origin.latitude, origin.longitude, geo_latitude(encoded), geo_longitude(encoded)) <= limit;
    };
    return geo_plan(type->path, origin.latitude - degrees, origin.latitude + degrees, accepts, boost);
  }
};

struct GeoBoxQuery final : Query {
  std::string field;
  GeoBox box{};
  bool ignore_unmapped = false;
  Validation validation = Validation::kStrict;

  PlanPtr bind(Binder& binder, float boost) const override {
    const FieldType* type = geo_field(binder, field, ignore_unmapped);
    if (type == nullptr) return match_none_plan();
    GeoPoint top_left{box.top, box.left}, bottom_right{box.bottom, box.right};
    const bool whole = validation == Validation::kCoerce && std::fabs(box.left - box.right) == 360;
    check_point("geo_bounding_box", top_left, validation);
    check_point("geo_bounding_box", bottom_right, validation);
    if (top_left.latitude < bottom_right.latitude && validation == Validation::kStrict) {
      throw ApiError(illegal_argument("top is below bottom corner: " + double_text(top_left.latitude) + " vs. " +
                                      double_text(bottom_right.latitude)));
    }
    // The corners are compared in the encoding of the points, as Lucene does.
    const double top = geo_latitude(encode_geo(top_left.latitude, 0));
    const double bottom = geo_latitude(encode_geo(bottom_right.latitude, 0));
    const double left = whole ? -180 : geo_longitude(encode_geo(0, top_left.longitude));
    const double right = whole ? 180 : geo_longitude(encode_geo(0, bottom_right.longitude));
    const auto accepts = [top, bottom, left, right](int64_t encoded) {
      const double lat = geo_latitude(encoded), lon = geo_longitude(encoded);
      if (lat > top || lat < bottom) return false;
      return left <= right ? lon >= left && lon <= right : lon >= left || lon <= right;
    };
    return geo_plan(type->path, bottom, top, accepts, boost);
  }
};

/// Points inside a ring of corners, by the even-odd rule on the plane of degrees, as Lucene's Polygon.
struct GeoPolygonQuery final : Query {
  std::string field;
  std::vector<GeoPoint> corners;
  bool ignore_unmapped = false;
  Validation validation = Validation::kStrict;

  PlanPtr bind(Binder& binder, float boost) const override {
    const FieldType* type = geo_field(binder, field, ignore_unmapped);
    if (type == nullptr) return match_none_plan();
    std::vector<GeoPoint> ring = corners;
    double south = 90, north = -90;
    for (GeoPoint& corner : ring) {
      check_point("geo_polygon", corner, validation);
      south = std::min(south, corner.latitude);
      north = std::max(north, corner.latitude);
    }
    const auto accepts = [ring](int64_t encoded) {
      const double lat = geo_latitude(encoded), lon = geo_longitude(encoded);
      bool inside = false;
      for (size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
        const GeoPoint &a = ring[i], &b = ring[j];
        if ((a.latitude > lat) == (b.latitude > lat)) continue;
        if (lon < (b.longitude - a.longitude) * (lat - a.latitude) / (b.latitude - a.latitude) + a.longitude) inside = !inside;
      }
      return inside;
    };
    return geo_plan(type->path, south, north, accepts, boost);
  }
};

GeoBox read_wkt_box(const std::string& text) {
  double left = 0, right = 0, top = 0, bottom = 0;
  const size_t open = text.find('(');
  if (open == std::string::npos ||
      std::sscanf(text.c_str() + open + 1, "%lf ,%lf ,%lf ,%lf", &left, &right, &top, &bottom) != 4) {
    throw ApiError(400, "parse_exception", "failed to parse WKT bounding box");
  }
  return {top, left, bottom, right};
}

GeoBox read_box(const Json& value, Validation&) {
  GeoBox box{NAN, NAN, NAN, NAN};
  const auto corner = [&](const Json& at, double& lat, double& lon, bool top, bool left) {
    if (at.is_string() && at.get_ref<const std::string&>().find(',') == std::string::npos &&
        at.get_ref<const std::string&>().find('(') == std::string::npos) {
      const GeoBox cell = geohash_box(at.get_ref<const std::string&>());
      lat = top ? cell.top : cell.bottom;
      lon = left ? cell.left : cell.right;
      return;
    }
    const GeoPoint point = parse_geo_point(at);
    lat = point.latitude;
    lon = point.longitude;
  };
  for (const auto& [key, member] : value.items()) {
    if (key == "wkt") return read_wkt_box(read_text(member));
    if (key == "top") box.top = read_float(member), box.top = member.is_number() ? member.get<double>() : box.top;
    else if (key == "bottom") box.bottom = member.is_number() ? member.get<double>() : read_float(member);
    else if (key == "left") box.left = member.is_number() ? member.get<double>() : read_float(member);
    else if (key == "right") box.right = member.is_number() ? member.get<double>() : read_float(member);
    else if (key == "top_left" || key == "topLeft") corner(member, box.top, box.left, true, true);
    else if (key == "bottom_right" || key == "bottomRight") corner(member, box.bottom, box.right, false, false);
    else if (key == "top_right" || key == "topRight") corner(member, box.top, box.right, true, false);
    else if (key == "bottom_left" || key == "bottomLeft") corner(member, box.bottom, box.left, false, true);
    else throw ApiError(400, "parse_exception", "failed to parse bounding box. unexpected field [" + key + "]");
  }
  static constexpr std::pair<double GeoBox::*, std::string_view> kSides[] = {
      {&GeoBox::top, "top latitude"}, {&GeoBox::bottom, "bottom latitude"}, {&GeoBox::left, "left longitude"}, {&GeoBox::right, "right longitude"}};
  for (const auto& [side, name] : kSides) {
    if (std::isnan(box.*side)) throw ApiError(illegal_argument(std::string(name) + " is invalid: NaN"));
  }
  return box;
}

}  // namespace

std::shared_ptr<Query> parse_geo_distance(const Json& body) {
  auto query = std::make_shared<GeoDistanceQuery>();
  const Json* distance = nullptr;
  std::string unit = "m";
  const Json* point = nullptr;
  Json lat_lon = Json::object();
  for (const auto& [key, value] : body.items()) {
    if (value.is_null()) continue;
    if (key == "distance") {
      distance = &value;
    } else if (key == "unit") {
      unit = read_text(value);
    } else if (key == "distance_type") {
      const std::string type = read_text(value);
      if (type != "plane" && type != "arc") {
        throw ApiError(illegal_argument("No geo distance for [" + type + "]"));
      }
      query->plane = type == "plane";
    } else if (key == "validation_method") {
      query->validation = read_validation(value);
    } else if (key == "ignore_unmapped") {
      query->ignore_unmapped = read_bool(value);
    } else if (read_common(*query, key, value)) {
      continue;
    } else if (value.is_array() || value.is_object()) {
      if (point != nullptr) {
        fail_parse("[geo_distance] query doesn't support multiple fields, found [" + query->field + "] and [" + key + "]");
      }
      query->field = key;
      point = &value;
    } else if (key.ends_with(".lat") || key.ends_with(".lon")) {
      query->field = key.substr(0, key.size() - 4);
      lat_lon[key.substr(key.size() - 3)] = value;
      if (lat_lon.size() == 2) point = &lat_lon;
    } else if (value.is_string()) {
      if (query->field.empty()) {
        query->field = key;
        point = &value;
      } else {
        unsupported_member("geo_distance", key, value);
      }
    } else {
      unsupported_member("geo_distance", key, value);
    }
  }
  if (distance == nullptr) fail_parse("geo_distance requires 'distance' to be specified");
  if (point == nullptr) throw ApiError(illegal_argument("fieldName must not be null or empty"));
  if (point->is_object() && !point->contains("lat") && !point->contains("geohash")) {
    unsupported_member("geo_distance", query->field, body);
  }
  query->center = parse_geo_point(*point);
  query->metres = parse_distance(*distance, unit);
  if (query->metres <= 0) throw ApiError(illegal_argument("distance must be greater than zero"));
  return query;
}

std::shared_ptr<Query> parse_geo_polygon(const Json& body) {
  auto query = std::make_shared<GeoPolygonQuery>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      query->field = key;
      for (const auto& [name, points] : value.items()) {
        if (name != "points" || !points.is_array()) unsupported_member("geo_polygon", name, points);
        for (const Json& point : points) query->corners.push_back(parse_geo_point(point));
      }
    } else if (key == "validation_method") {
      query->validation = read_validation(value);
    } else if (key == "ignore_unmapped") {
      query->ignore_unmapped = read_bool(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("geo_polygon", key, value);
    }
  }
  if (query->corners.empty()) throw ApiError(illegal_argument("polygon must not be null or empty"));
  const auto& first = query->corners.front();
  const auto& last = query->corners.back();
  const bool closed = first.latitude == last.latitude && first.longitude == last.longitude;
  if (query->corners.size() < (closed ? 4u : 3u)) throw ApiError(illegal_argument("too few points defined for geo_polygon query"));
  return query;
}

std::shared_ptr<Query> parse_geo_bounding_box(const Json& body) {
  auto query = std::make_shared<GeoBoxQuery>();
  bool given = false;
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      query->field = key;
      try {
        query->box = read_box(value, query->validation);
      } catch (const ApiError& error) {
        if (error.error().type == "illegal_argument_exception") throw;
        throw ApiError(Error(400, "parse_exception", "failed to parse [geo_bounding_box] query. [" + error.error().reason + "]")
                           .caused_by(error.error()));
      }
      given = true;
    } else if (key == "validation_method") {
      query->validation = read_validation(value);
    } else if (key == "ignore_unmapped") {
      query->ignore_unmapped = read_bool(value);
    } else if (key == "type") {
      const std::string type = read_text(value);
      if (type != "memory" && type != "indexed") throw ApiError(illegal_argument("failed to parse type [" + type + "]"));
    } else if (!read_common(*query, key, value)) {
      fail_parse("failed to parse [geo_bounding_box] query. unexpected field [" + key + "]");
    }
  }
  if (!given) fail_parse("failed to parse [geo_bounding_box] query. bounding box not provided");
  return query;
}

}  // namespace tarn::query
