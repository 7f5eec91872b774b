#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn {

/// The _id of a document derived from the values of its key fields (index.tarn.dedupe.fields): 22 URL-safe characters of a
/// SHA-256 over the fields' JSON values. `source` is JSON. Fields are full paths; "a.b" finds {"a":{"b":..}} and {"a.b":..}.
/// Throws ApiError 400 if a field is missing or null, for then nothing says which document it is.
std::string dedupe_id(const std::vector<std::string>& fields, std::string_view source);

}  // namespace tarn
