// The columns of the _cat endpoints as OpenSearch 3.8.0 describes them with ?help. Generated from a running server; the
// values are in cat.cc and its neighbours.

#include "server/api/cat_columns_tables.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::server {
namespace {

constexpr CatColumn k_nodes[] = {
    {"id", "id,nodeId", "unique node id", L, H},
    {"pid", "p", "process id", L, H},
    {"ip", "i", "ip address", L, S},
    {"port", "po", "bound transport port", L, H},
    {"http_address", "http", "bound http address", L, H},
    {"version", "v", "os version", L, H},
    {"type", "t", "os distribution type", L, H},
    {"build", "b", "os build hash", L, H},
    {"jdk", "j", "jdk version", L, H},
    {"disk.total", "dt,diskTotal", "total disk space", R, H},
    {"disk.used", "du,diskUsed", "used disk space", R, H},
    {"disk.avail", "d,da,disk,diskAvail", "available disk space", R, H},
    {"disk.used_percent", "dup,diskUsedPercent", "used disk space percentage", R, H},
    {"heap.current", "hc,heapCurrent", "used heap", R, H},
    {"heap.percent", "hp,heapPercent", "used heap ratio", R, S},
    {"heap.max", "hm,heapMax", "max configured heap", R, H},
    {"ram.current", "rc,ramCurrent", "used machine memory", R, H},
    {"ram.percent", "rp,ramPercent", "used machine memory ratio", R, S},
    {"ram.max", "rm,ramMax", "total machine memory", R, H},
    {"file_desc.current", "fdc,fileDescriptorCurrent", "used file descriptors", R, H},
    {"file_desc.percent", "fdp,fileDescriptorPercent", "used file descriptor ratio", R, H},
    {"file_desc.max", "fdm,fileDescriptorMax", "max file descriptors", R, H},
    {"cpu", "cpu", "recent cpu usage", R, S},
    {"load_1m", "l", "1m load avg", R, S},
    {"load_5m", "l", "5m load avg", R, S},
    {"load_15m", "l", "15m load avg", R, S},
    {"uptime", "u", "node uptime", R, H},
    {"node.role", "r,role,nodeRole",
     "m:master eligible node, d:data node, i:ingest node, -:coordinating node only", L, S},
    {"node.roles", "rs,all roles", "-:coordinating node only", L, S},
    {"cluster_manager", "cm,m,master", "*:current cluster manager", L, S},
    {"name", "n", "node name", L, S},
    {"completion.size", "cs,completionSize", "size of completion", R, H},
    {"fielddata.memory_size", "fm,fielddataMemory", "used fielddata cache", R, H},
    {"fielddata.evictions", "fe,fielddataEvictions", "fielddata evictions", R, H},
    {"query_cache.memory_size", "qcm,queryCacheMemory", "used query cache", R, H},
    {"query_cache.evictions", "qce,queryCacheEvictions", "query cache evictions", R, H},
    {"query_cache.hit_count", "qchc,queryCacheHitCount", "query cache hit counts", R, H},
    {"query_cache.miss_count", "qcmc,queryCacheMissCount", "query cache miss counts", R, H},
    {"request_cache.memory_size", "rcm,requestCacheMemory", "used request cache", R, H},
    {"request_cache.evictions", "rce,requestCacheEvictions", "request cache evictions", R, H},
    {"request_cache.hit_count", "rchc,requestCacheHitCount", "request cache hit counts", R, H},
    {"request_cache.miss_count", "rcmc,requestCacheMissCount", "request cache miss counts", R, H},
    {"flush.total", "ft,flushTotal", "number of flushes", R, H},
    {"flush.total_time", "ftt,flushTotalTime", "time spent in flush", R, H},
    {"get.current", "gc,getCurrent", "number of current get ops", R, H},
    {"get.time", "gti,getTime", "time spent in get", R, H},
    {"get.total", "gto,getTotal", "number of get ops", R, H},
    {"get.exists_time", "geti,getExistsTime", "time spent in successful gets", R, H},
    {"get.exists_total", "geto,getExistsTotal", "number of successful gets", R, H},
    {"get.missing_time", "gmti,getMissingTime", "time spent in failed gets", R, H},
    {"get.missing_total", "gmto,getMissingTotal", "number of failed gets", R, H},
    {"indexing.delete_current", "idc,indexingDeleteCurrent", "number of current deletions", R, H},
    {"indexing.delete_time", "idti,indexingDeleteTime", "time spent in deletions", R, H},
    {"indexing.delete_total", "idto,indexingDeleteTotal", "number of delete ops", R, H},
    {"indexing.index_current", "iic,indexingIndexCurrent", "number of current indexing ops", R, H},
    {"indexing.index_time", "iiti,indexingIndexTime", "time spent in indexing", R, H},
    {"indexing.index_total", "iito,indexingIndexTotal", "number of indexing ops", R, H},
    {"indexing.index_failed", "iif,indexingIndexFailed", "number of failed indexing ops", R, H},
    {"merges.current", "mc,mergesCurrent", "number of current merges", R, H},
    {"merges.current_docs", "mcd,mergesCurrentDocs", "number of current merging docs", R, H},
    {"merges.current_size", "mcs,mergesCurrentSize", "size of current merges", R, H},
    {"merges.total", "mt,mergesTotal", "number of completed merge ops", R, H},
    {"merges.total_docs", "mtd,mergesTotalDocs", "docs merged", R, H},
    {"merges.total_size", "mts,mergesTotalSize", "size merged", R, H},
    {"merges.total_time", "mtt,mergesTotalTime", "time spent in merges", R, H},
    {"merges.warmer.total_invocations", "mswti,mergedSegmentWarmerTotalInvocations",
     "total invocations of merged segment warmer", R, H},
    {"merges.warmer.total_time", "mswtt,mergedSegmentWarmerTotalTime",
     "total wallclock time spent in the warming operation", R, H},
    {"merges.warmer.ongoing_count", "mswoc,mergedSegmentWarmerOngoingCount",
     "point-in-time metric for number of in-progress warm operations", R, H},
    {"merges.warmer.total_bytes_received", "mswtbr,mergedSegmentWarmerTotalBytesReceived",
     "total bytes received by a replica shard during the warm operation", R, H},
    {"merges.warmer.total_bytes_sent", "mswtbs,mergedSegmentWarmerTotalBytesSent",
     "total bytes sent by a primary shard during the warm operation", R, H},
    {"merges.warmer.total_receive_time", "mswtrt,mergedSegmentWarmerTotalReceiveTime",
     "total wallclock time spent receiving merged segments by a replica shard", R, H},
    {"merges.warmer.total_failure_count", "mswtfc,mergedSegmentWarmerTotalFailureCount",
     "total failures in merged segment warmer", R, H},
    {"merges.warmer.total_send_time", "mswtst,mergedSegmentWarmerTotalSendTime",
     "total wallclock time spent sending merged segments by a primary shard", R, H},
    {"refresh.total", "rto,refreshTotal", "total refreshes", R, H},
    {"refresh.time", "rti,refreshTime", "time spent in refreshes", R, H},
    {"refresh.external_total", "rto,refreshTotal", "total external refreshes", R, H},
    {"refresh.external_time", "rti,refreshTime", "time spent in external refreshes", R, H},
    {"refresh.listeners", "rli,refreshListeners", "number of pending refresh listeners", R, H},
    {"script.compilations", "scrcc,scriptCompilations", "script compilations", R, H},
    {"script.cache_evictions", "scrce,scriptCacheEvictions", "script cache evictions", R, H},
    {"script.compilation_limit_triggered", "scrclt,scriptCacheCompilationLimitTriggered",
     "script cache compilation limit triggered", R, H},
    {"search.fetch_current", "sfc,searchFetchCurrent", "current fetch phase ops", R, H},
    {"search.fetch_time", "sfti,searchFetchTime", "time spent in fetch phase", R, H},
    {"search.fetch_total", "sfto,searchFetchTotal", "total fetch ops", R, H},
    {"search.open_contexts", "so,searchOpenContexts", "open search contexts", R, H},
    {"search.query_current", "sqc,searchQueryCurrent", "current query phase ops", R, H},
    {"search.query_time", "sqti,searchQueryTime", "time spent in query phase", R, H},
    {"search.query_total", "sqto,searchQueryTotal", "total query phase ops", R, H},
    {"search.query_failed", "sqf,searchQueryFailed", "total failed query phase ops", R, H},
    {"search.concurrent_query_current", "scqc,searchConcurrentQueryCurrent",
     "current concurrent query phase ops", R, H},
    {"search.concurrent_query_time", "scqti,searchConcurrentQueryTime",
     "time spent in concurrent query phase", R, H},
    {"search.concurrent_query_total", "scqto,searchConcurrentQueryTotal",
     "total concurrent query phase ops", R, H},
    {"search.concurrent_avg_slice_count", "casc,searchConcurrentAvgSliceCount",
     "average query concurrency", R, H},
    {"search.scroll_current", "scc,searchScrollCurrent", "open scroll contexts", R, H},
    {"search.scroll_time", "scti,searchScrollTime", "time scroll contexts held open", R, H},
    {"search.scroll_total", "scto,searchScrollTotal", "completed scroll contexts", R, H},
    {"search.point_in_time_current", "scc,searchPointInTimeCurrent",
     "open point in time contexts", R, H},
    {"search.point_in_time_time", "scti,searchPointInTimeTime",
     "time point in time contexts held open", R, H},
    {"search.point_in_time_total", "scto,searchPointInTimeTotal",
     "completed point in time contexts", R, H},
    {"search.startree_query_current", "stqc,startreeQueryCurrent",
     "current star tree query ops", R, H},
    {"search.startree_query_time", "stqti,startreeQueryTime",
     "time spent in star tree queries", R, H},
    {"search.startree_query_total", "stqto,startreeQueryTotal",
     "total star tree resolved queries", R, H},
    {"search.startree_query_failed", "stqf,startreeQueryFailed",
     "star tree failed query ops", R, H},
    {"segments.count", "sc,segmentsCount", "number of segments", R, H},
    {"segments.memory", "sm,segmentsMemory", "memory used by segments", R, H},
    {"segments.index_writer_memory", "siwm,segmentsIndexWriterMemory",
     "memory used by index writer", R, H},
    {"segments.version_map_memory", "svmm,segmentsVersionMapMemory",
     "memory used by version map", R, H},
    {"segments.fixed_bitset_memory", "sfbm,fixedBitsetMemory",
     "memory used by fixed bit sets for nested object field types and type filters for types referred in _parent fields", R, H},
    {"suggest.current", "suc,suggestCurrent", "number of current suggest ops", R, H},
    {"suggest.time", "suti,suggestTime", "time spend in suggest", R, H},
    {"suggest.total", "suto,suggestTotal", "number of suggest ops", R, H},
};

constexpr CatColumn k_allocation[] = {
    {"shards", "s", "number of shards on node", R, S},
    {"disk.indices", "di,diskIndices", "disk used by OpenSearch indices", R, S},
    {"disk.used", "du,diskUsed", "disk used (total, not just OpenSearch)", R, S},
    {"disk.avail", "da,diskAvail", "disk available", R, S},
    {"disk.total", "dt,diskTotal", "total capacity of all volumes", R, S},
    {"disk.percent", "dp,diskPercent", "percent disk used", R, S},
    {"host", "h", "host of node", L, S},
    {"ip", "", "ip of node", L, S},
    {"node", "n", "name of node", L, S},
};

constexpr CatColumn k_aliases[] = {
    {"alias", "a", "alias name", L, S},
    {"index", "i,idx", "index alias points to", L, S},
    {"filter", "f,fi", "filter", L, S},
    {"routing.index", "ri,routingIndex", "index routing", L, S},
    {"routing.search", "rs,routingSearch", "search routing", L, S},
    {"is_write_index", "w,isWriteIndex", "write index", L, S},
};

constexpr CatColumn k_count[] = {
    {"epoch", "t,time", "seconds since 1970-01-01 00:00:00", L, S},
    {"timestamp", "ts,hms,hhmmss", "time in HH:MM:SS", L, S},
    {"count", "dc,docs.count,docsCount", "the document count", L, S},
};

constexpr CatColumn k_health[] = {
    {"epoch", "t,time", "seconds since 1970-01-01 00:00:00", L, S},
    {"timestamp", "ts,hms,hhmmss", "time in HH:MM:SS", L, S},
    {"cluster", "cl", "cluster name", L, S},
    {"status", "st", "health status", L, S},
    {"node.total", "nt,nodeTotal", "total number of nodes", R, S},
    {"node.data", "nd,nodeData", "number of nodes that can store data", R, S},
    {"discovered_cluster_manager", "dcm,dm,discovered_master",
     "cluster manager is discovered or not", R, S},
    {"shards", "t,sh,shards.total,shardsTotal", "total number of shards", R, S},
    {"pri", "p,shards.primary,shardsPrimary", "number of primary shards", R, S},
    {"relo", "r,shards.relocating,shardsRelocating", "number of relocating nodes", R, S},
    {"init", "i,shards.initializing,shardsInitializing", "number of initializing nodes", R, S},
    {"unassign", "u,shards.unassigned,shardsUnassigned", "number of unassigned shards", R, S},
    {"pending_tasks", "pt,pendingTasks", "number of pending tasks", R, S},
    {"max_task_wait_time", "mtwt,maxTaskWaitTime", "wait time of longest task pending", R, S},
    {"active_shards_percent", "asp,activeShardsPercent",
     "active number of shards in percent", R, S},
};

constexpr CatColumn k_templates[] = {
    {"name", "n", "template name", L, S},
    {"index_patterns", "t", "template index patterns", L, S},
    {"order", "o,p", "template application order/priority number", L, S},
    {"version", "v", "version", L, S},
    {"composed_of", "c", "component templates comprising index template", L, S},
};

constexpr CatColumn k_recovery[] = {
    {"index", "i,idx", "index name", L, S},
    {"shard", "s,sh", "shard name", L, S},
    {"start_time", "start", "recovery start time", L, H},
    {"start_time_millis", "start_millis", "recovery start time in epoch milliseconds", L, H},
    {"stop_time", "stop", "recovery stop time", L, H},
    {"stop_time_millis", "stop_millis", "recovery stop time in epoch milliseconds", L, H},
    {"time", "t,ti", "recovery time", L, S},
    {"type", "ty", "recovery type", L, S},
    {"stage", "st", "recovery stage", L, S},
    {"source_host", "shost", "source host", L, S},
    {"source_node", "snode", "source node name", L, S},
    {"target_host", "thost", "target host", L, S},
    {"target_node", "tnode", "target node name", L, S},
    {"repository", "rep", "repository", L, S},
    {"snapshot", "snap", "snapshot", L, S},
    {"files", "f", "number of files to recover", L, S},
    {"files_recovered", "fr", "files recovered", L, S},
    {"files_percent", "fp", "percent of files recovered", L, S},
    {"files_total", "tf", "total number of files", L, S},
    {"bytes", "b", "number of bytes to recover", L, S},
    {"bytes_recovered", "br", "bytes recovered", L, S},
    {"bytes_percent", "bp", "percent of bytes recovered", L, S},
    {"bytes_total", "tb", "total number of bytes", L, S},
    {"translog_ops", "to", "number of translog ops to recover", L, S},
    {"translog_ops_recovered", "tor", "translog ops recovered", L, S},
    {"translog_ops_percent", "top", "percent of translog ops recovered", L, S},
};

constexpr CatColumn k_thread_pool[] = {
    {"node_name", "nn", "node name", L, S},
    {"node_id", "id", "persistent node id", L, H},
    {"ephemeral_node_id", "eid", "ephemeral node id", L, H},
    {"pid", "p", "process id", L, H},
    {"host", "h", "host name", L, H},
    {"ip", "i", "ip address", L, H},
    {"port", "po", "bound transport port", L, H},
    {"name", "n", "thread pool name", L, S},
    {"type", "t", "thread pool type", L, H},
    {"active", "a", "number of active threads", R, S},
    {"pool_size", "psz", "number of threads", R, H},
    {"queue", "q", "number of tasks currently in queue", R, S},
    {"queue_size", "qs", "maximum number of tasks permitted in queue", R, H},
    {"rejected", "r", "number of rejected tasks", R, S},
    {"largest", "l", "highest number of seen active threads", R, H},
    {"completed", "c", "number of completed tasks", R, H},
    {"total_wait_time", "twt", "total time tasks spent waiting in thread_pool queue", R, H},
    {"core", "cr", "core number of threads in a scaling thread pool", R, H},
    {"max", "mx", "maximum number of threads in a scaling thread pool", R, H},
    {"size", "sz", "number of threads in a fixed thread pool", R, H},
    {"keep_alive", "ka", "thread keep alive time", R, H},
    {"parallelism", "pl", "number of worker threads in a fork_join thread pool", L, H},
};

constexpr CatColumn k_nodeattrs[] = {
    {"node", "name", "node name", L, S},
    {"id", "id,nodeId", "unique node id", L, H},
    {"pid", "p", "process id", L, H},
    {"host", "h", "host name", L, S},
    {"ip", "i", "ip address", L, S},
    {"port", "po", "bound transport port", L, H},
    {"attr", "attr.name", "attribute description", L, S},
    {"value", "attr.value", "attribute value", L, S},
};

constexpr CatColumn k_plugins[] = {
    {"id", "", "unique node id", L, H},
    {"name", "n", "node name", L, S},
    {"component", "c", "component", L, S},
    {"version", "v", "component version", L, S},
    {"description", "d", "plugin details", L, H},
};

constexpr CatColumn k_pending_tasks[] = {
    {"insertOrder", "o", "task insertion order", L, S},
    {"timeInQueue", "t", "how long task has been in queue", L, S},
    {"priority", "p", "task priority", L, S},
    {"source", "s", "task source", L, S},
};

constexpr CatColumn k_fielddata[] = {
    {"id", "", "node id", L, S},
    {"host", "h", "host name", L, S},
    {"ip", "", "ip address", L, S},
    {"node", "n", "node name", L, S},
    {"field", "f", "field name", L, S},
    {"size", "s", "field data usage", L, S},
};

constexpr CatColumn k_tasks[] = {
    {"id", "", "id of the task with the node", L, H},
    {"action", "ac", "task action", L, S},
    {"task_id", "ti", "unique task id", L, S},
    {"parent_task_id", "pti", "parent task id", L, S},
    {"type", "ty", "task type", L, S},
    {"start_time", "start", "start time in ms", L, S},
    {"timestamp", "ts,hms,hhmmss", "start time in HH:MM:SS", L, S},
    {"running_time_ns", "time", "running time ns", L, H},
    {"running_time", "time", "running time", L, S},
    {"node_id", "ni", "unique node id", L, H},
    {"ip", "i", "ip address", L, S},
    {"port", "po", "bound transport port", L, H},
    {"node", "n", "node name", L, S},
    {"version", "v", "es version", L, H},
    {"x_opaque_id", "x", "X-Opaque-ID header", L, H},
};

}  // namespace

std::span<const CatColumn> cat_columns(std::string_view endpoint) {
  struct Entry {
    std::string_view name;
    std::span<const CatColumn> columns;
  };
  static const Entry kTables[] = {
      {"indices", cat_indices_columns()},
      {"shards", cat_shards_columns()},
      {"nodes", k_nodes},
      {"segments", cat_segments_columns()},
      {"allocation", k_allocation},
      {"aliases", k_aliases},
      {"count", k_count},
      {"health", k_health},
      {"templates", k_templates},
      {"recovery", k_recovery},
      {"thread_pool", k_thread_pool},
      {"nodeattrs", k_nodeattrs},
      {"plugins", k_plugins},
      {"pending_tasks", k_pending_tasks},
      {"fielddata", k_fielddata},
      {"tasks", k_tasks},
  };
  for (const auto& entry : kTables)
    if (entry.name == endpoint) return entry.columns;
  return {};
}

Table make_cat_table(std::string_view endpoint) {
  Table table;
  const auto columns = cat_columns(endpoint);
  for (const auto& column : columns) {
    const std::string twin = fmt::format("pri.{}", column.name);
    const bool has_twin = std::any_of(columns.begin(), columns.end(), [&](const CatColumn& other) { return other.name == twin; });
    table.add({std::string(column.name), std::string(column.aliases), std::string(column.description), column.right_aligned,
               column.shown, has_twin ? "pri" : ""});
  }
  return table;
}

}  // namespace tarn::server

