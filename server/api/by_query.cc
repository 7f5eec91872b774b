// _delete_by_query, _update_by_query, _reindex.
#include "server/api/by_query_run.h"
#include "server/api/document.h"

namespace tarn::server {
namespace {

using Kind = ByQueryRequest::Kind;

RestResponse run_by_query(Services& services, const RestRequest& request, std::shared_ptr<const ByQueryRequest> wanted) {
  TaskRegistry& tasks = *services.tasks;
  Task::Facts facts;
  facts.action = wanted->action();
  facts.description = wanted->description();
  facts.opaque_id = request.header("x-opaque-id");
  facts.cancellable = true;
  auto task = tasks.start(std::move(facts));
  auto operation = std::make_shared<ByQueryOperation>(services, wanted, task);
  if (wanted->wait_for_completion) {
    const ByQueryOperation::Answer answer = operation->run();
    return RestResponse::json(answer.body, answer.status);
  }
  const std::string id = tasks.id_of(*task);
  tasks.run_detached(std::move(task), [operation = std::move(operation)] {
    return TaskRegistry::Outcome{operation->run().human_body, Json()};
  });
  return RestResponse::json({{"task", id}});
}

}  // namespace

void register_by_query_handlers(Router& router, Services& services) {
  router.add(Method::kPost, "/{index}/_delete_by_query", [&services](RestRequest& request) {
    return run_by_query(services, request, parse_by_query(request, Kind::kDelete));
  });
  router.add(Method::kPost, "/{index}/_update_by_query", [&services](RestRequest& request) {
    return run_by_query(services, request, parse_by_query(request, Kind::kUpdate));
  });
  router.add(Method::kPost, "/_reindex", [&services](RestRequest& request) {
    return run_by_query(services, request, parse_reindex(request));
  });
}

}  // namespace tarn::server
