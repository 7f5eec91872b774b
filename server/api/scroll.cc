// Scrolls and points in time: searches over a view that stays as it was.
#include <fmt/format.h>

#include <chrono>

#include "query/search_request.h"
#include "server/api/document.h"
#include "server/api/search_open.h"

namespace tarn::server {
namespace {

using Kind = OpenContext::Kind;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A time of the URL or a body, in milliseconds, with the errors of RestRequest::get_time_ms.
int64_t time_ms(const std::string& name, const std::string& text) {
  RestRequest request;
  request.parameters[name] = text;
  return request.get_time_ms(name, 0);
}

int64_t setting_ms(Services& services, const std::string& name, const std::string& fallback) {
  return time_ms(name, services.catalog.cluster_setting(name, fallback));
}

int setting_int(Services& services, std::string_view name, int fallback) {
  return std::atoi(services.catalog.cluster_setting(name, std::to_string(fallback)).c_str());
}

SearchContexts::Limits limits_of(Services& services) {
  return {setting_int(services, "search.max_open_scroll_context", 500), setting_int(services, "search.max_open_pit_context", 300)};
}

Error keep_alive_too_large(const std::string& given, const std::string& limit, const char* setting) {
  return illegal_argument(fmt::format("Keep alive for request ({}) is too large. It must be less than ({}). This limit can be set by "
                                      "changing the [{}] cluster level setting.", given, limit, setting));
}

/// "all shards failed" for `reason`, as a search over `index` reports it; index "": a context that nobody has.
Error all_failed(const Error& reason, const std::string& index) {
  Error out(reason.status, "search_phase_execution_exception", "all shards failed");
  Json failure = Json::object();
  failure["shard"] = index.empty() ? -1 : 0;
  failure["index"] = index.empty() ? Json() : Json(index);
  if (!index.empty()) failure["node"] = "tarn";
  failure["reason"] = reason.to_json();
  out.with("phase", "query").with("grouped", true).with("failed_shards", Json::array({failure}));
  out.rooted_in(reason);
  out.caused_by(reason);
  return out;
}

Error context_missing(uint64_t number) {
  return Error(404, "search_context_missing_exception", fmt::format("No search context found for id [{}]", number));
}

[[noreturn]] void invalid(const char* reason) {
  throw ApiError(400, "action_request_validation_exception", fmt::format("Validation Failed: 1: {};", reason));
}

std::string_view token_name(const Json& value) {
  return value.is_object() ? "START_OBJECT" : value.is_array() ? "START_ARRAY" : value.is_string() ? "VALUE_STRING"
         : value.is_number() ? "VALUE_NUMBER" : value.is_boolean() ? "VALUE_BOOLEAN" : "VALUE_NULL";
}

[[noreturn]] void unknown_member(const std::string& key, const Json& value) {
  throw ApiError(illegal_argument(
      fmt::format("Unknown parameter [{}] in request body or parameter is of the wrong type[{}] ", key, token_name(value))));
}

/// Ids of {"scroll_id": "x" | ["x", ..]}.
std::vector<std::string> read_ids(const Json& body, std::string_view member) {
  std::vector<std::string> out;
  if (!body.is_object()) throw ApiError(illegal_argument("Malformed content, must start with an object"));
  for (const auto& [key, value] : body.items()) {
    if (key != member) unknown_member(key, value);
    if (value.is_string()) {
      out.push_back(value.get<std::string>());
    } else if (value.is_array()) {
      for (const Json& item : value) {
        if (!item.is_string()) throw ApiError(illegal_argument(fmt::format("{} array element should only contain {}", member, member)));
        out.push_back(item.get<std::string>());
      }
    } else {
      throw ApiError(illegal_argument(fmt::format("{} element should only contain {}", member, member)));
    }
  }
  return out;
}

std::vector<std::string> split_commas(const std::string& text) {
  RestRequest request;
  request.parameters["ids"] = text;
  return request.get_list("ids");
}

RestResponse next_page(Services& services, RestRequest& request) {
  std::string id = request.get("scroll_id"), keep_alive = request.get("scroll");
  const bool as_int = request.get_bool("rest_total_hits_as_int", false);
  request.check_parameters();
  if (request.has_body()) {
    const Json body = request.json_body();
    if (!body.is_object()) throw ApiError(illegal_argument("Malformed content, must start with an object"));
    for (const auto& [key, value] : body.items()) {
      if (key == "scroll_id" && value.is_string()) id = value.get<std::string>();
      else if (key == "scroll" && value.is_string()) keep_alive = value.get<std::string>();
      else unknown_member(key, value);
    }
  }
  if (id.empty()) invalid("scrollId is missing");
  const int64_t keep_alive_ms = keep_alive.empty() ? -1 : time_ms("scroll", keep_alive);
  const uint64_t number = SearchContexts::parse_id(Kind::kScroll, id);
  const auto open = services.search_contexts->find(Kind::kScroll, number, keep_alive_ms);
  if (!open) throw ApiError(all_failed(context_missing(number), ""));
  const std::string limit = services.catalog.cluster_setting("search.max_keep_alive", "24h");
  if (keep_alive_ms > time_ms("search.max_keep_alive", limit)) {
    throw ApiError(all_failed(keep_alive_too_large(keep_alive, limit == "24h" ? "1d" : limit, "search.max_keep_alive"), ""));
  }
  const std::lock_guard turn(open->turn);
  auto page = std::make_shared<query::SearchRequest>(*open->request);
  page->total_hits_as_int = as_int;
  query::SearchSession session{"_scroll_id", open->id, &open->position};
  RestResponse response;
  query::SearchTimes times;
  query::search(*page, open->targets, make_search_context(services, request), response.body, &times, &session);
  for (const auto& index : open->indices) index->count_search(times.query_us, times.fetch_us);
  return response;
}

RestResponse clear_scroll(Services& services, RestRequest& request) {
  std::vector<std::string> ids = split_commas(request.get("scroll_id"));
  request.check_parameters();
  if (request.has_body()) ids = read_ids(request.json_body(), "scroll_id");
  if (ids.empty()) invalid("no scroll ids specified");
  size_t freed = 0;
  if (ids.size() == 1 && ids[0] == "_all") {
    freed = services.search_contexts->remove_all(Kind::kScroll).size();
    return RestResponse::json({{"succeeded", true}, {"num_freed", freed}});
  }
  std::vector<uint64_t> numbers;
  for (const std::string& id : ids) numbers.push_back(SearchContexts::parse_id(Kind::kScroll, id));
  for (const uint64_t number : numbers) freed += services.search_contexts->remove(Kind::kScroll, number);
  return RestResponse::json({{"succeeded", true}, {"num_freed", freed}}, freed == 0 ? 404 : 200);
}

int total_shards(const SearchScope& scope) {
  int out = 0;
  for (size_t i = 0; i < scope.targets.size(); ++i) {
    const size_t chosen = scope.targets[i].routing_shards.size();
    out += chosen > 0 ? static_cast<int>(chosen) : scope.indices[i]->settings()->number_of_shards;
  }
  return out;
}

RestResponse create_pit(Services& services, RestRequest& request) {
  const std::string keep_alive = request.get("keep_alive");
  const int64_t keep_alive_ms = request.get_time_ms("keep_alive", -1);
  request.get_bool("allow_partial_pit_creation", true);
  const ScopeRequest wanted = read_scope(request);
  request.check_parameters();
  if (keep_alive_ms < 0) invalid("keep alive not specified");
  const std::string limit = services.catalog.cluster_setting("point_in_time.max_keep_alive", "24h");
  if (keep_alive_ms > time_ms("point_in_time.max_keep_alive", limit)) {
    throw ApiError(keep_alive_too_large(keep_alive, limit == "24h" ? "1d" : limit, "point_in_time.max_keep_alive"));
  }
  SearchScope scope = open_search_scope(services, wanted);
  const int shards = total_shards(scope);
  auto context = std::make_shared<OpenContext>();
  context->kind = Kind::kPit;
  context->targets = std::move(scope.targets);
  context->indices = std::move(scope.indices);
  context->created_ms = now_ms();
  context->keep_alive_ms = keep_alive_ms;
  services.search_contexts->add(context, limits_of(services));
  return RestResponse::json(Json{{"pit_id", context->id},
                                 {"_shards", {{"total", shards}, {"successful", shards}, {"skipped", 0}, {"failed", 0}}},
                                 {"creation_time", context->created_ms}});
}

RestResponse list_pits(Services& services) {
  Json pits = Json::array();
  for (const auto& context : services.search_contexts->list(Kind::kPit)) {
    pits.push_back({{"pit_id", context->id}, {"creation_time", context->created_ms}, {"keep_alive", context->keep_alive_ms}});
  }
  return RestResponse::json({{"pits", std::move(pits)}});
}

RestResponse delete_pits(Services& services, RestRequest& request) {
  request.check_parameters();
  const std::vector<std::string> ids = request.has_body() ? read_ids(request.json_body(), "pit_id") : std::vector<std::string>();
  if (ids.empty()) invalid("no pit ids specified");
  std::vector<uint64_t> numbers;
  for (const std::string& id : ids) numbers.push_back(SearchContexts::parse_id(Kind::kPit, id));
  Json pits = Json::array();
  for (size_t i = 0; i < ids.size(); ++i) {
    services.search_contexts->remove(Kind::kPit, numbers[i]);  // one that is gone counts as deleted
    pits.push_back({{"successful", true}, {"pit_id", ids[i]}});
  }
  return RestResponse::json({{"pits", std::move(pits)}});
}

RestResponse delete_all_pits(Services& services) {
  Json pits = Json::array();
  for (const auto& context : services.search_contexts->remove_all(Kind::kPit)) {
    pits.push_back({{"successful", true}, {"pit_id", context->id}});
  }
  return RestResponse::json({{"pits", std::move(pits)}});
}

}  // namespace

std::shared_ptr<OpenContext> find_point_in_time(Services& services, const query::SearchRequest& request) {
  const uint64_t number = SearchContexts::parse_id(Kind::kPit, request.pit_id);
  const int64_t keep_alive_ms = request.pit_keep_alive.empty() ? -1 : time_ms("keep_alive", request.pit_keep_alive);
  auto open = services.search_contexts->find(Kind::kPit, number, keep_alive_ms);
  if (!open) throw ApiError(all_failed(context_missing(number), "_na_"));
  return open;
}

std::shared_ptr<OpenContext> open_scroll(Services& services, const ParsedCall& call) {
  SearchScope scope = open_search_scope(services, call.call.scope);
  const std::string limit = services.catalog.cluster_setting("search.max_keep_alive", "24h");
  if (call.request->scroll_keep_alive_ms > setting_ms(services, "search.max_keep_alive", "24h") && !scope.indices.empty()) {
    throw ApiError(all_failed(keep_alive_too_large(call.request->scroll_keep_alive, limit == "24h" ? "1d" : limit, "search.max_keep_alive"),
                              scope.indices[0]->name()));
  }
  auto context = std::make_shared<OpenContext>();
  context->kind = Kind::kScroll;
  context->targets = std::move(scope.targets);
  context->indices = std::move(scope.indices);
  context->created_ms = now_ms();
  context->keep_alive_ms = call.request->scroll_keep_alive_ms;
  context->request = call.request;
  services.search_contexts->add(context, limits_of(services));
  return context;
}

void register_scroll_handlers(Router& router, Services& services) {
  for (const char* path : {"/_search/scroll", "/_search/scroll/{scroll_id}"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return next_page(services, request); });
    router.add(Method::kDelete, path, [&services](RestRequest& request) { return clear_scroll(services, request); });
  }
  router.add(Method::kPost, "/{index}/_search/point_in_time", [&services](RestRequest& request) { return create_pit(services, request); });
  router.add(Method::kDelete, "/_search/point_in_time", [&services](RestRequest& request) { return delete_pits(services, request); });
  router.add(Method::kGet, "/_search/point_in_time/_all", [&services](RestRequest&) { return list_pits(services); });
  router.add(Method::kDelete, "/_search/point_in_time/_all", [&services](RestRequest&) { return delete_all_pits(services); });
}

}  // namespace tarn::server
