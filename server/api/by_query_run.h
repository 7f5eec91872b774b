#pragma once

#include <memory>

#include "server/api/by_query_status.h"
#include "server/tasks/task_registry.h"

namespace tarn::server {

/// A by-query operation at work: reads batches from a frozen view, and writes each through the engine before it reads the
/// next. A document that was changed since the view is a version conflict, never overwritten. Memory is that of a batch a slice.
class ByQueryOperation {
 public:
  ByQueryOperation(Services& services, std::shared_ptr<const ByQueryRequest> request, std::shared_ptr<Task> task);
  ~ByQueryOperation();

  struct Answer {
    Json body;                           ///< as REST shows it
    Json human_body;                     ///< as the results of tasks keep it
    int status = 200;
  };
  /// Runs to the end, or until the task is cancelled. Throws what ends the whole request.
  Answer run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::server
