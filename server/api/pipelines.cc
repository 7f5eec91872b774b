// _ingest: pipelines, their simulation, the patterns of grok.
#include <fmt/format.h>

#include "indexer/index_names.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "server/pipeline_registry.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

RestResponse put_pipeline(Services& services, RestRequest& request) {
  read_timeouts(request);
  const std::string id = request.get("id");
  const Json body = request.json_body();
  request.check_parameters();
  services.pipelines.put(id, body);
  return acknowledged();
}

RestResponse get_pipeline(Services& services, RestRequest& request) {
  read_timeouts(request);
  const auto ids = request.get_list("id");
  Json out = Json::object();
  const auto add = [&](std::string_view pattern) {
    for (const auto& [id, definition] : services.pipelines.list(pattern)) out[id] = definition;
  };
  if (ids.empty()) add("*");
  for (const auto& id : ids) add(id);
  return RestResponse::json(out, out.empty() && !ids.empty() && !(ids.size() == 1 && ids[0] == "*") ? 404 : 200);
}

RestResponse delete_pipeline(Services& services, RestRequest& request) {
  read_timeouts(request);
  const std::string id = request.get("id");
  request.check_parameters();
  const auto found = services.pipelines.list(id);
  if (found.empty() && id != "*")
    throw ApiError(404, "resource_not_found_exception", fmt::format("pipeline [{}] is missing", id));
  for (const auto& [name, definition] : found) services.pipelines.remove(name);
  return acknowledged();
}

RestResponse simulate(Services& services, RestRequest& request) {
  const bool verbose = request.get_bool("verbose", false);
  const std::string id = request.get("id");
  const Json body = request.json_body();
  std::shared_ptr<const Pipeline> stored;
  if (!id.empty()) {
    stored = services.pipelines.find(id);
    if (!stored) throw ApiError(illegal_argument(fmt::format("pipeline [{}] does not exist", id)));
  }
  return RestResponse::json(simulate_pipeline(body, stored, verbose, services.pipelines.resolver(), &services.scripts));
}

RestResponse grok_patterns(Services&, RestRequest& request) { return RestResponse::json(grok_pattern_list(request.get_bool("s", false))); }

}  // namespace

void register_pipeline_handlers(Router& router, Services& services) {
  using enum Method;
  const auto on = [&](std::initializer_list<Method> methods, std::initializer_list<const char*> paths,
                      RestResponse (*handler)(Services&, RestRequest&)) {
    for (const char* path : paths)
      router.add(methods, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on({kPut}, {"/_ingest/pipeline/{id}"}, put_pipeline);
  on({kGet}, {"/_ingest/pipeline", "/_ingest/pipeline/{id}"}, get_pipeline);
  on({kDelete}, {"/_ingest/pipeline/{id}"}, delete_pipeline);
  on({kGet, kPost}, {"/_ingest/pipeline/_simulate", "/_ingest/pipeline/{id}/_simulate"}, simulate);
  on({kGet}, {"/_ingest/processor/grok"}, grok_patterns);
}

}  // namespace tarn::server
