#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/mapping/mapping.h"

namespace tarn {

/// Looks at the query of a percolator field before it is stored. `text`: the query as it stands in its document, with blanks for
/// all that is before it, so that errors name places of the document. Answers the terms of which a document has one if it can
/// match ("field\0token"), or nothing where any document can. Throws ApiError for a query that cannot be stored.
using QueryCheck = std::function<std::vector<std::string>(const Mapping& mapping, std::string_view text)>;

/// While it lives, queries in documents that this thread parses are checked; without one, none is. Scopes nest.
/// The mapping knows no queries, so whoever does (query/percolate) is asked this way.
class QueryCheckScope {
 public:
  explicit QueryCheckScope(QueryCheck check);
  ~QueryCheckScope();
  QueryCheckScope(const QueryCheckScope&) = delete;
  QueryCheckScope& operator=(const QueryCheckScope&) = delete;
  static const QueryCheck* current();   ///< of this thread; null if there is none

 private:
  QueryCheck check_;
  const QueryCheck* outer_;
};

/// The value of an extracted_terms column that stands for any document.
constexpr std::string_view kAnyDocument = "*";

}  // namespace tarn
