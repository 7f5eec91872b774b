// GET _cluster/state and POST _cluster/reroute: the metadata as one document.
#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <set>

#include "indexer/base/deprecation.h"
#include "indexer/base/json_location.h"
#include "indexer/index_names.h"
#include "query/dsl/clause.h"
#include "server/api/cluster.h"
#include "server/api/voting_exclusions.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

using Indices = std::vector<std::shared_ptr<Index>>;

Json block_json(std::string_view text, std::initializer_list<std::string_view> levels) {
  return Json{{"description", text}, {"retryable", false}, {"levels", levels}};
}

Json blocks_json(const Indices& indices) {
  Json by_index = Json::object();
  for (const auto& index : indices) {
    const auto settings = index->settings();
    Json blocks = Json::object();
    if (index->closed()) blocks["4"] = block_json("index closed", {"read", "write"});
    if (settings->read_only) blocks["5"] = block_json("index read-only (api)", {"write", "metadata_write"});
    if (settings->block_read) blocks["7"] = block_json("index read (api)", {"read"});
    if (settings->block_write) blocks["8"] = block_json("index write (api)", {"write"});
    if (settings->block_metadata) blocks["9"] = block_json("index metadata (api)", {"metadata_read", "metadata_write"});
    if (settings->read_only_allow_delete)
      blocks["12"] = block_json("disk usage exceeded flood-stage watermark, index has read-only-allow-delete block", {"metadata_write", "write"});
    if (!blocks.empty()) by_index[index->name()] = std::move(blocks);
  }
  return by_index.empty() ? Json::object() : Json{{"indices", std::move(by_index)}};
}

Json nodes_json(const NodeInfo& node) {
  return Json{{node.node_id, Json{{"name", node.name}, {"ephemeral_id", node.node_id}, {"transport_address", transport_address(node)},
                                  {"attributes", node.attributes}}}};
}

Json index_metadata(Services& services, const Index& index) {
  Json aliases = Json::array(), terms = Json::object(), in_sync = Json::object();
  for (const auto& alias : services.catalog.aliases_of(index.name())) aliases.push_back(alias.name);
  for (int shard = 0; shard < shard_count(index); ++shard) {
    terms[std::to_string(shard)] = 1;
    in_sync[std::to_string(shard)] = Json::array({index.uuid()});
  }
  return Json{{"version", 1},
              {"mapping_version", 1},
              {"settings_version", 1},
              {"aliases_version", 1},
              {"routing_num_shards", 1024},
              {"state", index.closed() ? "close" : "open"},
              {"settings", IndexSettings::nest(shown_settings(index))},
              {"mappings", Json{{"_doc", index.mapping()->to_json()}}},
              {"aliases", std::move(aliases)},
              {"primary_terms", std::move(terms)},
              {"in_sync_allocations", std::move(in_sync)},
              {"rollover_info", Json::object()},
              {"system", false}};
}

Json metadata_json(Services& services, const Indices& indices) {
  Json templates = Json::object(), by_index = Json::object();
  for (const auto& [name, body] : services.catalog.templates("legacy", "")) templates[name] = body;
  for (const auto& index : indices) by_index[index->name()] = index_metadata(services, *index);
  const std::string& id = services.node.node_id;
  Json out{{"cluster_uuid", services.catalog.cluster_uuid()},
           {"cluster_uuid_committed", true},
           {"cluster_coordination", Json{{"term", 1}, {"last_committed_config", Json::array({id})},
                                         {"last_accepted_config", Json::array({id})}, {"voting_config_exclusions", voting_exclusions(services)}}},
           {"templates", std::move(templates)},
           {"indices", std::move(by_index)}};
  const auto add = [&](const char* key, const char* inner, std::string_view kind) {
    Json members = Json::object();
    for (const auto& [name, body] : services.catalog.templates(kind, "")) members[name] = body;
    if (!members.empty()) out[key] = Json{{inner, std::move(members)}};
  };
  add("index_template", "index_template", "index");
  add("component_template", "component_template", "component");
  out["index-graveyard"] = Json{{"tombstones", Json::array()}};
  return out;
}

Json started_shard(const Services& services, const Index& index, int shard) {
  return Json{{"state", "STARTED"}, {"primary", true}, {"searchOnly", false}, {"node", services.node.node_id},
              {"relocating_node", nullptr}, {"shard", shard}, {"index", index.name()}, {"allocation_id", Json{{"id", index.uuid()}}}};
}

Json unassigned_shard(const Index& index, int shard) {
  return Json{{"state", "UNASSIGNED"}, {"primary", false}, {"searchOnly", false}, {"node", nullptr}, {"relocating_node", nullptr},
              {"shard", shard}, {"index", index.name()}, {"recovery_source", Json{{"type", "PEER"}}},
              {"unassigned_info", Json{{"reason", "INDEX_CREATED"}, {"at", iso_time(index.creation_date_ms())}, {"delayed", false},
                                       {"allocation_status", "no_attempt"}}}};
}

Json routing_table(const Services& services, const Indices& indices) {
  Json by_index = Json::object();
  for (const auto& index : indices) {
    Json shards = Json::object();
    for (int shard = 0; shard < shard_count(*index); ++shard) {
      Json copies = Json::array({started_shard(services, *index, shard)});
      for (int copy = 0; copy < index->settings()->number_of_replicas; ++copy) copies.push_back(unassigned_shard(*index, shard));
      shards[std::to_string(shard)] = std::move(copies);
    }
    by_index[index->name()] = Json{{"shards", std::move(shards)}};
  }
  return Json{{"indices", std::move(by_index)}};
}

Json routing_nodes(const Services& services, const Indices& indices) {
  Json unassigned = Json::array(), started = Json::array();
  for (const auto& index : indices) {
    for (int shard = 0; shard < shard_count(*index); ++shard) {
      started.push_back(started_shard(services, *index, shard));
      for (int copy = 0; copy < index->settings()->number_of_replicas; ++copy) unassigned.push_back(unassigned_shard(*index, shard));
    }
  }
  return Json{{"unassigned", std::move(unassigned)}, {"nodes", Json{{services.node.node_id, std::move(started)}}}};
}

/// The parts of the state that the metrics name; unknown metrics name nothing.
Json state_parts(Services& services, const std::set<std::string>& metrics, const Indices& indices) {
  const auto wants = [&](const char* name) { return metrics.empty() || metrics.contains("_all") || metrics.contains(name); };
  Json out{{"cluster_uuid", services.catalog.cluster_uuid()}};
  if (wants("version")) {
    out["version"] = 1;
    out["state_uuid"] = services.catalog.cluster_uuid();
  }
  if (wants("master_node")) out["master_node"] = services.node.node_id;
  if (wants("cluster_manager_node")) out["cluster_manager_node"] = services.node.node_id;
  if (wants("blocks")) out["blocks"] = blocks_json(indices);
  if (wants("nodes")) out["nodes"] = nodes_json(services.node);
  if (wants("metadata")) out["metadata"] = metadata_json(services, indices);
  if (wants("routing_table")) out["routing_table"] = routing_table(services, indices);
  if (wants("routing_nodes")) out["routing_nodes"] = routing_nodes(services, indices);
  return out;
}

}  // namespace

RestResponse cluster_state(Services& services, RestRequest& request) {
  request.get_bool("local", false);
  request.get_bool("flat_settings", false);
  read_timeouts(request);
  request.consume({"wait_for_metadata_version", "wait_for_timeout"});
  const auto metric_list = request.get_list("metric");
  const std::set<std::string> metrics(metric_list.begin(), metric_list.end());
  Indices indices;
  IndicesOptions defaults = options_all();
  for (const auto& resolved : resolve_indices(services, request, defaults)) indices.push_back(resolved.index);
  Json out{{"cluster_name", services.node.cluster_name}};
  const Json parts = state_parts(services, metrics, indices);
  for (const auto& [key, value] : parts.items()) out[key] = value;
  if (metrics.contains("master_node"))
    Deprecations::add(
        "Assigning [master_node] to parameter [metric] is deprecated and will be removed in 3.0. To support inclusive language, "
        "please use [cluster_manager_node] instead.");
  return RestResponse::json(out);
}

RestResponse cluster_reroute(Services& services, RestRequest& request) {
  request.get_bool("dry_run", false);
  request.get_bool("explain", false);
  request.get_bool("retry_failed", false);
  read_timeouts(request);
  auto metric_list = request.get_list("metric");
  const Json body = request.json_body_or_empty();
  if (body.is_object() && body.contains("commands") && body["commands"].is_array() && !body["commands"].empty())
    not_implemented("moving shards with _cluster/reroute");
  std::set<std::string> metrics(metric_list.begin(), metric_list.end());
  if (metrics.empty())
    metrics = {"version", "master_node", "cluster_manager_node", "blocks", "nodes", "routing_table", "routing_nodes"};
  const Json state = state_parts(services, metrics, services.engine.indices());
  return RestResponse::json(Json{{"acknowledged", true}, {"state", state}});
}

/// The shard that _cluster/allocation/explain is asked about.
struct ShardQuestion {
  std::string index;
  int shard = 0;
  bool primary = false;
};

ShardQuestion parse_shard_question(const Json& body) {
  const auto fail = [](const std::string& at, const std::string& what) {
    return Error(400, "x_content_parse_exception", at + "[cluster/allocation/explain] " + what);
  };
  if (!body.is_object()) throw ApiError(fail("[1:1] ", "Expected START_OBJECT but was: START_ARRAY"));
  ShardQuestion out;
  for (const auto& [key, value] : body.items()) {
    const bool is_flag = value.is_boolean() || value == "true" || value == "false";
    const bool fits = key == "primary" ? is_flag : key == "shard" ? value.is_number() || value.is_string() : value.is_string();
    if (key != "index" && key != "shard" && key != "primary" && key != "current_node") {
      throw ApiError(fail(name_location(value), fmt::format("unknown field [{}]", key)));
    }
    if (!fits && !(key == "primary" && value.is_string())) {
      throw ApiError(fail(value_location(value), fmt::format("{} doesn't support values of type: {}", key, query::token_name(value))));
    }
    if (key == "index") out.index = value.get<std::string>();
    if (key == "primary") {
      if (!fits) {
        throw ApiError(fail(value_location(value), "failed to parse field [primary]")
                           .caused_by(illegal_argument(fmt::format("Failed to parse value [{}] as only [true] or [false] are allowed.",
                                                                   value.get<std::string>()))));
      }
      out.primary = value == true || value == "true";
    }
    if (key == "shard") {
      const std::string text = value.is_string() ? value.get<std::string>() : std::to_string(std::clamp<double>(value.get<double>(), -1, INT32_MAX));
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out.shard);
      if (problem != std::errc() || (value.is_string() && end != text.data() + text.size())) {
        throw ApiError(fail(value_location(value), "failed to parse field [shard]")
                           .caused_by(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text))));
      }
    }
  }
  for (const char* key : {"index", "shard", "primary"}) {
    if (!body.contains(key)) throw ApiError(400, "action_request_validation_exception", fmt::format("Validation Failed: 1: {} must be specified;", key));
  }
  return out;
}

RestResponse allocation_explain(Services& services, RestRequest& request) {
  request.get_bool("include_yes_decisions", false);
  const bool disk_info = request.get_bool("include_disk_info", false);
  read_timeouts(request);
  const Json body = request.json_body_or_empty();
  std::shared_ptr<Index> index;
  int shard = 0;
  bool primary = false;
  if (body.is_object() && body.empty()) {
    for (const auto& candidate : services.engine.indices())
      if (candidate->settings()->number_of_replicas > 0) {
        index = candidate;
        break;
      }
    if (!index)
      throw ApiError(illegal_argument("unable to find any unassigned shards to explain [ClusterAllocationExplainRequest[useAnyUnassignedShard=true,"
                                      "includeYesDecisions?=false]"));
  } else {
    const ShardQuestion question = parse_shard_question(body);
    index = services.engine.find(question.index);
    if (!index) throw ApiError(index_not_found(question.index));
    shard = question.shard;
    primary = question.primary;
    if (shard >= shard_count(*index))
      throw ApiError(illegal_argument(fmt::format("no shard [{}] found for index [{}]", shard, index->name())));
    if (!primary && index->settings()->number_of_replicas == 0)
      throw ApiError(illegal_argument(fmt::format("unable to find a replica shard to explain [{}][{}]", index->name(), shard)));
  }
  Json out{{"index", index->name()}, {"shard", shard}, {"primary", primary}};
  const NodeInfo& node = services.node;
  if (primary) {
    out["current_state"] = "started";
    out["current_node"] = Json{{"id", node.node_id}, {"name", node.name}, {"transport_address", transport_address(node)},
                               {"attributes", node.attributes}, {"weight_ranking", 1}};
  } else {
    out["current_state"] = "unassigned";
    out["unassigned_info"] = Json{{"reason", "INDEX_CREATED"}, {"at", iso_time(index->creation_date_ms())}, {"last_allocation_status", "no_attempt"}};
  }
  if (disk_info) out["cluster_info"] = Json{{"nodes", Json::object()}, {"shard_sizes", Json::object()}, {"shard_paths", Json::object()}, {"reserved_sizes", Json::array()}};
  if (primary) {
    out["can_remain_on_current_node"] = "yes";
    out["can_rebalance_cluster"] = "no";
    out["can_rebalance_to_other_node"] = "no";
    out["rebalance_explanation"] = "cannot rebalance as no target node exists that can both allocate this shard and improve the cluster balance";
  } else {
    out["can_allocate"] = "no";
    out["allocate_explanation"] = "cannot allocate because allocation is not permitted to any of the nodes";
    out["node_allocation_decisions"] = Json::array({Json{
        {"node_id", node.node_id}, {"node_name", node.name}, {"transport_address", transport_address(node)},
        {"node_attributes", node.attributes}, {"node_decision", "no"}, {"weight_ranking", 1},
        {"deciders", Json::array({Json{{"decider", "same_shard"}, {"decision", "NO"},
                                       {"explanation", fmt::format("a copy of this shard is already allocated to this node [[{}][{}]]", index->name(), shard)}}})}}});
  }
  return RestResponse::json(out);
}

}  // namespace tarn::server
