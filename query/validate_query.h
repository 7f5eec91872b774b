#pragma once

#include <optional>
#include <string>

#include "indexer/base/error.h"
#include "query/search.h"

namespace tarn::query {

/// What _validate/query says of one index.
struct QueryValidity {
  std::optional<Error> error;   ///< what its shard would answer; nothing: the query can be asked
  std::string explanation;      ///< Lucene's words for the query, where asked for
};
enum class QueryWords { kNone, kAsGiven, kRewritten };

/// Whether the parsed query can be asked of the index. Errors that are not about the query (501) are thrown.
QueryValidity validate_query(const SearchRequest& request, const SearchTarget& target, const SearchContext& context, QueryWords words);

/// An exception as Java's logs show it: "[i/uuid] QueryShardException[..]; nested: NumberFormatException[..];; java.lang.NumberFormatException: ..".
std::string detailed_message(const Error& error);

}  // namespace tarn::query
