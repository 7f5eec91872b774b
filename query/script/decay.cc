#include <algorithm>
#include <cmath>

#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/geo_value.h"
#include "query/script/functions.h"

namespace tarn::query {

namespace {

enum class Shape { kGauss, kExp, kLinear };
enum class Mode { kMin, kMax, kAvg, kSum };

[[noreturn]] void refuse(std::string reason) { throw ApiError(400, "parse_exception", std::move(reason)); }

int64_t time_ms(const Json& value, std::string_view what) {
  struct Unit {
    std::string_view suffix;
    double ms;
  };
  static constexpr Unit kUnits[] = {{"nanos", 1e-6}, {"micros", 1e-3}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
  const std::string text = read_text(value);
  if (text == "0") return 0;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    try {
      return static_cast<int64_t>(parse_java_double(text.substr(0, text.size() - unit.suffix.size())) * unit.ms);
    } catch (const ApiError&) {
      break;
    }
  }
  throw ApiError(illegal_argument("failed to parse setting [DecayFunctionParser." + std::string(what) + "] with value [" + text +
                                  "] as a time value: unit is missing or unrecognized"));
}

struct DecayFunction final : ScoreFunction {
  std::string describe() const override { return "org.opensearch.index.query.functionscore.DecayFunctionBuilder$NumericFieldDataScoreFunction"; }
  Shape shape = Shape::kGauss;
  std::string field;
  Json origin, scale, offset;
  double decay = 0.5;
  Mode mode = Mode::kMin;

  struct Bound final : BoundFunction {
    Shape shape;
    Mode mode;
    const FieldType* field = nullptr;
    double origin = 0, offset = 0, scaling = 1, per_unit = 1;
    GeoPoint point;
    bool geo = false;

    double shaped(double distance) const {
      switch (shape) {
        case Shape::kGauss: return std::exp(0.5 * distance * distance / scaling);
        case Shape::kExp: return std::exp(scaling * distance);
        default: return std::max(0.0, (scaling - distance) / scaling);
      }
    }
    double distance(int64_t encoded) const {
      if (geo) return std::max(0.0, haversine_metres(point.latitude, point.longitude, geo_latitude(encoded), geo_longitude(encoded)) - offset);
      const double value = field->is_date() ? static_cast<double>(encoded) / per_unit : field->decode_double(encoded);
      return std::max(0.0, std::fabs(value - origin) - offset);
    }
    struct Leaf final : LeafFunction {
      Leaf(const Bound& bound, const NumericColumn* column) : bound(bound), column(column) {}
      const Bound& bound;
      const NumericColumn* column;
      std::vector<int64_t> values;
      double combined(LocalDocId doc) {
        values.clear();
        if (column != nullptr) column->values(doc, values);
        if (values.empty()) return 0;  // a missing value is at the origin
        double out = bound.mode == Mode::kMin ? HUGE_VAL : bound.mode == Mode::kMax ? -HUGE_VAL : 0;
        for (const int64_t value : values) {
          const double d = bound.distance(value);
          out = bound.mode == Mode::kMin ? std::min(out, d) : bound.mode == Mode::kMax ? std::max(out, d) : out + d;
        }
        return bound.mode == Mode::kAvg ? out / static_cast<double>(values.size()) : out;
      }
      void compute(const LocalDocId* docs, const float*, size_t count, double* out) override {
        for (size_t i = 0; i < count; ++i) out[i] = bound.shaped(combined(docs[i]));
      }
    };
    std::unique_ptr<LeafFunction> leaf(const SegmentView& segment) const override {
      return std::make_unique<Leaf>(*this, segment.reader.numbers(field->path));
    }
  };

  void set_numbers(Bound& out, Binder& binder, double& reach) const {
    if (out.field->kind == FieldKind::kGeoPoint) {
      if (origin.is_null() || scale.is_null()) refuse("[origin] and [scale] must be set for geo fields.");
      out.geo = true;
      out.point = parse_geo_point(origin);
      reach = parse_distance(scale, "m");
      if (!offset.is_null()) out.offset = parse_distance(offset, "m");
      return;
    }
    if (out.field->is_date()) {
      if (scale.is_null()) refuse("[scale] must be set for date fields.");
      out.per_unit = out.field->kind == FieldKind::kDateNanos ? 1e6 : 1;
      if (origin.is_null()) {
        out.origin = static_cast<double>(binder.context.now_ms);
      } else {
        const int64_t at = parse_date(*out.field, scalar_text(origin), nullptr, nullptr, false, binder.context.now_ms);
        out.origin = static_cast<double>(at) / out.per_unit;
      }
      reach = static_cast<double>(time_ms(scale, "scale"));
      if (!offset.is_null()) out.offset = static_cast<double>(time_ms(offset, "offset"));
      return;
    }
    if (origin.is_null() || scale.is_null()) refuse("both [scale] and [origin] must be set for numeric fields.");
    out.origin = scalar_double(origin);
    reach = scalar_double(scale);
    if (!offset.is_null()) out.offset = scalar_double(offset);
  }

  std::unique_ptr<BoundFunction> bind(Binder& binder) const override {
    auto out = std::make_unique<Bound>();
    out->shape = shape;
    out->mode = mode;
    out->field = binder.mapping().find(field);
    if (out->field == nullptr) fail_parse("unknown field [" + field + "]");
    if (!out->field->is_numeric() && !out->field->is_date() && out->field->kind != FieldKind::kGeoPoint) {
      fail_parse("field [" + field + "] is of type [" + field_type_words(*out->field) + "], but only numeric types are supported.");
    }
    double reach = 0;
    set_numbers(*out, binder, reach);
    if (reach <= 0) throw ApiError(illegal_argument(function_name() + " : scale must be > 0.0."));
    if (out->offset < 0) throw ApiError(illegal_argument(function_name() + " : offset must be > 0.0"));
    switch (shape) {
      case Shape::kGauss: out->scaling = 0.5 * reach * reach / std::log(decay); break;
      case Shape::kExp: out->scaling = std::log(decay) / reach; break;
      case Shape::kLinear: out->scaling = reach / (1.0 - decay); break;
    }
    return out;
  }
  static std::string field_type_words(const FieldType& type) { return std::string(kind_name(type.kind)); }
  std::string function_name() const { return "decay"; }
};

}  // namespace

ScoreFunctionPtr parse_decay(std::string_view name, const Json& body) {
  auto out = std::make_shared<DecayFunction>();
  out->shape = name == "gauss" ? Shape::kGauss : name == "exp" ? Shape::kExp : Shape::kLinear;
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      out->field = key;
      for (const auto& [member, given] : value.items()) {
        if (member == "origin") out->origin = given;
        else if (member == "scale") out->scale = given;
        else if (member == "offset") out->offset = given;
        else if (member == "decay") out->decay = scalar_double(given);
        else refuse("malformed score function score parameters.");
      }
    } else if (key == "multi_value_mode") {
      std::string text = read_text(value);
      for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (text == "MIN") out->mode = Mode::kMin;
      else if (text == "MAX") out->mode = Mode::kMax;
      else if (text == "AVG") out->mode = Mode::kAvg;
      else if (text == "SUM") out->mode = Mode::kSum;
      else throw ApiError(illegal_argument("Illegal sort mode: " + read_text(value)));
    } else {
      fail_parse("malformed score function score parameters.");
    }
  }
  if (out->field.empty()) fail_parse("malformed score function score parameters.");
  if (out->decay <= 0 || out->decay >= 1) throw ApiError(400, "illegal_state_exception", "decay must be > 0 and < 1.0");
  return out;
}

}  // namespace tarn::query
