#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

// The handlers of _cluster, one file each.
RestResponse cluster_health(Services& services, RestRequest& request);
RestResponse cluster_state(Services& services, RestRequest& request);
RestResponse cluster_reroute(Services& services, RestRequest& request);
RestResponse cluster_stats(Services& services, class SystemProbe& probe, RestRequest& request);
RestResponse allocation_explain(Services& services, RestRequest& request);

/// "127.0.0.1:9300"-like address that the node shows as its transport address: it has none of its own, so the HTTP one.
std::string transport_address(const NodeInfo& node);
/// Whether a node expression ("_all", "_local", "na*", an id, an address, "role:true") means this node.
bool means_node(const NodeInfo& node, const std::vector<std::string>& names);
/// Roles that the node fills.
Json node_roles();

}  // namespace tarn::server
