#pragma once

#include <span>
#include <string>
#include <string_view>

#include "indexer/base/json.h"
#include "indexer/mapping/setting_spec.h"

namespace tarn {

/// Every cluster setting that OpenSearch knows, sorted by key.
std::span<const SettingSpec> cluster_settings_table();

/// Applies the changes of one object ("persistent" or "transient") to the flat `current`: nulls remove, also with wildcards.
/// Throws 400 settings_exception "transient setting [x], not recognized", "..., not dynamically updateable"; value errors;
/// 501 for a setting whose effect Tarn does not have. Returns the changed settings; `changes` is flat.
Json apply_cluster_settings(std::string_view kind, const Json& current, const Json& changes);

/// What GET shows under "defaults": flat, without those set in `persistent` or `transient`.
Json cluster_setting_defaults(const Json& persistent, const Json& transient);

}  // namespace tarn
