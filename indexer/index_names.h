#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/ascii.h"
#include "indexer/base/error.h"

namespace tarn {

inline bool has_wildcard(std::string_view name) { return name.find('*') != std::string_view::npos; }
/// Whether some name fits both patterns; index templates of one priority must not overlap.
bool patterns_overlap(std::string_view a, std::string_view b);

std::vector<std::string> split_commas(std::string_view text);

/// Throws 400 invalid_index_name_exception as MetadataCreateIndexService.validateIndexName does. Existence is not looked at.
void check_index_name(std::string_view name);
/// Throws 400 invalid_alias_name_exception.
void check_alias_name(std::string_view name);

/// "<logs-{now/d{yyyy.MM|+01:00}}>" to "logs-2026.11"; other names come back unchanged.
/// Throws 400 parse_exception "invalid dynamic name expression [...]. ...".
std::string resolve_date_math(std::string_view name, int64_t now_ms);

/// 404 "no such index [x]" with the members that OpenSearch gives; the second form for "no such index [x] and ...".
Error index_not_found(std::string_view name);
Error index_not_found(std::string_view name, std::string_view reason);
/// 400 "Invalid index name [x], why", with index and index_uuid.
Error invalid_index_name(std::string_view name, std::string_view why);
Error index_closed(std::string_view name, std::string_view uuid);

int64_t now_ms();

}  // namespace tarn
