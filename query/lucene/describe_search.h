#pragma once

#include "query/lucene/tree.h"
#include "query/search.h"

namespace tarn::query {

/// The query of a search as the shard hands it to Lucene: with the filter that keeps nested documents out where the query
/// could find them, and that of the alias. `query` may be null (match_all).
LuceneQueryPtr search_query(const std::shared_ptr<const Query>& query, const SearchTarget& target, Binder& binder);

}  // namespace tarn::query
