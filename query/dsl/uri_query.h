#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "query/query.h"
#include "query/tree.h"

namespace tarn::query {

/// The value of a URL parameter, or null.
using UriParameters = std::function<const std::string*(std::string_view name)>;
/// The query_string that a URL asks for by q, df, default_operator, analyzer, analyze_wildcard and lenient; null without q.
/// Shared by _search, _count, _validate/query, _explain and the by-query calls.
QueryPtr parse_uri_query(const UriParameters& find);

}  // namespace tarn::query
