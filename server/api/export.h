#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// POST {index}/_tarn/export: every hit of a query, or every bucket of an aggregation, as lines of JSON or CSV, streamed.
///   format=ndjson (default): hits as a search shows them; buckets as the aggregation shows them.
///   format=csv: a head line and a line each. `columns` names the hits' columns (_id, _index, _score or paths of _source); the
///   columns of buckets are their key's parts, doc_count and the values of the aggregations below.
///   batch_size: documents or buckets a round, 1 .. 10,000 (default 500 and 10,000).
/// Body: query, sort, _source, fields, runtime of a search without from and size; or query and one aggregation in aggs. A
/// composite aggregation is paged to its end; another one is asked once. All of it is one view of the index. Errors come before
/// the first byte, as those of a search; what fails later cuts the connection.
void register_export_handlers(Router& router, Services& services);

}  // namespace tarn::server
