// Queries that score by a column: distance_feature and rank_feature.
#include <cmath>

#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/lucene/describe.h"
#include "query/dsl/geo_value.h"
#include "query/filter/bits_scorer.h"
#include "query/tree.h"

namespace tarn::query {

namespace {

/// The value of each document of a segment that has one, as the formula needs it.
class SegmentValues {
 public:
  virtual ~SegmentValues() = default;
  virtual float score(LocalDocId doc) = 0;
  std::shared_ptr<Bitset> documents;
};

class ValuePlan : public Plan {
 public:
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    if (const auto values = this->values(segment)) out |= *values->documents;
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  /// Null where no document has a value.
  virtual std::unique_ptr<SegmentValues> values(const SegmentView& segment) const = 0;
};

class ValueScorer final : public Scorer {
 public:
  explicit ValueScorer(std::unique_ptr<SegmentValues> values) : values_(std::move(values)) {}
  LocalDocId advance(LocalDocId doc) override {
    const Bitset& bits = *values_->documents;
    const uint32_t next = doc >= bits.size() ? bits.size() : bits.next(doc);
    return next >= bits.size() ? kNoDoc : next;
  }
  void score(LocalDocId begin, Window& out) override {
    copy_window(*values_->documents, begin, out.bits.data());
    for (size_t w = 0; w < out.bits.size(); ++w) {
      for (uint64_t bits = out.bits[w]; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        out.scores[i] = values_->score(begin + static_cast<LocalDocId>(i));
      }
    }
  }

 private:
  std::unique_ptr<SegmentValues> values_;
};

std::unique_ptr<Scorer> ValuePlan::scorer(const SegmentView& segment) const {
  auto values = this->values(segment);
  return values == nullptr ? nullptr : std::make_unique<ValueScorer>(std::move(values));
}

// distance_feature

class DistancePlan final : public ValuePlan {
 public:
  std::string path;
  bool geo = false;
  GeoPoint point;
  int64_t origin = 0;    // in the column's unit
  double pivot = 1;      // likewise, or metres
  float boost = 1;

  float score_of(double distance) const { return static_cast<float>(boost * (pivot / (pivot + distance))); }
  std::unique_ptr<SegmentValues> values(const SegmentView& segment) const override {
    struct Values final : SegmentValues {
      const DistancePlan& plan;
      const NumericColumn& column;
      std::vector<int64_t> found;
      Values(const DistancePlan& plan, const NumericColumn& column) : plan(plan), column(column) {}
      float score(LocalDocId doc) override {
        found.clear();
        column.values(doc, found);
        double least = HUGE_VAL;
        for (const int64_t value : found) {
          const double distance = plan.geo ? haversine_metres(plan.point.latitude, plan.point.longitude, geo_latitude(value), geo_longitude(value))
                                           : std::fabs(static_cast<double>(value) - static_cast<double>(plan.origin));
          least = std::min(least, distance);
        }
        return plan.score_of(least);
      }
    };
    const NumericColumn* column = segment.reader.numbers(path);
    if (column == nullptr) return nullptr;
    auto out = std::make_unique<Values>(*this, *column);
    out->documents = std::make_shared<Bitset>(segment.doc_count());
    column->or_presence_into(*out->documents);
    return out;
  }
};

double pivot_ms(const std::string& text) {
  struct Unit {
    std::string_view suffix;
    double ms;
  };
  static constexpr Unit kUnits[] = {{"nanos", 1e-6}, {"micros", 1e-3}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    try {
      return parse_java_double(text.substr(0, text.size() - unit.suffix.size())) * unit.ms;
    } catch (const ApiError&) {
      break;
    }
  }
  throw ApiError(illegal_argument("failed to parse setting [distance_feature.pivot] with value [" + text + "] as a time value: unit is missing or unrecognized"));
}

struct DistanceFeatureQuery final : Query {
  std::string field, pivot;
  Json origin;

  LuceneQueryPtr lucene(Binder& binder) const override {
    const PlanPtr bound = bind(binder, 1);
    const auto* plan = dynamic_cast<const DistancePlan*>(bound.get());
    if (plan == nullptr) return lucene_none("Can't run [distance_feature] query on unmapped fields!");
    const std::string shown =
        plan->geo ? "LatLonPointDistanceFeatureQuery(field=,originLat=" + double_text(plan->point.latitude) + ",originLon=" +
                        double_text(plan->point.longitude) + ",pivotDistance=" + double_text(plan->pivot) + ")"
                  : "LongDistanceFeatureQuery(field=,origin=" + std::to_string(plan->origin) + ",pivotDistance=" +
                        std::to_string(static_cast<int64_t>(plan->pivot)) + ")";
    return lucene_leaf([this](Binder& b, float boost) { return bind(b, boost); }, LeafText(shown, shown.substr(0, shown.find('('))));
  }

  PlanPtr bind(Binder& binder, float boost) const override {
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr) return match_none_plan();
    auto plan = std::make_shared<DistancePlan>();
    plan->path = type->path;
    plan->boost = boost;
    if (type->kind == FieldKind::kGeoPoint) {
      plan->geo = true;
      plan->point = parse_geo_point(origin);
      plan->pivot = parse_distance(Json(pivot), "m");
    } else if (type->is_date()) {
      plan->origin = parse_date(*type, scalar_text(origin), nullptr, nullptr, true, binder.context.now_ms);
      plan->pivot = pivot_ms(pivot) * (type->kind == FieldKind::kDateNanos ? 1e6 : 1);
    } else {
      throw ApiError(illegal_argument("Illegal data type of [" + std::string(kind_name(type->kind)) +
                                      "]![distance_feature] query can only be run on a date, date_nanos or geo_point field type!"));
    }
    if (plan->pivot <= 0) throw ApiError(illegal_argument("pivotDistance must be > 0, got " + double_text(plan->pivot)));
    return plan;
  }
};

// rank_feature

enum class Curve { kSaturation, kLog, kSigmoid, kLinear };

struct CurveSettings {
  Curve curve = Curve::kSaturation;
  std::optional<float> pivot;
  float scaling_factor = 1, exponent = 1;
};

class RankPlan final : public ValuePlan {
 public:
  std::string path, feature;  ///< feature "": a rank_feature field
  CurveSettings settings;
  float pivot = 1, weight = 1;

  float score_of(float s) const {
    switch (settings.curve) {
      case Curve::kSaturation: return weight * (1 - pivot / (s + pivot));
      case Curve::kLog: return static_cast<float>(weight * std::log(settings.scaling_factor + s));
      case Curve::kSigmoid: {
        const double power = std::pow(pivot, settings.exponent);
        return static_cast<float>(weight * (1 - power / (std::pow(s, settings.exponent) + power)));
      }
      default: return weight * s;
    }
  }
  std::unique_ptr<SegmentValues> values(const SegmentView& segment) const override {
    struct Values final : SegmentValues {
      const RankPlan& plan;
      const NumericColumn* numbers = nullptr;
      const KeywordColumn* terms = nullptr;
      Ordinal begin = 0, end = 0;
      std::vector<Ordinal> found;
      explicit Values(const RankPlan& plan) : plan(plan) {}
      float value(LocalDocId doc) {
        if (numbers != nullptr) return static_cast<float>(from_sortable_double(numbers->first(doc, 0)));
        found.clear();
        terms->ordinals(doc, found);
        for (const Ordinal ordinal : found) {
          if (ordinal >= begin && ordinal < end) return decode(terms->term(ordinal));
        }
        return 0;
      }
      float score(LocalDocId doc) override { return plan.score_of(value(doc)); }
    };
    auto out = std::make_unique<Values>(*this);
    out->documents = std::make_shared<Bitset>(segment.doc_count());
    if (feature.empty()) {
      out->numbers = segment.reader.numbers(path);
      if (out->numbers == nullptr) return nullptr;
      out->numbers->or_presence_into(*out->documents);
      return out;
    }
    out->terms = segment.reader.keywords(path);
    if (out->terms == nullptr) return nullptr;
    const std::string low = feature + '\0', high = feature + '\1';
    out->begin = out->terms->lower_bound(low);
    out->end = out->terms->lower_bound(high);
    if (out->begin == out->end) return nullptr;
    out->terms->or_docs_into(out->begin, out->end, *out->documents);
    return out;
  }
  /// The four big-endian bytes behind the feature's name.
  static float decode(std::string_view term) {
    uint32_t bits = 0;
    for (size_t i = term.size() - 4; i < term.size(); ++i) bits = bits << 8 | static_cast<unsigned char>(term[i]);
    return std::bit_cast<float>(bits);
  }
  /// Lucene's FeatureField.computePivotFeatureValue: the mean of what stands for term frequencies.
  float default_pivot(const Searcher& searcher, const SearchContext& context) const {
    double sum = 0;
    uint64_t count = 0;
    const auto add = [&](float value, uint64_t times) {
      sum += static_cast<double>(std::bit_cast<uint32_t>(value) >> 15) * static_cast<double>(times);
      count += times;
    };
    for (size_t s = 0; s < searcher.segments().size(); ++s) {
      const SegmentView segment(searcher, s, context);
      if (feature.empty()) {
        const NumericColumn* column = segment.reader.numbers(path);
        if (column == nullptr) continue;
        Bitset present(segment.doc_count());
        column->or_presence_into(present);
        present.for_each([&](uint32_t doc) { add(static_cast<float>(from_sortable_double(column->first(doc, 0))), 1); });
      } else if (const KeywordColumn* column = segment.reader.keywords(path)) {
        const Ordinal end = column->lower_bound(feature + '\1');
        for (Ordinal o = column->lower_bound(feature + '\0'); o < end; ++o) add(decode(column->term(o)), column->doc_freq(o));
      }
    }
    if (count == 0) return 1;
    const auto mean = static_cast<float>(sum / static_cast<double>(count));
    return std::bit_cast<float>(static_cast<uint32_t>(mean) << 15);
  }
};

struct RankFeatureQuery final : Query {
  std::string field;
  CurveSettings settings;

  LuceneQueryPtr lucene(Binder& binder) const override {
    const PlanPtr bound = bind(binder, 1);
    const auto* plan = dynamic_cast<const RankPlan*>(bound.get());
    if (plan == nullptr) return lucene_match_none();
    const std::string place = plan->feature.empty() ? "field=_feature, feature=" + field : "field=" + plan->path + ", feature=" + plan->feature;
    const auto leaf = [&](const std::string& function) { return LeafText("FeatureQuery(" + place + ", function=" + function + ")", "FeatureQuery"); };
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    switch (settings.curve) {
      case Curve::kLog: return lucene_leaf(make, leaf("LogFunction(scalingFactor=" + java_float(settings.scaling_factor) + ")"));
      case Curve::kSigmoid:
        return lucene_leaf(make, leaf("SigmoidFunction(pivot=" + java_float(*settings.pivot) + ", a=" + java_float(settings.exponent) + ")"));
      case Curve::kLinear: return lucene_leaf(make, leaf("LinearFunction"));
      case Curve::kSaturation: break;
    }
    LeafText text = leaf("SaturationFunction(pivot=" + (settings.pivot ? java_float(*settings.pivot) : "null") + ")");
    if (!settings.pivot) text.rewritten = lucene_leaf(make, leaf("SaturationFunction(pivot=" + java_float(plan->pivot) + ")"));
    return lucene_leaf(make, std::move(text));
  }

  PlanPtr bind(Binder& binder, float boost) const override {
    const Mapping& mapping = binder.mapping();
    const FieldType* type = mapping.find(field);
    auto plan = std::make_shared<RankPlan>();
    if (type == nullptr) {
      const size_t dot = field.rfind('.');
      const FieldType* parent = dot == std::string::npos ? nullptr : mapping.find(field.substr(0, dot));
      if (parent == nullptr || parent->kind != FieldKind::kRankFeatures) return match_none_plan();
      type = parent;
      plan->feature = field.substr(dot + 1);
    } else if (type->kind != FieldKind::kRankFeature) {
      throw ApiError(illegal_argument("[rank_feature] query only works on [rank_feature] fields and features of [rank_features] fields, not [" +
                                      std::string(kind_name(type->kind)) + "]"));
    }
    const auto given = type->parameters.find("positive_score_impact");
    const bool positive = given == type->parameters.end() || !given->is_boolean() || given->get<bool>();
    if (settings.curve == Curve::kLog && !positive) {
      throw ApiError(illegal_argument("Cannot use the [log] function with a field that has a negative score impact as it would trigger negative scores"));
    }
    plan->path = type->path;
    plan->settings = settings;
    plan->weight = boost;
    plan->pivot = settings.pivot ? *settings.pivot : settings.curve == Curve::kSaturation ? plan->default_pivot(binder.searcher, binder.context) : 1;
    return plan;
  }
};

[[noreturn]] void fail_curve(std::string_view curve, std::string reason) {
  throw ApiError(Error(400, "x_content_parse_exception", "[feature] failed to parse field [" + std::string(curve) + "]").caused_by(illegal_argument(std::move(reason))));
}

CurveSettings read_curve(const std::string& name, const Json& body) {
  CurveSettings out;
  bool scaling = false, exponent = false;
  out.curve = name == "log" ? Curve::kLog : name == "sigmoid" ? Curve::kSigmoid : name == "linear" ? Curve::kLinear : Curve::kSaturation;
  if (!body.is_object()) throw ApiError(400, "x_content_parse_exception", "[feature] " + name + " doesn't support values of type: " + std::string(token_name(body)));
  for (const auto& [key, value] : body.items()) {
    if (key == "pivot" && (out.curve == Curve::kSaturation || out.curve == Curve::kSigmoid)) {
      out.pivot = read_float(value);
    } else if (key == "scaling_factor" && out.curve == Curve::kLog) {
      out.scaling_factor = read_float(value);
      scaling = true;
    } else if (key == "exponent" && out.curve == Curve::kSigmoid) {
      out.exponent = read_float(value);
      exponent = true;
    } else {
      throw ApiError(400, "x_content_parse_exception", "[" + name + "] unknown field [" + key + "]");
    }
  }
  if (out.curve == Curve::kLog && !scaling) fail_curve(name, "Required [scaling_factor]");
  if (out.curve == Curve::kSigmoid && (!out.pivot || !exponent)) fail_curve(name, !out.pivot && !exponent ? "Required [pivot, exponent]" : !out.pivot ? "Required [pivot]" : "Required [exponent]");
  if (out.curve == Curve::kLog && out.scaling_factor < 1) fail_curve(name, "scaling factor must be >= 1, got: " + double_text(out.scaling_factor));
  if (out.pivot && *out.pivot <= 0) fail_curve(name, "pivot must be > 0, got: " + double_text(*out.pivot));
  if (exponent && out.exponent <= 0) fail_curve(name, "exp must be > 0, got: " + double_text(out.exponent));
  return out;
}

}  // namespace

std::shared_ptr<Query> parse_distance_feature(const Json& body) {
  auto query = std::make_shared<DistanceFeatureQuery>();
  for (const auto& [key, value] : body.items()) {
    if (key == "field") query->field = read_text(value);
    else if (key == "origin") query->origin = value;
    else if (key == "pivot") query->pivot = read_text(value);
    else if (!read_common(*query, key, value)) throw ApiError(400, "x_content_parse_exception", "[distance_feature] unknown field [" + key + "]");
  }
  std::string missing;
  const auto need = [&](bool absent, std::string_view name) {
    if (absent) missing.append(missing.empty() ? "" : ", ").append(name);
  };
  need(query->field.empty(), "field");
  need(query->origin.is_null(), "origin");
  need(query->pivot.empty(), "pivot");
  if (!missing.empty()) throw ApiError(illegal_argument("Required [" + missing + "]"));
  return query;
}

std::shared_ptr<Query> parse_rank_feature(const Json& body) {
  auto query = std::make_shared<RankFeatureQuery>();
  int curves = 0;
  for (const auto& [key, value] : body.items()) {
    if (key == "field") {
      query->field = read_text(value);
    } else if (key == "log" || key == "saturation" || key == "sigmoid" || key == "linear") {
      query->settings = read_curve(key, value);
      ++curves;
    } else if (!read_common(*query, key, value)) {
      throw ApiError(400, "x_content_parse_exception", "[feature] unknown field [" + key + "]");
    }
  }
  if (query->field.empty()) throw ApiError(illegal_argument("Required [field]"));
  if (curves > 1) {
    throw ApiError(Error(400, "x_content_parse_exception", "Failed to build [feature] after last required field arrived")
                       .caused_by(illegal_argument("Can only specify one of [log], [saturation], [sigmoid] and [linear]")));
  }
  return query;
}

}  // namespace tarn::query
