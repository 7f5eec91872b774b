// GET and PUT _settings.

#include <fmt/format.h>

#include "indexer/index_names.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

Json select(const Json& flat, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return flat;
  Json out = Json::object();
  for (const auto& [key, value] : flat.items())
    for (const auto& pattern : patterns)
      if (pattern == "_all" || matches_pattern(pattern, key)) {
        out[key] = value;
        break;
      }
  return out;
}

RestResponse get_settings(Services& services, RestRequest& request) {
  const bool flat = request.get_bool("flat_settings", false);
  const bool include_defaults = request.get_bool("include_defaults", false);
  const bool human = request.get_bool("human", false);
  const auto names = request.get_list("name");
  request.get_bool("local", false);
  read_timeouts(request);
  IndicesOptions defaults = options_metadata();
  defaults.expand_closed = true;
  Json out = Json::object();
  for (const auto& resolved : resolve_indices(services, request, defaults)) {
    const Json shown = readable_settings(*resolved.index, human);
    const Json own = select(shown, names);
    Json rest = Json::object();
    if (include_defaults) rest = select(IndexSettings::defaults(shown), names);
    if (own.empty() && rest.empty()) continue;   // nothing that was asked for
    Json entry{{"settings", flat ? own : IndexSettings::nest(own)}};
    if (include_defaults) entry["defaults"] = flat ? rest : IndexSettings::nest(rest);
    out[resolved.index->name()] = std::move(entry);
  }
  return RestResponse::json(out);
}

RestResponse put_settings(Services& services, RestRequest& request) {
  const bool preserve = request.get_bool("preserve_existing", false);
  request.consume({"flat_settings"});
  read_timeouts(request);
  Json body = request.json_body();
  if (body.is_object() && body.size() == 1 && body.contains("settings") && body["settings"].is_object()) {
    Json inner = std::move(body["settings"]);
    body = std::move(inner);
  }
  const auto indices = resolve_indices(services, request, options_change());
  request.check_parameters();
  services.catalog.put_settings(indices, IndexSettings::flatten(body), preserve);
  return acknowledged();
}

}  // namespace

void register_setting_handlers(Router& router, Services& services) {
  using enum Method;
  const auto get = [&services](RestRequest& request) { return get_settings(services, request); };
  for (const char* path : {"/_settings", "/_settings/{name}", "/{index}/_settings", "/{index}/_settings/{name}",
                           "/{index}/_setting/{name}"})
    router.add(kGet, path, get);
  for (const char* path : {"/_settings", "/{index}/_settings"})
    router.add(kPut, path, [&services](RestRequest& request) { return put_settings(services, request); });
}

}  // namespace tarn::server
