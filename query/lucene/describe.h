#pragma once

#include <string>
#include <string_view>

#include "query/bind/field_queries.h"

namespace tarn::query {

// The texts of Lucene's queries on one field, as _validate/query shows them.

std::string describe_term(Binder& binder, std::string_view path, const Json& value);
std::string describe_range(Binder& binder, std::string_view path, const RangeBounds& bounds);
std::string describe_exists(Binder& binder, std::string_view path);

}  // namespace tarn::query
