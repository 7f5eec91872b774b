// _alias and _aliases.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "indexer/data_streams.h"
#include "indexer/index_names.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

/// Patterns from left to right: a name joins at the first that fits, and leaves at an exclusion that fits.
bool selected(std::string_view alias, const std::vector<std::string>& patterns) {
  bool in = false;
  for (const std::string& pattern : patterns) {
    if (pattern.starts_with('-') && pattern.size() > 1) {
      const std::string_view excluded = std::string_view(pattern).substr(1);
      if (in && (excluded == "_all" || matches_pattern(excluded, alias))) in = false;
    } else if (!in) {
      in = pattern == "_all" || matches_pattern(pattern, alias);
    }
  }
  return in;
}

/// Names that were asked for outright, are not excluded later, and were not found.
/// Follows: RestGetAliasesAction.buildRestResponse.
std::set<std::string> missing_aliases(const std::vector<std::string>& asked, const std::set<std::string>& returned) {
  size_t first_wildcard = asked.size();
  for (size_t i = 0; i < asked.size(); ++i)
    if (has_wildcard(asked[i])) {
      first_wildcard = i;
      break;
    }
  std::set<std::string> missing;
  for (size_t i = 0; i < asked.size(); ++i) {
    const std::string& name = asked[i];
    if (name == "_all" || has_wildcard(name) || (i > first_wildcard && name.starts_with('-'))) continue;
    bool excluded = false;
    for (size_t j = std::max(i + 1, first_wildcard); j < asked.size(); ++j) {
      if (!asked[j].starts_with('-')) continue;
      const std::string_view pattern = std::string_view(asked[j]).substr(1);
      if (pattern == "_all" || matches_pattern(pattern, name)) excluded = true;
    }
    if (!excluded && !returned.contains(name)) missing.insert(name);
  }
  return missing;
}

RestResponse get_aliases(Services& services, RestRequest& request) {
  const auto names = request.get_list("name");
  request.get_bool("local", false);
  read_timeouts(request);
  if (const std::string name = request.get("index"); find_data_stream(services.catalog, name)) throw ApiError(index_not_found(name));
  const auto indices = resolve_indices(services, request, options_all());
  std::set<std::string> returned;
  Json out = Json::object();
  for (const auto& resolved : indices) {
    Json aliases = Json::object();
    for (const auto& alias : services.catalog.aliases_of(resolved.index->name())) {
      if (!names.empty() && !selected(alias.name, names)) continue;
      aliases[alias.name] = alias.to_json();
      returned.insert(alias.name);
    }
    if (names.empty() || !aliases.empty()) out[resolved.index->name()] = Json{{"aliases", std::move(aliases)}};
  }
  const auto missing = missing_aliases(names, returned);
  if (missing.empty()) return RestResponse::json(out);
  Json body{{"error", fmt::format("{} [{}] missing", missing.size() == 1 ? "alias" : "aliases", fmt::join(missing, ","))},
            {"status", 404}};
  for (const auto& [index, entry] : out.items()) body[index] = entry;
  return RestResponse::json(body, 404);
}

RestResponse alias_exists(Services& services, RestRequest& request) {
  const auto names = request.get_list("name");
  request.get_bool("local", false);
  std::set<std::string> returned;
  for (const auto& resolved : resolve_indices(services, request, options_all()))
    for (const auto& alias : services.catalog.aliases_of(resolved.index->name()))
      if (selected(alias.name, names)) returned.insert(alias.name);
  const bool found = !returned.empty() && missing_aliases(names, returned).empty();
  return RestResponse::json(Json::object(), found ? 200 : 404);
}

RestResponse put_alias(Services& services, RestRequest& request) {
  read_timeouts(request);
  std::vector<std::string> indices = request.get_list("index");
  std::string name = request.get("name");
  Json action = Json::object();
  const Json body = request.json_body_or_empty();
  if (!body.is_object()) throw ApiError(400, "parse_exception", "request body is required");
  for (const auto& [key, value] : body.items()) {
    if (key == "index") indices = split_commas(value.is_string() ? value.get<std::string>() : to_text(value));
    else if (key == "alias") name = value.is_string() ? value.get<std::string>() : to_text(value);
    else if (key == "filter" || key == "routing" || key == "index_routing" || key == "indexRouting" || key == "index-routing" ||
             key == "search_routing" || key == "searchRouting" || key == "search-routing" || key == "is_write_index" || key == "is_hidden")
      action[key] = value;
    else
      throw ApiError(illegal_argument(fmt::format("unknown field [{}]", key)));
  }
  if (indices.empty()) throw ApiError(illegal_argument("[indices] can't be empty"));
  if (name.empty()) throw ApiError(illegal_argument("[alias] can't be empty string"));
  action["indices"] = indices;
  action["alias"] = name;
  request.check_parameters();
  services.catalog.update_aliases(Json::array({Json{{"add", std::move(action)}}}));
  return acknowledged();
}

RestResponse delete_alias(Services& services, RestRequest& request) {
  read_timeouts(request);
  Json action{{"indices", request.get_list("index")}, {"aliases", request.get_list("name")}};
  request.check_parameters();
  services.catalog.update_aliases(Json::array({Json{{"remove", std::move(action)}}}));
  return acknowledged();
}

RestResponse update_aliases(Services& services, RestRequest& request) {
  read_timeouts(request);
  const Json body = request.json_body();
  request.check_parameters();
  if (!body.is_object()) throw ApiError(400, "x_content_parse_exception", "[1:1] [aliases] Expected START_OBJECT but was: START_ARRAY");
  for (const auto& [key, value] : body.items())
    if (key != "actions")
      throw ApiError(400, "x_content_parse_exception", fmt::format("[1:2] [aliases] unknown field [{}]", key));
  services.catalog.update_aliases(body.contains("actions") ? body["actions"] : Json());
  return acknowledged();
}

}  // namespace

void register_alias_handlers(Router& router, Services& services) {
  using enum Method;
  const auto on = [&](std::initializer_list<Method> methods, std::initializer_list<const char*> paths,
                      RestResponse (*handler)(Services&, RestRequest&)) {
    for (const char* path : paths)
      router.add(methods, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on({kGet}, {"/_alias", "/_aliases", "/_alias/{name}", "/{index}/_alias", "/{index}/_alias/{name}"}, get_aliases);
  on({kHead}, {"/_alias/{name}", "/{index}/_alias/{name}", "/{index}/_alias"}, alias_exists);
  on({kPut, kPost}, {"/{index}/_alias/{name}", "/{index}/_aliases/{name}", "/_alias/{name}", "/_aliases/{name}"}, put_alias);
  on({kPut}, {"/_alias", "/{index}/_alias", "/{index}/_aliases", "/_aliases"}, put_alias);
  on({kDelete}, {"/{index}/_alias/{name}", "/{index}/_aliases/{name}"}, delete_alias);
  on({kPost}, {"/_aliases"}, update_aliases);
}

}  // namespace tarn::server
