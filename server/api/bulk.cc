#include <fmt/format.h>
#include <simdjson.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "server/api/bulk_execution.h"
#include "server/api/document.h"

namespace tarn::server {
namespace {

using Clock = std::chrono::steady_clock;

int64_t elapsed_ms(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
}

RestResponse bulk(Services& services, RestRequest& request) {
  const auto started = Clock::now();
  BulkDefaults defaults;
  defaults.index = request.get("index");
  defaults.routing = request.get("routing");
  if (const auto pipeline = request.find("pipeline")) {
    defaults.pipeline = *pipeline;
    defaults.has_pipeline = true;
  }
  defaults.require_alias = request.get_bool("require_alias", false);
  defaults.source = parse_source_parameters(request);
  const RefreshPolicy refresh = parse_refresh(request);
  const ActiveShards active_shards = parse_active_shards(request);
  request.consume({"batch_size"});
  request.check_parameters();
  if (!request.has_body()) throw ApiError(Error(400, "parse_exception", "request body is required"));

  request.body.reserve(request.body.size() + simdjson::SIMDJSON_PADDING);
  BulkExecution execution(services, parse_bulk(request.body, defaults), refresh);
  execution.set_active_shards(active_shards);
  execution.run(request.header("idempotency-key"));

  RestResponse response;
  response.body.reserve(256);
  const int64_t took_ms = elapsed_ms(started);
  if (services.slow_log.bulk_ms >= 0 && took_ms >= services.slow_log.bulk_ms) {
    spdlog::warn("slow bulk: took {} ms, {} bytes, path {}, id [{}]", took_ms, request.body.size(), request.path,
                 request.header("x-opaque-id"));
  }
  JsonWriter out(response.body);
  execution.write(out, took_ms);
  return response;
}

}  // namespace

void register_bulk_handlers(Router& router, Services& services) {
  const auto handler = [&services](RestRequest& request) { return bulk(services, request); };
  router.add({Method::kPost, Method::kPut}, "/_bulk", handler);
  router.add({Method::kPost, Method::kPut}, "/{index}/_bulk", handler);
}

}  // namespace tarn::server
