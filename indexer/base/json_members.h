#pragma once

#include <string_view>
#include <vector>

#include "indexer/base/json.h"

namespace tarn {

/// The scalars at a dotted path, appended: arrays are flattened, and keys may hold dots themselves.
void values_at_path(const Json& value, std::string_view path, std::vector<Json>& out);

/// The object with its members in the order of their names.
Json sorted_members(const Json& object);

}  // namespace tarn
