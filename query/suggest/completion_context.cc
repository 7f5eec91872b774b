#include "query/suggest/completion_context.h"

#include <algorithm>
#include <cmath>

#include "indexer/base/ascii.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/geo_value.h"

namespace tarn::query {

namespace {

constexpr std::string_view kBase32 = "0123456789bcdefghjkmnpqrstuvwxyz";
constexpr int kHashMax = 12;

/// Characters for a precision given as a number of them, or as a distance.
int read_precision(const Json& value) {
  int out = kHashMax;
  if (value.is_number() || (value.is_string() && value.get_ref<const std::string&>().find_first_not_of("0123456789") == std::string::npos)) {
    out = read_int(value);
  } else {
    // The coarsest geohash whose cells are no larger than the distance.
    const double metres = parse_distance(value, "m");
    constexpr double kEquator = 40075016.68557849;
    for (int level = 1; level <= kHashMax; ++level) {
      const double width = kEquator / std::pow(2.0, (5 * level + 1) / 2);
      if (width <= metres) {
        out = level;
        break;
      }
    }
  }
  if (out < 1 || out > kHashMax) throw ApiError(illegal_argument("Invalid geohash aggregation precision of " + std::to_string(out) + ". Must be between 1 and 12."));
  return out;
}

/// A geohash and those around it.
std::vector<std::string> with_neighbours(const std::string& hash) {
  const GeoBox box = geohash_box(hash);
  const double height = box.top - box.bottom, width = box.right - box.left;
  const double latitude = (box.top + box.bottom) / 2, longitude = (box.left + box.right) / 2;
  std::vector<std::string> out = {hash};
  for (const int dy : {-1, 0, 1}) {
    for (const int dx : {-1, 0, 1}) {
      const double y = latitude + dy * height;
      double x = longitude + dx * width;
      if ((dx == 0 && dy == 0) || y > 90 || y < -90) continue;
      if (x > 180) x -= 360;
      if (x < -180) x += 360;
      out.push_back(geohash_of(y, x, static_cast<int>(hash.size())));
    }
  }
  return out;
}

void read_geo_wish(const Json& value, const ContextMapping& mapping, std::vector<ContextWish>& out) {
  Json point = value;
  float boost = 1;
  int precision = mapping.precision;
  std::vector<int> neighbours;
  if (value.is_object() && value.contains("context")) {
    for (const auto& [key, member] : value.items()) {
      if (key == "context") point = member;
      else if (key == "boost") boost = read_float(member);
      else if (key == "precision") precision = read_precision(member);
      else if (key == "neighbours") {
        for (const Json& item : member.is_array() ? member : Json::array({member})) neighbours.push_back(read_precision(item));
      } else {
        throw ApiError(400, "x_content_parse_exception", "[geo] unknown field [" + key + "]");
      }
    }
  }
  const GeoPoint where = parse_geo_point(point);
  precision = std::min(precision, mapping.precision);
  const auto add = [&](const std::string& hash) {
    out.push_back({hash, boost, static_cast<int>(hash.size()) < mapping.precision});
  };
  const std::string hash = geohash_of(where.latitude, where.longitude, precision);
  const auto add_around = [&](const std::string& centre) {
    for (const std::string& near : with_neighbours(centre)) {
      const bool known = std::any_of(out.begin(), out.end(), [&](const ContextWish& wish) { return wish.value == near; });
      if (!known) add(near);
    }
  };
  add(hash);
  // Without a wish, the cells around the exact one count; coarser ones where they are asked for.
  if (neighbours.empty() && precision == mapping.precision) add_around(hash);
  for (const int level : neighbours) {
    if (level < precision) add_around(hash.substr(0, static_cast<size_t>(level)));
  }
}

void read_category_wish(const Json& value, std::vector<ContextWish>& out) {
  ContextWish wish;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key == "context") wish.value = read_text(member);
      else if (key == "boost") wish.boost = read_float(member);
      else if (key == "prefix") wish.prefix = read_bool(member);
      else throw ApiError(400, "x_content_parse_exception", "[category] unknown field [" + key + "]");
    }
    if (!value.contains("context")) throw ApiError(illegal_argument("category context must be a string"));
  } else if (value.is_string() || value.is_number() || value.is_boolean()) {
    wish.value = read_text(value);
  } else {
    throw ApiError(400, "parse_exception", "category context must be an object, string, number or boolean");
  }
  out.push_back(std::move(wish));
}

}  // namespace

std::string geohash_of(double latitude, double longitude, int characters) {
  double south = -90, north = 90, west = -180, east = 180;
  std::string out;
  bool even = true;
  int bits = 0, value = 0;
  while (static_cast<int>(out.size()) < characters) {
    double& low = even ? west : south;
    double& high = even ? east : north;
    const double middle = (low + high) / 2;
    const bool upper = (even ? longitude : latitude) >= middle;
    (upper ? low : high) = middle;
    value = value << 1 | (upper ? 1 : 0);
    even = !even;
    if (++bits < 5) continue;
    out += kBase32[static_cast<size_t>(value)];
    bits = value = 0;
  }
  return out;
}

std::vector<ContextMapping> context_mappings(const FieldType& field) {
  std::vector<ContextMapping> out;
  const auto it = field.parameters.find("contexts");
  if (it == field.parameters.end() || !it->is_array()) return out;
  for (const Json& entry : *it) {
    if (!entry.is_object() || !entry.contains("name")) continue;
    ContextMapping mapping;
    mapping.name = read_text(entry["name"]);
    if (entry.contains("path")) mapping.path = read_text(entry["path"]);
    if (entry.contains("type")) {
      std::string type = lower_ascii(read_text(entry["type"]));
      mapping.geo = type == "geo";
    }
    if (entry.contains("precision")) mapping.precision = read_precision(entry["precision"]);
    out.push_back(std::move(mapping));
  }
  return out;
}

std::vector<ContextQuery> parse_context_query(const Json& value, const std::vector<ContextMapping>& mappings) {
  std::vector<ContextQuery> out;
  if (!value.is_object()) throw ApiError(illegal_argument("contexts must be an object"));
  for (const auto& [name, wishes] : value.items()) {
    const auto mapping = std::find_if(mappings.begin(), mappings.end(), [&n = name](const ContextMapping& m) { return m.name == n; });
    if (mapping == mappings.end()) {
      std::vector<std::string> names;
      for (const ContextMapping& known : mappings) names.push_back(known.name);
      std::sort(names.begin(), names.end());
      std::string list;
      for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
      throw ApiError(illegal_argument("Unknown context name [" + name + "], must be one of [" + list + "]"));
    }
    ContextQuery query{*mapping, {}};
    const bool lone_point = mapping->geo && wishes.is_array() && !wishes.empty() && wishes[0].is_number();
    for (const Json& wish : wishes.is_array() && !lone_point ? wishes : Json::array({wishes})) {
      mapping->geo ? read_geo_wish(wish, *mapping, query.wishes) : read_category_wish(wish, query.wishes);
    }
    out.push_back(std::move(query));
  }
  if (out.empty()) throw ApiError(illegal_argument("Missing mandatory contexts in context query"));
  return out;
}

std::vector<std::string> context_values(const ContextMapping& mapping, const Json& given) {
  std::vector<std::string> out;
  if (given.is_null()) return out;
  if (!mapping.geo) {
    for (const Json& item : given.is_array() ? given : Json::array({given})) {
      if (!item.is_object() && !item.is_array() && !item.is_null()) out.push_back(scalar_text(item));
    }
    return out;
  }
  if (given.is_string()) {  // a text on its own counts as a geohash, whatever it is
    out.push_back(given.get<std::string>().substr(0, static_cast<size_t>(mapping.precision)));
    return out;
  }
  const bool lone = !given.is_array() || (!given.empty() && given[0].is_number());
  for (const Json& item : lone ? Json::array({given}) : given) {
    const GeoPoint point = parse_geo_point(item);
    out.push_back(geohash_of(point.latitude, point.longitude, mapping.precision));
  }
  return out;
}

}  // namespace tarn::query
