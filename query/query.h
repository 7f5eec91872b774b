#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "indexer/base/json.h"
#include "indexer/searcher.h"

namespace tarn {
class Catalog;
class ThreadPool;
namespace script {
class StoredScripts;
}
}

namespace tarn::query {

/// A parsed query clause, not yet bound to a mapping. Immutable. One class a clause, in query/dsl/.
class Query;

/// Parses one query object ({"term": {...}}). Throws ApiError 400 parsing_exception ("unknown query [x]", with did-you-mean
/// and line/col where OpenSearch gives them), 501 not_implemented_exception for a query that Tarn does not have yet.
std::shared_ptr<const Query> parse_query(const Json& json);

/// Filter bitmaps of (segment, filter), bounded by bytes. Thread-safe, shared by all searches; entries of segments that
/// are gone are dropped.
class FilterCache;
std::shared_ptr<FilterCache> make_filter_cache(size_t capacity_bytes);
size_t filter_cache_bytes(const FilterCache& cache);

/// Numbers of keyword terms over the segments of an index, for aggregations. As above.
class TermNumbersCache;
std::shared_ptr<TermNumbersCache> make_term_numbers_cache(size_t capacity_bytes);
size_t term_numbers_bytes(const TermNumbersCache& cache);

/// What every phase of one search shares.
struct SearchContext {
  int64_t now_ms = 0;                                    ///< the "now" of date math, one for the whole request
  std::shared_ptr<FilterCache> filter_cache;             ///< may be null
  std::shared_ptr<TermNumbersCache> term_numbers;        ///< may be null
  std::shared_ptr<const std::atomic<bool>> cancelled;    ///< may be null; checked between blocks
  int64_t deadline_us = 0;                               ///< steady clock; 0: none
  const Catalog* catalog = nullptr;                      ///< for terms lookup; may be null
  const script::StoredScripts* scripts = nullptr;        ///< for scripts by id; may be null
  size_t max_buckets = 65535;
  ThreadPool* pool = nullptr;                            ///< for a second thread where it pays; may be null
};

/// The live documents of segment `segment` that match, nested children only where the query is about them. Deleted
/// documents are never in it. For aggregations (filter, filters), counts and deletes by query.
Bitset matching_documents(const Query& query, const Searcher& searcher, size_t segment, const SearchContext& context);

}  // namespace tarn::query
