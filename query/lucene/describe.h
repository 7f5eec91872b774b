#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/bind/field_queries.h"
#include "query/lucene/tree.h"

namespace tarn::query {

// What term-level clauses on a field are to Lucene: the texts of _validate/query and profiles. The clause has been bound
// before, so that what its field refuses was thrown there.

LuceneQueryPtr described_term(Binder& binder, std::string_view path, const Json& value, LuceneLeaf::Make make, bool is_term = false);
LuceneQueryPtr described_terms(Binder& binder, std::string_view path, const std::vector<Json>& values, LuceneLeaf::Make make);
LuceneQueryPtr described_range(Binder& binder, std::string_view path, const RangeBounds& bounds, LuceneLeaf::Make make);
LuceneQueryPtr described_exists(Binder& binder, std::string_view path, LuceneLeaf::Make make);
LuceneQueryPtr described_ids(const std::vector<std::string>& ids, LuceneLeaf::Make make);

/// TermQuery on a field of text.
LeafText term_text(const FieldType& field, std::string_view term);
/// PrefixQuery, WildcardQuery, RegexpQuery ...; fields of type wildcard have a class of their own.
LeafText pattern_leaf(const FieldType* field, std::string shown, std::string_view pattern, std::string type);
/// What clauses on unmapped fields become before a shard sees them.
LuceneQueryPtr lucene_match_none();

}  // namespace tarn::query
