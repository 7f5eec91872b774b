// _validate/query: whether a query can be asked, and what it is to Lucene, without asking it.
#include <map>

#include "indexer/base/json_location.h"
#include "query/validate_query.h"
#include "server/api/search_open.h"
#include "server/api/search_support.h"

namespace tarn::server {
namespace {

/// The query of body or URL; the parser's error is an answer here.
struct Asked {
  std::shared_ptr<const query::SearchRequest> request;
  std::optional<Error> error;
};

/// Queries whose parser throws something else than a ParsingException are wrapped in one.
Error as_parsing_error(const Error& error) {
  if (error.type == "parsing_exception") return error;
  return parsing_exception("Failed to parse").caused_by(error);
}

Asked parse_asked(const RestRequest& request) {
  std::map<std::string, std::string, std::less<>> parameters;
  for (const char* name : {"q", "df", "analyzer", "analyze_wildcard", "default_operator", "lenient"}) {
    if (const auto value = request.find(name)) parameters.emplace(name, *value);
  }
  Asked out;
  try {
    const Json body = request.has_body() || request.has("source") ? request.json_body() : Json();
    if (!body.is_null() && !body.is_object()) {
      throw ApiError(parsing_exception(std::string("Expected [START_OBJECT] but found [") + (body.is_array() ? "START_ARRAY" : "VALUE") + "]"));
    }
    out.request = query::parse_count_request(body, parameters);
  } catch (const ApiError& error) {
    if (error.error().status == 501) throw;
    out.error = as_parsing_error(error.error());
  }
  return out;
}

void write_explanation(const Index& index, int shard, const query::QueryValidity& validity, bool words, JsonWriter& out) {
  out.begin_object().key("index").string(index.name());
  if (shard >= 0) out.key("shard").number(shard);
  out.key("valid").boolean(!validity.error);
  if (validity.error) out.key("error").string(query::detailed_message(*validity.error));
  else if (words) out.key("explanation").string(validity.explanation);
  out.end_object();
}

RestResponse validate(Services& services, RestRequest& request) {
  const bool explain = request.get_bool("explain", false), rewrite = request.get_bool("rewrite", false);
  const bool all_shards = request.get_bool("all_shards", false);
  const Asked asked = parse_asked(request);
  const ScopeRequest wanted = read_scope(request);
  request.check_parameters();
  RestResponse response;
  JsonWriter out(response.body);
  if (asked.error) {
    out.begin_object().key("valid").boolean(false);
    if (explain) out.key("error").string(query::detailed_message(*asked.error));
    out.end_object();
    return response;
  }
  const SearchScope scope = open_search_scope(services, wanted);
  const auto words = rewrite ? query::QueryWords::kRewritten : explain ? query::QueryWords::kAsGiven : query::QueryWords::kNone;
  bool valid = true;
  int shards = 0;
  std::string explanations;
  JsonWriter list(explanations);
  list.begin_array();
  for (size_t i = 0; i < scope.targets.size(); ++i) {
    const query::QueryValidity validity = query::validate_query(*asked.request, scope.targets[i], make_search_context(services, request), words);
    valid = valid && !validity.error;
    const int count = all_shards ? scope.indices[i]->settings()->number_of_shards : 1;
    for (int shard = 0; shard < count; ++shard) {
      write_explanation(*scope.indices[i], all_shards ? shard : -1, validity, explain || rewrite, list);
    }
    shards += count;
  }
  list.end_array();
  out.begin_object().key("_shards").begin_object().key("total").number(shards).key("successful").number(shards);
  out.key("failed").number(0).end_object().key("valid").boolean(valid);
  if ((explain || rewrite || all_shards) && !scope.targets.empty()) out.key("explanations").raw(explanations);
  out.end_object();
  return response;
}

}  // namespace

void register_validate_handlers(Router& router, Services& services) {
  for (const char* path : {"/_validate/query", "/{index}/_validate/query"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return validate(services, request); });
  }
}

}  // namespace tarn::server
