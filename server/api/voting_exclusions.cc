#include "server/api/voting_exclusions.h"

#include <fmt/format.h>

namespace tarn::server {
namespace {

constexpr const char* kKind = "cluster";
constexpr const char* kName = "voting_exclusions";
constexpr const char* kAbsent = "_absent_";

void store(Services& services, const Json& list) { services.engine.store().write_meta({{kKind, kName, to_text(list)}}); }

RestResponse add(Services& services, RestRequest& request) {
  const std::string node_name = request.get("node_name");
  const auto names = request.get_list("node_names"), ids = request.get_list("node_ids");
  request.get_time_ms("timeout", 30000);
  request.get_time_ms("cluster_manager_timeout", 30000);
  request.get_time_ms("master_timeout", 30000);
  request.check_parameters();
  if (!node_name.empty() + !names.empty() + !ids.empty() != 1) {
    throw ApiError(illegal_argument("Please set node identifiers correctly. One and only one of [node_name], [node_names] and [node_ids] has to be set"));
  }
  const NodeInfo& node = services.node;
  Json list = voting_exclusions(services);
  const auto put = [&](const std::string& id, const std::string& name) {
    const Json entry{{"node_id", id}, {"node_name", name}};
    for (const Json& known : list) {
      if (known == entry) return;
    }
    list.push_back(entry);
  };
  if (!node_name.empty()) {
    if (node_name != node.name && node_name != node.node_id) {
      throw ApiError(illegal_argument(
          fmt::format("add voting config exclusions request for [{}] matched no cluster-manager-eligible nodes", node_name)));
    }
    put(node.node_id, node.name);
  }
  for (const std::string& name : names) name == node.name ? put(node.node_id, name) : put(kAbsent, name);
  for (const std::string& id : ids) id == node.node_id ? put(id, node.name) : put(id, kAbsent);
  if (list.size() > 10) {
    throw ApiError(illegal_argument("add voting config exclusions request would exceed the maximum of [10] exclusions"));
  }
  store(services, list);
  return RestResponse::text("");
}

RestResponse clear(Services& services, RestRequest& request) {
  const bool wait = request.get_bool("wait_for_removal", true);
  request.get_time_ms("cluster_manager_timeout", 30000);
  request.get_time_ms("master_timeout", 30000);
  request.check_parameters();
  if (wait) {
    for (const Json& entry : voting_exclusions(services)) {
      if (entry["node_id"] != services.node.node_id) continue;
      throw ApiError(503, "timeout_exception", fmt::format("timed out waiting for removal of nodes; if nodes should not be removed, set waitForRemoval to false. "
                                                           "[{{{}}}]", services.node.name));
    }
  }
  store(services, Json::array());
  return RestResponse::text("");
}

}  // namespace

Json voting_exclusions(const Services& services) {
  const auto stored = services.engine.store().read_meta(kKind, kName);
  return stored ? parse_json(*stored) : Json::array();
}

void register_voting_handlers(Router& router, Services& services) {
  router.add(Method::kPost, "/_cluster/voting_config_exclusions", [&services](RestRequest& request) { return add(services, request); });
  router.add(Method::kDelete, "/_cluster/voting_config_exclusions", [&services](RestRequest& request) { return clear(services, request); });
}

}  // namespace tarn::server
