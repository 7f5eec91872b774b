#pragma once

#include <optional>
#include <string>

#include "indexer/catalog.h"

namespace tarn::server {

/// What became of tasks that nobody waited for: documents of the index `.tasks`, as OpenSearch keeps them, where clients may
/// read and delete them; and, while such a task runs, a record in the store, so that one cut by a stop can be told. Thread-safe.
class TaskResults {
 public:
  explicit TaskResults(Catalog& catalog) : catalog_(catalog) {}

  /// `id` is "node:number"; `result` {"completed", "task", "response" | "error"}. Makes the index where it is missing.
  void put(const std::string& id, const Json& result);
  std::optional<Json> find(const std::string& id) const;
  bool has_index() const;

  /// `task` as _tasks shows it, in detail. Synced.
  void note_running(const std::string& id, const Json& task);
  /// Stores the result of a task that runs no more.
  void note_finished(const std::string& id, const Json& result);
  /// At start: every task that was still running when the node stopped gets a result that says so.
  void settle_cut_tasks();

  /// Numbers never come twice, also over restarts.
  uint64_t next_number_block(uint64_t size);

 private:
  Catalog& catalog_;
};

}  // namespace tarn::server
