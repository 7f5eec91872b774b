#include "indexer/catalog_cluster_settings.h"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "indexer/base/json_members.h"
#include "indexer/index_names.h"

namespace tarn {
namespace {

// Groups with free names, all dynamic.
constexpr std::string_view kPrefixes[] = {
    "cluster.metadata.", "cluster.routing.allocation.awareness.force.", "cluster.routing.allocation.exclude.",
    "cluster.routing.allocation.include.", "cluster.routing.allocation.require.", "logger."};

bool in_group(std::string_view key) {
  for (const auto prefix : kPrefixes)
    if (key.starts_with(prefix) && key.size() > prefix.size()) return true;
  return false;
}

// What would change answers and is not there: refused rather than stored without effect.
struct Missing {
  std::string_view key, harmless;
};
constexpr Missing kMissing[] = {
    {"cluster.blocks.read_only", "false"},
    {"cluster.blocks.read_only_allow_delete", "false"},
};

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

Error settings_error(std::string_view kind, std::string_view key, std::string_view what) {
  return Error(400, "settings_exception", fmt::format("{} setting [{}], {}", kind, key, what));
}

void check_change(std::string_view kind, const std::string& key, const Json& value, std::vector<Error>& errors) {
  const SettingSpec* spec = find_setting(cluster_settings_table(), key);
  if (!spec) {
    if (!in_group(key)) errors.push_back(settings_error(kind, key, "not recognized"));
    return;
  }
  if (spec->scope == SettingScope::kFinal)
    throw ApiError(400, "settings_exception", fmt::format("final {} setting [{}], not updateable", kind, key));
  if (spec->scope != SettingScope::kDynamic) {
    errors.push_back(settings_error(kind, key, "not dynamically updateable"));
    return;
  }
  if (auto error = check_setting(*spec, value)) errors.push_back(std::move(*error));
  for (const auto& missing : kMissing)
    if (key == missing.key && text_of(value) != missing.harmless)
      errors.push_back(Error(501, "not_implemented_exception", fmt::format("cluster setting [{}] is not implemented in Tarn yet", key)));
}

}  // namespace

Json apply_cluster_settings(std::string_view kind, const Json& current, const Json& changes) {
  std::vector<Error> errors;
  Json out = current;
  for (const auto& [key, value] : changes.items()) {
    if (!value.is_null()) {
      check_change(kind, key, value, errors);
      out[key] = value;
    } else if (has_wildcard(key)) {
      Json kept = Json::object();
      for (const auto& [name, old] : out.items())
        if (!matches_pattern(key, name)) kept[name] = old;
      out = std::move(kept);
    } else {
      if (!find_setting(cluster_settings_table(), key) && !in_group(key)) errors.push_back(settings_error(kind, key, "not recognized"));
      out.erase(key);
    }
  }
  if (!errors.empty()) throw ApiError(errors.front());
  return sorted_members(out);
}

Json cluster_setting_defaults(const Json& persistent, const Json& transient) {
  Json out = Json::object();
  for (const auto& spec : cluster_settings_table()) {
    const std::string key(spec.key);
    if (spec.scope != SettingScope::kDynamic) continue;  // static ones describe a Java server, which this is not
    if (!persistent.contains(key) && !transient.contains(key)) out[key] = default_setting(spec);
  }
  return out;
}

}  // namespace tarn
