// _index_template, _component_template and the legacy _template.

#include <fmt/format.h>

#include "indexer/index_names.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

constexpr std::string_view kIndex = "index", kComponent = "component", kLegacy = "legacy";

void read_get_parameters(const RestRequest& request) {
  request.get_bool("local", false);
  request.get_bool("flat_settings", false);
  read_timeouts(request);
}

RestResponse put_template(Services& services, RestRequest& request, std::string_view kind) {
  read_timeouts(request);
  const bool create = request.get_bool("create", false);
  request.consume({"cause", "include_type_name", "flat_settings"});
  const std::string name = request.get("name");
  const int order = request.get_int("order", 0);
  Json body = request.json_body();
  if (kind == kLegacy && request.has("order") && !body.contains("order")) body["order"] = order;
  request.check_parameters();
  services.catalog.put_template(kind, name, body, create);
  return acknowledged();
}

RestResponse delete_template(Services& services, RestRequest& request, std::string_view kind) {
  read_timeouts(request);
  const std::string name = request.get("name");
  request.check_parameters();
  if (!services.catalog.delete_template(kind, name))
    throw ApiError(404, "index_template_missing_exception", fmt::format("index_template [{}] missing", name));
  return acknowledged();
}

std::vector<std::pair<std::string, Json>> found_templates(Services& services, const RestRequest& request, std::string_view kind) {
  return services.catalog.templates(kind, request.get("name"));
}

RestResponse get_new_template(Services& services, RestRequest& request, std::string_view kind) {
  read_get_parameters(request);
  const std::string name = request.get("name");
  const auto found = found_templates(services, request, kind);
  const bool component = kind == kComponent;
  if (found.empty() && !name.empty() && !has_wildcard(name))
    throw ApiError(404, "resource_not_found_exception",
                   fmt::format("{} template matching [{}] not found", component ? "component" : "index", name));
  Json list = Json::array();
  for (const auto& [key, body] : found)
    list.push_back(Json{{"name", key}, {component ? "component_template" : "index_template", body}});
  return RestResponse::json(Json{{component ? "component_templates" : "index_templates", std::move(list)}});
}

RestResponse get_legacy_template(Services& services, RestRequest& request) {
  const bool flat = request.get_bool("flat_settings", false);
  read_get_parameters(request);
  request.consume({"include_type_name"});
  const auto names = request.get_list("name");
  Json out = Json::object();
  const auto add = [&](std::string_view pattern) {
    for (const auto& [key, body] : services.catalog.templates(kLegacy, pattern)) {
      out[key] = body;
      if (flat) out[key]["settings"] = IndexSettings::flatten(body["settings"]);
    }
  };
  if (names.empty()) add("");
  for (const auto& name : names) add(name);
  const bool asked = !names.empty() && std::none_of(names.begin(), names.end(), [](const auto& name) { return has_wildcard(name); });
  return RestResponse::json(out, out.empty() && asked ? 404 : 200);
}

RestResponse template_exists(Services& services, RestRequest& request, std::string_view kind) {
  read_get_parameters(request);
  bool found = false;
  for (const auto& name : request.get_list("name")) found = found || !services.catalog.templates(kind, name).empty();
  return RestResponse::json(Json::object(), found ? 200 : 404);
}

RestResponse simulate_index(Services& services, RestRequest& request) {
  read_timeouts(request);
  request.consume({"create", "cause"});
  const std::string name = request.get("name");
  if (!request.has_body()) return RestResponse::json(services.catalog.simulate_index(name));
  return RestResponse::json(services.catalog.simulate_index_with(name, request.json_body()));
}

RestResponse simulate_template(Services& services, RestRequest& request) {
  read_timeouts(request);
  request.consume({"create", "cause"});
  const std::string name = request.get("name");
  if (!request.has_body() && name.empty())
    throw ApiError(400, "action_request_validation_exception",
                   "Validation Failed: 1: either index name or index template body must be specified for simulation;");
  return RestResponse::json(services.catalog.simulate_template(name, request.has_body() ? request.json_body() : Json()));
}

}  // namespace

void register_template_handlers(Router& router, Services& services) {
  using enum Method;
  struct Family {
    const char* path;
    std::string_view kind;
  };
  static constexpr Family kFamilies[] = {{"/_index_template", kIndex}, {"/_component_template", kComponent}, {"/_template", kLegacy}};
  for (const auto& family : kFamilies) {
    const std::string one = std::string(family.path) + "/{name}";
    const std::string_view kind = family.kind;
    router.add({kPut, kPost}, one, [&services, kind](RestRequest& request) { return put_template(services, request, kind); });
    router.add(kDelete, one, [&services, kind](RestRequest& request) { return delete_template(services, request, kind); });
    router.add(kHead, one, [&services, kind](RestRequest& request) { return template_exists(services, request, kind); });
    for (const std::string& path : {std::string(family.path), one})
      router.add(kGet, path, [&services, kind](RestRequest& request) {
        return kind == kLegacy ? get_legacy_template(services, request) : get_new_template(services, request, kind);
      });
  }
  router.add(kPost, "/_index_template/_simulate_index/{name}", [&services](RestRequest& request) { return simulate_index(services, request); });
  for (const char* path : {"/_index_template/_simulate", "/_index_template/_simulate/{name}"})
    router.add(kPost, path, [&services](RestRequest& request) { return simulate_template(services, request); });
}

}  // namespace tarn::server
