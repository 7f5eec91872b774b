#pragma once

#include <span>
#include <string>
#include <string_view>

#include "indexer/base/json.h"
#include "indexer/mapping/field_type.h"

/// Values of mapping parameters whose reading depends on nothing but the value: normalised as OpenSearch shows them.
/// All throw ApiError in OpenSearch's words. Private to this folder.
namespace tarn::mapping {

/// One of `accepted`, as text; `param` is for the message.
Json one_of(const std::string& param, std::span<const std::string_view> accepted, const Json& value);

/// "meta": at most 5 short texts, sorted by key.
Json parse_meta(const std::string& field, const Json& value);

/// null_value of a number, as the number that the type would index.
Json parse_number_null(FieldKind kind, const Json& value);

/// fielddata_frequency_filter, with its defaults.
Json parse_filter(const Json& value);

/// index_prefixes, with its defaults; null stays null.
Json parse_prefixes(const Json& value);

/// orientation of a geo_shape: "RIGHT" or "LEFT".
Json parse_orientation(const Json& value);

/// relations of a join: parent to child or list of children; each child has one parent.
Json parse_relations(const std::string& field, const Json& value);

/// contexts of a completion field: always a list, types in capitals.
Json parse_contexts(const Json& value);

}  // namespace tarn::mapping
