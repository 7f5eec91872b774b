#pragma once

#include <memory>
#include <vector>

#include "query/search.h"
#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// ignore_unavailable, allow_no_indices, expand_wildcards and ignore_throttled of the URL.
IndicesOptions parse_indices_options(const RestRequest& request, IndicesOptions defaults);

/// The indices that a search means, with a searcher of each.
struct SearchScope {
  std::vector<query::SearchTarget> targets;
  std::vector<std::shared_ptr<Index>> indices;
};
/// Resolves {index}, routing and the options of the URL. Throws what Catalog::resolve throws.
SearchScope open_search_scope(Services& services, const RestRequest& request);
query::SearchContext make_search_context(Services& services, const RestRequest& request);

}  // namespace tarn::server
