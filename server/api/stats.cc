// _stats, _segments, _recovery and _shard_stores: figures of indices.

#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/did_you_mean.h"
#include "indexer/mapping/setting_spec.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "server/api/search_contexts.h"
#include "server/api/stats_sections.h"

namespace tarn::server {
namespace {

using Metrics = std::set<std::string, std::less<>>;

std::string near_names(const std::string& wrong, const Metrics& known) {
  const std::string hint = did_you_mean(wrong, {known.begin(), known.end()});
  return hint.empty() ? "" : " ->" + hint;
}

Metrics parse_metrics(const RestRequest& request) {
  const auto names = request.get_list("metric");
  Metrics out(names.begin(), names.end());
  if (out.size() > 1 && out.contains("_all"))
    throw ApiError(illegal_argument(fmt::format("request [{}] contains _all and individual metrics [{}]", request.path, fmt::join(out, ","))));
  Metrics wrong;
  for (const auto& name : out)
    if (!stats_metrics().contains(name)) wrong.insert(name);
  if (!wrong.empty()) {
    std::string reason = fmt::format("request [{}] contains unrecognized metric{}: ", request.path, wrong.size() > 1 ? "s" : "");
    bool first = true;
    for (const auto& name : wrong) {
      reason += fmt::format("{}[{}]{}", first ? "" : ", ", name, near_names(name, stats_metrics()));
      first = false;
    }
    throw ApiError(illegal_argument(reason));
  }
  return out;
}

Json shard_stats(const Services& services, const Index& index, const IndexStats& stats, const Metrics& metrics) {
  Json out{{"routing", Json{{"state", "STARTED"}, {"primary", true}, {"node", services.node.node_id}, {"relocating_node", nullptr}}}};
  const Json sections = stats_sections(stats, metrics);
  for (const auto& [key, value] : sections.items()) out[key] = value;
  out["commit"] = Json{{"id", index.uuid()}, {"generation", stats.flush_total}, {"user_data", Json::object()}, {"num_docs", stats.docs}};
  out["seq_no"] = Json{{"max_seq_no", stats.max_seq_no}, {"local_checkpoint", stats.max_seq_no}, {"global_checkpoint", stats.max_seq_no}};
  return out;
}

RestResponse get_stats(Services& services, RestRequest& request) {
  const Metrics metrics = parse_metrics(request);
  const std::string level = request.get("level", "indices");
  if (level != "cluster" && level != "indices" && level != "shards")
    throw ApiError(illegal_argument(fmt::format("level parameter must be one of [cluster] or [indices] or [shards] but was [{}]", level)));
  request.consume({"completion_fields", "fielddata_fields", "fields", "include_segment_file_sizes", "include_unloaded_segments"});
  const std::vector<std::string> groups = request.get_list("groups");
  IndicesOptions defaults = options_open();
  defaults.forbid_closed = request.get_bool("forbid_closed_indices", true);
  const bool unloaded = request.get_bool("include_unloaded_segments", false);
  const auto indices = resolve_indices(services, request, defaults);
  IndexStats all;
  std::map<std::string, SearchGroups::Figures> all_groups;
  const auto show = [&](const IndexStats& stats, const std::map<std::string, SearchGroups::Figures>& of_groups) {
    Json sections = stats_sections(stats, metrics);
    if (!of_groups.empty() && sections.contains("search")) sections["search"]["groups"] = SearchGroups::shown(of_groups);
    return sections;
  };
  Json by_index = Json::object();
  for (const auto& resolved : indices) {
    const Index& index = *resolved.index;
    IndexStats stats = index.stats();
    if (index.closed() && !unloaded) stats = IndexStats{};   // nothing of a closed index is loaded
    all += stats;
    std::map<std::string, SearchGroups::Figures> of_index;
    services.search_contexts->groups().add_to(index.uuid(), groups, of_index);
    services.search_contexts->groups().add_to(index.uuid(), groups, all_groups);
    if (level == "cluster") continue;
    const Json sections = show(stats, of_index);
    Json entry{{"uuid", index.uuid()}, {"primaries", sections}, {"total", sections}};
    if (level == "shards") entry["shards"] = Json{{"0", Json::array({shard_stats(services, index, stats, metrics)})}};
    by_index[index.name()] = std::move(entry);
  }
  const Json sections = show(all, all_groups);
  Json out{{"_shards", shards_header(indices)}, {"_all", Json{{"primaries", sections}, {"total", sections}}}};
  if (level != "cluster") out["indices"] = std::move(by_index);
  return RestResponse::json(out);
}

RestResponse get_segments(Services& services, RestRequest& request) {
  request.get_bool("verbose", false);
  const auto indices = resolve_indices(services, request, options_open());
  Json by_index = Json::object();
  for (const auto& resolved : indices) {
    Index& index = *resolved.index;
    if (index.closed()) continue;
    const auto searcher = index.acquire_searcher();
    const IndexStats stats = index.stats();
    Json segments = Json::object();
    size_t number = 0;
    for (const auto& reader : searcher->segments()) {
      const uint64_t live = reader.live_count(), total = reader.doc_count();
      segments[fmt::format("_{}", number)] = Json{{"generation", number}, {"num_docs", live}, {"deleted_docs", total - live},
                                                  {"size_in_bytes", reader.segment().disk_bytes()}, {"memory_in_bytes", reader.segment().memory_bytes()},
                                                  {"committed", reader.segment().on_disk()}, {"search", true}, {"version", "10.5.0"},
                                                  {"compound", false}};
      ++number;
    }
    Json shard{{"routing", Json{{"state", "STARTED"}, {"primary", true}, {"node", services.node.node_id}}},
               {"num_committed_segments", stats.segments_on_disk},
               {"num_search_segments", number},
               {"segments", std::move(segments)}};
    by_index[index.name()] = Json{{"shards", Json{{"0", Json::array({std::move(shard)})}}}};
  }
  return RestResponse::json(Json{{"_shards", shards_header(indices)}, {"indices", std::move(by_index)}});
}

RestResponse get_recovery(Services& services, RestRequest& request) {
  request.get_bool("detailed", false);
  const bool active_only = request.get_bool("active_only", false);
  Json out = Json::object();
  for (const auto& resolved : resolve_indices(services, request, options_metadata())) {
    if (active_only) continue;   // indices are recovered before the server answers
    const Index& index = *resolved.index;
    const Json target{{"id", services.node.node_id}, {"host", services.node.host}, {"transport_address", services.node.http_address},
                      {"ip", services.node.host}, {"name", services.node.name}};
    Json shards = Json::array();
    for (int shard = 0; shard < shard_count(index); ++shard) {
      shards.push_back(Json{
          {"id", shard}, {"type", "EXISTING_STORE"}, {"stage", "DONE"}, {"primary", true},
          {"start_time_in_millis", std::max(services.node.started_ms, index.creation_date_ms())}, {"total_time_in_millis", 0},
          {"source", Json::object()}, {"target", target},
          {"index", Json{{"size", Json{{"total_in_bytes", 0}, {"reused_in_bytes", 0}, {"recovered_in_bytes", 0}, {"percent", "100.0%"}}},
                         {"files", Json{{"total", 0}, {"reused", 0}, {"recovered", 0}, {"percent", "100.0%"}}},
                         {"total_time_in_millis", 0}, {"source_throttle_time_in_millis", 0}, {"target_throttle_time_in_millis", 0}}},
          {"translog", Json{{"recovered", 0}, {"total", 0}, {"percent", "100.0%"}, {"total_on_start", 0}, {"total_time_in_millis", 0}}},
          {"verify_index", Json{{"check_index_time_in_millis", 0}, {"total_time_in_millis", 0}}}});
    }
    out[index.name()] = Json{{"shards", std::move(shards)}};
  }
  return RestResponse::json(out);
}

}  // namespace

void register_stats_handlers(Router& router, Services& services) {
  using enum Method;
  for (const char* path : {"/_stats", "/_stats/{metric}", "/{index}/_stats", "/{index}/_stats/{metric}"})
    router.add(kGet, path, [&services](RestRequest& request) { return get_stats(services, request); });
  for (const char* path : {"/_segments", "/{index}/_segments"})
    router.add(kGet, path, [&services](RestRequest& request) { return get_segments(services, request); });
  for (const char* path : {"/_recovery", "/{index}/_recovery"})
    router.add(kGet, path, [&services](RestRequest& request) { return get_recovery(services, request); });
}

}  // namespace tarn::server
