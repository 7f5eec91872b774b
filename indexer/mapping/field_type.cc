#include "indexer/mapping/field_type.h"

#include <bit>
#include <cmath>

#include "indexer/base/check.h"

namespace tarn {

std::string_view kind_name(FieldKind kind) {
  switch (kind) {
    case FieldKind::kText: return "text";
    case FieldKind::kMatchOnlyText: return "match_only_text";
    case FieldKind::kKeyword: return "keyword";
    case FieldKind::kConstantKeyword: return "constant_keyword";
    case FieldKind::kWildcard: return "wildcard";
    case FieldKind::kByte: return "byte";
    case FieldKind::kShort: return "short";
    case FieldKind::kInteger: return "integer";
    case FieldKind::kLong: return "long";
    case FieldKind::kUnsignedLong: return "unsigned_long";
    case FieldKind::kHalfFloat: return "half_float";
    case FieldKind::kFloat: return "float";
    case FieldKind::kDouble: return "double";
    case FieldKind::kScaledFloat: return "scaled_float";
    case FieldKind::kBoolean: return "boolean";
    case FieldKind::kDate: return "date";
    case FieldKind::kDateNanos: return "date_nanos";
    case FieldKind::kIp: return "ip";
    case FieldKind::kGeoPoint: return "geo_point";
    case FieldKind::kGeoShape: return "geo_shape";
    case FieldKind::kXyPoint: return "xy_point";
    case FieldKind::kXyShape: return "xy_shape";
    case FieldKind::kIntegerRange: return "integer_range";
    case FieldKind::kLongRange: return "long_range";
    case FieldKind::kFloatRange: return "float_range";
    case FieldKind::kDoubleRange: return "double_range";
    case FieldKind::kDateRange: return "date_range";
    case FieldKind::kIpRange: return "ip_range";
    case FieldKind::kBinary: return "binary";
    case FieldKind::kTokenCount: return "token_count";
    case FieldKind::kSearchAsYouType: return "search_as_you_type";
    case FieldKind::kCompletion: return "completion";
    case FieldKind::kRankFeature: return "rank_feature";
    case FieldKind::kRankFeatures: return "rank_features";
    case FieldKind::kPercolator: return "percolator";
    case FieldKind::kJoin: return "join";
    case FieldKind::kFlatObject: return "flat_object";
    case FieldKind::kAlias: return "alias";
    case FieldKind::kObject: return "object";
    case FieldKind::kNested: return "nested";
    case FieldKind::kMetadata: return "metadata";
  }
  return "unknown";
}

namespace {

constexpr double kLatitudeScale = 4294967296.0 / 180.0;   // 2^32 steps over 180 degrees
constexpr double kLongitudeScale = 4294967296.0 / 360.0;
constexpr double kLatitudeDecode = 180.0 / 4294967296.0;
constexpr double kLongitudeDecode = 360.0 / 4294967296.0;

}  // namespace

int64_t sortable_double(double value) {
  // NaNs of any sign bit are one value, as Double.doubleToLongBits has it.
  const int64_t bits = std::isnan(value) ? 0x7ff8000000000000LL : std::bit_cast<int64_t>(value);
  return bits ^ ((bits >> 63) & INT64_MAX);
}

double from_sortable_double(int64_t sortable) {
  return std::bit_cast<double>(sortable ^ ((sortable >> 63) & INT64_MAX));
}

int64_t encode_geo(double latitude, double longitude) {
  // GeoEncodingUtils: the largest value cannot be reached, so 90 and 180 step one bit down.
  if (latitude == 90.0) latitude = std::nextafter(latitude, -HUGE_VAL);
  if (longitude == 180.0) longitude = std::nextafter(longitude, -HUGE_VAL);
  const auto lat = static_cast<int32_t>(std::floor(latitude * kLatitudeScale));
  const auto lon = static_cast<int32_t>(std::floor(longitude * kLongitudeScale));
  return static_cast<int64_t>((static_cast<uint64_t>(static_cast<uint32_t>(lat)) << 32) | static_cast<uint32_t>(lon));
}

double geo_latitude(int64_t encoded) { return static_cast<int32_t>(encoded >> 32) * kLatitudeDecode; }

double geo_longitude(int64_t encoded) {
  return static_cast<int32_t>(static_cast<uint32_t>(encoded)) * kLongitudeDecode;
}

double FieldType::decode_double(int64_t encoded) const {
  switch (column) {
    case ColumnKind::kDouble:
      return from_sortable_double(encoded);
    case ColumnKind::kUnsigned:
      return static_cast<double>(static_cast<uint64_t>(encoded) ^ (1ULL << 63));
    default:
      return kind == FieldKind::kScaledFloat ? static_cast<double>(encoded) / scaling_factor
                                             : static_cast<double>(encoded);
  }
}

}  // namespace tarn
