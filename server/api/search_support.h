#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "query/search.h"
#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// ignore_unavailable, allow_no_indices, expand_wildcards and ignore_throttled of the URL.
IndicesOptions parse_indices_options(const RestRequest& request, IndicesOptions defaults);
/// The same of expand_wildcards alone. Throws 400 "No valid expand wildcard value [x]".
void read_expand_wildcards(const std::vector<std::string>& states, IndicesOptions& options);

/// The indices that a search means, with a searcher of each.
struct SearchScope {
  std::vector<query::SearchTarget> targets;
  std::vector<std::shared_ptr<Index>> indices;
};
/// What of a request decides which documents are searched.
struct ScopeRequest {
  std::string indices;                   ///< expression; "" is all
  IndicesOptions options;
  std::vector<std::string> routing;
  std::string preference;                ///< "_shards:0,2" restricts; the rest has nothing to choose here
};
/// Throws what Catalog::resolve throws, and 400 for a preference that OpenSearch refuses.
SearchScope open_search_scope(Services& services, const ScopeRequest& request);
/// {index}, routing, preference and the options of the URL.
ScopeRequest read_scope(const RestRequest& request);
SearchScope open_search_scope(Services& services, const RestRequest& request);
query::SearchContext make_search_context(Services& services, const RestRequest& request);

/// One search, wherever it comes from: _search, an item of _msearch, a template.
struct SearchCall {
  ScopeRequest scope;
  Json body;                             ///< null: none
  bool pipeline_off = false;             ///< search_pipeline=_none
  std::optional<bool> explain, profile;  ///< of a template, whatever the body says
  std::map<std::string, std::string, std::less<>> parameters;  ///< of the URL, as far as the query layer reads them
};
/// The call that `request` makes with `body`; marks its parameters as read, but does not check them.
SearchCall read_search_call(const RestRequest& request, Json body);
/// A call whose body was understood: parse errors are out of the way.
class SearchPipeline;
struct ParsedCall {
  SearchCall call;
  std::shared_ptr<const query::SearchRequest> request;
  std::shared_ptr<const SearchPipeline> pipeline;  ///< null: none
};
/// Search pipelines have changed the body of what comes back.
ParsedCall parse_search_call(Services& services, SearchCall call);
/// Runs it and returns the answer's body; opens the scroll, finds the point in time. `rest` is for cancellation and the slow log.
std::string run_search(Services& services, const ParsedCall& call, const RestRequest& rest);

/// The pairs of lines of _msearch and _msearch/template: `visit` gets the call as URL and header make it, its body still
/// to be filled in from the second line. Throws OpenSearch's errors of form.
void read_search_lines(const RestRequest& request, const std::function<void(SearchCall, std::string_view)>& visit);
/// One item of a multi-search; one that failed already has an error body ({"error": .., "status": ..}).
struct SearchItem {
  ParsedCall call;
  Json error;
};
/// {"took":..,"responses":[..]}; an item that fails answers its error in its place.
RestResponse answer_searches(Services& services, const std::vector<SearchItem>& items, const RestRequest& request);

}  // namespace tarn::server
