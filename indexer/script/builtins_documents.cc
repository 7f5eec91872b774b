#include <cmath>

#include "indexer/base/murmur3.h"
#include "indexer/mapping/date_format.h"
#include "indexer/mapping/geo_distance.h"
#include "indexer/mapping/number_text.h"
#include "indexer/script/builtins.h"
#include "indexer/script/compiler.h"
#include "indexer/script/documents.h"
#include "indexer/script/regexes.h"
#include "indexer/script/times.h"

namespace tarn::script {

namespace {

using C = ClassId;

DocValues& values_of(const Value& value) { return *static_cast<DocValues*>(value.o); }
GeoPointObject& point_of(const Value& value) {
  if (class_of(value) != C::kGeoPoint) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(value)) + " to org.opensearch.common.geo.GeoPoint");
  return *static_cast<GeoPointObject*>(value.o);
}
GeoPointObject& first_point(Run& run, const Value& values) { return point_of(values_of(values).value(run)); }

template <double (*distance)(double, double, double, double)>
Value distance_to(Run& run, Value* a, size_t n) {
  DocValues& values = values_of(a[0]);
  if (n == 4 && values.size() == 0) return a[3];
  const GeoPointObject& point = first_point(run, a[0]);
  return Value::real(distance(point.lat, point.lon, a[1].d, a[2].d));
}

Value coordinates(Run& run, Value* a, bool latitude) {
  auto* out = run.heap().make<ListObject>(C::kArray);
  out->element = Tag::kDouble;
  DocValues& values = values_of(a[0]);
  for (size_t i = 0; i < values.size(); ++i) {
    const GeoPointObject& point = point_of(values.get(run, i));
    out->items.push_back(Value::real(latitude ? point.lat : point.lon));
  }
  return Value::object(out);
}

// Score functions (ScoreScriptUtils).

double unit_of(std::string_view unit) {
  struct Unit {
    std::string_view name;
    double metres;
  };
  static constexpr Unit kUnits[] = {{"in", 0.0254}, {"inch", 0.0254}, {"yd", 0.9144}, {"yards", 0.9144}, {"ft", 0.3048}, {"feet", 0.3048}, {"km", 1000}, {"kilometers", 1000},
                                    {"NM", 1852}, {"nmi", 1852}, {"nauticalmiles", 1852}, {"mm", 0.001}, {"millimeters", 0.001}, {"cm", 0.01}, {"centimeters", 0.01},
                                    {"mi", 1609.344}, {"miles", 1609.344}, {"m", 1}, {"meters", 1}, {"", 1}};
  for (const Unit& known : kUnits) {
    if (known.name == unit) return known.metres;
  }
  throw_java(C::kIllegalArgumentException, "No distance unit match [" + std::string(unit) + "]");
}
double parse_number(const std::string& text) {
  const auto value = mapping::parse_java_double(text);
  if (!value) throw_java(C::kNumberFormatException, "For input string: \"" + text + "\"");
  return *value;
}
double metres_of(const std::string& text) {
  size_t letters = text.size();
  while (letters > 0 && std::isalpha(static_cast<unsigned char>(text[letters - 1]))) --letters;
  return parse_number(text.substr(0, letters)) * unit_of(std::string_view(text).substr(letters));
}
double millis_of(const std::string& text) {
  struct Unit {
    std::string_view suffix;
    double ms;
  };
  static constexpr Unit kUnits[] = {{"nanos", 1e-6}, {"micros", 1e-3}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
  if (text == "0") return 0;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const std::string number = text.substr(0, text.size() - unit.suffix.size());
    if (const auto value = mapping::parse_java_double(number)) return std::trunc(*value * unit.ms);
    break;
  }
  throw_java(C::kIllegalArgumentException, "failed to parse setting [decay] with value [" + text + "] as a time value: unit is missing or unrecognized");
}

enum class Shape { kLinear, kExp, kGauss };
double decay(Shape shape, double distance, double scale, double offset, double target) {
  const double far = std::max(0.0, distance - offset);
  switch (shape) {
    case Shape::kLinear: {
      const double scaling = scale / (1.0 - target);
      return std::max(0.0, (scaling - far) / scaling);
    }
    case Shape::kExp: return std::exp(std::log(target) / scale * far);
    default: return std::exp(0.5 * far * far / (0.5 * scale * scale / std::log(target)));
  }
}

template <Shape shape>
Value decay_number(Run&, Value* a, size_t) {
  return Value::real(decay(shape, std::fabs(a[4].d - a[0].d), a[1].d, a[2].d, a[3].d));
}

template <Shape shape>
Value decay_geo(Run&, Value* a, size_t) {
  const std::string& origin = text_of(a[0]);
  const size_t comma = origin.find(',');
  if (comma == std::string::npos) throw_java(C::kIllegalArgumentException, "failed to parse [" + origin + "], expected 2 or 3 coordinates but found: [1]");
  const double lat = parse_number(origin.substr(0, comma)), lon = parse_number(origin.substr(comma + 1));
  const GeoPointObject& point = point_of(a[4]);
  return Value::real(decay(shape, haversine_metres(lat, lon, point.lat, point.lon), metres_of(text_of(a[1])), metres_of(text_of(a[2])), a[3].d));
}

template <Shape shape>
Value decay_date(Run&, Value* a, size_t) {
  const auto* time = a[4].is_object() ? dynamic_cast<TimeObject*>(a[4].o) : nullptr;
  if (time == nullptr) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(a[4])) + " to java.time.ZonedDateTime");
  double origin = 0;
  try {
    origin = static_cast<double>(parse_date_math(text_of(a[0]), *DateFormat::default_format(), 0, false, nullptr).epoch_ms());
  } catch (const ApiError& error) {
    throw_java(C::kIllegalArgumentException, error.error().reason);
  }
  return Value::real(decay(shape, std::fabs(static_cast<double>(time->epoch_ms()) - origin), millis_of(text_of(a[1])), millis_of(text_of(a[2])), a[3].d));
}

uint32_t mix32(uint32_t k) {
  k = (k ^ (k >> 16)) * 0x85ebca6b;
  k = (k ^ (k >> 13)) * 0xc2b2ae35;
  return k ^ (k >> 16);
}

Documents& documents_of(Run& run) {
  if (run.documents() == nullptr) throw_java(C::kIllegalStateException, "no document is at hand");
  return *run.documents();
}

Value random_score(Run& run, Value* a, size_t n) {
  Documents& documents = documents_of(run);
  const uint32_t salt = static_cast<uint32_t>(string_hash(documents.index_name)) << 10;
  const uint32_t salted = mix32(static_cast<uint32_t>(a[0].i) ^ salt);
  uint32_t hash = 0;
  if (n == 1) {
    hash = mix32((documents.doc_base + documents.document()) ^ salted);
  } else {
    const auto values = documents.field(text_of(a[1]));
    const std::string text = java_text(values->value(run));
    hash = murmur3_32(text, salted);
  }
  return Value::real(static_cast<double>(static_cast<float>(hash & 0x00FFFFFF) / static_cast<float>(1 << 24)));
}

Value emit(Run& run, Value* a, size_t n) {
  if (run.emitted().size() >= 100) {
    throw_java(C::kIllegalArgumentException, "Exceeded maximum allowed number of emitted values: 100");
  }
  run.emitted().emplace_back(a, a + n);
  return {};
}

const std::vector<Method>& score_functions() {
  static const std::vector<Method> table = {
      {C::kObject, "saturation", "D:DD", [](Run&, Value* a, size_t) { return Value::real(a[0].d / (a[1].d + a[0].d)); }},
      {C::kObject, "sigmoid", "D:DDD", [](Run&, Value* a, size_t) { return Value::real(std::pow(a[0].d, a[2].d) / (std::pow(a[1].d, a[2].d) + std::pow(a[0].d, a[2].d))); }},
      {C::kObject, "randomScore", "D:I", random_score},
      {C::kObject, "randomScore", "D:IS", random_score},
      {C::kObject, "decayNumericLinear", "D:DDDDD", decay_number<Shape::kLinear>},
      {C::kObject, "decayNumericExp", "D:DDDDD", decay_number<Shape::kExp>},
      {C::kObject, "decayNumericGauss", "D:DDDDD", decay_number<Shape::kGauss>},
      {C::kObject, "decayGeoLinear", "D:SSSDO", decay_geo<Shape::kLinear>},
      {C::kObject, "decayGeoExp", "D:SSSDO", decay_geo<Shape::kExp>},
      {C::kObject, "decayGeoGauss", "D:SSSDO", decay_geo<Shape::kGauss>},
      {C::kObject, "decayDateLinear", "D:SSSDO", decay_date<Shape::kLinear>},
      {C::kObject, "decayDateExp", "D:SSSDO", decay_date<Shape::kExp>},
      {C::kObject, "decayDateGauss", "D:SSSDO", decay_date<Shape::kGauss>},
  };
  return table;
}
const std::vector<Method>& derived_functions() {
  static const std::vector<Method> table = {{C::kObject, "emit", "V:O", emit}, {C::kObject, "emit", "V:DD", emit}};
  return table;
}
const std::vector<Method>& functions_of(Context context) {
  static const std::vector<Method> none;
  return context == Context::kScore ? score_functions() : context == Context::kDerivedField ? derived_functions() : none;
}

}  // namespace

const Method* find_global(Context context, std::string_view name, size_t arity) {
  for (const Method& method : functions_of(context)) {
    if (method.name == name && method.parameters().size() == arity) return &method;
  }
  return nullptr;
}
bool has_global(Context context, std::string_view name) {
  for (const Method& method : functions_of(context)) {
    if (method.name == name) return true;
  }
  return false;
}

bool append_other_text(std::string& out, const Object& object) {
  if (const auto* pattern = dynamic_cast<const PatternObject*>(&object)) {
    out += pattern->pattern;
    return true;
  }
  if (const auto* point = dynamic_cast<const GeoPointObject*>(&object)) {
    append_double_text(out, point->lat);
    out += ", ";
    append_double_text(out, point->lon);
    return true;
  }
  return false;
}

std::optional<Json> other_json(const Object& object, int) {
  if (const auto* point = dynamic_cast<const GeoPointObject*>(&object)) return Json{{"lat", point->lat}, {"lon", point->lon}};
  return std::nullopt;
}

void add_document_methods(std::vector<Method>& t) {
  t.insert(t.end(), {
      {C::kDocLookup, "containsKey", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(static_cast<Documents*>(a[0].o)->contains(java_text(a[1]))); }},
      {C::kDocLookup, "get", "O:O", [](Run& r, Value* a, size_t) { return get_index(r, a[0], a[1]); }},
      {C::kDocValues, "getValue", "O:", [](Run& r, Value* a, size_t) { return values_of(a[0]).value(r); }},
      {C::kDocValues, "size", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<int64_t>(values_of(a[0]).size())); }},
      {C::kDocValues, "getLength", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<int64_t>(values_of(a[0]).size())); }},
      {C::kDocValues, "isEmpty", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(values_of(a[0]).size() == 0); }},
      {C::kDocValues, "getValues", "O:", [](Run& r, Value* a, size_t) { return new_list(r, elements_of(r, a[0])); }},
      {C::kDocValues, "toString", "S:", [](Run& r, Value* a, size_t) { return text_value(r, java_text(new_list(r, elements_of(r, a[0])))); }},
      {C::kGeoPoints, "arcDistance", "D:DD", distance_to<haversine_metres>},
      {C::kGeoPoints, "arcDistanceWithDefault", "D:DDD", distance_to<haversine_metres>},
      {C::kGeoPoints, "planeDistance", "D:DD", distance_to<plane_metres>},
      {C::kGeoPoints, "planeDistanceWithDefault", "D:DDD", distance_to<plane_metres>},
      {C::kGeoPoints, "getLat", "D:", [](Run& r, Value* a, size_t) { return Value::real(first_point(r, a[0]).lat); }},
      {C::kGeoPoints, "getLon", "D:", [](Run& r, Value* a, size_t) { return Value::real(first_point(r, a[0]).lon); }},
      {C::kGeoPoints, "getLats", "O:", [](Run& r, Value* a, size_t) { return coordinates(r, a, true); }},
      {C::kGeoPoints, "getLons", "O:", [](Run& r, Value* a, size_t) { return coordinates(r, a, false); }},
      {C::kGeoPoint, "getLat", "D:", [](Run&, Value* a, size_t) { return Value::real(point_of(a[0]).lat); }},
      {C::kGeoPoint, "getLon", "D:", [](Run&, Value* a, size_t) { return Value::real(point_of(a[0]).lon); }},
      {C::kGeoPoint, "lat", "D:", [](Run&, Value* a, size_t) { return Value::real(point_of(a[0]).lat); }},
      {C::kGeoPoint, "lon", "D:", [](Run&, Value* a, size_t) { return Value::real(point_of(a[0]).lon); }},
  });
}

}  // namespace tarn::script
