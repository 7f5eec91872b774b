#include <cmath>
#include <limits>

#include "indexer/mapping/range_encoding.h"
#include "query/bind/expensive.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/filter/column_filters.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

using Interval = ColumnInterval;

int sign_of(const Json& value) {
  const double number = scalar_double(value);
  return number > 0 ? 1 : number < 0 ? -1 : 0;
}

/// Follows NumberFieldMapper.NumberType.INTEGER and LONG .rangeQuery: a fraction moves the bound inwards.
Interval integer_interval(const FieldType& field, const RangeBounds& bounds) {
  const bool is_long = field.kind == FieldKind::kLong;
  Interval out{is_long ? INT64_MIN : INT32_MIN, is_long ? INT64_MAX : INT32_MAX};
  if (!bounds.low.is_null()) {
    const int64_t whole = scalar_integer(bounds.low, field.kind);
    const bool fraction = has_fraction(bounds.low);
    if ((!fraction && !bounds.include_low) || (fraction && sign_of(bounds.low) > 0)) {
      if (whole == out.high) return {0, 0, true};
      out.low = whole + 1;
    } else {
      out.low = whole;
    }
  }
  if (!bounds.high.is_null()) {
    const int64_t whole = scalar_integer(bounds.high, field.kind);
    const bool fraction = has_fraction(bounds.high);
    if ((!fraction && !bounds.include_high) || (fraction && sign_of(bounds.high) < 0)) {
      if (whole == (is_long ? INT64_MIN : INT32_MIN)) return {0, 0, true};
      out.high = whole - 1;
    } else {
      out.high = whole;
    }
  }
  return out;
}

Interval unsigned_interval(const RangeBounds& bounds) {
  uint64_t low = 0, high = UINT64_MAX;
  bool negative = false;
  if (!bounds.low.is_null()) {
    low = scalar_unsigned(bounds.low, negative);
    if (negative) out_of_range(bounds.low, "an unsigned long");
    const bool fraction = has_fraction(bounds.low);
    if (!negative && (fraction ? sign_of(bounds.low) > 0 : !bounds.include_low)) {
      if (low == UINT64_MAX) return {0, 0, true};
      ++low;
    }
  }
  if (!bounds.high.is_null()) {
    high = scalar_unsigned(bounds.high, negative);
    if (negative) out_of_range(bounds.high, "an unsigned long");
    if (sign_of(bounds.high) < 0) return {0, 0, true};
    if (!has_fraction(bounds.high) && !bounds.include_high) {
      if (high == 0) return {0, 0, true};
      --high;
    }
  }
  return {static_cast<int64_t>(low ^ (1ull << 63)), static_cast<int64_t>(high ^ (1ull << 63))};
}

Interval floating_interval(const FieldType& field, const RangeBounds& bounds) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (field.kind == FieldKind::kScaledFloat) {
    Interval out;
    if (!bounds.low.is_null()) {
      double low = scalar_double(bounds.low);
      if (!bounds.include_low) low = std::nextafter(low, kInfinity);
      out.low = static_cast<int64_t>(std::ceil(low * field.scaling_factor));
    }
    if (!bounds.high.is_null()) {
      double high = scalar_double(bounds.high);
      if (!bounds.include_high) high = std::nextafter(high, -kInfinity);
      out.high = static_cast<int64_t>(std::floor(high * field.scaling_factor));
    }
    return out;
  }
  double low = -kInfinity, high = kInfinity;
  if (!bounds.low.is_null()) {
    low = round_to_kind(scalar_double(bounds.low), field.kind);
    if (!bounds.include_low) {
      low = field.kind == FieldKind::kDouble ? std::nextafter(low, kInfinity)
            : field.kind == FieldKind::kFloat
                ? std::nextafter(static_cast<float>(low), std::numeric_limits<float>::infinity())
                : std::nextafter(low, kInfinity);  // any value above does: stored halves are far apart
    }
  }
  if (!bounds.high.is_null()) {
    high = round_to_kind(scalar_double(bounds.high), field.kind);
    if (!bounds.include_high) {
      high = field.kind == FieldKind::kFloat
                 ? std::nextafter(static_cast<float>(high), -std::numeric_limits<float>::infinity())
                 : std::nextafter(high, -kInfinity);
    }
  }
  return {sortable_double(low), sortable_double(high)};
}

Interval date_interval(Binder& binder, const FieldType& field, const RangeBounds& bounds) {
  const auto format = bounds.format.empty() ? nullptr : DateFormat::create(bounds.format);
  const auto zone = bounds.time_zone.empty() ? nullptr : TimeZone::create(bounds.time_zone);
  const int64_t now_ms = binder.context.now_ms;
  Interval out;
  if (!bounds.low.is_null()) {
    out.low = parse_date(field, scalar_text(bounds.low), format.get(), zone.get(), !bounds.include_low, now_ms);
    if (!bounds.include_low) ++out.low;
  }
  if (!bounds.high.is_null()) {
    out.high = parse_date(field, scalar_text(bounds.high), format.get(), zone.get(), bounds.include_high, now_ms);
    if (!bounds.include_high) --out.high;
  }
  return out;
}

PlanPtr ip_range(const FieldType& field, const RangeBounds& bounds, float boost) {
  std::optional<KeywordBound> low, high;
  if (!bounds.low.is_null()) low = KeywordBound{parse_ip(scalar_text(bounds.low)), bounds.include_low};
  if (!bounds.high.is_null()) high = KeywordBound{parse_ip(scalar_text(bounds.high)), bounds.include_high};
  return keyword_range_plan(field.path, std::move(low), std::move(high), boost);
}

PlanPtr string_range(const FieldType& field, const RangeBounds& bounds, float boost) {
  std::optional<KeywordBound> low, high;
  const auto term = [&](const Json& value) {
    return is_keyword_like(field) ? normalized(field, scalar_text(value)) : scalar_text(value);
  };
  if (!bounds.low.is_null()) low = KeywordBound{term(bounds.low), bounds.include_low};
  if (!bounds.high.is_null()) high = KeywordBound{term(bounds.high), bounds.include_high};
  return is_keyword_like(field) ? keyword_range_plan(field.path, std::move(low), std::move(high), boost)
                                : text_range_plan(field.path, std::move(low), std::move(high), boost);
}

/// How a stored range must lie to the asked one.
enum class Relation { kIntersects, kContains, kWithin };

template <class Value>
bool relates(Relation relation, const Value& low, const Value& high, const Value& asked_low, const Value& asked_high) {
  switch (relation) {
    case Relation::kIntersects: return low <= asked_high && high >= asked_low;
    case Relation::kContains: return low <= asked_low && high >= asked_high;
    case Relation::kWithin: return low >= asked_low && high <= asked_high;
  }
  return false;
}

PlanPtr ip_range_field(const FieldType& field, const RangeBounds& bounds, Relation relation, float boost) {
  std::string low(16, '\0'), high(16, '\xFF');
  if (!bounds.low.is_null()) {
    low = parse_ip(scalar_text(bounds.low));
    if (!bounds.include_low && !next_ip(low)) return match_none_plan();
  }
  if (!bounds.high.is_null()) {
    high = parse_ip(scalar_text(bounds.high));
    if (!bounds.include_high && !previous_ip(high)) return match_none_plan();
  }
  const auto accepts = [low, high, relation](std::string_view stored) {
    return relates<std::string_view>(relation, stored.substr(0, 16), stored.substr(16), low, high);
  };
  return expanded_terms_plan(field.path, false, "", accepts, "", boost);
}

/// Fields of the range types: every distinct stored range is looked at once.
PlanPtr range_field_plan(Binder& binder, const FieldType& field, const RangeBounds& bounds, float boost) {
  const Relation relation = bounds.relation == "contains" ? Relation::kContains
                            : bounds.relation == "within" ? Relation::kWithin
                                                          : Relation::kIntersects;
  if (field.kind == FieldKind::kIpRange) return ip_range_field(field, bounds, relation, boost);
  FieldType element = field;
  Interval asked;
  switch (field.kind) {
    case FieldKind::kIntegerRange: element.kind = FieldKind::kInteger; asked = integer_interval(element, bounds); break;
    case FieldKind::kLongRange: element.kind = FieldKind::kLong; asked = integer_interval(element, bounds); break;
    case FieldKind::kFloatRange: element.kind = FieldKind::kFloat; asked = floating_interval(element, bounds); break;
    case FieldKind::kDoubleRange: element.kind = FieldKind::kDouble; asked = floating_interval(element, bounds); break;
    default: element.kind = FieldKind::kDate; asked = date_interval(binder, element, bounds); break;
  }
  if (asked.empty || asked.low > asked.high) return match_none_plan();
  const auto accepts = [asked, relation](std::string_view stored) {
    const NumericRange range = decode_range(stored);
    return relates(relation, range.low, range.high, asked.low, asked.high);
  };
  return expanded_terms_plan(field.path, false, "", accepts, "", boost);
}

}  // namespace

ColumnInterval range_interval(Binder& binder, const FieldType& field, const RangeBounds& bounds) {
  switch (field.kind) {
    case FieldKind::kByte:
    case FieldKind::kShort:
    case FieldKind::kInteger:
    case FieldKind::kLong:
    case FieldKind::kTokenCount: return integer_interval(field, bounds);
    case FieldKind::kUnsignedLong: return unsigned_interval(bounds);
    case FieldKind::kHalfFloat:
    case FieldKind::kFloat:
    case FieldKind::kDouble:
    case FieldKind::kScaledFloat: return floating_interval(field, bounds);
    case FieldKind::kDate:
    case FieldKind::kDateNanos: return date_interval(binder, field, bounds);
    case FieldKind::kGeoPoint:
    case FieldKind::kGeoShape:
    case FieldKind::kPercolator:
      throw ApiError(illegal_argument("Field [" + field.path + "] of type [" + std::string(kind_name(field.kind)) +
                                      "] does not support range queries"));
    default:
      throw ApiError(501, "not_implemented_exception",
                     "range queries on fields of type [" + std::string(kind_name(field.kind)) + "] are not supported yet");
  }
}

PlanPtr range_plan(Binder& binder, std::string_view path, const RangeBounds& bounds, float boost) {
  const FieldType* field = binder.mapping().find(path);
  if (path == "_seq_no") {
    FieldType seq_no;
    seq_no.kind = FieldKind::kLong;
    const Interval interval = integer_interval(seq_no, bounds);
    return interval.empty ? match_none_plan() : number_range_plan("_seq_no", interval.low, interval.high, boost);
  }
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return match_none_plan();
  if (field->kind == FieldKind::kMetadata) {
    throw ApiError(illegal_argument("Field [" + std::string(path) + "] of type [" + std::string(path) + "] does not support range queries"));
  }
  if (field->kind == FieldKind::kWildcard) throw ApiError(400, "unsupported_operation_exception", "TODO");
  if (!bounds.relation.empty() && !field->is_range() && bounds.relation == "disjoint") {
    throw ApiError(illegal_argument("Field [" + field->path + "] of type [" + std::string(kind_name(field->kind)) +
                                    "] does not support DISJOINT ranges"));
  }
  if (!field->indexed && !field->doc_values) {
    throw ApiError(illegal_argument("Cannot search on field [" + field->path +
                                    "] since it is both not indexed, and does not have doc_values enabled."));
  }
  if (field->is_range()) return range_field_plan(binder, *field, bounds, boost);
  if (const auto flat = flat_column(*field, path)) {
    // Leaves are kept as "path=value"; a range over values stays inside the prefix "path=".
    const std::string& prefix = flat->head;
    std::optional<KeywordBound> low, high;
    if (!prefix.empty()) low = KeywordBound{prefix, true}, high = KeywordBound{std::string(path) + ">", false};  // '>' follows '='
    if (!bounds.low.is_null()) low = KeywordBound{prefix + scalar_text(bounds.low), bounds.include_low};
    if (!bounds.high.is_null()) high = KeywordBound{prefix + scalar_text(bounds.high), bounds.include_high};
    return keyword_range_plan(flat->type.path, std::move(low), std::move(high), boost);
  }
  if (field->kind == FieldKind::kConstantKeyword) {
    const std::string& value = field->constant_value;
    const bool low = bounds.low.is_null() || (bounds.include_low ? value >= scalar_text(bounds.low) : value > scalar_text(bounds.low));
    const bool high = bounds.high.is_null() || (bounds.include_high ? value <= scalar_text(bounds.high) : value < scalar_text(bounds.high));
    return low && high ? match_all_plan(boost) : match_none_plan();
  }
  if (is_keyword_like(*field) || is_text_like(*field)) check_expensive(binder, "[range] queries on [text] or [keyword] fields");
  if (is_keyword_like(*field) || is_text_like(*field)) return string_range(*field, bounds, boost);
  if (field->kind == FieldKind::kIp) return ip_range(*field, bounds, boost);
  Interval interval;
  if (field->kind == FieldKind::kBoolean) {
    if (!bounds.low.is_null()) interval.low = scalar_boolean(bounds.low) + (bounds.include_low ? 0 : 1);
    if (!bounds.high.is_null()) interval.high = scalar_boolean(bounds.high) - (bounds.include_high ? 0 : 1);
  } else {
    interval = range_interval(binder, *field, bounds);
  }
  if (field->kind == FieldKind::kBoolean) {
    const bool no = interval.low <= 0 && interval.high >= 0, yes = interval.low <= 1 && interval.high >= 1;
    if (no != yes) return boolean_bm25_plan(binder, field->path, yes, boost);  // one value left: it is a term
  }
  return interval.empty ? match_none_plan() : number_range_plan(field->path, interval.low, interval.high, boost);
}

}  // namespace tarn::query
