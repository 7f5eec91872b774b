#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/query.h"

namespace tarn::query {

/// A parsed search body with its URL parameters. Immutable once parsed; see query/search_request.h for the members.
struct SearchRequest;

/// `body` is the JSON object (or null); `parameters` the URL parameters that concern the search (size, from, sort, q, _source,
/// _source_includes, track_total_hits, version, typed_keys ... already decoded). Throws ApiError 400 with OpenSearch's
/// reasons, 501 for what exists in OpenSearch but not here yet.
std::shared_ptr<const SearchRequest> parse_search_request(const Json& body,
                                                          const std::map<std::string, std::string, std::less<>>& parameters);
/// Names of URL parameters that parse_search_request understands; the handler marks them as consumed.
const std::vector<std::string>& search_parameter_names();

/// One index (or alias) that is searched.
struct SearchTarget {
  std::shared_ptr<const Searcher> searcher;
  std::vector<Json> alias_filters;          ///< OR-ed, empty: none
  std::vector<int> routing_shards;          ///< empty: all; else only documents whose routing hashes to one of these
};

struct SearchTimes { uint64_t query_us = 0, fetch_us = 0; };

/// See query/search_session.h.
struct SearchSession;

/// Runs query, aggregation and fetch phases and appends the whole response object ({"took":..,"timed_out":..,"_shards":..,
/// "hits":..,"aggregations":..}) to `out` as compact JSON. `skipped`/failed shards are not ours: each target counts as
/// its number_of_shards in _shards. Throws ApiError (search_phase_execution_exception wrapping as OpenSearch does).
void search(const SearchRequest& request, const std::vector<SearchTarget>& targets, const SearchContext& context,
            std::string& out, SearchTimes* times, SearchSession* session = nullptr);

/// _count: `body` {"query": ...} or null; `parameters` q and its companions, min_score, terminate_after.
std::shared_ptr<const SearchRequest> parse_count_request(const Json& body,
                                                         const std::map<std::string, std::string, std::less<>>& parameters);
/// Appends the answer of _count.
void count(const SearchRequest& request, const std::vector<SearchTarget>& targets, const SearchContext& context,
           std::string& out);

/// OpenSearch's shard of a routing value: floorMod(murmur3_x86_32(UTF-16LE bytes), shards) with routing_num_shards.
int shard_of(std::string_view routing, int number_of_shards);

/// Source filtering ("_source": true | false | "a*" | [..] | {"includes","excludes"}) of one stored document; used by get too.
/// Returns the text unchanged where nothing is filtered; "" where _source is false.
std::string filter_source(std::string_view source, const std::vector<std::string>& includes,
                          const std::vector<std::string>& excludes);

}  // namespace tarn::query
