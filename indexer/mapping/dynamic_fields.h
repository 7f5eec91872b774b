#pragma once

#include <string_view>
#include <vector>

#include "indexer/base/json.h"
#include "indexer/mapping/parse_plan.h"

namespace tarn::mapping {

/// "a.b.c" in its parts; trailing empty parts are dropped, as Java's String.split does.
std::vector<std::string_view> split_path(std::string_view path);

/// Throws what OpenSearch refuses in the name of a member before it looks the member up: empty parts, blanks.
void validate_name(std::string_view name);

/// The mapping update that a document with unmapped fields asks for, as a mapping body ({"properties": ...}), or null if
/// it asks for none. The document was walked before: it is well-formed and breaks no strict object.
/// Throws ApiError 400 where the new fields contradict each other ("mapper [b] cannot be changed from type [long] to
/// [float]") or a template is wrong.
/// Follows: OpenSearch DocumentParser.createBuilderFromDynamicValue; differential cases mapping-dynamic/*.
Json collect_dynamic_fields(const MappingImpl& mapping, const MappingLimits& limits, std::string_view source);

}  // namespace tarn::mapping
