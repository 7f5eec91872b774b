#pragma once

#include <string>
#include <vector>

#include "query/text/expansion.h"
#include "query/tree.h"

namespace tarn::query {

/// A clause that stands for several terms of one field: prefix, wildcard, regexp, fuzzy, range. span_multi and intervals
/// ask it for them.
class MultiTermClause : public Query {
 public:
  std::string field;
  Rewrite rewrite;

  /// The terms of a text field; at most `limit`.
  virtual std::vector<ExpandedTerm> expand(Binder& binder, const FieldType& type, size_t limit) const = 0;
  /// Lucene's toString of the MultiTermQuery.
  virtual std::string pattern_text(const FieldType& type) const = 0;
};

}  // namespace tarn::query
