#pragma once

#include <memory>

#include "server/api/search_contexts.h"
#include "server/api/search_support.h"

namespace tarn::server {

/// The point in time that a search names; its keep_alive begins anew. Throws 404 search_phase_execution_exception
/// if it is gone.
std::shared_ptr<OpenContext> find_point_in_time(Services& services, const query::SearchRequest& request);
/// A new scroll over what `call` searches.
std::shared_ptr<OpenContext> open_scroll(Services& services, const ParsedCall& call);

// One file a family of endpoints.
void register_scroll_handlers(Router& router, Services& services);       ///< _search/scroll, _search/point_in_time
void register_msearch_handlers(Router& router, Services& services);      ///< _msearch
void register_search_info_handlers(Router& router, Services& services);  ///< _field_caps, _search_shards
void register_explain_handlers(Router& router, Services& services);      ///< _explain
void register_validate_handlers(Router& router, Services& services);     ///< _validate/query
void register_rank_eval_handlers(Router& router, Services& services);    ///< _rank_eval
void register_term_vector_handlers(Router& router, Services& services);  ///< _termvectors, _mtermvectors

}  // namespace tarn::server
