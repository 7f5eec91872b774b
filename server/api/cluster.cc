// GET /, HEAD / and the small handlers of _cluster.
#include "server/api/cluster.h"

#include <fmt/format.h>

#include <map>

#include "indexer/catalog_cluster_settings.h"
#include "indexer/index_names.h"
#include "server/api/cluster_health.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "server/api/nodes_system.h"
#include "server/api/stats_sections.h"
#include "server/version.h"

namespace tarn::server {
namespace {

RestResponse info(Services& services, RestRequest&) {
  const NodeInfo& node = services.node;
  Json version = Json::object();
  if (node.identity == "es710") {
    version = Json{{"number", "7.10.2"},
                   {"build_flavor", "default"},
                   {"build_type", "tar"},
                   {"build_hash", "747e1cc71def077253878a59143c1f785afa92b9"},
                   {"build_date", "2021-01-13T00:42:12.435326Z"},
                   {"build_snapshot", false},
                   {"lucene_version", "8.7.0"},
                   {"minimum_wire_compatibility_version", "6.8.0"},
                   {"minimum_index_compatibility_version", "6.0.0-beta1"}};
  } else {
    version = Json{{"distribution", "opensearch"},
                   {"number", kOpenSearchVersion},
                   {"build_type", "tar"},
                   {"build_hash", fmt::format("tarn-{}", kTarnVersion)},
                   {"build_date", "2026-11-20T00:00:00Z"},
                   {"build_snapshot", false},
                   {"lucene_version", kLuceneVersion},
                   {"minimum_wire_compatibility_version", "2.19.0"},
                   {"minimum_index_compatibility_version", "2.0.0"}};
  }
  const bool es = node.identity == "es710";
  return RestResponse::json(Json{{"name", node.name},
                                 {"cluster_name", node.cluster_name},
                                 {"cluster_uuid", services.catalog.cluster_uuid()},
                                 {"version", std::move(version)},
                                 {"tagline", es ? "You Know, for Search" : "The OpenSearch Project: https://opensearch.org/"}});
}

Json shaped(const Json& flat, bool keep_flat) { return keep_flat ? flat : nest_settings(flat); }

RestResponse get_settings(Services& services, RestRequest& request) {
  const bool flat = request.get_bool("flat_settings", false);
  const bool defaults = request.get_bool("include_defaults", false);
  request.get_bool("local", false);
  read_timeouts(request);
  const Json settings = services.catalog.cluster_settings();
  Json out{{"persistent", shaped(settings["persistent"], flat)}, {"transient", shaped(settings["transient"], flat)}};
  if (defaults) {
    Json values = cluster_setting_defaults(settings["persistent"], settings["transient"]);
    values["cluster.name"] = services.node.cluster_name;
    values["node.name"] = services.node.name;
    out["defaults"] = shaped(values, flat);
  }
  return RestResponse::json(out);
}

RestResponse put_settings(Services& services, RestRequest& request) {
  const bool flat = request.get_bool("flat_settings", false);
  read_timeouts(request);
  const Json body = request.json_body();
  request.check_parameters();
  const Json answer = services.catalog.put_cluster_settings(body);
  return RestResponse::json(Json{{"acknowledged", true},
                                 {"persistent", shaped(answer["persistent"], flat)},
                                 {"transient", shaped(answer["transient"], flat)}});
}

RestResponse pending_tasks(Services&, RestRequest& request) {
  request.get_bool("local", false);
  read_timeouts(request);
  return RestResponse::json(Json{{"tasks", Json::array()}});
}

RestResponse remote_info(Services&, RestRequest&) { return RestResponse::json(Json::object()); }

void count_fields(const Json& properties, std::map<std::string, int>& types) {
  for (const auto& [name, field] : properties.items()) {
    if (!field.is_object()) continue;
    const std::string type = field.contains("type") && field["type"].is_string() ? field["type"].get<std::string>() : "object";
    ++types[type];
    for (const char* inner : {"properties", "fields"})
      if (field.contains(inner)) count_fields(field[inner], types);
  }
}

Json field_types(const std::vector<std::shared_ptr<Index>>& indices) {
  std::map<std::string, std::pair<int, int>> sums;
  for (const auto& index : indices) {
    std::map<std::string, int> types;
    const Json mapping = index->mapping()->to_json();
    if (mapping.contains("properties")) count_fields(mapping["properties"], types);
    for (const auto& [type, count] : types) {
      sums[type].first += count;
      sums[type].second += 1;
    }
  }
  Json out = Json::array();
  for (const auto& [type, counts] : sums) out.push_back(Json{{"name", type}, {"count", counts.first}, {"index_count", counts.second}});
  return out;
}

}  // namespace

std::string transport_address(const NodeInfo& node) { return node.http_address; }

Json node_roles() { return Json::array({"cluster_manager", "data", "ingest", "remote_cluster_client"}); }

RestResponse cluster_stats(Services& services, SystemProbe& probe, RestRequest& request) {
  read_timeouts(request);
  request.consume({"node_id", "metric", "index_metric"});
  const auto indices = services.engine.indices();
  const ShardCounts counts = count_shards(indices);
  IndexStats sum;
  for (const auto& index : indices) sum += index->stats();
  Json sections = stats_sections(sum, {});
  const SystemFigures system = probe.read();
  const OsNames os = os_names();
  const int count = static_cast<int>(indices.size());
  Json shards = Json::object();
  if (count > 0) shards = Json{{"total", counts.primaries}, {"primaries", counts.primaries}, {"replication", 0.0}};
  Json out{
      {"_nodes", Json{{"total", 1}, {"successful", 1}, {"failed", 0}}},
      {"cluster_name", services.node.cluster_name},
      {"cluster_uuid", services.catalog.cluster_uuid()},
      {"timestamp", system.timestamp_ms},
      {"status", health_name(counts.status())},
      {"indices", Json{{"count", count}, {"shards", std::move(shards)}, {"docs", sections["docs"]}, {"store", sections["store"]},
                       {"fielddata", sections["fielddata"]}, {"query_cache", sections["query_cache"]}, {"completion", sections["completion"]},
                       {"segments", sections["segments"]}, {"mappings", Json{{"field_types", field_types(indices)}}}}},
      {"nodes", Json{{"count", Json{{"total", 1}, {"cluster_manager", 1}, {"coordinating_only", 0}, {"data", 1}, {"ingest", 1},
                                    {"master", 1}, {"remote_cluster_client", 1}, {"search", 0}, {"warm", 0}}},
                     {"versions", Json::array({kOpenSearchVersion})},
                     {"os", Json{{"available_processors", os.processors}, {"allocated_processors", os.processors},
                                 {"names", Json::array({Json{{"name", os.name}, {"count", 1}}})},
                                 {"pretty_names", Json::array({Json{{"pretty_name", os.pretty_name}, {"count", 1}}})},
                                 {"mem", Json{{"total_in_bytes", system.mem_total}, {"free_in_bytes", system.mem_free},
                                              {"used_in_bytes", system.mem_used()}, {"free_percent", 100 - system.mem_used_percent()},
                                              {"used_percent", system.mem_used_percent()}}}}},
                     {"process", Json{{"cpu", Json{{"percent", system.process_cpu_percent}}},
                                      {"open_file_descriptors", Json{{"min", system.open_files}, {"max", system.open_files}, {"avg", system.open_files}}}}},
                     {"fs", Json{{"total_in_bytes", system.fs_total}, {"free_in_bytes", system.fs_free}, {"available_in_bytes", system.fs_available}}},
                     {"plugins", Json::array()}}}};
  return RestResponse::json(out);
}

void register_cluster_handlers(Router& router, Services& services) {
  using enum Method;
  const auto on = [&](std::initializer_list<Method> methods, std::initializer_list<const char*> paths,
                      RestResponse (*handler)(Services&, RestRequest&)) {
    for (const char* path : paths)
      router.add(methods, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on({kGet, kHead}, {"/"}, info);
  on({kGet}, {"/_cluster/health", "/_cluster/health/{index}"}, cluster_health);
  on({kGet}, {"/_cluster/state", "/_cluster/state/{metric}", "/_cluster/state/{metric}/{index}"}, cluster_state);
  on({kGet}, {"/_cluster/settings"}, get_settings);
  on({kPut}, {"/_cluster/settings"}, put_settings);
  on({kGet}, {"/_cluster/pending_tasks"}, pending_tasks);
  const auto probe = std::make_shared<SystemProbe>(services.node.data_path);
  router.add(kGet, "/_cluster/stats", [&services, probe](RestRequest& request) { return cluster_stats(services, *probe, request); });
  on({kPost}, {"/_cluster/reroute"}, cluster_reroute);
  on({kGet, kPost}, {"/_cluster/allocation/explain"}, allocation_explain);
  on({kGet}, {"/_remote/info"}, remote_info);
}

}  // namespace tarn::server
