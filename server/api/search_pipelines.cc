// _search/pipeline: stored pipelines of searches, and the processors of OpenSearch's search-pipeline-common.
#include "indexer/base/ascii.h"
#include "server/api/search_pipelines.h"

#include <fmt/format.h>

#include <algorithm>

#include "indexer/engine.h"
#include "indexer/pipeline/document.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

constexpr const char* kKind = "search_pipeline";  // of the store's metadata

Error property_error(const std::string& name, const std::string& what) {
  return Error(400, "parse_exception", fmt::format("[{}] {}", name, what)).with("property_name", name);
}

/// "description" and "version", which say nothing to a search.
void check_member(const std::string& key, const Json& value) {
  if (value.is_null()) return;
  if (key == "description" && !value.is_string()) {
    throw ApiError(property_error(key, fmt::format("property isn't a string, but of type [{}]", java_type(value))));
  }
  if (key != "version" || value.is_number_integer()) return;
  const std::string text = java_text(value);
  if (text.empty() || text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) != text.npos) {
    throw ApiError(property_error(key, fmt::format("property cannot be converted to an int [{}]", text)));
  }
}

std::optional<Json> stored_pipeline(Services& services, const std::string& id) {
  const auto text = services.engine.store().read_meta(kKind, id);
  return text ? std::optional<Json>(parse_json(*text)) : std::nullopt;
}

/// The default pipeline that all searched indices agree on; "" for none.
std::string default_pipeline(Services& services, const SearchCall& call) {
  std::string out;
  bool first = true;
  IndicesOptions options = call.scope.options;
  options.ignore_unavailable = true;  // whoever searches them reports what is missing
  options.allow_no_indices = true;
  for (const ResolvedIndex& resolved : services.catalog.resolve(call.scope.indices, options)) {
    const auto settings = resolved.index->settings();
    const auto it = settings->flat.find("index.search.default_pipeline");
    const std::string own = it == settings->flat.end() || !it->is_string() ? "" : it->get<std::string>();
    if (!first && own != out) return "";
    out = own;
    first = false;
  }
  return out == "_none" ? "" : out;
}

RestResponse put_pipeline(Services& services, RestRequest& request) {
  const std::string id = request.get("id");
  request.consume({"cluster_manager_timeout", "master_timeout", "timeout"});
  const Json body = request.json_body();
  request.check_parameters();
  SearchPipeline::parse(id, body, &services.scripts);
  services.engine.store().write_meta({{kKind, id, to_text(body)}});
  return RestResponse::json({{"acknowledged", true}});
}

RestResponse get_pipelines(Services& services, RestRequest& request) {
  const std::vector<std::string> patterns = request.get_list("id");
  request.consume({"cluster_manager_timeout", "master_timeout"});
  request.check_parameters();
  Json out = Json::object();
  for (const auto& [id, body] : services.engine.store().scan_meta(kKind)) {
    const bool wanted = patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&i = id](const auto& p) { return matches_pattern(p, i); });
    if (wanted) out[id] = parse_json(body);
  }
  return RestResponse::json(out, out.empty() && !patterns.empty() ? 404 : 200);
}

RestResponse delete_pipelines(Services& services, RestRequest& request) {
  const std::string pattern = request.get("id");
  request.consume({"cluster_manager_timeout", "master_timeout", "timeout"});
  request.check_parameters();
  std::vector<Store::MetaWrite> writes;
  for (const auto& [id, body] : services.engine.store().scan_meta(kKind)) {
    if (matches_pattern(pattern, id)) writes.push_back({kKind, id, std::nullopt});
  }
  if (writes.empty() && pattern != "*") {
    throw ApiError(404, "resource_not_found_exception", fmt::format("pipeline [{}] is missing", pattern));
  }
  if (!writes.empty()) services.engine.store().write_meta(writes);
  return RestResponse::json({{"acknowledged", true}});
}

}  // namespace

SearchPipeline SearchPipeline::parse(const std::string& id, const Json& body, const script::StoredScripts* scripts) {
  SearchPipeline out;
  if (!body.is_object()) throw ApiError(400, "parse_exception", "a pipeline must be an object");
  std::string unknown;
  for (const auto& [key, value] : body.items()) {
    if (key == "description" || key == "version") {
      check_member(key, value);
      continue;
    }
    if (key != "request_processors" && key != "response_processors" && key != "phase_results_processors") {
      unknown += (unknown.empty() ? "" : ", ") + key;
      continue;
    }
    if (!value.is_array()) {
      throw ApiError(property_error(key, fmt::format("property isn't a list, but of type [{}]", value.is_object() ? "java.util.HashMap" : java_type(value))));
    }
    for (const Json& item : value) {
      if (!item.is_object()) {
        throw ApiError(500, "class_cast_exception",
                       fmt::format("class {0} cannot be cast to class java.util.Map ({0} and java.util.Map are in module java.base of loader 'bootstrap')",
                                   java_type(item)));
      }
      for (const auto& [type, config] : item.items()) {
        if (key == "phase_results_processors") throw ApiError(illegal_argument(fmt::format("Invalid processor type {}", type)));
        const bool request = key == "request_processors";
        (request ? out.request_ : out.response_).push_back(make_search_processor(request, type, config, scripts));
      }
    }
  }
  if (!unknown.empty()) {
    throw ApiError(400, "parse_exception", fmt::format("pipeline [{}] doesn't support one or more provided configuration parameters [{}]", id, unknown));
  }
  return out;
}

std::unique_ptr<SearchPipeline> SearchPipeline::of_call(Services& services, SearchCall& call) {
  std::string id;
  if (call.body.is_object() && call.body.contains("search_pipeline")) {
    const Json given = call.body["search_pipeline"];
    call.body.erase("search_pipeline");
    if (given.is_object()) {
      if (call.parameters.contains("search_pipeline")) {
        throw ApiError(illegal_argument("Both named and inline search pipeline were specified. Please only specify one or the other."));
      }
      return std::make_unique<SearchPipeline>(parse("_ad_hoc_pipeline", given, &services.scripts));
    }
    if (given.is_array()) throw ApiError(parsing_exception("Unknown key for a START_ARRAY in [search_pipeline]."));
    if (!given.is_null()) id = given.is_string() ? given.get<std::string>() : to_text(given);
  }
  if (const auto it = call.parameters.find("search_pipeline"); it != call.parameters.end()) {
    id = it->second;
    call.parameters.erase(it);
  }
  call.pipeline_off = id == "_none";
  if (id.empty() || id == "_none") return nullptr;
  return load(services, id);
}

std::unique_ptr<SearchPipeline> SearchPipeline::of_indices(Services& services, const SearchCall& call) {
  const std::string id = default_pipeline(services, call);
  return id.empty() ? nullptr : load(services, id);
}

std::unique_ptr<SearchPipeline> SearchPipeline::load(Services& services, const std::string& id) {
  const auto body = stored_pipeline(services, id);
  if (!body) throw ApiError(illegal_argument(fmt::format("Pipeline {} is not defined", id)));
  return std::make_unique<SearchPipeline>(parse(id, *body, &services.scripts));
}

void SearchPipeline::change_request(Json& body) {
  if (request_.empty()) return;
  if (!body.is_object()) body = Json::object();
  for (const auto& step : request_) {
    Json changed = body;
    try {
      step->change_request(changed, context_);
      body = std::move(changed);
    } catch (const ApiError&) {
      if (!step->ignore_failure) throw;
    }
  }
}

void SearchPipeline::change_response(Json& answer) const {
  if (!answer.contains("hits") || !answer["hits"].contains("hits")) return;
  for (const auto& step : response_) {
    try {
      step->change_response(answer, context_);
    } catch (const ApiError&) {
      if (!step->ignore_failure) throw;
    }
  }
}

void register_search_pipeline_handlers(Router& router, Services& services) {
  router.add(Method::kGet, "/_search/pipeline", [&services](RestRequest& request) { return get_pipelines(services, request); });
  router.add(Method::kGet, "/_search/pipeline/{id}", [&services](RestRequest& request) { return get_pipelines(services, request); });
  router.add(Method::kPut, "/_search/pipeline/{id}", [&services](RestRequest& request) { return put_pipeline(services, request); });
  router.add(Method::kDelete, "/_search/pipeline/{id}", [&services](RestRequest& request) { return delete_pipelines(services, request); });
}

}  // namespace tarn::server
