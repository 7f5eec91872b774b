// GET _cluster/health.
#include "indexer/base/ascii.h"
#include "server/api/cluster_health.h"

#include <charconv>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "server/api/cluster.h"
#include "server/api/indices_support.h"

namespace tarn::server {

std::string_view health_name(HealthStatus status) {
  return status == HealthStatus::kGreen ? "green" : status == HealthStatus::kYellow ? "yellow" : "red";
}

HealthStatus health_from_name(std::string_view name) {
  std::string lower = lower_ascii(name);
  for (const auto status : {HealthStatus::kGreen, HealthStatus::kYellow, HealthStatus::kRed})
    if (health_name(status) == lower) return status;
  throw ApiError(illegal_argument(fmt::format("unknown cluster health status [{}]", name)));
}

ShardCounts count_shards(const Index& index) {
  const auto settings = index.settings();
  return {settings->number_of_shards, settings->number_of_shards * settings->number_of_replicas};
}

ShardCounts count_shards(const std::vector<std::shared_ptr<Index>>& indices) {
  ShardCounts sum;
  for (const auto& index : indices) {
    const ShardCounts one = count_shards(*index);
    sum.primaries += one.primaries;
    sum.unassigned += one.unassigned;
  }
  return sum;
}

namespace {

/// What a health request waits for.
struct Wanted {
  std::optional<HealthStatus> status;
  std::string nodes;           ///< "3", ">=2", "ge(2)" ...; empty: nothing
  std::string active_shards;   ///< "all" or a number; empty: nothing
};

Wanted parse_wanted(const RestRequest& request) {
  Wanted out;
  if (const std::string text = request.get("wait_for_status"); !text.empty()) {
    std::string upper(text);
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (upper != "GREEN" && upper != "YELLOW" && upper != "RED")
      throw ApiError(illegal_argument(fmt::format("No enum constant org.opensearch.cluster.health.ClusterHealthStatus.{}", upper)));
    out.status = health_from_name(text);
  }
  out.nodes = request.get("wait_for_nodes");
  out.active_shards = request.get("wait_for_active_shards");
  request.get_bool("wait_for_no_relocating_shards", false);     // nothing ever relocates or initialises here
  request.get_bool("wait_for_no_initializing_shards", false);
  request.consume({"wait_for_events", "wait_for_relocating_shards"});
  return out;
}

int number_in(std::string_view text, std::string_view whole) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size())
    throw ApiError(illegal_argument(fmt::format("For input string: \"{}\"", whole)));
  return value;
}

bool nodes_met(std::string_view wanted) {
  constexpr int kNodes = 1;
  if (wanted.empty()) return true;
  const auto rest = [&](size_t prefix, size_t suffix = 0) {
    return number_in(wanted.substr(prefix, wanted.size() - prefix - suffix), wanted);
  };
  if (wanted.starts_with(">=")) return kNodes >= rest(2);
  if (wanted.starts_with("ge(")) return kNodes >= rest(3, 1);
  if (wanted.starts_with("<=")) return kNodes <= rest(2);
  if (wanted.starts_with("le(")) return kNodes <= rest(3, 1);
  if (wanted.starts_with(">")) return kNodes > rest(1);
  if (wanted.starts_with("gt(")) return kNodes > rest(3, 1);
  if (wanted.starts_with("<")) return kNodes < rest(1);
  if (wanted.starts_with("lt(")) return kNodes < rest(3, 1);
  return kNodes == rest(0);
}

bool shards_met(std::string_view wanted, const ShardCounts& counts) {
  if (wanted.empty()) return true;
  if (wanted == "all") return counts.unassigned == 0;
  return counts.primaries >= number_in(wanted, wanted);
}

Json index_entry(const Index& index, bool with_shards) {
  const ShardCounts counts = count_shards(index);
  const auto settings = index.settings();
  Json out{{"status", health_name(counts.status())}, {"number_of_shards", settings->number_of_shards},
           {"number_of_replicas", settings->number_of_replicas}, {"active_primary_shards", counts.primaries},
           {"active_shards", counts.primaries}, {"relocating_shards", 0}, {"initializing_shards", 0},
           {"unassigned_shards", counts.unassigned}};
  if (!with_shards) return out;
  Json shards = Json::object();
  for (int shard = 0; shard < settings->number_of_shards; ++shard)
    shards[std::to_string(shard)] = Json{{"status", health_name(counts.status())}, {"primary_active", true}, {"active_shards", 1},
                                         {"relocating_shards", 0}, {"initializing_shards", 0},
                                         {"unassigned_shards", settings->number_of_replicas}};
  out["shards"] = std::move(shards);
  return out;
}

}  // namespace

RestResponse cluster_health(Services& services, RestRequest& request) {
  const Wanted wanted = parse_wanted(request);
  const std::string level = request.get("level", "cluster");
  request.get_bool("local", false);
  request.consume({"awareness_attribute", "ensure_node_weighed_in"});
  read_timeouts(request);
  const int64_t timeout_ms = request.get_time_ms("timeout", 30000);
  IndicesOptions options = parse_indices_options(request, options_all());
  options.forbid_closed = false;
  const std::string expression = request.get("index");
  request.check_parameters();

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  std::vector<std::shared_ptr<Index>> indices;
  ShardCounts counts;
  bool missing = false, met = false;
  while (true) {
    indices.clear();
    missing = false;
    try {
      for (const auto& resolved : services.catalog.resolve(expression, options)) indices.push_back(resolved.index);
    } catch (const ApiError& error) {
      if (error.error().status != 404) throw;
      missing = true;   // an index that is not there (yet) is red
    }
    counts = count_shards(indices);
    met = !missing && nodes_met(wanted.nodes) && shards_met(wanted.active_shards, counts) &&
          (!wanted.status || counts.status() <= *wanted.status);
    if (met || request.is_cancelled() || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  Json out{{"cluster_name", services.node.cluster_name},
           {"status", missing ? "red" : health_name(counts.status())},
           {"timed_out", !met},
           {"number_of_nodes", 1},
           {"number_of_data_nodes", 1},
           {"discovered_master", true},
           {"discovered_cluster_manager", true},
           {"active_primary_shards", counts.primaries},
           {"active_shards", counts.primaries},
           {"relocating_shards", 0},
           {"initializing_shards", 0},
           {"unassigned_shards", counts.unassigned},
           {"delayed_unassigned_shards", 0},
           {"number_of_pending_tasks", 0},
           {"number_of_in_flight_fetch", 0},
           {"task_max_waiting_in_queue_millis", 0},
           {"active_shards_percent_as_number", counts.active_percent()}};
  if (level == "indices" || level == "shards") {
    Json entries = Json::object();
    for (const auto& index : indices) entries[index->name()] = index_entry(*index, level == "shards");
    out["indices"] = std::move(entries);
  }
  return RestResponse::json(out, met ? 200 : 408);
}

}  // namespace tarn::server
