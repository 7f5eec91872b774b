// _validate/query: whether a query can be asked, without asking it.
#include <map>

#include "query/validate_query.h"
#include "server/api/search_open.h"
#include "server/api/search_support.h"

namespace tarn::server {
namespace {

/// The query of body or URL; null where it cannot be parsed, which is an answer here and no error.
std::shared_ptr<const query::SearchRequest> parse_asked(const RestRequest& request) {
  std::map<std::string, std::string, std::less<>> parameters;
  for (const char* name : {"q", "df", "analyzer", "analyze_wildcard", "default_operator", "lenient"}) {
    if (const auto value = request.find(name)) parameters.emplace(name, *value);
  }
  try {
    const Json body = request.has_body() || request.has("source") ? request.json_body() : Json();
    return query::parse_count_request(body, parameters);
  } catch (const ApiError& error) {
    if (error.error().status == 501) throw;
    return nullptr;
  }
}

RestResponse validate(Services& services, RestRequest& request) {
  for (const char* name : {"explain", "rewrite"}) {
    if (request.get_bool(name, false)) {
      throw ApiError(501, "not_implemented_exception",
                     "the parameter [" + std::string(name) + "] of _validate/query is not implemented in Tarn yet");
    }
  }
  const bool all_shards = request.get_bool("all_shards", false);
  const auto asked = parse_asked(request);
  const ScopeRequest wanted = read_scope(request);
  request.check_parameters();
  RestResponse response;
  JsonWriter out(response.body);
  if (!asked) {
    out.begin_object().key("valid").boolean(false).end_object();
    return response;
  }
  const SearchScope scope = open_search_scope(services, wanted);
  bool valid = true;
  for (const query::SearchTarget& target : scope.targets) {
    valid = !query::validate_query(*asked, target, make_search_context(services, request)) && valid;
  }
  int shards = 0;
  for (const auto& index : scope.indices) shards += all_shards ? index->settings()->number_of_shards : 1;
  out.begin_object().key("_shards").begin_object().key("total").number(shards).key("successful").number(shards);
  out.key("failed").number(0).end_object().key("valid").boolean(valid).end_object();
  return response;
}

}  // namespace

void register_validate_handlers(Router& router, Services& services) {
  for (const char* path : {"/_validate/query", "/{index}/_validate/query"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return validate(services, request); });
  }
}

}  // namespace tarn::server
