#pragma once

#include "query/collect/execute.h"

namespace tarn::query {

/// Why a document has its place: the query's explanation, with the filter that keeps nested documents out, and rescoring.
/// `score` (where known) tells whether the document was rescored.
Explanation explain_hit(const SearchRequest& request, const BoundTarget& target, const SearchContext& context, DocRef ref,
                        std::optional<float> score = std::nullopt);

/// The same for the document `id` and the query of `request`, as _explain answers; nothing if there is no such document.
/// Throws the error of the shard, not wrapped in that of a search.
std::optional<Explanation> explain_document(const SearchRequest& request, const SearchTarget& target, const SearchContext& context,
                                            std::string_view id);

}  // namespace tarn::query
