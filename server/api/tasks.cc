// _tasks, _cat/tasks and _rethrottle.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "indexer/index_names.h"
#include "server/api/by_query_request.h"
#include "server/api/cat_cells.h"
#include "server/api/cluster.h"
#include "server/api/document.h"
#include "server/api/nodes_system.h"
#include "server/tasks/task_registry.h"
#include "server/version.h"

namespace tarn::server {
namespace {

constexpr int64_t kWaitMs = 30'000;
constexpr std::string_view kByUser = "by user request";

struct TaskId {
  std::string node;
  uint64_t number = 0;
  bool given = false;
};

TaskId parse_task_id(const std::string& text) {
  TaskId out;
  if (text.empty()) return out;
  const size_t colon = text.rfind(':');
  const std::string_view digits = std::string_view(text).substr(colon == std::string::npos ? text.size() : colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.number);
  if (colon == std::string::npos || digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    throw ApiError(illegal_argument("malformed task id " + text));
  }
  out.node = text.substr(0, colon);
  out.given = true;
  return out;
}

/// Which tasks a request is about: nodes, actions, parent_task_id, task_id.
struct TaskFilter {
  std::vector<std::string> nodes, actions;
  TaskId task, parent;

  bool node_matches(const NodeInfo& node) const {
    if (task.given && task.node != node.node_id) return false;
    if (parent.given && parent.node != node.node_id) return false;
    return means_node(node, nodes);
  }
  bool matches(const Task& candidate) const {
    if (task.given && candidate.number != task.number) return false;
    if (parent.given && candidate.facts.parent != parent.number) return false;
    return actions.empty() || std::any_of(actions.begin(), actions.end(), [&](const std::string& pattern) {
             return matches_pattern(pattern, candidate.facts.action);
           });
  }
};

TaskFilter read_filter(const RestRequest& request) {
  TaskFilter out;
  out.nodes = request.get_list("nodes");
  if (const auto ids = request.get_list("node_id"); out.nodes.empty()) out.nodes = ids;
  out.actions = request.get_list("actions");
  out.parent = parse_task_id(request.get("parent_task_id"));
  return out;
}

std::vector<std::shared_ptr<Task>> select(const Services& services, const TaskFilter& filter) {
  std::vector<std::shared_ptr<Task>> out;
  if (!filter.node_matches(services.node)) return out;
  for (auto& task : services.tasks->list()) {
    if (filter.matches(*task)) out.push_back(std::move(task));
  }
  return out;
}

enum class GroupBy { kNodes, kParents, kNone };

GroupBy parse_group_by(const RestRequest& request) {
  const std::string text = request.get("group_by", "nodes");
  if (text == "nodes") return GroupBy::kNodes;
  if (text == "parents") return GroupBy::kParents;
  if (text == "none") return GroupBy::kNone;
  throw ApiError(illegal_argument(fmt::format("[group_by] must be one of [nodes], [parents] or [none] but was [{}]", text)));
}

/// Children stand in their parents; those whose parent is not listed stand for themselves.
Json grouped_by_parents(const Services& services, const std::vector<std::shared_ptr<Task>>& tasks, bool detailed) {
  std::map<uint64_t, std::vector<const Task*>> children;
  std::map<uint64_t, const Task*> by_number;
  for (const auto& task : tasks) by_number[task->number] = task.get();
  for (const auto& task : tasks) {
    if (by_number.contains(task->facts.parent)) children[task->facts.parent].push_back(task.get());
  }
  const auto show = [&](const auto& self, const Task& task) -> Json {
    Json out = task.to_json(services.node.node_id, detailed);
    if (const auto it = children.find(task.number); it != children.end()) {
      Json& list = out["children"] = Json::array();
      for (const Task* child : it->second) list.push_back(self(self, *child));
    }
    return out;
  };
  Json out = Json::object();
  for (const auto& task : tasks) {
    if (!by_number.contains(task->facts.parent)) out[services.tasks->id_of(*task)] = show(show, *task);
  }
  return out;
}

Json node_entry(const NodeInfo& node) {
  return Json{{"name", node.name}, {"transport_address", transport_address(node)}, {"host", node.host},
              {"ip", transport_address(node)}, {"roles", node_roles()}, {"attributes", node.attributes}};
}

/// The answer of everything that lists tasks; `failures` are those of nodes.
RestResponse list_answer(const Services& services, const std::vector<std::shared_ptr<Task>>& tasks, GroupBy group, bool detailed,
                         Json failures = Json()) {
  Json out = Json::object();
  if (!failures.is_null()) out["node_failures"] = std::move(failures);
  if (group == GroupBy::kParents) {
    out["tasks"] = grouped_by_parents(services, tasks, detailed);
  } else if (group == GroupBy::kNone) {
    Json& list = out["tasks"] = Json::array();
    for (const auto& task : tasks) list.push_back(task->to_json(services.node.node_id, detailed));
  } else {
    Json& nodes = out["nodes"] = Json::object();
    if (!tasks.empty()) {
      Json entry = node_entry(services.node);
      for (const auto& task : tasks) entry["tasks"][services.tasks->id_of(*task)] = task->to_json(services.node.node_id, detailed);
      nodes[services.node.node_id] = std::move(entry);
    }
  }
  return RestResponse::json(out);
}

Json node_failure(const std::string& node, Error cause) {
  Error error(500, "failed_node_exception", "Failed node [" + node + "]");
  error.with("node_id", node).caused_by(std::move(cause));
  return Json::array({error.to_json()});
}

Error no_such_node(const std::string& node) {
  return Error(404, "no_such_node_exception", "No such node [" + node + "]").with("node_id", node);
}

/// The two tasks that a list is itself: of the request, and of the node that answers it.
struct OwnTasks {
  std::shared_ptr<Task> request, node;
  OwnTasks(const Services& services, const RestRequest& rest) {
    Task::Facts facts;
    facts.action = "cluster:monitor/tasks/lists";
    facts.opaque_id = rest.header("x-opaque-id");
    request = services.tasks->start(facts);
    facts.action += "[n]";
    facts.type = "direct";
    facts.parent = request->number;
    node = services.tasks->start(facts);
  }
};

RestResponse list_tasks(Services& services, RestRequest& request) {
  const bool detailed = request.get_bool("detailed", false);
  const bool wait = request.get_bool("wait_for_completion", false);
  const int64_t timeout_ms = request.get_time_ms("timeout", kWaitMs);
  const GroupBy group = parse_group_by(request);
  const TaskFilter filter = read_filter(request);
  request.check_parameters();
  std::vector<std::shared_ptr<Task>> tasks;
  if (wait) {
    std::vector<uint64_t> numbers;
    for (const auto& task : select(services, filter)) numbers.push_back(task->number);
    tasks.clear();
    services.tasks->wait_until_done(numbers, timeout_ms);
  }
  const OwnTasks own(services, request);
  return list_answer(services, select(services, filter), group, detailed);
}

[[noreturn]] void throw_missing(const Services& services, const TaskId& id, const std::string& text) {
  Error stored(404, "resource_not_found_exception", fmt::format("task [{}] isn't running and hasn't stored its results", text));
  Error root = stored;
  if (!services.tasks->results().has_index()) {
    root = Error(404, "index_not_found_exception", "no such index [.tasks]");
    root.with("index", ".tasks").with("resource.id", ".tasks").with("resource.type", "index_expression").with("index_uuid", "_na_");
    stored.caused_by(root);
  }
  if (id.node == services.node.node_id) {
    stored.rooted_in(root);
    throw ApiError(stored);
  }
  Error out(404, "resource_not_found_exception",
            fmt::format("task [{}] belongs to the node [{}] which isn't part of the cluster and there is no record of the task", text, id.node));
  out.caused_by(stored).rooted_in(root);
  throw ApiError(out);
}

RestResponse get_task(Services& services, RestRequest& request) {
  const std::string text = request.get("task_id");
  const TaskId id = parse_task_id(text);
  const bool wait = request.get_bool("wait_for_completion", false);
  const int64_t timeout_ms = request.get_time_ms("timeout", kWaitMs);
  request.check_parameters();
  Json last;
  if (id.node == services.node.node_id) {
    auto task = services.tasks->find(id.number);
    if (task) last = task->to_json(services.node.node_id, true);
    if (task && !wait) return RestResponse::json(Json{{"completed", false}, {"task", std::move(last)}});
    if (task) {
      task.reset();  // or it would never end
      if (!services.tasks->wait_until_done({id.number}, timeout_ms)) {
        throw ApiError(504, "timeout_exception", fmt::format("Timed out waiting for completion of [task {}]", text));
      }
    }
  }
  if (auto stored = services.tasks->results().find(text)) return RestResponse::json(*stored);
  if (!last.is_null()) return RestResponse::json(Json{{"completed", true}, {"task", std::move(last)}});
  throw_missing(services, id, text);
}

RestResponse cancel_tasks(Services& services, RestRequest& request) {
  TaskFilter filter = read_filter(request);
  const std::string text = request.get("task_id");
  filter.task = parse_task_id(text);
  const bool wait = request.get_bool("wait_for_completion", false);
  const int64_t timeout_ms = request.get_time_ms("timeout", kWaitMs);
  const GroupBy group = parse_group_by(request);
  request.check_parameters();
  if (filter.task.given && filter.task.node != services.node.node_id) {
    return list_answer(services, {}, group, false, node_failure(filter.task.node, no_such_node(filter.task.node)));
  }
  auto tasks = select(services, filter);
  if (filter.task.given && tasks.empty()) {
    return list_answer(services, {}, group, false,
                       node_failure(services.node.node_id, Error(404, "resource_not_found_exception", fmt::format("task [{}] is not found", text))));
  }
  if (filter.task.given && !tasks[0]->facts.cancellable) {
    return list_answer(services, {}, group, false,
                       node_failure(services.node.node_id, illegal_argument(fmt::format("task [{}] doesn't support cancellation", text))));
  }
  std::erase_if(tasks, [](const auto& task) { return !task->facts.cancellable || task->cancelled(); });
  for (const auto& task : tasks) services.tasks->cancel(task, std::string(kByUser));
  RestResponse out = list_answer(services, tasks, group, false);
  std::vector<uint64_t> numbers;
  for (const auto& task : tasks) numbers.push_back(task->number);
  tasks.clear();
  if (wait) services.tasks->wait_until_done(numbers, timeout_ms);
  return out;
}

RestResponse rethrottle(Services& services, RestRequest& request) {
  const std::string text = request.get("task_id");
  const TaskId id = parse_task_id(text);
  const GroupBy group = parse_group_by(request);
  const auto rate = parse_requests_per_second(request);
  const TaskFilter filter = read_filter(request);
  request.check_parameters();
  if (!rate) throw ApiError(illegal_argument("requests_per_second is a required parameter"));
  if (id.node != services.node.node_id) return list_answer(services, {}, group, true, node_failure(id.node, no_such_node(id.node)));
  const auto task = services.tasks->find(id.number);
  if (!task) {
    return list_answer(services, {}, group, true,
                       node_failure(id.node, Error(404, "resource_not_found_exception", fmt::format("task [{}] is missing", text))));
  }
  if (!task->set_speed(*rate)) {
    return list_answer(services, {}, group, true,
                       node_failure(id.node, illegal_argument(fmt::format("task [{}] cannot be rethrottled", text))));
  }
  return list_answer(services, {task}, group, true);
}

std::string clock_time(int64_t epoch_ms) {
  const int64_t seconds = epoch_ms / 1000 % 86400;
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::vector<TableCell> task_row(const Services& services, const Task& task, bool detailed) {
  auto cells = make_cells("tasks", [&](std::string_view column) -> TableCell {
    const NodeInfo& node = services.node;
    if (column == "id") return services.tasks->id_of(task);
    if (column == "action") return task.facts.action;
    if (column == "task_id") return services.tasks->id_of(task);
    if (column == "parent_task_id") return task.facts.parent == 0 ? std::string("-") : fmt::format("{}:{}", node.node_id, task.facts.parent);
    if (column == "type") return task.facts.type;
    if (column == "start_time") return task.start_ms;
    if (column == "timestamp") return clock_time(task.start_ms);
    if (column == "running_time_ns") return task.running_ns();
    if (column == "running_time") return duration_text(task.running_ns());
    if (column == "node_id") return node.node_id;
    if (column == "ip") return node.host;
    if (column == "port") return node.http_address.substr(node.http_address.rfind(':') + 1);
    if (column == "node") return node.name;
    if (column == "version") return std::string(node.identity == "es710" ? "7.10.2" : kOpenSearchVersion);
    if (column == "x_opaque_id") return task.facts.opaque_id.empty() ? std::string("-") : task.facts.opaque_id;
    return {};
  });
  if (detailed) cells.emplace_back(task.facts.description);
  return cells;
}

RestResponse cat_tasks(Services& services, RestRequest& request) {
  const bool detailed = request.get_bool("detailed", false);
  const TaskFilter filter = read_filter(request);
  request.get_bool("local", false);
  Table table = make_cat_table("tasks");
  if (detailed) table.column("description", "desc", "task action");
  if (request.get_bool("help", false)) return render_table(request, table);
  const OwnTasks own(services, request);
  for (const auto& task : select(services, filter)) table.row(task_row(services, *task, detailed));
  return render_table(request, table);
}

}  // namespace

void register_task_handlers(Router& router, Services& services) {
  const auto on = [&](Method method, const char* path, RestResponse (*handler)(Services&, RestRequest&)) {
    router.add(method, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on(Method::kGet, "/_tasks", list_tasks);
  on(Method::kGet, "/_tasks/{task_id}", get_task);
  on(Method::kPost, "/_tasks/_cancel", cancel_tasks);
  on(Method::kPost, "/_tasks/{task_id}/_cancel", cancel_tasks);
  on(Method::kPost, "/_reindex/{task_id}/_rethrottle", rethrottle);
  on(Method::kPost, "/_update_by_query/{task_id}/_rethrottle", rethrottle);
  on(Method::kPost, "/_delete_by_query/{task_id}/_rethrottle", rethrottle);
  on(Method::kGet, "/_cat/tasks", cat_tasks);
}

}  // namespace tarn::server
