#include "query/search.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "server/api/document.h"
#include "server/api/search_support.h"
#include "server/api/write_support.h"

namespace tarn::server {

IndicesOptions parse_indices_options(const RestRequest& request, IndicesOptions defaults) {
  IndicesOptions options = defaults;
  options.ignore_unavailable = request.get_bool("ignore_unavailable", options.ignore_unavailable);
  options.allow_no_indices = request.get_bool("allow_no_indices", options.allow_no_indices);
  if (options.ignore_unavailable) options.forbid_closed = false;
  request.consume({"ignore_throttled"});
  if (!request.has("expand_wildcards")) return options;
  options.expand_open = options.expand_closed = options.expand_hidden = false;
  for (const std::string& state : request.get_list("expand_wildcards")) {
    if (state == "open") options.expand_open = true;
    else if (state == "closed") options.expand_closed = true;
    else if (state == "hidden") options.expand_hidden = true;
    else if (state == "all") options.expand_open = options.expand_closed = options.expand_hidden = true;
    else if (state != "none") {
      throw ApiError(illegal_argument(fmt::format("No valid expand wildcard value [{}]", state)));
    }
  }
  return options;
}

SearchScope open_search_scope(Services& services, const RestRequest& request) {
  SearchScope scope;
  const std::string expression = request.get("index");
  const IndicesOptions options = parse_indices_options(request, {});
  std::vector<std::string> routing = request.get_list("routing");
  request.consume({"preference"});
  for (ResolvedIndex& resolved : services.catalog.resolve(expression, options)) {
    if (resolved.index->closed()) continue;  // reached by a wildcard, or ignore_unavailable
    check_read_block(*resolved.index);
    query::SearchTarget target;
    target.searcher = resolved.index->acquire_searcher();
    target.alias_filters = std::move(resolved.alias_filters);
    const int shards = resolved.index->settings()->number_of_shards;
    if (shards > 1) {
      const auto& routings = routing.empty() ? resolved.search_routing : routing;
      for (const std::string& value : routings) target.routing_shards.push_back(query::shard_of(value, shards));
    }
    scope.targets.push_back(std::move(target));
    scope.indices.push_back(std::move(resolved.index));
  }
  return scope;
}

query::SearchContext make_search_context(Services& services, const RestRequest& request) {
  query::SearchContext context;
  context.now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  context.filter_cache = services.filter_cache;
  context.cancelled = request.cancelled;
  context.catalog = &services.catalog;
  return context;
}

namespace {

constexpr size_t kSlowLogBytesMax = 1000;  // of a request's body in the slow log

RestResponse search(Services& services, RestRequest& request) {
  std::map<std::string, std::string, std::less<>> parameters;
  for (const std::string& name : query::search_parameter_names()) {
    if (const auto value = request.find(name)) parameters.emplace(name, *value);
  }
  const Json body = request.has_body() || request.has("source") ? request.json_body() : Json();
  const auto parsed = query::parse_search_request(body, parameters);
  const SearchScope scope = open_search_scope(services, request);
  request.check_parameters();
  RestResponse response;
  query::SearchTimes times;
  query::search(*parsed, scope.targets, make_search_context(services, request), response.body, &times);
  for (const auto& index : scope.indices) index->count_search(times.query_us, times.fetch_us);
  const auto took_ms = static_cast<int64_t>((times.query_us + times.fetch_us) / 1000);
  if (services.slow_log.query_ms >= 0 && took_ms >= services.slow_log.query_ms) {
    spdlog::warn("slow search: took {} ms, path {}, id [{}], source {}", took_ms, request.path, request.header("x-opaque-id"),
                 std::string_view(request.body).substr(0, kSlowLogBytesMax));
  }
  return response;
}

RestResponse count(Services& services, RestRequest& request) {
  const Json body = request.has_body() || request.has("source") ? request.json_body() : Json();
  for (const char* name : {"q", "df", "analyzer", "analyze_wildcard", "default_operator", "lenient"}) {
    if (request.has(name)) {
      throw ApiError(Error(501, "not_implemented_exception", fmt::format("the parameter [{}] of _count is not implemented in Tarn yet", name)));
    }
  }
  request.consume({"terminate_after"});  // counts of whole indices come from metadata, so there is nothing to cut short
  if (request.has("min_score")) {
    throw ApiError(Error(501, "not_implemented_exception", "min_score of _count is not implemented in Tarn yet"));
  }
  if (body.is_object()) {
    for (const auto& [key, value] : body.items()) {
      if (key != "query") {
        throw ApiError(parsing_exception(fmt::format("request does not support [{}]", key)));
      }
    }
  }
  const SearchScope scope = open_search_scope(services, request);
  request.check_parameters();
  const uint64_t matches = query::count(body, scope.targets, make_search_context(services, request));
  int shards = 0;
  for (const auto& index : scope.indices) shards += index->settings()->number_of_shards;
  RestResponse response;
  JsonWriter out(response.body);
  out.begin_object().key("count").unsigned_number(matches).key("_shards").begin_object().key("total").number(shards);
  out.key("successful").number(shards).key("skipped").number(0).key("failed").number(0).end_object().end_object();
  return response;
}

}  // namespace

void register_search_handlers(Router& router, Services& services) {
  for (const char* path : {"/_search", "/{index}/_search"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return search(services, request); });
  }
  for (const char* path : {"/_count", "/{index}/_count"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return count(services, request); });
  }
}

}  // namespace tarn::server
