#include <cmath>

#include "indexer/base/ascii.h"
#include "indexer/mapping/document_parser_impl.h"

namespace tarn {

namespace {

constexpr std::string_view kBase32 = "0123456789bcdefghjkmnpqrstuvwxyz";

Error parse_error(std::string reason) { return Error(400, "parse_exception", std::move(reason)); }

double centered_modulus(double value, double divisor) {
  double out = std::fmod(value, divisor);
  if (out <= -divisor / 2) out += divisor;
  if (out > divisor / 2) out -= divisor;
  return out;
}

/// GeoUtils.normalizePoint: over the pole and around the globe.
void normalize(double& latitude, double& longitude) {
  const bool fix_longitude = longitude > 180 || longitude < -180;
  if (latitude > 90 || latitude < -90) {
    latitude = centered_modulus(latitude, 360);
    bool shift = true;
    if (latitude < -90) {
      latitude = -180 - latitude;
    } else if (latitude > 90) {
      latitude = 180 - latitude;
    } else {
      shift = false;
    }
    if (shift) longitude += fix_longitude ? 180 : longitude > 0 ? -180 : 180;
  }
  if (fix_longitude) longitude = centered_modulus(longitude, 360);
}

/// The south-west corner of a geohash's cell. Throws for an empty one or a wrong symbol.
std::pair<double, double> decode_geohash(std::string_view hash) {
  const auto fail = [](const std::string& reason) {
    Error error = parse_error(reason);
    error.caused_by(illegal_argument(reason));
    throw ApiError(error);
  };
  if (hash.empty()) fail("empty geohash");
  uint64_t latitude = 0, longitude = 0;
  int latitude_bits = 0, longitude_bits = 0;
  bool even = true;
  for (size_t i = 0; i < hash.size() && i < 12; ++i) {
    const size_t digit = kBase32.find(hash[i]);
    if (digit == std::string_view::npos) {
      fail("unsupported symbol [" + std::string(1, hash[i]) + "] in geohash [" + std::string(hash) + "]");
    }
    for (int bit = 4; bit >= 0; --bit, even = !even) {
      const uint64_t value = digit >> bit & 1;
      if (even) {
        longitude = longitude << 1 | value;
        ++longitude_bits;
      } else {
        latitude = latitude << 1 | value;
        ++latitude_bits;
      }
    }
  }
  return {std::ldexp(static_cast<double>(latitude), -latitude_bits) * 180 - 90,
          std::ldexp(static_cast<double>(longitude), -longitude_bits) * 360 - 180};
}

void check_z(bool ignore_z, double z) {
  if (!ignore_z) {
    throw ApiError(parse_error("Exception parsing coordinates: found Z value [" + double_text(z) +
                               "] but [ignore_z_value] parameter is [false]"));
  }
}

}  // namespace

void DocumentParser::Impl::add_geo(const FieldPlan& plan, double latitude, double longitude) {
  const std::string& name = plan.type->path;
  if (!plan.ignore_malformed) {
    if (latitude > 90 || latitude < -90) throw ApiError(illegal_argument("illegal latitude value [" + double_text(latitude) + "] for " + name));
    if (longitude > 180 || longitude < -180) {
      throw ApiError(illegal_argument("illegal longitude value [" + double_text(longitude) + "] for " + name));
    }
    if (std::isnan(latitude)) throw ApiError(illegal_argument("invalid latitude NaN; must be between -90.0 and 90.0"));
    if (std::isnan(longitude)) throw ApiError(illegal_argument("invalid longitude NaN; must be between -180.0 and 180.0"));
  } else {
    if (!std::isfinite(latitude) || !std::isfinite(longitude)) {
      throw ApiError(parse_error("cannot normalize the point - not a number"));
    }
    normalize(latitude, longitude);
  }
  add_number(plan, encode_geo(latitude, longitude));
}

void DocumentParser::Impl::geo_point(const FieldPlan& plan) {
  if (!plan.multi_fields.empty() || !plan.copy_to.empty()) {
    throw ApiError(Error(501, "not_implemented_exception", "multi-fields and copy_to of geo_point fields are not implemented"));
  }
  if (cursor_.token() == JsonToken::kStartArray) {
    geo_array(plan);
  } else {
    one_geo_point(plan);
  }
}

/// After a bad point in an array, OpenSearch forgets the points before it and goes on with the ones behind it one by one.
void DocumentParser::Impl::geo_points_after_failure(const FieldPlan& plan, int depth) {
  while (cursor_.depth() > depth) {
    const JsonToken token = cursor_.next();
    if (cursor_.depth() <= depth || (token != JsonToken::kString && token != JsonToken::kStartObject)) continue;
    const size_t values_before = target_->values->size();
    try {
      one_geo_point(plan);
    } catch (const ApiError&) {
      target_->values->resize(values_before);
    }
  }
}

void DocumentParser::Impl::geo_null(const FieldPlan& plan) {
  if (!plan.type->null_value) return;
  const Json& value = *plan.type->null_value;
  if (value.is_array() && value.size() >= 2) {
    add_geo(plan, value[1].get<double>(), value[0].get<double>());
  } else if (value.is_object() && value.contains("lat") && value.contains("lon")) {
    add_geo(plan, mapping::node_double(value["lat"]), mapping::node_double(value["lon"]));
  } else {
    geo_text(plan, mapping::java_text(value));
  }
}

void DocumentParser::Impl::one_geo_point(const FieldPlan& plan) {
  switch (cursor_.token()) {
    case JsonToken::kString: return geo_text(plan, cursor_.text());
    case JsonToken::kStartObject: return geo_object(plan);
    case JsonToken::kNull: return geo_null(plan);
    default: throw ApiError(parse_error("geo_point expected"));
  }
}

double DocumentParser::Impl::geo_number(const char*) {
  if (cursor_.is_number()) return mapping::json_double(cursor_.text());
  if (cursor_.token() == JsonToken::kString) {
    const auto number = mapping::parse_java_double(cursor_.text());
    if (!number) throw ApiError(mapping::number_format(cursor_.text()));
    return *number;
  }
  throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(cursor_.token())) + ") not numeric, cannot use numeric value accessors"));
}

void DocumentParser::Impl::geo_array(const FieldPlan& plan) {
  cursor_.next();
  if (!cursor_.is_number()) {
    while (cursor_.token() != JsonToken::kEndArray) {
      if (cursor_.token() == JsonToken::kStartArray) {
        // One of several points as [lon, lat].
        const JsonToken first = cursor_.next();
        if (first != JsonToken::kInteger && first != JsonToken::kFloat) throw ApiError(parse_error("geo_point expected"));
        const double longitude = geo_number("lon");
        cursor_.next();
        const double latitude = geo_number("lat");
        JsonToken after = cursor_.next();
        if (after == JsonToken::kInteger || after == JsonToken::kFloat) {
          check_z(plan.ignore_z, geo_number("z"));
          after = cursor_.next();
        }
        if (after != JsonToken::kEndArray) throw ApiError(parse_error("[geo_point] field type does not accept > 3 dimensions"));
        add_geo(plan, latitude, longitude);
      } else {
        if (cursor_.token() == JsonToken::kNull) throw ApiError(parse_error("geo_point expected"));
        one_geo_point(plan);
      }
      cursor_.next();
    }
    return;
  }
  const double longitude = geo_number("lon");
  cursor_.next();
  const double latitude = geo_number("lat");
  JsonToken after = cursor_.next();
  if (after == JsonToken::kInteger || after == JsonToken::kFloat) {
    check_z(plan.ignore_z, geo_number("z"));
    after = cursor_.next();
  } else if (after != JsonToken::kEndArray) {
    throw ApiError(parse_error("[geo_point] field type does not accept > 3 dimensions"));
  }
  if (after != JsonToken::kEndArray) throw ApiError(parse_error("geo_point expected"));
  add_geo(plan, latitude, longitude);
}

void DocumentParser::Impl::geo_text(const FieldPlan& plan, std::string_view text) {
  std::string lower = lower_ascii(text);
  if (lower.find("point") != std::string::npos) {
    // WKT: POINT (lon lat [z])
    const size_t open = lower.find('('), close = lower.find(')');
    const std::string_view head = trim(std::string_view(lower).substr(0, open));
    if (head != "point" || open == std::string::npos || close == std::string::npos) {
      throw ApiError(parse_error("Invalid WKT format"));
    }
    std::vector<double> numbers;
    std::string_view body = trim(std::string_view(lower).substr(open + 1, close - open - 1));
    while (!body.empty()) {
      const size_t blank = std::min(body.find(' '), body.size());
      const auto number = mapping::parse_java_double(body.substr(0, blank));
      if (!number) throw ApiError(parse_error("Invalid WKT format"));
      numbers.push_back(*number);
      body = trim(body.substr(blank));
    }
    if (numbers.size() < 2 || numbers.size() > 3) throw ApiError(parse_error("Invalid WKT format"));
    if (numbers.size() == 3) check_z(plan.ignore_z, numbers[2]);
    return add_geo(plan, numbers[1], numbers[0]);
  }
  if (text.find(',') == std::string_view::npos) {
    const auto [latitude, longitude] = decode_geohash(text);
    return add_geo(plan, latitude, longitude);
  }
  std::vector<std::string_view> parts;
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  if (parts.size() > 3 || parts.size() < 2) {
    throw ApiError(parse_error("failed to parse [" + std::string(text) + "], expected 2 or 3 coordinates but found: [" +
                               std::to_string(parts.size()) + "]"));
  }
  const auto number = [](std::string_view part, const char* what) {
    const auto value = mapping::parse_java_double(part);
    if (!value) throw ApiError(parse_error(std::string(what) + " must be a number"));
    return *value;
  };
  const double latitude = number(parts[0], "latitude");
  const double longitude = number(parts[1], "longitude");
  if (parts.size() == 3) check_z(plan.ignore_z, number(parts[2], "z"));
  add_geo(plan, latitude, longitude);
}

void DocumentParser::Impl::geo_object(const FieldPlan& plan) {
  std::optional<double> latitude, longitude;
  std::optional<std::string> geohash, type;
  std::vector<double> coordinates;
  bool has_coordinates = false;
  const auto mixed = [] { return ApiError(parse_error("field must be either [lon|lat], [type|coordinates], or [geohash]")); };
  const auto number = [&](const char* name) {
    if (cursor_.token() != JsonToken::kString && !cursor_.is_number()) throw ApiError(parse_error(std::string(name) + " must be a number"));
    try {
      return geo_number(name);
    } catch (const ApiError& error) {
      Error outer = parse_error("[lon] and [lat] must be valid double values");
      outer.caused_by(error.error());
      throw ApiError(outer);
    }
  };
  if (cursor_.next() == JsonToken::kEndObject) throw ApiError(parse_error("token [END_OBJECT] not allowed"));
  for (; cursor_.token() != JsonToken::kEndObject; cursor_.next()) {
    const std::string name(cursor_.text());
    cursor_.next();
    if (name == "lat") {
      latitude = number("lat");
    } else if (name == "lon") {
      longitude = number("lon");
    } else if (name == "geohash") {
      if (cursor_.token() != JsonToken::kString) throw ApiError(parse_error("geohash must be a string"));
      geohash = cursor_.text();
    } else if (name == "type") {
      if (cursor_.token() != JsonToken::kString) throw ApiError(parse_error("type must be a string"));
      type = cursor_.text();
    } else if (name == "coordinates") {
      if (cursor_.token() != JsonToken::kStartArray) throw ApiError(parse_error("coordinates must be an array"));
      has_coordinates = true;
      while (cursor_.next() != JsonToken::kEndArray) coordinates.push_back(geo_number("coordinates"));
    } else {
      throw mixed();
    }
  }
  const int forms = (latitude || longitude ? 1 : 0) + (geohash ? 1 : 0) + (type || has_coordinates ? 1 : 0);
  if (forms != 1) throw mixed();
  if (geohash) {
    const auto [lat, lon] = decode_geohash(*geohash);
    return add_geo(plan, lat, lon);
  }
  if (latitude || longitude) {
    if (!latitude) throw ApiError(parse_error("field [lat] missing"));
    if (!longitude) throw ApiError(parse_error("field [lon] missing"));
    return add_geo(plan, *latitude, *longitude);
  }
  if (!type) throw ApiError(parse_error("field [type] missing"));
  if (!has_coordinates) throw ApiError(parse_error("field [coordinates] missing"));
  std::string lower = lower_ascii(*type);
  if (lower != "point") throw ApiError(parse_error("type must be Point"));
  if (coordinates.size() < 2) throw ApiError(parse_error("coordinates must contain at least two values"));
  if (coordinates.size() > 3) throw ApiError(parse_error("[geo_point] field type does not accept > 3 dimensions"));
  if (coordinates.size() == 3) check_z(plan.ignore_z, coordinates[2]);
  add_geo(plan, coordinates[1], coordinates[0]);
}

}  // namespace tarn
