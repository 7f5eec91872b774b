#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/query.h"

namespace tarn::query {

/// Checks a query that is to be stored in a percolator field: it must be one, ask for mapped fields only, and not for other
/// documents. Answers the terms of which a document must have one to match; none: any document may match.
/// Follows PercolatorFieldMapper. See indexer/mapping/query_check.h for `text`.
std::vector<std::string> check_stored_query(const std::string& index_name, const std::string& index_uuid, const Mapping& mapping,
                                            const IndexSettings& settings, std::string_view text, const SearchContext& context);

}  // namespace tarn::query
