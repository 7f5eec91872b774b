#include "server/script_registry.h"

#include <mutex>

namespace tarn::server {

namespace {
constexpr const char* kKind = "script";
}

ScriptRegistry::ScriptRegistry(Store& store) : store_(store) {
  for (auto& [id, value] : store_.scan_meta(kKind)) entries_[id] = parse_json(value);
}

std::optional<script::ScriptSpec> ScriptRegistry::find(const std::string& id) const {
  const Json found = definition(id);
  if (found.is_null()) return std::nullopt;
  script::ScriptSpec out;
  out.lang = found.at("lang").get<std::string>();
  out.source = found.at("source").get<std::string>();
  if (found.contains("options")) out.options = found["options"];
  return out;
}

Json ScriptRegistry::definition(const std::string& id) const {
  const std::shared_lock lock(mutex_);
  const auto it = entries_.find(id);
  return it == entries_.end() ? Json() : it->second;
}

void ScriptRegistry::put(const std::string& id, const Json& definition) {
  const std::unique_lock lock(mutex_);
  store_.write_meta({{kKind, id, to_text(definition)}});
  entries_[id] = definition;
}

bool ScriptRegistry::remove(const std::string& id) {
  const std::unique_lock lock(mutex_);
  if (!entries_.contains(id)) return false;
  store_.write_meta({{kKind, id, std::nullopt}});
  entries_.erase(id);
  return true;
}

}  // namespace tarn::server
