#pragma once

#include <memory>
#include <string>

#include "indexer/searcher.h"

namespace tarn::query {

// Columns that no segment has, made for one segment of one search.

/// Every document has the same term.
std::unique_ptr<const KeywordColumn> constant_column(std::string term, uint32_t docs);
/// _id of the live documents, read from the store. Throws 429 where they are too many.
std::unique_ptr<const KeywordColumn> id_column(const Searcher& searcher, size_t segment);

}  // namespace tarn::query
