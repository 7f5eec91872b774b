#pragma once

#include <optional>
#include <utility>

#include "query/lucene/match_builder.h"

namespace tarn::query {

enum class MultiMatchType { kBestFields, kMostFields, kCrossFields, kPhrase, kPhrasePrefix, kBoolPrefix };
/// Throws 400 parse_exception "failed to parse [multi_match] query type [x]. unknown type.".
MultiMatchType parse_multi_match_type(const std::string& text);
float tie_breaker_of(MultiMatchType type);

/// Fields and their weights, in the order of a Java HashMap, in which OpenSearch lists them.
using FieldWeights = std::vector<std::pair<std::string, float>>;

/// "title^2" as name and weight. Throws number_format_exception.
std::pair<std::string, float> split_weight(const std::string& field);
/// One name or pattern, resolved by the mapping (QueryParserHelper.resolveMappingField): an unknown field gives nothing.
FieldWeights resolve_field(Binder& binder, const std::string& pattern, float weight, bool all_types, bool metadata,
                           const std::string& suffix);
/// All of them; throws illegal_argument_exception beyond 1,024 fields.
FieldWeights resolve_fields(Binder& binder, const FieldWeights& fields, const std::string& suffix = {});
FieldWeights default_fields(Binder& binder);  ///< index.query.default_field, not resolved
bool has_all_fields(const FieldWeights& fields);
/// Sorts by the place in a Java HashMap.
void order_as_java(FieldWeights& fields);

/// MultiMatchQuery.parse. Null only where options.zero_terms is kNull and no token is left.
LuceneQueryPtr multi_match_query(Binder& binder, MultiMatchType type, const FieldWeights& fields, const std::string& text,
                                 const MatchOptions& options, std::optional<float> tie_breaker);

}  // namespace tarn::query
