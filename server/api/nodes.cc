// _nodes, _nodes/stats and the metrics page of Prometheus.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "indexer/index_names.h"
#include "server/api/cluster.h"
#include "server/api/cluster_health.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "indexer/pipeline/pipeline.h"
#include "server/api/nodes_system.h"
#include "server/api/stats_sections.h"
#include "server/render/table.h"
#include "server/version.h"

namespace tarn::server {
namespace {

using Names = std::set<std::string, std::less<>>;

const Names kInfoMetrics = {"_all", "aggregations", "http", "indices", "ingest", "jvm", "os", "plugins", "process",
                            "search_pipelines", "settings", "thread_pool", "transport"};
const Names kStatsMetrics = {"_all", "adaptive_selection", "admission_control", "breaker", "cache_stats", "cluster_manager_throttling",
                             "discovery", "file_cache", "fs", "http", "indexing_pressure", "indices", "ingest", "jvm", "native_memory", "os", "process",
                             "remote_store", "repositories", "resource_usage_stats", "script", "script_cache", "search_backpressure",
                             "search_pipeline", "segment_replication_backpressure", "shard_indexing_pressure", "task_cancellation",
                             "thread_pool", "transport", "weighted_routing"};

}  // namespace

bool means_node(const NodeInfo& node, const std::vector<std::string>& names) {
  if (names.empty()) return true;
  static const Names kRoles = {"master", "cluster_manager", "data", "ingest", "remote_cluster_client"};
  bool in = false;
  for (const auto& name : names) {
    if (name == "_all" || name == "_local" || name == "_master" || name == "_cluster_manager" || name == "*") in = true;
    else if (const size_t colon = name.find(':'); colon != std::string::npos && (name.ends_with(":true") || name.ends_with(":false"))) {
      const bool has = kRoles.contains(name.substr(0, colon));
      if (has) in = name.ends_with(":true");
    } else if (const size_t at = name.find(':'); at != std::string::npos && node.attributes.contains(name.substr(0, at))) {
      in = in || matches_pattern(name.substr(at + 1), node.attributes.at(name.substr(0, at)));
    } else if (name == node.node_id || matches_pattern(name, node.name) || name == node.http_address || matches_pattern(name, node.host)) {
      in = true;
    }
  }
  return in;
}

namespace {

Json nodes_answer(const NodeInfo& node, bool found, const std::function<Json()>& entry) {
  Json nodes = Json::object();
  if (found) nodes[node.node_id] = entry();
  return Json{{"_nodes", Json{{"total", found ? 1 : 0}, {"successful", found ? 1 : 0}, {"failed", 0}}},
              {"cluster_name", node.cluster_name},
              {"nodes", std::move(nodes)}};
}

void check_metrics(const RestRequest& request, const Names& asked, const Names& known) {
  std::string wrong;
  int count = 0;
  for (const auto& name : asked)
    if (!known.contains(name)) wrong += fmt::format("{}[{}]", count++ ? ", " : "", name);
  if (count)
    throw ApiError(illegal_argument(fmt::format("request [{}] contains unrecognized metric{}: {}", request.path, count > 1 ? "s" : "", wrong)));
}

Json http_settings(const NodeInfo& node) {
  return Json{{"bound_address", Json::array({node.http_address})}, {"publish_address", node.http_address}, {"max_content_length_in_bytes", 104857600}};
}

Json info_entry(const Services& services, const Names& metrics, bool flat, bool human) {
  const NodeInfo& node = services.node;
  const bool all = metrics.empty() || metrics.contains("_all");
  const auto wants = [&](const char* name) { return all || metrics.contains(name); };
  const OsNames os = os_names();
  Json out{{"name", node.name}, {"transport_address", transport_address(node)}, {"host", node.host}, {"ip", node.host},
           {"version", node.identity == "es710" ? "7.10.2" : kOpenSearchVersion}, {"build_type", "tar"},
           {"build_hash", fmt::format("tarn-{}", kTarnVersion)},
           {"total_indexing_buffer_in_bytes", node.memory_budget_bytes}, {"roles", node_roles()}, {"attributes", node.attributes}};
  if (human) out["total_indexing_buffer"] = byte_size_text(static_cast<int64_t>(node.memory_budget_bytes));
  if (wants("settings")) {
    Json settings{{"cluster.name", node.cluster_name}, {"node.name", node.name}, {"client.type", "node"}};
    for (const auto& [key, value] : node.attributes) settings["node.attr." + key] = value;
    out["settings"] = flat ? settings : nest_settings(settings);
  }
  if (wants("os"))
    out["os"] = Json{{"refresh_interval_in_millis", 1000}, {"name", os.name}, {"pretty_name", os.pretty_name}, {"arch", os.arch},
                     {"version", os.version}, {"available_processors", os.processors}, {"allocated_processors", os.processors}};
  if (wants("process")) out["process"] = Json{{"refresh_interval_in_millis", 1000}, {"id", getpid()}, {"mlockall", false}};
  if (wants("thread_pool")) {
    Json pools = Json::object();
    if (node.http_figures)
      for (const auto& pool : node.http_figures().pools) pools[pool.name] = Json{{"type", "fixed"}, {"size", pool.threads}};
    out["thread_pool"] = std::move(pools);
  }
  if (wants("transport")) out["transport"] = Json{{"bound_address", Json::array()}, {"publish_address", transport_address(node)}, {"profiles", Json::object()}};
  if (wants("http")) out["http"] = http_settings(node);
  if (wants("plugins")) {
    out["plugins"] = Json::array();
    out["modules"] = Json::array();
  }
  if (wants("ingest")) {
    Json processors = Json::array();
    for (const auto& name : ingest_processor_names()) processors.push_back(Json{{"type", name}});
    out["ingest"] = Json{{"processors", std::move(processors)}};
  }
  return out;
}

IndexStats sum_of_stats(const Services& services) {
  IndexStats sum;
  for (const auto& index : services.engine.indices())
    if (!index->closed()) sum += index->stats();
  return sum;
}

Json os_stats(const SystemFigures& s) {
  return Json{{"timestamp", s.timestamp_ms},
              {"cpu", Json{{"percent", s.os_cpu_percent}, {"load_average", Json{{"1m", s.load_1m}, {"5m", s.load_5m}, {"15m", s.load_15m}}}}},
              {"mem", Json{{"total_in_bytes", s.mem_total}, {"free_in_bytes", s.mem_free}, {"used_in_bytes", s.mem_used()},
                           {"free_percent", 100 - s.mem_used_percent()}, {"used_percent", s.mem_used_percent()}}},
              {"swap", Json{{"total_in_bytes", s.swap_total}, {"free_in_bytes", s.swap_free}, {"used_in_bytes", s.swap_total - s.swap_free}}}};
}

Json process_stats(const SystemFigures& s) {
  return Json{{"timestamp", s.timestamp_ms}, {"open_file_descriptors", s.open_files}, {"max_file_descriptors", s.max_files},
              {"cpu", Json{{"percent", s.process_cpu_percent}, {"total_in_millis", s.process_cpu_ms}}},
              {"mem", Json{{"total_virtual_in_bytes", s.process_virtual}, {"resident_in_bytes", s.process_resident}}}};
}

/// There is no Java here; the members that monitoring clients read are the process's own memory against its budget.
Json memory_as_jvm(const NodeInfo& node, const SystemFigures& s) {
  const uint64_t budget = std::max<uint64_t>(node.memory_budget_bytes, 1);
  return Json{{"timestamp", s.timestamp_ms},
              {"uptime_in_millis", s.timestamp_ms - node.started_ms},
              {"mem", Json{{"heap_used_in_bytes", s.process_resident}, {"heap_used_percent", std::min<uint64_t>(100, 100 * s.process_resident / budget)},
                           {"heap_committed_in_bytes", s.process_resident}, {"heap_max_in_bytes", budget},
                           {"non_heap_used_in_bytes", 0}, {"non_heap_committed_in_bytes", 0}, {"pools", Json::object()}}},
              {"threads", Json{{"count", s.threads}, {"peak_count", s.threads}}},
              {"gc", Json{{"collectors", Json::object()}}}};
}

Json pool_stats(const NodeInfo& node) {
  Json out = Json::object();
  if (node.http_figures)
    for (const auto& pool : node.http_figures().pools)
      out[pool.name] = Json{{"threads", pool.threads}, {"queue", pool.queued}, {"active", pool.active}, {"rejected", pool.rejected}, {"completed", pool.completed}};
  return out;
}

Json tarn_memory(const Services& services) {
  const auto use = services.engine.memory_use();
  return Json{{"budget_in_bytes", services.node.memory_budget_bytes},
              {"store_in_bytes", use.store},
              {"memtables_in_bytes", use.memtables},
              {"young_segments_in_bytes", use.young_segments},
              {"flushed_segments_in_bytes", use.flushed_segments},
              {"posting_cache_in_bytes", use.posting_cache},
              {"filter_cache_in_bytes", services.filter_cache ? query::filter_cache_bytes(*services.filter_cache) : 0},
              {"term_numbers_in_bytes", services.term_numbers ? query::term_numbers_bytes(*services.term_numbers) : 0}};
}

Json stats_entry(const Services& services, SystemProbe& probe, const Names& metrics, const Names& index_metrics) {
  const NodeInfo& node = services.node;
  const bool all = metrics.empty() || metrics.contains("_all");
  const auto wants = [&](const char* name) { return all || metrics.contains(name); };
  const SystemFigures system = probe.read();
  Json out{{"timestamp", system.timestamp_ms}, {"name", node.name}, {"transport_address", transport_address(node)},
           {"host", node.host}, {"ip", node.http_address}, {"roles", node_roles()}, {"attributes", node.attributes}};
  if (wants("indices")) out["indices"] = stats_sections(sum_of_stats(services), index_metrics);
  if (wants("os")) out["os"] = os_stats(system);
  if (wants("process")) out["process"] = process_stats(system);
  if (wants("jvm")) out["jvm"] = memory_as_jvm(node, system);
  if (wants("thread_pool")) out["thread_pool"] = pool_stats(node);
  if (wants("fs"))
    out["fs"] = Json{{"timestamp", system.timestamp_ms},
                     {"total", Json{{"total_in_bytes", system.fs_total}, {"free_in_bytes", system.fs_free}, {"available_in_bytes", system.fs_available}}},
                     {"data", Json::array({Json{{"path", node.data_path}, {"total_in_bytes", system.fs_total}, {"free_in_bytes", system.fs_free},
                                                {"available_in_bytes", system.fs_available}}})}};
  if (wants("transport"))
    out["transport"] = Json{{"server_open", 0}, {"total_outbound_connections", 0}, {"rx_count", 0}, {"rx_size_in_bytes", 0}, {"tx_count", 0}, {"tx_size_in_bytes", 0}};
  if (wants("http") && node.http_figures) {
    const HttpFigures figures = node.http_figures();
    out["http"] = Json{{"current_open", figures.connections}, {"total_opened", figures.connections_total}};
  }
  if (wants("indexing_pressure")) {
    const uint64_t in_flight = node.http_figures ? node.http_figures().body_bytes_in_flight : 0;
    out["indexing_pressure"] = Json{
        {"memory", Json{{"current", Json{{"combined_coordinating_and_primary_in_bytes", in_flight}, {"coordinating_in_bytes", in_flight},
                                         {"primary_in_bytes", 0}, {"replica_in_bytes", 0}, {"all_in_bytes", in_flight}}},
                        {"limit_in_bytes", node.memory_budget_bytes}}}};
  }
  if (wants("discovery"))
    out["discovery"] = Json{{"cluster_state_queue", Json{{"total", 0}, {"pending", 0}, {"committed", 0}}},
                            {"published_cluster_states", Json{{"full_states", 0}, {"incompatible_diffs", 0}, {"compatible_diffs", 0}}}};
  if (wants("breaker")) out["breakers"] = Json::object();
  if (wants("script")) out["script"] = Json{{"compilations", 0}, {"cache_evictions", 0}, {"compilation_limit_triggered", 0}};
  if (all) out["tarn"] = Json{{"memory", tarn_memory(services)}};
  return out;
}

Names to_names(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

RestResponse nodes_info(Services& services, RestRequest& request) {
  read_timeouts(request);
  const bool flat = request.get_bool("flat_settings", false);
  const bool human = request.get_bool("human", false);
  Names metrics = to_names(request.get_list("metric"));
  auto nodes = request.get_list("node_id");
  // /_nodes/X names metrics if all of X are metrics, else nodes.
  if (metrics.empty() && !nodes.empty() && std::all_of(nodes.begin(), nodes.end(), [](const auto& name) { return kInfoMetrics.contains(name) && name != "_all"; })) {
    metrics = to_names(nodes);
    nodes.clear();
  }
  const bool found = means_node(services.node, nodes);
  return RestResponse::json(nodes_answer(services.node, found, [&] { return info_entry(services, metrics, flat, human); }));
}

RestResponse nodes_stats(Services& services, SystemProbe& probe, RestRequest& request) {
  read_timeouts(request);
  request.consume({"completion_fields", "fielddata_fields", "fields", "groups", "include_segment_file_sizes", "level", "types"});
  const Names metrics = to_names(request.get_list("metric"));
  if (metrics.size() > 1 && metrics.contains("_all"))
    throw ApiError(illegal_argument(fmt::format("request [{}] contains _all and individual metrics [{}]", request.path, fmt::join(metrics, ","))));
  check_metrics(request, metrics, kStatsMetrics);
  const Names index_metrics = to_names(request.get_list("index_metric"));
  if (!index_metrics.empty() && !metrics.contains("indices"))
    throw ApiError(illegal_argument(fmt::format("request [{}] contains index metrics [{}] but indices stats not requested", request.path,
                                                fmt::join(index_metrics, ","))));
  for (const auto& name : index_metrics)
    if (!stats_metrics().contains(name))
      throw ApiError(illegal_argument(fmt::format("request [{}] contains unrecognized index metric: [{}]", request.path, name)));
  const bool found = means_node(services.node, request.get_list("node_id"));
  return RestResponse::json(nodes_answer(services.node, found, [&] { return stats_entry(services, probe, metrics, index_metrics); }));
}

RestResponse nodes_usage(Services& services, RestRequest& request) {
  read_timeouts(request);
  not_implemented("_nodes/usage");
  (void)services;
}

// ---- Prometheus

class MetricsText {
 public:
  void add(std::string_view name, std::string_view help, std::string_view type, double value, std::string_view labels = "") {
    if (std::string(name) != last_) {
      out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
      last_ = name;
    }
    out_ += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
  }
  void counter(std::string_view name, std::string_view help, double value, std::string_view labels = "") { add(name, help, "counter", value, labels); }
  void gauge(std::string_view name, std::string_view help, double value, std::string_view labels = "") { add(name, help, "gauge", value, labels); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_, last_;
};

std::string label(std::string_view key, std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return fmt::format("{}=\"{}\"", key, escaped);
}

struct IndexMetric {
  std::string_view name, help, type;
  uint64_t IndexStats::*member;
  double scale = 1;
};
constexpr IndexMetric kIndexMetrics[] = {
    {"tarn_index_docs", "Live documents, nested ones included", "gauge", &IndexStats::docs},
    {"tarn_index_deleted_docs", "Deleted documents that still take room", "gauge", &IndexStats::deleted_docs},
    {"tarn_index_store_bytes", "Bytes on disk", "gauge", &IndexStats::store_bytes},
    {"tarn_index_memory_bytes", "Bytes in memory", "gauge", &IndexStats::memory_bytes},
    {"tarn_index_segments", "Segments", "gauge", &IndexStats::segment_count},
    {"tarn_index_oplog_operations", "Operations that only the oplog holds", "gauge", &IndexStats::oplog_operations},
    {"tarn_index_index_total", "Documents indexed", "counter", &IndexStats::index_total},
    {"tarn_index_index_failed_total", "Documents refused", "counter", &IndexStats::index_failed},
    {"tarn_index_index_seconds_total", "Time spent indexing", "counter", &IndexStats::index_time_ms, 1e-3},
    {"tarn_index_delete_total", "Documents deleted", "counter", &IndexStats::delete_total},
    {"tarn_index_in_place_update_total", "Updates that rewrote no segment", "counter", &IndexStats::in_place_update_total},
    {"tarn_index_query_total", "Searches", "counter", &IndexStats::query_total},
    {"tarn_index_query_seconds_total", "Time spent in queries", "counter", &IndexStats::query_time_ms, 1e-3},
    {"tarn_index_fetch_seconds_total", "Time spent fetching hits", "counter", &IndexStats::fetch_time_ms, 1e-3},
    {"tarn_index_get_total", "Documents read by id", "counter", &IndexStats::get_total},
    {"tarn_index_refresh_total", "Refreshes", "counter", &IndexStats::refresh_total},
    {"tarn_index_refresh_seconds_total", "Time spent in refreshes", "counter", &IndexStats::refresh_time_ms, 1e-3},
    {"tarn_index_flush_total", "Flushes", "counter", &IndexStats::flush_total},
    {"tarn_index_merge_total", "Merges", "counter", &IndexStats::merge_total},
    {"tarn_index_merge_seconds_total", "Time spent in merges", "counter", &IndexStats::merge_time_ms, 1e-3},
};

RestResponse prometheus_metrics(Services& services, SystemProbe& probe, RestRequest&) {
  MetricsText text;
  const SystemFigures system = probe.read();
  text.gauge("tarn_info", "The version that runs", 1, label("version", kTarnVersion) + "," + label("node", services.node.name));
  text.gauge("tarn_start_time_seconds", "When the process started", static_cast<double>(services.node.started_ms) / 1000.0);
  text.counter("process_cpu_seconds_total", "CPU time of the process", static_cast<double>(system.process_cpu_ms) / 1000.0);
  text.gauge("process_resident_memory_bytes", "Resident memory", static_cast<double>(system.process_resident));
  text.gauge("process_virtual_memory_bytes", "Virtual memory", static_cast<double>(system.process_virtual));
  text.gauge("process_open_fds", "Open files", static_cast<double>(system.open_files));
  text.gauge("process_max_fds", "Most files that may be open", static_cast<double>(system.max_files));
  text.gauge("tarn_fs_available_bytes", "Room on the data disk", static_cast<double>(system.fs_available));
  text.gauge("tarn_fs_total_bytes", "Size of the data disk", static_cast<double>(system.fs_total));
  const auto use = services.engine.memory_use();
  text.gauge("tarn_memory_budget_bytes", "Memory that may be used", static_cast<double>(services.node.memory_budget_bytes));
  const std::pair<const char*, size_t> parts[] = {
      {"store", use.store}, {"memtables", use.memtables}, {"young_segments", use.young_segments},
      {"flushed_segments", use.flushed_segments}, {"posting_cache", use.posting_cache},
      {"filter_cache", services.filter_cache ? query::filter_cache_bytes(*services.filter_cache) : 0},
      {"term_numbers", services.term_numbers ? query::term_numbers_bytes(*services.term_numbers) : 0}};
  for (const auto& [part, bytes] : parts) text.gauge("tarn_memory_bytes", "Memory in use by part", static_cast<double>(bytes), label("part", part));
  if (services.node.http_figures) {
    const HttpFigures figures = services.node.http_figures();
    text.gauge("tarn_http_connections", "Open connections", static_cast<double>(figures.connections));
    text.counter("tarn_http_connections_total", "Connections accepted", static_cast<double>(figures.connections_total));
    text.counter("tarn_http_requests_total", "Requests read", static_cast<double>(figures.requests_total));
    for (const auto& pool : figures.pools) text.gauge("tarn_pool_queued", "Requests that wait for a worker", static_cast<double>(pool.queued), label("pool", pool.name));
    for (const auto& pool : figures.pools) text.counter("tarn_pool_rejected_total", "Requests refused because a queue was full", static_cast<double>(pool.rejected), label("pool", pool.name));
    for (const auto& pool : figures.pools) text.counter("tarn_pool_completed_total", "Requests answered", static_cast<double>(pool.completed), label("pool", pool.name));
  }
  const auto indices = services.engine.indices();
  text.gauge("tarn_cluster_status", "0 green, 1 yellow, 2 red", static_cast<double>(count_shards(indices).status()));
  text.gauge("tarn_indices", "Indices", static_cast<double>(indices.size()));
  std::vector<std::pair<std::string, IndexStats>> stats;
  for (const auto& index : indices)
    if (!index->closed()) stats.emplace_back(label("index", index->name()), index->stats());
  for (const auto& metric : kIndexMetrics)
    for (const auto& [labels, one] : stats)
      text.add(metric.name, metric.help, metric.type, static_cast<double>(one.*metric.member) * metric.scale, labels);
  RestResponse response = RestResponse::text(text.take());
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

}  // namespace

void register_node_handlers(Router& router, Services& services) {
  using enum Method;
  const auto probe = std::make_shared<SystemProbe>(services.node.data_path);
  for (const char* path : {"/_nodes", "/_nodes/{node_id}", "/_nodes/{node_id}/{metric}", "/_nodes/{node_id}/info/{metric}"})
    router.add(kGet, path, [&services](RestRequest& request) { return nodes_info(services, request); });
  for (const char* path : {"/_nodes/stats", "/_nodes/{node_id}/stats", "/_nodes/stats/{metric}", "/_nodes/{node_id}/stats/{metric}",
                           "/_nodes/stats/{metric}/{index_metric}", "/_nodes/{node_id}/stats/{metric}/{index_metric}"})
    router.add(kGet, path, [&services, probe](RestRequest& request) { return nodes_stats(services, *probe, request); });
  for (const char* path : {"/_nodes/usage", "/_nodes/{node_id}/usage", "/_nodes/usage/{metric}", "/_nodes/{node_id}/usage/{metric}"})
    router.add(kGet, path, [&services](RestRequest& request) { return nodes_usage(services, request); });
  router.add(kGet, "/_prometheus/metrics", [&services, probe](RestRequest& request) { return prometheus_metrics(services, *probe, request); });
}

}  // namespace tarn::server
