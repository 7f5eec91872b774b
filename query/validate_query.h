#pragma once

#include <optional>

#include "indexer/base/error.h"
#include "query/search.h"

namespace tarn::query {

/// Whether the parsed query can be asked of the index: the error that its shard would answer, or nothing. Errors that are not
/// about the query (501) are thrown.
std::optional<Error> validate_query(const SearchRequest& request, const SearchTarget& target, const SearchContext& context);

}  // namespace tarn::query
