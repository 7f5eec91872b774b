#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/analysis/analyzer.h"
#include "indexer/base/ids.h"
#include "indexer/base/json.h"

namespace tarn {

class DateFormat;

using FieldId = uint32_t;  ///< dense, stable for the life of the process: a mapping only ever adds fields
constexpr FieldId kNoField = UINT32_MAX;

/// The types of a mapping, by OpenSearch's names ("half_float" is kHalfFloat).
enum class FieldKind : uint8_t {
  kText, kMatchOnlyText, kKeyword, kConstantKeyword, kWildcard,
  kByte, kShort, kInteger, kLong, kUnsignedLong, kHalfFloat, kFloat, kDouble, kScaledFloat,
  kBoolean, kDate, kDateNanos, kIp, kGeoPoint, kGeoShape, kXyPoint, kXyShape,
  kIntegerRange, kLongRange, kFloatRange, kDoubleRange, kDateRange, kIpRange,
  kBinary, kTokenCount, kSearchAsYouType, kCompletion, kRankFeature, kRankFeatures, kPercolator, kJoin,
  kFlatObject, kAlias, kObject, kNested,
  kMetadata,  ///< _id, _index, _routing, _seq_no, _version, _ignored, _nested_path, _source, _field_names ...
};
std::string_view kind_name(FieldKind kind);

/// How the values of a field lie in a segment. One field has at most one of each part.
enum class ColumnKind : uint8_t {
  kNone,
  kInt64,        ///< NumericColumn of plain int64: byte..long, boolean (0/1), date (epoch ms), date_nanos (epoch ns),
                 ///< token_count, scaled_float (round(value * scaling_factor))
  kUnsigned,     ///< NumericColumn; value ^ 2^63, so that signed order is unsigned order
  kDouble,       ///< NumericColumn of sortable_double(value): double, float and half_float (rounded to their precision)
  kGeoPoint,     ///< NumericColumn of encode_geo(lat, lon)
  kKeyword,      ///< KeywordColumn of UTF-8 bytes
  kIp,           ///< KeywordColumn of 16 bytes (IPv4 mapped into IPv6), in address order
  kBytes,        ///< KeywordColumn of opaque bytes: binary with doc_values, encoded ranges (encode_range)
};

/// Doubles as integers of the same order (Lucene's NumericUtils.doubleToSortableLong), and back.
int64_t sortable_double(double value);
double from_sortable_double(int64_t sortable);
/// Lucene's LatLonPoint encoding: 32 bits each; latitude in the upper half. Decoding gives Lucene's rounded values.
int64_t encode_geo(double latitude, double longitude);
double geo_latitude(int64_t encoded);
double geo_longitude(int64_t encoded);

/// One field, leaf or multi-field, of a mapping. Immutable once its Mapping is published.
struct FieldType {
  FieldId id = kNoField;
  std::string path;               ///< full, "host.name.raw"
  FieldKind kind = FieldKind::kObject;
  ColumnKind column = ColumnKind::kNone;  ///< kNone also where doc_values is false and the field is not indexed
  bool indexed = true;            ///< "index": searchable
  bool doc_values = true;         ///< sortable and aggregatable. Tarn keeps a column for indexed fields without doc_values
                                  ///< too (it is the inverted structure); queries must refuse sort and aggs by this flag
  bool stored = false;
  bool ignore_malformed = false;
  bool coerce = true;
  bool is_multi_field = false;    ///< a member of another field's "fields"
  bool synthetic = false;         ///< made by its parent's type, not by the user: flat._value, title._2gram, join#parent.
                                  ///< Mapping::match and GET _mapping leave it out
  std::string nested_path;        ///< path of the innermost nested object around the field; "" at the root

  // Text (kText, kSearchAsYouType ...): postings instead of, or beside, a column.
  bool inverted = false;          ///< has postings and a token column
  bool norms = true;
  bool freqs = true;              ///< index_options docs: false; then tf counts 1 in scores
  bool positions = true;          ///< index_options freqs or docs: false, phrases are refused
  bool fielddata = false;
  int position_increment_gap = 100;
  const Analyzer* index_analyzer = nullptr;
  const Analyzer* search_analyzer = nullptr;
  const Analyzer* search_quote_analyzer = nullptr;
  std::string index_analyzer_name, search_analyzer_name;
  std::string similarity;         ///< "" is the index's default (BM25)
  bool discount_overlaps = true;  ///< of the similarity: tokens on another's position do not count in the norm

  // Keyword.
  const Normalizer* normalizer = nullptr;
  std::string normalizer_name;
  uint32_t ignore_above = INT32_MAX;  ///< in UTF-16 units, as Java counts
  bool use_similarity = false;
  bool split_queries_on_whitespace = false;
  bool eager_global_ordinals = false;

  double scaling_factor = 1;
  std::shared_ptr<const DateFormat> date_format;  ///< dates and date ranges
  std::optional<Json> null_value;                 ///< as given
  std::vector<std::string> copy_to;
  std::string alias_target;                       ///< kAlias
  std::string constant_value;                     ///< kConstantKeyword
  Json meta;                                      ///< "meta" of the field, or null
  Json parameters = Json::object();               ///< all that was given, normalised as GET _mapping shows it

  bool is_numeric() const { return kind >= FieldKind::kByte && kind <= FieldKind::kScaledFloat; }
  bool is_floating() const { return kind >= FieldKind::kHalfFloat && kind <= FieldKind::kScaledFloat; }
  bool is_date() const { return kind == FieldKind::kDate || kind == FieldKind::kDateNanos; }
  bool is_range() const { return kind >= FieldKind::kIntegerRange && kind <= FieldKind::kIpRange; }

  /// A number of a query or an answer, to and from the column's encoding.
  /// decode: kInt64 of scaled_float divides by the factor; kUnsigned is exact only below 2^53 as a double.
  double decode_double(int64_t encoded) const;
};

}  // namespace tarn
