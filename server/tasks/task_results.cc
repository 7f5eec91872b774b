#include "server/tasks/task_results.h"

#include <spdlog/spdlog.h>

namespace tarn::server {

namespace {

constexpr const char* kIndex = ".tasks";
constexpr const char* kKind = "task";
constexpr const char* kNumbersKind = "node";
constexpr const char* kNumbersName = "task_numbers";

/// The index as OpenSearch makes it.
const char* const kIndexBody = R"({
  "settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0, "priority": 2147483647}},
  "mappings": {
    "_meta": {"version": 5}, "dynamic": "strict",
    "properties": {
      "completed": {"type": "boolean"},
      "error": {"type": "object", "enabled": false},
      "response": {"type": "object", "enabled": false},
      "task": {"properties": {
        "action": {"type": "keyword"}, "cancellable": {"type": "boolean"}, "cancellation_time_millis": {"type": "long"},
        "cancelled": {"type": "boolean"}, "description": {"type": "text"}, "headers": {"type": "object", "enabled": false},
        "id": {"type": "long"}, "node": {"type": "keyword"}, "parent_task_id": {"type": "keyword"},
        "resource_stats": {"type": "object", "enabled": false}, "running_time_in_nanos": {"type": "long"},
        "start_time_in_millis": {"type": "long"}, "status": {"type": "object", "enabled": false}, "type": {"type": "keyword"}}}}}
})";

}  // namespace

void TaskResults::put(const std::string& id, const Json& result) {
  auto index = catalog_.engine().find(kIndex);
  if (!index) {
    try {
      index = catalog_.create_index(kIndex, parse_json(kIndexBody));
    } catch (const ApiError& error) {
      index = catalog_.engine().find(kIndex);  // another task was faster
      if (!index) throw;
    }
  }
  const std::string source = to_text(result);
  WriteOp op;
  op.index = index;
  op.id = id;
  op.source = source;
  const auto outcomes = catalog_.engine().write({std::span(&op, 1), ""});
  if (outcomes[0].error) throw ApiError(*outcomes[0].error);
}

bool TaskResults::has_index() const { return catalog_.engine().find(kIndex) != nullptr; }

std::optional<Json> TaskResults::find(const std::string& id) const {
  const auto index = catalog_.engine().find(kIndex);
  if (!index || index->closed()) return std::nullopt;
  const auto found = index->get(id);
  if (!found) return std::nullopt;
  return parse_json(found->source);
}

void TaskResults::note_running(const std::string& id, const Json& task) {
  catalog_.engine().store().write_meta({{kKind, id, to_text(task)}});
}

void TaskResults::note_finished(const std::string& id, const Json& result) {
  try {
    put(id, result);
  } catch (const ApiError& error) {
    spdlog::error("the result of task {} could not be stored: {}", id, error.what());
  }
  catalog_.engine().store().write_meta({{kKind, id, std::nullopt}});
}

void TaskResults::settle_cut_tasks() {
  for (const auto& [id, text] : catalog_.engine().store().scan_meta(kKind)) {
    Json task = parse_json(text);
    const std::string progress = task.contains("status") ? ", last known status: " + to_text(task["status"]) : std::string();
    const Json error{{"type", "node_closed_exception"},
                     {"reason", "task [" + id + "] was cut by a stop of the node and is not resumed; what it had written stays" + progress}};
    note_finished(id, Json{{"completed", true}, {"task", std::move(task)}, {"error", error}});
    spdlog::warn("task {} was cut by the last stop", id);
  }
}

uint64_t TaskResults::next_number_block(uint64_t size) {
  Store& store = catalog_.engine().store();
  const auto text = store.read_meta(kNumbersKind, kNumbersName);
  const uint64_t first = text ? std::strtoull(text->c_str(), nullptr, 10) : 1;
  store.write_meta({{kNumbersKind, kNumbersName, std::to_string(first + size)}});
  return first;
}

}  // namespace tarn::server
