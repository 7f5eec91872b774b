#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/base/json.h"
#include "query/search.h"

namespace tarn::query {

struct SuggestClause;

/// "suggest" of a search body. Throws ApiError 400 as SuggestBuilder does.
std::shared_ptr<const SuggestClause> parse_suggest(const Json& body);
/// suggest_field and its companions of the URL: a term suggester named after the field.
std::shared_ptr<const SuggestClause> parse_uri_suggest(const std::string& field, const std::string& text, int64_t size,
                                                       const std::string& mode);

/// Refuses what a target cannot do (no such field, wrong types), before any work.
void check_suggest(const SuggestClause& clause, const SearchTarget& target);
/// Writes the object {"name": [...], ...} for request.suggest; with typed_keys, names carry their type ("term#name").
void write_suggest(const SearchRequest& request, const std::vector<SearchTarget>& targets, const SearchContext& context,
                   JsonWriter& out);

}  // namespace tarn::query
