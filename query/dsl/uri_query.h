#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "indexer/base/json.h"
#include "query/query.h"
#include "query/tree.h"

namespace tarn::query {

/// The value of a URL parameter, or null.
using UriParameters = std::function<const std::string*(std::string_view name)>;
/// The query_string that a URL asks for by q, df, default_operator, analyzer, analyze_wildcard and lenient, as a
/// clause; null without q.
/// Shared by _search, _count, _validate/query, _explain and the by-query calls.
Json uri_query_json(const UriParameters& find);
/// The same, parsed; null without q.
QueryPtr parse_uri_query(const UriParameters& find);

}  // namespace tarn::query
