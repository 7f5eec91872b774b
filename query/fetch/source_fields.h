#pragma once

#include <string_view>
#include <vector>

#include "query/fetch/doc_fields.h"

namespace tarn::query {

/// "fields": values taken from _source by the mapping, in their type's form (dates formatted, keywords normalised).
/// Throws ApiError "Field [x] of type [y] doesn't support formats.".
void add_source_fields(const std::vector<FieldAndFormat>& wanted, const Mapping& mapping, const Json& source,
                       std::vector<HitField>& out);
/// "stored_fields": values of fields with "store": true, which Tarn reads from _source.
void add_stored_fields(const std::vector<std::string>& wanted, const Mapping& mapping, const Json& source,
                       std::vector<HitField>& out);
/// Refuses formats that the fields cannot have, before anything is read.
void check_source_fields(const std::vector<FieldAndFormat>& wanted, const Mapping& mapping);
/// All values below `path` ("a.b"), arrays flattened, objects left as they are.
void collect_source_values(const Json& source, std::string_view path, std::vector<const Json*>& out);

}  // namespace tarn::query
