#pragma once

#include <string_view>

#include "indexer/base/json.h"

namespace tarn::query {

/// Members that match and multi_match share. operator: true for "and"; zero_terms_query: true for "all".
bool read_operator(const Json& value);
bool read_zero_terms(std::string_view clause, const Json& value);

}  // namespace tarn::query
