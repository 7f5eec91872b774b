#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// _doc, _create, _update, _source, _mget: reading and writing one document (or a list of ids).
void register_document_handlers(Router& router, Services& services);
/// _bulk.
void register_bulk_handlers(Router& router, Services& services);
/// _delete_by_query, _update_by_query, _reindex.
void register_by_query_handlers(Router& router, Services& services);
/// _tasks, _cat/tasks, _rethrottle.
void register_task_handlers(Router& router, Services& services);
/// _search, _count.
void register_search_handlers(Router& router, Services& services);

}  // namespace tarn::server
