#include "server/api/background.h"

#include "server/tasks/task_registry.h"

namespace tarn::server {

RestResponse run_in_background(Services& services, const RestRequest& request, const std::string& action,
                               const std::string& description, std::function<RestResponse()> work) {
  Task::Facts facts;
  facts.action = action;
  facts.description = description;
  facts.opaque_id = request.header("x-opaque-id");
  auto task = services.tasks->start(std::move(facts));
  const std::string id = services.tasks->id_of(*task);
  services.tasks->run_detached(std::move(task), [work = std::move(work)] {
    return TaskRegistry::Outcome{parse_json(work().body), Json()};
  });
  return RestResponse::json({{"task", id}});
}

}  // namespace tarn::server
