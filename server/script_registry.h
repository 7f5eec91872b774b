#pragma once

#include <map>
#include <shared_mutex>
#include <string>

#include "indexer/script/script.h"
#include "indexer/store/store.h"

namespace tarn::server {

/// The stored scripts and search templates (meta kind "script"). Thread-safe.
class ScriptRegistry final : public script::StoredScripts {
 public:
  explicit ScriptRegistry(Store& store);
  std::optional<script::ScriptSpec> find(const std::string& id) const override;
  /// {"lang", "source", "options"}; null if there is none.
  Json definition(const std::string& id) const;
  void put(const std::string& id, const Json& definition);
  bool remove(const std::string& id);

 private:
  Store& store_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Json, std::less<>> entries_;  // guarded by mutex_
};

}  // namespace tarn::server
