#include "server/api/handlers.h"

#include "server/api/document.h"
#include "server/api/export.h"
#include "server/api/indices.h"
#include "server/api/voting_exclusions.h"
#include "server/version.h"

namespace tarn::server {
namespace {

/// GET /_tarn: tells clients of Tarn that they speak to it, whatever identity `GET /` states.
RestResponse about_tarn(const NodeInfo& node) {
  return RestResponse::json({{"name", node.name},
                             {"product", "tarn"},
                             {"version", kTarnVersion},
                             {"opensearch_version", kOpenSearchVersion},
                             {"features", {"dedupe", "idempotency_key", "in_place_updates"}}});
}

}  // namespace

void register_handlers(Router& router, Services& services) {
  register_document_handlers(router, services);
  register_get_handlers(router, services);
  register_bulk_handlers(router, services);
  register_search_handlers(router, services);
  register_export_handlers(router, services);
  register_by_query_handlers(router, services);
  register_task_handlers(router, services);
  register_voting_handlers(router, services);
  register_workload_handlers(router, services);
  register_snapshot_handlers(router, services);
  register_metadata_handlers(router, services);
  router.add(Method::kGet, "/_tarn", [&services](RestRequest&) { return about_tarn(services.node); });
  register_missing_handlers(router);
}

}  // namespace tarn::server
