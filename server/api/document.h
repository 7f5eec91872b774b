#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// _doc, _source, _mget: reading one document, or a list of them.
void register_get_handlers(Router& router, Services& services);
/// _doc, _create, _update: writing one document.
void register_document_handlers(Router& router, Services& services);
/// _bulk.
void register_bulk_handlers(Router& router, Services& services);
/// _delete_by_query, _update_by_query, _reindex.
void register_by_query_handlers(Router& router, Services& services);
/// _tasks, _cat/tasks, _rethrottle.
void register_task_handlers(Router& router, Services& services);
/// _snapshot, _cat/repositories, _cat/snapshots.
void register_snapshot_handlers(Router& router, Services& services);
/// _wlm/stats, _list/wlm_stats.
void register_workload_handlers(Router& router, Services& services);
/// _search, _count.
void register_search_handlers(Router& router, Services& services);

}  // namespace tarn::server
