#include "indexer/mapping/type_spec.h"

#include "indexer/base/check.h"

namespace tarn::mapping {
namespace {

using P = ParamSpec;
using T = ParamType;

// Names, order, defaults and updateability follow GET _mapping/field/*?include_defaults=true of OpenSearch 3.8 and the
// builders of its mappers.
constexpr P kIndex{"index", T::kBool, "true"};
constexpr P kDocValues{"doc_values", T::kBool, "true"};
constexpr P kNoDocValues{"doc_values", T::kBool, "false"};
constexpr P kStore{"store", T::kBool, "false"};
constexpr P kSkipList{"skip_list", T::kBool, "false"};
constexpr P kMalformed{"ignore_malformed", T::kExplicitBool, "false", true};
constexpr P kCoerce{"coerce", T::kExplicitBool, "true", true};
constexpr P kMeta{"meta", T::kMeta, "{}", true};
constexpr P kBoost{"boost", T::kFloat, "1.0", true};
constexpr P kNull{"null_value", T::kAny, "null"};
constexpr P kEager{"eager_global_ordinals", T::kBool, "false", true};
constexpr P kSimilarity{"similarity", T::kSimilarity, "null"};
constexpr P kPositive{"positive_score_impact", T::kBool, "true"};

constexpr P kNumber[] = {kIndex,  kDocValues, kStore, kSkipList, kMalformed,
                         kCoerce, {"null_value", T::kNumberNull, "null"}, kMeta};
constexpr P kScaled[] = {kIndex,     kDocValues, kStore,
                         kMalformed, kMeta,      {"scaling_factor", T::kDouble, "null"},
                         kCoerce,    {"null_value", T::kNumberNull, "null"}, kSkipList};
constexpr P kKeyword[] = {kIndex,
                          kDocValues,
                          kStore,
                          {"null_value", T::kString, "null"},
                          kEager,
                          {"ignore_above", T::kInt, "2147483647", true},
                          {"index_options", T::kKeywordIndexOptions, "\"docs\""},
                          {"norms", T::kNorms, "false"},
                          kSimilarity,
                          {"use_similarity", T::kBool, "false", true},
                          {"normalizer", T::kNormalizer, "\"default\""},
                          {"split_queries_on_whitespace", T::kBool, "false", true},
                          kBoost,
                          kMeta};
constexpr P kText[] = {kBoost,
                       kIndex,
                       kStore,
                       kMeta,
                       {"index_options", T::kIndexOptions, "\"positions\""},
                       {"term_vector", T::kTermVector, "\"no\""},
                       {"norms", T::kNorms, "true"},
                       {"analyzer", T::kAnalyzer, "\"default\""},
                       {"search_analyzer", T::kSearchAnalyzer, "\"default\"", true},
                       {"search_quote_analyzer", T::kSearchQuoteAnalyzer, "\"default\"", true},
                       kSimilarity,
                       kEager,
                       {"position_increment_gap", T::kInt, "-1"},
                       {"fielddata", T::kBool, "false", true},
                       {"fielddata_frequency_filter", T::kFrequencyFilter,
                        R"({"min":0.0,"max":2147483647.0,"min_segment_size":0})", true},
                       {"index_prefixes", T::kIndexPrefixes, "null"},
                       {"index_phrases", T::kBool, "false"}};
constexpr P kDate[] = {kIndex,
                       kDocValues,
                       kStore,
                       kSkipList,
                       {"format", T::kDateFormat, "\"strict_date_optional_time||epoch_millis\""},
                       {"print_format", T::kDateFormat, "\"strict_date_optional_time\""},
                       {"locale", T::kString, "\"\""},
                       kNull,
                       kMalformed,
                       kBoost,
                       kMeta};
constexpr P kBoolean[] = {kMeta, kBoost, kDocValues, kIndex, kNull, kStore};
constexpr P kIp[] = {kIndex, kDocValues, kStore, kMalformed, kNull, kMeta};
constexpr P kBinary[] = {kMeta, kStore, kNoDocValues};
constexpr P kRange[] = {kIndex, kDocValues, kStore, kCoerce, kBoost, kMeta, kMalformed};
constexpr P kDateRange[] = {kIndex,
                            kDocValues,
                            kStore,
                            kCoerce,
                            {"format", T::kDateFormat, "\"strict_date_optional_time||epoch_millis\""},
                            {"locale", T::kString, "\"\""},
                            kBoost,
                            kMeta,
                            kMalformed};
constexpr P kGeoPoint[] = {kBoost, kIndex, kDocValues, kStore, kMeta, kMalformed,
                           {"ignore_z_value", T::kExplicitBool, "true", true}, {"null_value", T::kAny, "null", true}};
constexpr P kGeoShape[] = {kBoost,
                           kIndex,
                           kDocValues,
                           kStore,
                           kMeta,
                           kMalformed,
                           {"ignore_z_value", T::kExplicitBool, "true", true},
                           {"coerce", T::kExplicitBool, "false", true},
                           {"orientation", T::kOrientation, "\"RIGHT\"", true}};
constexpr P kFlatObject[] = {kBoost, kIndex, kDocValues, kStore, kMeta};
constexpr P kCompletion[] = {{"analyzer", T::kAnalyzer, "\"simple\"", false, true},
                             {"search_analyzer", T::kSearchAnalyzer, "\"simple\"", true},
                             {"preserve_separators", T::kBool, "true", false, true},
                             {"preserve_position_increments", T::kBool, "true", false, true},
                             {"max_input_length", T::kInt, "50", true, true},
                             {"contexts", T::kAny, "null"},
                             kMeta};
constexpr P kSearchAsYouType[] = {kIndex,
                                  kStore,
                                  {"doc_values", T::kBool, "false", false, true},
                                  {"max_shingle_size", T::kInt, "3", false, true},
                                  {"analyzer", T::kAnalyzer, "\"default\""},
                                  {"search_analyzer", T::kSearchAnalyzer, "\"default\"", true},
                                  {"search_quote_analyzer", T::kSearchQuoteAnalyzer, "\"default\"", true},
                                  kSimilarity,
                                  {"index_options", T::kIndexOptions, "\"positions\""},
                                  {"norms", T::kNorms, "true"},
                                  {"term_vector", T::kTermVector, "\"no\""},
                                  kMeta};
constexpr P kTokenCount[] = {kIndex,
                             kDocValues,
                             kStore,
                             {"analyzer", T::kAnalyzer, "null", true},
                             {"null_value", T::kNumberNull, "null"},
                             {"enable_position_increments", T::kBool, "true"},
                             kMeta,
                             kSkipList};
constexpr P kWildcard[] = {{"null_value", T::kString, "null"},
                           {"ignore_above", T::kInt, "2147483647", true},
                           {"normalizer", T::kNormalizer, "\"default\""},
                           {"doc_values", T::kBool, "true", false, true},
                           kMeta};
constexpr P kRankFeature[] = {kPositive, kMeta};
constexpr P kRankFeatures[] = {kMeta, kPositive};
constexpr P kJoin[] = {{"eager_global_ordinals", T::kBool, "true", true, true}, {"relations", T::kRelations, "null", true}};
constexpr P kConstantKeyword[] = {{"value", T::kString, "null"}};

constexpr TypeSpec kTypes[] = {
    {"text", FieldKind::kText, kText, true, 3},
    {"match_only_text", FieldKind::kMatchOnlyText, kText, true, 3},
    {"keyword", FieldKind::kKeyword, kKeyword},
    {"constant_keyword", FieldKind::kConstantKeyword, kConstantKeyword},
    {"wildcard", FieldKind::kWildcard, kWildcard},
    {"byte", FieldKind::kByte, kNumber},
    {"short", FieldKind::kShort, kNumber},
    {"integer", FieldKind::kInteger, kNumber},
    {"long", FieldKind::kLong, kNumber},
    {"unsigned_long", FieldKind::kUnsignedLong, kNumber},
    {"half_float", FieldKind::kHalfFloat, kNumber},
    {"float", FieldKind::kFloat, kNumber},
    {"double", FieldKind::kDouble, kNumber},
    {"scaled_float", FieldKind::kScaledFloat, kScaled},
    {"boolean", FieldKind::kBoolean, kBoolean},
    {"date", FieldKind::kDate, kDate},
    {"date_nanos", FieldKind::kDateNanos, kDate},
    {"ip", FieldKind::kIp, kIp},
    {"geo_point", FieldKind::kGeoPoint, kGeoPoint, false, 4},
    {"geo_shape", FieldKind::kGeoShape, kGeoShape, false, 4},
    {"integer_range", FieldKind::kIntegerRange, kRange},
    {"long_range", FieldKind::kLongRange, kRange},
    {"float_range", FieldKind::kFloatRange, kRange},
    {"double_range", FieldKind::kDoubleRange, kRange},
    {"date_range", FieldKind::kDateRange, kDateRange},
    {"ip_range", FieldKind::kIpRange, kRange},
    {"binary", FieldKind::kBinary, kBinary},
    {"token_count", FieldKind::kTokenCount, kTokenCount},
    {"search_as_you_type", FieldKind::kSearchAsYouType, kSearchAsYouType},
    {"completion", FieldKind::kCompletion, kCompletion},
    {"rank_feature", FieldKind::kRankFeature, kRankFeature},
    {"rank_features", FieldKind::kRankFeatures, kRankFeatures},
    {"percolator", FieldKind::kPercolator, {}, false, SIZE_MAX, false},
    {"join", FieldKind::kJoin, kJoin, false, SIZE_MAX, false},
    {"flat_object", FieldKind::kFlatObject, kFlatObject, false, 4, false},
};

}  // namespace

int TypeSpec::find(std::string_view param) const {
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i].name == param) return static_cast<int>(i);
  }
  return -1;
}

const TypeSpec* find_type(std::string_view name) {
  for (const TypeSpec& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

const TypeSpec& type_spec(FieldKind kind) {
  const TypeSpec* type = find_type(kind_name(kind));
  CHECK(type != nullptr);
  return *type;
}

}  // namespace tarn::mapping
