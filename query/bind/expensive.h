#pragma once

#include <string_view>

#include "query/tree.h"

namespace tarn::query {

/// Refuses queries that walk many terms or documents where the cluster setting search.allow_expensive_queries is false:
/// "[prefix] queries cannot be executed when 'search.allow_expensive_queries' is set to false." and `more`.
void check_expensive(const Binder& binder, std::string_view queries, std::string_view more = "");

}  // namespace tarn::query
