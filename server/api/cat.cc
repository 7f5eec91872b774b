// The _cat endpoints: the same facts as elsewhere, for eyes and shells.
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <memory>
#include <set>

#include "indexer/index_names.h"
#include "server/api/cat_cells.h"
#include "server/api/cluster.h"
#include "server/api/cluster_health.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "server/api/nodes_system.h"
#include "server/api/stats_sections.h"
#include "server/version.h"

namespace tarn::server {
namespace {

using Row = std::vector<TableCell>;

/// What only shapes the table is read by render_table; here is what is checked early, so that ?help costs nothing.
bool wants_help(const RestRequest& request) {
  read_timeouts(request);
  request.get_bool("local", false);
  return request.get_bool("help", false);
}

std::string clock_time(int64_t epoch_ms) {
  const std::time_t seconds = static_cast<std::time_t>(epoch_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}


// ---- _cat/indices, _cat/shards, _cat/segments

Row index_row(const Index& index) {
  const ShardCounts counts = count_shards(index);
  const auto settings = index.settings();
  const bool closed = index.closed();
  const IndexStats stats = closed ? IndexStats{} : index.stats();
  return make_cells("indices", [&](std::string_view column) -> TableCell {
    if (column == "health") return std::string(health_name(counts.status()));
    if (column == "status") return std::string(closed ? "close" : "open");
    if (column == "index") return index.name();
    if (column == "uuid") return index.uuid();
    if (column == "pri") return int64_t{settings->number_of_shards};
    if (column == "rep") return int64_t{settings->number_of_replicas};
    if (column == "creation.date") return index.creation_date_ms();
    if (column == "creation.date.string") return iso_time(index.creation_date_ms());
    if (closed) return {};
    if (column == "search.throttled") return false;
    if (auto cell = stats_cell(column, stats)) return *cell;
    return {};
  });
}

RestResponse cat_indices(Services& services, RestRequest& request) {
  Table table = make_cat_table("indices");
  const bool help = wants_help(request);
  std::optional<HealthStatus> health;
  if (const std::string text = request.get("health"); !text.empty()) health = health_from_name(text);
  request.get_bool("include_unloaded_segments", false);
  IndicesOptions defaults = options_metadata();
  defaults.expand_closed = true;
  if (!help)
    for (const auto& resolved : resolve_indices(services, request, defaults))
      if (!health || count_shards(*resolved.index).status() == *health) table.row(index_row(*resolved.index));
  return render_table(request, table);
}

RestResponse cat_shards(Services& services, RestRequest& request) {
  Table table = make_cat_table("shards");
  const bool help = wants_help(request);
  const NodeInfo& node = services.node;
  std::vector<ResolvedIndex> indices;
  if (!help) indices = resolve_indices(services, request, options_all());
  for (const auto& resolved : indices) {
    const Index& index = *resolved.index;
    const IndexStats stats = index.closed() ? IndexStats{} : index.stats();
    const int shards = shard_count(index);
    for (int shard = 0; shard < shards; ++shard) {
      // One store holds all shards; its figures stand in the first one's row, so that sums are true.
      const IndexStats shown = shard == 0 ? stats : IndexStats{};
      table.row(make_cells("shards", [&](std::string_view column) -> TableCell {
        if (column == "index") return index.name();
        if (column == "shard") return int64_t{shard};
        if (column == "prirep") return std::string("p");
        if (column == "state") return std::string("STARTED");
        if (column == "ip") return node.host;
        if (column == "id") return node.node_id;
        if (column == "node") return node.name;
        if (column == "path.data" || column == "path.state") return node.data_path;
        if (column.starts_with("seq_no.")) return stats.max_seq_no;
        if (auto cell = stats_cell(column, shown)) return *cell;
        return {};
      }));
      for (int copy = 0; copy < index.settings()->number_of_replicas; ++copy)
        table.row(make_cells("shards", [&](std::string_view column) -> TableCell {
          if (column == "index") return index.name();
          if (column == "shard") return int64_t{shard};
          if (column == "prirep") return std::string("r");
          if (column == "state") return std::string("UNASSIGNED");
          if (column == "unassigned.reason") return std::string("INDEX_CREATED");
          if (column == "unassigned.at") return iso_time(index.creation_date_ms());
          if (column == "recoverysource.type") return std::string("peer");
          return {};
        }));
    }
  }
  return render_table(request, table);
}

RestResponse cat_segments(Services& services, RestRequest& request) {
  Table table = make_cat_table("segments");
  if (!wants_help(request)) {
    for (const auto& resolved : resolve_indices(services, request, options_open())) {
      if (resolved.index->closed()) continue;
      const auto searcher = resolved.index->acquire_searcher();
      int64_t number = 0;
      for (const auto& reader : searcher->segments()) {
        const int64_t live = reader.live_count(), all = reader.doc_count();
        table.row(make_cells("segments", [&](std::string_view column) -> TableCell {
          if (column == "index") return resolved.index->name();
          if (column == "shard") return int64_t{0};
          if (column == "prirep") return std::string("p");
          if (column == "ip") return services.node.host;
          if (column == "id") return services.node.node_id;
          if (column == "segment") return fmt::format("_{}", number);
          if (column == "generation") return number;
          if (column == "docs.count") return live;
          if (column == "docs.deleted") return all - live;
          if (column == "size") return ByteSize{static_cast<int64_t>(reader.segment().disk_bytes())};
          if (column == "size.memory") return static_cast<int64_t>(reader.segment().memory_bytes());
          if (column == "committed") return reader.segment().on_disk();
          if (column == "searchable") return true;
          if (column == "version") return std::string(kLuceneVersion);
          if (column == "compound") return false;
          return {};
        }));
        ++number;
      }
    }
  }
  return render_table(request, table);
}

// ---- Counts and health

RestResponse cat_count(Services& services, RestRequest& request) {
  Table table = make_cat_table("count");
  if (!wants_help(request)) {
    uint64_t count = 0;
    for (const auto& resolved : resolve_indices(services, request, options_open()))
      if (!resolved.index->closed()) count += resolved.index->acquire_searcher()->live_root_count();
    const int64_t now = now_ms();
    table.row({now / 1000, clock_time(now), static_cast<int64_t>(count)});
  }
  return render_table(request, table);
}

RestResponse cat_health(Services& services, RestRequest& request) {
  Table full = make_cat_table("health");
  const bool ts = request.get_bool("ts", true);
  Table table;
  for (const auto& column : full.columns())
    if (ts || (column.name != "epoch" && column.name != "timestamp")) table.add(column);
  if (!wants_help(request)) {
    const ShardCounts counts = count_shards(services.engine.indices());
    const int64_t now = now_ms();
    Row row;
    if (ts) row = {now / 1000, clock_time(now)};
    const Row rest = {services.node.cluster_name, std::string(health_name(counts.status())), int64_t{1}, int64_t{1}, true,
                      int64_t{counts.primaries}, int64_t{counts.primaries}, int64_t{0}, int64_t{0}, int64_t{counts.unassigned},
                      int64_t{0}, std::string("-"), fmt::format("{:.1f}%", counts.active_percent())};
    row.insert(row.end(), rest.begin(), rest.end());
    table.row(std::move(row));
  }
  return render_table(request, table);
}

// ---- Aliases and templates

RestResponse cat_aliases(Services& services, RestRequest& request) {
  Table table = make_cat_table("aliases");
  if (!wants_help(request)) {
    const auto names = request.get_list("name");
    IndicesOptions options = parse_indices_options(request, options_all());
    options.forbid_closed = false;
    const auto wanted = [&](const std::string& alias) {
      if (names.empty()) return true;
      for (const auto& name : names)
        if (name == "_all" || matches_pattern(name, alias)) return true;
      return false;
    };
    for (const auto& resolved : services.catalog.resolve("*", options)) {
      for (const auto& alias : services.catalog.aliases_of(resolved.index->name())) {
        if (!wanted(alias.name)) continue;
        const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
        table.row({alias.name, resolved.index->name(), std::string(alias.filter.is_null() ? "-" : "*"), or_dash(alias.index_routing),
                   or_dash(alias.search_routing), std::string(alias.is_write_index ? (*alias.is_write_index ? "true" : "false") : "-")});
      }
    }
  }
  return render_table(request, table);
}

std::string patterns_text(const Json& patterns) {
  std::string out = "[";
  for (const auto& pattern : patterns) out += (out.size() > 1 ? ", " : "") + pattern.get<std::string>();
  return out + "]";
}

RestResponse cat_templates(Services& services, RestRequest& request) {
  Table table = make_cat_table("templates");
  if (!wants_help(request)) {
    const std::string pattern = request.get("name");
    const auto version = [](const Json& body) -> TableCell {
      if (!body.contains("version")) return {};
      return body["version"].get<int64_t>();
    };
    for (const auto& [name, body] : services.catalog.templates("legacy", pattern))
      table.row({name, patterns_text(body["index_patterns"]), body["order"].get<int64_t>(), version(body), std::string()});
    for (const auto& [name, body] : services.catalog.templates("index", pattern)) {
      TableCell priority;
      if (body.contains("priority")) priority = body["priority"].get<int64_t>();
      else priority = int64_t{0};
      table.row({name, patterns_text(body["index_patterns"]), priority, version(body),
                 body.contains("composed_of") ? patterns_text(body["composed_of"]) : std::string("[]")});
    }
  }
  return render_table(request, table);
}

// ---- The node

IndexStats all_stats(const Services& services) {
  IndexStats sum;
  for (const auto& index : services.engine.indices())
    if (!index->closed()) sum += index->stats();
  return sum;
}

RestResponse cat_nodes(Services& services, SystemProbe& probe, RestRequest& request) {
  Table table = make_cat_table("nodes");
  const bool full_id = request.get_bool("full_id", false);
  request.get_bool("include_unloaded_segments", false);
  if (wants_help(request)) return render_table(request, table);
  const NodeInfo& node = services.node;
  const SystemFigures s = probe.read();
  const IndexStats stats = all_stats(services);
  const int64_t budget = static_cast<int64_t>(std::max<size_t>(node.memory_budget_bytes, 1));
  const auto bytes = [](uint64_t value) { return ByteSize{static_cast<int64_t>(value)}; };
  const auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
  const size_t colon = node.http_address.rfind(':');
  table.row(make_cells("nodes", [&](std::string_view column) -> TableCell {
    if (column == "id") return full_id ? node.node_id : node.node_id.substr(0, 4);
    if (column == "pid") return int64_t{getpid()};
    if (column == "ip") return node.host;
    if (column == "port") return colon == std::string::npos ? std::string() : node.http_address.substr(colon + 1);
    if (column == "http_address") return node.http_address;
    if (column == "version") return std::string(node.identity == "es710" ? "7.10.2" : kOpenSearchVersion);
    if (column == "type") return std::string("tar");
    if (column == "build") return fmt::format("tarn-{}", kTarnVersion);
    if (column == "jdk") return std::string("-");
    if (column == "disk.total") return bytes(s.fs_total);
    if (column == "disk.used") return bytes(s.fs_total - s.fs_available);
    if (column == "disk.avail") return bytes(s.fs_available);
    if (column == "disk.used_percent")
      return fmt::format("{:.2f}", s.fs_total ? 100.0 * static_cast<double>(s.fs_total - s.fs_available) / static_cast<double>(s.fs_total) : 0.0);
    if (column == "heap.current") return bytes(s.process_resident);
    if (column == "heap.percent") return std::min<int64_t>(100, 100 * number(s.process_resident) / budget);
    if (column == "heap.max") return ByteSize{budget};
    if (column == "ram.current") return bytes(s.mem_used());
    if (column == "ram.percent") return int64_t{s.mem_used_percent()};
    if (column == "ram.max") return bytes(s.mem_total);
    if (column == "file_desc.current") return number(s.open_files);
    if (column == "file_desc.percent") return s.max_files ? number(100 * s.open_files / s.max_files) : int64_t{0};
    if (column == "file_desc.max") return number(s.max_files);
    if (column == "cpu") return int64_t{s.os_cpu_percent};
    if (column == "load_1m") return fmt::format("{:.2f}", s.load_1m);
    if (column == "load_5m") return fmt::format("{:.2f}", s.load_5m);
    if (column == "load_15m") return fmt::format("{:.2f}", s.load_15m);
    if (column == "uptime") return Duration{(s.timestamp_ms - node.started_ms) * 1'000'000};
    if (column == "node.role") return std::string("dimr");
    if (column == "node.roles") return std::string("cluster_manager,data,ingest,remote_cluster_client");
    if (column == "cluster_manager") return std::string("*");
    if (column == "name") return node.name;
    if (auto cell = stats_cell(column, stats)) return *cell;
    return {};
  }));
  return render_table(request, table);
}

bool is_this_node(const NodeInfo& node, const std::vector<std::string>& names) {
  if (names.empty()) return true;
  for (const auto& name : names)
    if (name == "_all" || name == "_local" || name == "_master" || name == "_cluster_manager" || name == node.node_id ||
        matches_pattern(name, node.name) || matches_pattern(name, node.host))
      return true;
  return false;
}

RestResponse cat_allocation(Services& services, SystemProbe& probe, RestRequest& request) {
  Table table = make_cat_table("allocation");
  if (wants_help(request)) return render_table(request, table);
  const NodeInfo& node = services.node;
  const auto names = request.get_list("nodes");
  const auto more = request.get_list("node_id");
  if (is_this_node(node, names) && is_this_node(node, more)) {
    const SystemFigures s = probe.read();
    const ShardCounts counts = count_shards(services.engine.indices());
    const auto bytes = [](uint64_t value) { return ByteSize{static_cast<int64_t>(value)}; };
    const uint64_t used = s.fs_total - s.fs_available;
    table.row({int64_t{counts.primaries}, bytes(all_stats(services).store_bytes), bytes(used), bytes(s.fs_available), bytes(s.fs_total),
               s.fs_total ? static_cast<int64_t>(100 * used / s.fs_total) : int64_t{0}, node.host, node.host, node.name});
    if (counts.unassigned > 0 && names.empty() && more.empty())
      table.row({int64_t{counts.unassigned}, {}, {}, {}, {}, {}, {}, {}, std::string("UNASSIGNED")});
  }
  return render_table(request, table);
}

RestResponse cat_recovery(Services& services, RestRequest& request) {
  Table table = make_cat_table("recovery");
  request.get_bool("detailed", false);
  const bool active_only = request.get_bool("active_only", false);
  if (wants_help(request)) return render_table(request, table);
  const NodeInfo& node = services.node;
  for (const auto& resolved : resolve_indices(services, request, options_metadata())) {
    if (active_only) continue;
    const Index& index = *resolved.index;
    const bool fresh = index.creation_date_ms() >= node.started_ms && !index.closed();
    const int64_t start = std::max(node.started_ms, index.creation_date_ms());
    for (int shard = 0; shard < shard_count(index); ++shard)
      table.row(make_cells("recovery", [&](std::string_view column) -> TableCell {
        if (column == "index") return index.name();
        if (column == "shard") return int64_t{shard};
        if (column == "start_time" || column == "stop_time") return iso_time(start);
        if (column == "start_time_millis" || column == "stop_time_millis") return start;
        if (column == "time") return Duration{0};
        if (column == "type") return std::string(fresh ? "empty_store" : "existing_store");
        if (column == "stage") return std::string("done");
        if (column == "source_host" || column == "source_node" || column == "repository" || column == "snapshot") return std::string("n/a");
        if (column == "target_host") return node.host;
        if (column == "target_node") return node.name;
        if (column.ends_with("percent")) return std::string(column.starts_with("translog") ? "100.0%" : "0.0%");
        if (column.starts_with("bytes")) return ByteSize{0};
        return int64_t{0};
      }));
  }
  return render_table(request, table);
}

RestResponse cat_thread_pool(Services& services, RestRequest& request) {
  Table table = make_cat_table("thread_pool");
  const auto patterns = request.get_list("thread_pool_patterns");
  if (!wants_help(request) && services.node.http_figures) {
    for (const auto& pool : services.node.http_figures().pools) {
      bool wanted = patterns.empty();
      for (const auto& pattern : patterns) wanted = wanted || matches_pattern(pattern, pool.name);
      if (!wanted) continue;
      table.row(make_cells("thread_pool", [&](std::string_view column) -> TableCell {
        if (column == "node_name") return services.node.name;
        if (column == "node_id" || column == "ephemeral_node_id") return services.node.node_id;
        if (column == "pid") return int64_t{getpid()};
        if (column == "host" || column == "ip") return services.node.host;
        if (column == "name") return pool.name;
        if (column == "type") return std::string("fixed");
        if (column == "active") return static_cast<int64_t>(pool.active);
        if (column == "queue") return static_cast<int64_t>(pool.queued);
        if (column == "rejected") return static_cast<int64_t>(pool.rejected);
        if (column == "completed") return static_cast<int64_t>(pool.completed);
        if (column == "pool_size" || column == "size") return int64_t{pool.threads};
        return {};
      }));
    }
  }
  return render_table(request, table);
}

RestResponse cat_nodeattrs(Services& services, RestRequest& request) {
  Table table = make_cat_table("nodeattrs");
  const NodeInfo& node = services.node;
  if (!wants_help(request))
    for (const auto& [name, value] : node.attributes)
      table.row(make_cells("nodeattrs", [&](std::string_view column) -> TableCell {
        if (column == "node") return node.name;
        if (column == "id") return node.node_id;
        if (column == "pid") return int64_t{getpid()};
        if (column == "host" || column == "ip") return node.host;
        if (column == "port") return node.http_address.substr(node.http_address.rfind(':') + 1);
        if (column == "attr") return name;
        if (column == "value") return value;
        return {};
      }));
  return render_table(request, table);
}

/// Tables that are empty on a node like this: no plugins, no queue of cluster tasks, no fielddata.
RestResponse cat_empty(std::string_view endpoint, RestRequest& request) {
  wants_help(request);
  request.consume({"fields", "node_id", "nodes", "detailed", "actions", "parent_task_id"});
  return render_table(request, make_cat_table(endpoint));
}

RestResponse cat_cluster_manager(Services& services, RestRequest& request) {
  Table table;
  table.column("id", "", "node id").column("host", "h", "host name").column("ip", "", "ip address").column("node", "n", "node name");
  if (!wants_help(request)) table.row({services.node.node_id, services.node.host, services.node.host, services.node.name});
  return render_table(request, table);
}

RestResponse cat_list(Services&, RestRequest& request) {
  request.get_bool("help", false);
  std::string text = "=^.^=\n";
  for (const char* path : {"allocation", "shards", "shards/{index}", "cluster_manager", "nodes", "indices", "indices/{index}", "segments",
                           "segments/{index}", "count", "count/{index}", "recovery", "recovery/{index}", "health", "pending_tasks",
                           "aliases", "aliases/{alias}", "thread_pool", "thread_pool/{thread_pools}", "plugins", "fielddata",
                           "fielddata/{fields}", "nodeattrs", "templates"})
    text += fmt::format("/_cat/{}\n", path);
  return RestResponse::text(std::move(text));
}

}  // namespace

void register_cat_handlers(Router& router, Services& services) {
  using enum Method;
  const auto on = [&](std::initializer_list<const char*> paths, RestResponse (*handler)(Services&, RestRequest&)) {
    for (const char* path : paths)
      router.add(kGet, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on({"/_cat"}, cat_list);
  on({"/_cat/indices", "/_cat/indices/{index}"}, cat_indices);
  on({"/_cat/shards", "/_cat/shards/{index}"}, cat_shards);
  on({"/_cat/segments", "/_cat/segments/{index}"}, cat_segments);
  on({"/_cat/count", "/_cat/count/{index}"}, cat_count);
  on({"/_cat/health"}, cat_health);
  on({"/_cat/aliases", "/_cat/aliases/{name}"}, cat_aliases);
  on({"/_cat/templates", "/_cat/templates/{name}"}, cat_templates);
  on({"/_cat/recovery", "/_cat/recovery/{index}"}, cat_recovery);
  on({"/_cat/thread_pool", "/_cat/thread_pool/{thread_pool_patterns}"}, cat_thread_pool);
  on({"/_cat/nodeattrs"}, cat_nodeattrs);
  on({"/_cat/master", "/_cat/cluster_manager"}, cat_cluster_manager);
  const auto probe = std::make_shared<SystemProbe>(services.node.data_path);
  router.add(kGet, "/_cat/nodes", [&services, probe](RestRequest& request) { return cat_nodes(services, *probe, request); });
  for (const char* path : {"/_cat/allocation", "/_cat/allocation/{node_id}"})
    router.add(kGet, path, [&services, probe](RestRequest& request) { return cat_allocation(services, *probe, request); });
  for (const char* endpoint : {"plugins", "pending_tasks", "fielddata"})
    router.add(kGet, fmt::format("/_cat/{}", endpoint), [endpoint](RestRequest& request) { return cat_empty(endpoint, request); });
  router.add(kGet, "/_cat/fielddata/{fields}", [](RestRequest& request) { return cat_empty("fielddata", request); });
}

}  // namespace tarn::server
