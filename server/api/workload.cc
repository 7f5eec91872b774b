// _wlm/stats and _list/wlm_stats: the one workload group of a node without workload management.
#include <fmt/format.h>

#include <memory>

#include "server/api/cluster.h"
#include "server/api/document.h"
#include "server/api/nodes_system.h"
#include "server/render/table.h"

namespace tarn::server {
namespace {

constexpr const char* kGroup = "DEFAULT_WORKLOAD_GROUP";
constexpr int kPageMax = 100;

struct Workload {
  uint64_t completed = 0, rejected = 0;
  double cpu = 0, memory = 0;
};

Workload measure(const Services& services, SystemProbe& probe) {
  Workload out;
  if (services.node.http_figures) {
    for (const auto& pool : services.node.http_figures().pools) {
      if (pool.name != "search") continue;
      out.completed = pool.completed;
      out.rejected = pool.rejected;
    }
  }
  const SystemFigures figures = probe.read();
  out.cpu = std::max(0, static_cast<int>(figures.process_cpu_percent)) / 100.0;
  out.memory = figures.mem_total == 0 ? 0 : static_cast<double>(figures.process_resident) / static_cast<double>(figures.mem_total);
  return out;
}

RestResponse stats(Services& services, SystemProbe& probe, RestRequest& request) {
  request.consume({"workloadGroupId", "nodeId", "breach", "timeout"});
  const Workload w = measure(services, probe);
  const Json group{{"total_completions", w.completed}, {"total_rejections", w.rejected}, {"total_cancellations", 0},
                   {"cpu", {{"current_usage", w.cpu}, {"cancellations", 0}, {"rejections", 0}}},
                   {"memory", {{"current_usage", w.memory}, {"cancellations", 0}, {"rejections", 0}}}};
  Json out{{"_nodes", {{"total", 1}, {"successful", 1}, {"failed", 0}}}, {"cluster_name", services.node.cluster_name}};
  out[services.node.node_id] = Json{{"workload_groups", {{kGroup, group}}}};
  return RestResponse::json(out);
}

Error wrong(const std::string& parameter, const std::string& allowed) {
  return Error(400, "parse_exception", fmt::format("Invalid value for '{}'. Allowed{}", parameter, allowed));
}

RestResponse list(Services& services, SystemProbe& probe, RestRequest& request) {
  const int size = request.get_int("size", 10);
  if (size < 1 || size > kPageMax) throw ApiError(wrong("size", fmt::format(" range: 1 to {}", kPageMax)));
  const std::string sort = request.get("sort", "node_id"), order = request.get("order", "asc");
  if (sort != "node_id" && sort != "workload_group") {
    throw ApiError(wrong("sort", ": 'node_id', 'workload_group'")
                       .caused_by(illegal_argument(fmt::format("Invalid sort field: {}. Allowed values: workload_group, node_id", sort))));
  }
  if (order != "asc" && order != "desc") {
    throw ApiError(wrong("order", ": 'asc', 'desc'")
                       .caused_by(illegal_argument(fmt::format("Invalid sort order: {}. Allowed values: asc, desc", order))));
  }
  request.consume({"workloadGroupId", "nodeId", "breach", "timeout"});
  if (request.has("next_token")) {
    return RestResponse::json({{"error", "Pagination state has changed (e.g., new workload groups added or removed). Please restart pagination "
                                         "from the beginning by omitting the 'next_token' parameter."},
                               {"details", "Invalid pagination token format"}}, 400);
  }
  Table table;
  const char* const names[] = {"NODE_ID", "WORKLOAD_GROUP_ID", "TOTAL_COMPLETIONS", "TOTAL_REJECTIONS", "TOTAL_CANCELLATIONS",
                               "CPU_USAGE", "MEMORY_USAGE"};
  for (size_t i = 0; i < std::size(names); ++i) {
    if (i > 0) table.column("|", "", "");
    table.column(names[i], "", "");
  }
  const Workload w = measure(services, probe);
  const auto row = [&](const std::vector<std::string>& values) {
    std::vector<TableCell> cells;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) cells.emplace_back(std::string("|"));
      cells.emplace_back(values[i]);
    }
    table.row(std::move(cells));
  };
  row({services.node.node_id, kGroup, std::to_string(w.completed), std::to_string(w.rejected), "0", double_text(w.cpu), double_text(w.memory)});
  row({"No more pages available", "-", "-", "-", "-", "-", "-"});
  return render_table(request, table);
}

}  // namespace

void register_workload_handlers(Router& router, Services& services) {
  const auto probe = std::make_shared<SystemProbe>(services.node.data_path);
  for (const char* path : {"/_wlm/stats", "/_wlm/{nodeId}/stats", "/_wlm/stats/{workloadGroupId}", "/_wlm/{nodeId}/stats/{workloadGroupId}"}) {
    router.add(Method::kGet, path, [&services, probe](RestRequest& request) { return stats(services, *probe, request); });
  }
  for (const char* path : {"/_list/wlm_stats", "/_list/wlm_stats/{nodeId}/stats", "/_list/wlm_stats/stats/{workloadGroupId}",
                           "/_list/wlm_stats/{nodeId}/stats/{workloadGroupId}"}) {
    router.add(Method::kGet, path, [&services, probe](RestRequest& request) { return list(services, *probe, request); });
  }
}

}  // namespace tarn::server
