#include "query/dsl/geo_value.h"

#include <algorithm>
#include <cmath>

#include "query/bind/values.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {


[[noreturn]] void refuse(std::string reason) { throw ApiError(400, "parse_exception", std::move(reason)); }

double coordinate(const Json& value, std::string_view name) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) {
    try {
      return parse_java_double(value.get_ref<const std::string&>());
    } catch (const ApiError&) {
      refuse("[" + std::string(name) + "] must be a valid double value");
    }
  }
  refuse(std::string(name) + " must be a number");
}

GeoPoint point_of_text(const std::string& text) {
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (upper.find("POINT") != std::string::npos) {
    const size_t open = text.find('('), close = text.find(')');
    if (open == std::string::npos || close == std::string::npos) refuse("failed to parse WKT point [" + text + "]");
    double lon = 0, lat = 0;
    if (std::sscanf(text.substr(open + 1, close - open - 1).c_str(), "%lf %lf", &lon, &lat) != 2) {
      refuse("failed to parse WKT point [" + text + "]");
    }
    return {lat, lon};
  }
  const size_t comma = text.find(',');
  if (comma == std::string::npos) {
    const GeoBox box = geohash_box(text);
    return {(box.top + box.bottom) / 2, (box.left + box.right) / 2};
  }
  const size_t second = text.find(',', comma + 1);
  if (second != std::string::npos && text.find(',', second + 1) != std::string::npos) {
    refuse("failed to parse [" + text + "], expected 2 or 3 coordinates but found: [" +
           std::to_string(std::count(text.begin(), text.end(), ',') + 1) + "]");
  }
  GeoPoint out;
  try {
    out.latitude = parse_java_double(text.substr(0, comma));
  } catch (const ApiError&) {
    refuse("latitude must be a number");
  }
  try {
    out.longitude = parse_java_double(text.substr(comma + 1, second == std::string::npos ? second : second - comma - 1));
  } catch (const ApiError&) {
    refuse("longitude must be a number");
  }
  return out;
}

}  // namespace

GeoBox geohash_box(std::string_view hash) {
  static constexpr std::string_view kDigits = "0123456789bcdefghjkmnpqrstuvwxyz";
  GeoBox box{90, -180, -90, 180};
  bool longitude = true;
  if (hash.empty()) refuse("empty geohash");
  for (const char c : hash) {
    const size_t digit = kDigits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    if (digit == std::string_view::npos) {
      refuse("unsupported symbol [" + std::string(1, c) + "] in geohash [" + std::string(hash) + "]");
    }
    for (int bit = 4; bit >= 0; --bit) {
      double& low = longitude ? box.left : box.bottom;
      double& high = longitude ? box.right : box.top;
      const double middle = (low + high) / 2;
      (digit >> bit & 1 ? low : high) = middle;
      longitude = !longitude;
    }
  }
  return box;
}

GeoPoint parse_geo_point(const Json& value) {
  if (value.is_string()) return point_of_text(value.get_ref<const std::string&>());
  if (value.is_array()) {
    if (value.size() < 2) refuse("geo_point expected");
    if (value.size() > 3) refuse("[geo_point] field type does not accept more than 3 dimensions");
    return {coordinate(value[1], "lat"), coordinate(value[0], "lon")};
  }
  if (!value.is_object()) refuse("geo_point expected");
  const Json* lat = nullptr;
  const Json* lon = nullptr;
  for (const auto& [key, member] : value.items()) {
    if (key == "lat") {
      lat = &member;
    } else if (key == "lon") {
      lon = &member;
    } else if (key == "geohash") {
      return point_of_text(read_text(member));
    } else {
      refuse("field must be either [lat], [lon] or [geohash]");
    }
  }
  if (lat == nullptr) refuse("field [lat] missing");
  if (lon == nullptr) refuse("field [lon] missing");
  return {coordinate(*lat, "lat"), coordinate(*lon, "lon")};
}

double unit_metres(std::string_view unit) {
  struct Unit {
    std::string_view name;
    double metres;
  };
  static constexpr Unit kUnits[] = {
      {"in", 0.0254},     {"inch", 0.0254},      {"yd", 0.9144},        {"yards", 0.9144},
      {"ft", 0.3048},     {"feet", 0.3048},      {"km", 1000},          {"kilometers", 1000},
      {"nmi", 1852},      {"NM", 1852},          {"nauticalmiles", 1852}, {"mm", 0.001},
      {"millimeters", 0.001}, {"cm", 0.01},      {"centimeters", 0.01}, {"mi", 1609.344},
      {"miles", 1609.344}, {"m", 1},             {"meters", 1},
  };
  for (const Unit& known : kUnits) {
    if (known.name == unit) return known.metres;
  }
  throw ApiError(illegal_argument("No distance unit match [" + std::string(unit) + "]"));
}

double parse_distance(const Json& value, std::string_view unit) {
  if (value.is_number()) return value.get<double>() * unit_metres(unit);
  const std::string text = read_text(value);
  size_t letters = text.size();
  while (letters > 0 && std::isalpha(static_cast<unsigned char>(text[letters - 1]))) --letters;
  std::string suffix = text.substr(letters);
  if (suffix.empty()) return parse_java_double(text) * unit_metres(unit);
  double metres = 0;
  try {
    metres = unit_metres(suffix);
  } catch (const ApiError&) {
    throw ApiError(400, "number_format_exception", "For input string: \"" + text + "\"");
  }
  return parse_java_double(text.substr(0, letters)) * metres;
}

}  // namespace tarn::query
