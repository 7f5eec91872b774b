// _search/pipeline: stored pipelines of searches, and the processors of OpenSearch's search-pipeline-common.
#include "indexer/base/ascii.h"
#include "server/api/search_pipelines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "indexer/engine.h"

namespace tarn::server {
namespace {

constexpr const char* kKind = "search_pipeline";  // of the store's metadata

struct ProcessorType {
  std::string_view name;
  bool request;
  std::vector<std::string_view> required, optional;
};

const std::vector<ProcessorType>& processor_types() {
  static const std::vector<ProcessorType> types = {{"filter_query", true, {"query"}, {}},
                                                   {"oversample", true, {"sample_factor"}, {"context_prefix"}},
                                                   {"truncate_hits", false, {}, {"target_size", "context_prefix"}},
                                                   {"rename_field", false, {"field", "target_field"}, {}},
                                                   {"collapse", false, {"field"}, {"context_prefix"}},
                                                   {"sort", false, {"field"}, {"order", "target_field"}},
                                                   {"split", false, {"field", "separator"}, {"preserve_trailing", "target_field"}}};
  return types;
}

Error property_error(std::string_view type, std::string_view name, std::string_view what) {
  Error out(400, "parse_exception", fmt::format("[{}] {}", name, what));
  out.with("processor_type", std::string(type)).with("property_name", std::string(name));
  return out;
}

void check_processor(bool request, const std::string& type, const Json& config) {
  const auto& types = processor_types();
  const auto known = std::find_if(types.begin(), types.end(), [&](const ProcessorType& t) { return t.name == type && t.request == request; });
  if (known == types.end()) throw ApiError(illegal_argument(fmt::format("Invalid processor type {}", type)));
  if (!config.is_object()) throw ApiError(illegal_argument(fmt::format("processor [{}] needs an object", type)));
  for (const std::string_view name : known->required) {
    if (!config.contains(std::string(name))) throw ApiError(property_error(type, name, "required property is missing"));
  }
  for (const auto& [name, value] : config.items()) {
    static constexpr std::string_view kCommon[] = {"tag", "description", "ignore_failure"};
    const auto is = [&n = name](std::string_view other) { return n == other; };
    if (std::any_of(known->required.begin(), known->required.end(), is) || std::any_of(known->optional.begin(), known->optional.end(), is) ||
        std::any_of(std::begin(kCommon), std::end(kCommon), is)) {
      continue;
    }
    throw ApiError(400, "parse_exception", fmt::format("processor [{}] doesn't support one or more provided configuration parameters [{}]", type, name));
  }
  if (type == "oversample" && (!config["sample_factor"].is_number() || config["sample_factor"].get<double>() < 1.0)) {
    throw ApiError(property_error(type, "sample_factor", "Value must be >= 1.0"));
  }
  if (type == "truncate_hits" && config.contains("target_size") && (!config["target_size"].is_number() || config["target_size"].get<double>() < 0)) {
    throw ApiError(property_error(type, "target_size", "Value must be >= 0"));
  }
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

/// The value of `field` of a hit: in its fields (first value), else in its _source; null where there is none.
Json* find_value(Json& hit, const std::string& field) {
  if (hit.contains("fields") && hit["fields"].contains(field)) return &hit["fields"][field];
  if (hit.contains("_source") && hit["_source"].is_object() && hit["_source"].contains(field)) return &hit["_source"][field];
  return nullptr;
}

void rename(Json& hit, const std::string& from, const std::string& to) {
  bool found = false;
  for (const char* part : {"fields", "_source"}) {
    if (!hit.contains(part) || !hit[part].is_object() || !hit[part].contains(from)) continue;
    Json value = std::move(hit[part][from]);
    hit[part].erase(from);
    hit[part][to] = std::move(value);
    found = true;
  }
  if (!found) throw ApiError(illegal_argument(fmt::format("Document with id {} is missing field {}", text_of(hit["_id"]), from)));
}

void collapse(Json& hits, const std::string& field) {
  std::set<std::string> seen;
  Json kept = Json::array();
  for (Json& hit : hits) {
    const Json* value = find_value(hit, field);
    if (value == nullptr) throw ApiError(500, "illegal_state_exception", fmt::format("Failed to find field [{}] for collapse", field));
    if (seen.insert(to_text(*value)).second) kept.push_back(std::move(hit));
  }
  hits = std::move(kept);
}

void sort_values(Json& hit, const Json& config) {
  const std::string field = text_of(config["field"]);
  const std::string target = config.contains("target_field") ? text_of(config["target_field"]) : field;
  const bool descending = config.contains("order") && config["order"] == "desc";
  Json* value = find_value(hit, field);
  if (value == nullptr) throw ApiError(illegal_argument(fmt::format("field [{}] is not present in document.", field)));
  if (!value->is_array()) throw ApiError(illegal_argument(fmt::format("field [{}] is of type [string], cannot be sorted", field)));
  std::vector<Json> items(value->begin(), value->end());
  std::stable_sort(items.begin(), items.end(), [&](const Json& a, const Json& b) { return descending ? b < a : a < b; });
  hit["_source"][target] = Json(items);
}

void split_value(Json& hit, const Json& config) {
  const std::string field = text_of(config["field"]), separator = text_of(config["separator"]);
  const std::string target = config.contains("target_field") ? text_of(config["target_field"]) : field;
  const bool trailing = config.contains("preserve_trailing") && config["preserve_trailing"] == true;
  Json* value = find_value(hit, field);
  if (value == nullptr) throw ApiError(illegal_argument(fmt::format("field [{}] is not present in document.", field)));
  if (!value->is_string()) throw ApiError(illegal_argument(fmt::format("field [{}] is not a string, cannot split", field)));
  const std::string text = value->get<std::string>();
  Json parts = Json::array();
  for (size_t from = 0; from <= text.size();) {
    const size_t at = separator.empty() ? text.npos : text.find(separator, from);
    parts.push_back(text.substr(from, at == text.npos ? text.npos : at - from));
    if (at == text.npos) break;
    from = at + separator.size();
  }
  while (!trailing && parts.size() > 1 && parts.back() == "") parts.erase(parts.size() - 1);
  hit["_source"][target] = std::move(parts);
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
  SearchPipeline::parse(id, body);
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
  if (!writes.empty()) services.engine.store().write_meta(writes);
  return RestResponse::json({{"acknowledged", true}});
}

}  // namespace

SearchPipeline SearchPipeline::parse(const std::string& id, const Json& body) {
  SearchPipeline out;
  if (!body.is_object()) throw ApiError(400, "parse_exception", "a pipeline must be an object");
  for (const auto& [key, value] : body.items()) {
    if (key == "description" || key == "version") continue;
    if (key != "request_processors" && key != "response_processors" && key != "phase_results_processors") {
      throw ApiError(400, "parse_exception", fmt::format("pipeline [{}] doesn't support one or more provided configuration parameters [{}]", id, key));
    }
    if (!value.is_array()) throw ApiError(property_error("", key, "property isn't a list"));
    for (const Json& item : value) {
      if (!item.is_object()) throw ApiError(400, "parse_exception", fmt::format("[{}] must hold objects", key));
      for (const auto& [type, config] : item.items()) {
        if (key == "phase_results_processors") throw ApiError(illegal_argument(fmt::format("Invalid processor type {}", type)));
        const bool request = key == "request_processors";
        check_processor(request, type, config);
        (request ? out.request_ : out.response_).push_back({type, config});
      }
    }
  }
  return out;
}

std::unique_ptr<SearchPipeline> SearchPipeline::of_call(Services& services, SearchCall& call) {
  std::string id;
  if (call.body.is_object() && call.body.contains("search_pipeline")) {
    const Json given = call.body["search_pipeline"];
    call.body.erase("search_pipeline");
    if (given.is_object()) return std::make_unique<SearchPipeline>(parse("_ad_hoc_pipeline", given));
    if (!given.is_string()) throw ApiError(parsing_exception("Unknown key for a value in [search_pipeline]."));
    id = given.get<std::string>();
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
  return std::make_unique<SearchPipeline>(parse(id, *body));
}

void SearchPipeline::change_request(Json& body) {
  if (request_.empty()) return;
  if (!body.is_object()) body = Json::object();
  for (const Step& step : request_) {
    if (step.type == "filter_query") {
      Json clause = Json{{"filter", Json::array({step.config["query"]})}};
      if (body.contains("query")) clause["must"] = Json::array({body["query"]});
      body["query"] = Json{{"bool", std::move(clause)}};
    } else if (step.type == "oversample") {
      original_size_ = body.contains("size") && body["size"].is_number_integer() ? body["size"].get<int64_t>() : 10;
      body["size"] = static_cast<int64_t>(std::ceil(static_cast<double>(original_size_) * step.config["sample_factor"].get<double>()));
    }
  }
}

void SearchPipeline::change_response(Json& answer) const {
  if (!answer.contains("hits") || !answer["hits"].contains("hits")) return;
  Json& hits = answer["hits"]["hits"];
  for (const Step& step : response_) {
    try {
      if (step.type == "rename_field") {
        for (Json& hit : hits) rename(hit, text_of(step.config["field"]), text_of(step.config["target_field"]));
      } else if (step.type == "truncate_hits") {
        const int64_t size = step.config.contains("target_size") ? static_cast<int64_t>(step.config["target_size"].get<double>()) : original_size_;
        if (size < 0) throw ApiError(500, "illegal_state_exception", "Must specify target_size unless an earlier processor set original_size");
        while (static_cast<int64_t>(hits.size()) > size) hits.erase(hits.size() - 1);
      } else if (step.type == "collapse") {
        collapse(hits, text_of(step.config["field"]));
      } else if (step.type == "sort") {
        for (Json& hit : hits) sort_values(hit, step.config);
      } else if (step.type == "split") {
        for (Json& hit : hits) split_value(hit, step.config);
      }
    } catch (const ApiError&) {
      if (!step.config.contains("ignore_failure") || step.config["ignore_failure"] != true) throw;
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
