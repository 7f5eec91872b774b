#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"
#include "indexer/mapping/mapping.h"
#include "indexer/mapping/setting_spec.h"

namespace tarn {

/// The settings of one index, validated, with the values that the engine and searches read. Immutable; a change makes a new
/// one. Names, defaults, bounds and messages follow OpenSearch's index settings; Tarn's own are below index.tarn.*.
struct IndexSettings {
  /// `flat`: {"index.refresh_interval": "1s", ...}, keys with the prefix, values as strings or arrays of strings, sorted.
  /// Throws ApiError 400 illegal_argument_exception ("unknown setting [index.x] please check that any required plugins
  /// are installed, or check the breaking changes documentation for removed settings", "Failed to parse value ...").
  static std::shared_ptr<const IndexSettings> create(const Json& flat);
  /// Whether a request may set these: known names, values that parse, settings that need another, and what Tarn does not
  /// have yet (501). Private settings are refused unless `allow_private`; nulls are passed over. Throws as `create` does.
  static void validate(const Json& flat, bool allow_private = false);
  /// The texts of what validate() would refuse as private, for "Validation Failed: 1: private index setting ...".
  static std::vector<std::string> private_keys(const Json& flat);
  /// Every known setting, sorted by key.
  static std::span<const SettingSpec> table();
  /// The scope of any key, also below prefixes such as index.analysis.; kStatic for an unknown one.
  static SettingScope scope_of(std::string_view key);
  /// The known settings that `flat` does not hold, with their default values, flat.
  static Json defaults(const Json& flat);

  /// Any JSON form of settings (nested, dotted, with or without "index.") to the flat form; no validation.
  static Json flatten(const Json& settings);
  /// The flat form back to the nested one that GET _settings shows without flat_settings.
  static Json nest(const Json& flat);

  Json flat = Json::object();

  int64_t refresh_interval_ms = 1000;   ///< -1: never by itself
  bool refresh_interval_explicit = false;  ///< set by the user: refresh even while nobody searches
  int64_t search_idle_after_ms = 30000;
  bool durability_request = true;       ///< index.translog.durability: request | async
  int64_t sync_interval_ms = 5000;
  int number_of_shards = 1, number_of_replicas = 1, routing_partition_size = 1;
  int64_t max_result_window = 10000, max_inner_result_window = 100, max_rescore_window = 10000;
  int64_t max_terms_count = 65536, max_docvalue_fields_search = 100, max_script_fields = 32;
  int64_t max_regex_length = 1000, max_analyzed_offset = 1000000;
  bool read_only = false, read_only_allow_delete = false;
  bool block_read = false, block_write = false, block_metadata = false;
  bool hidden = false;
  std::string default_pipeline, final_pipeline;  ///< "" or "_none": none
  std::vector<std::string> query_default_field = {"*"};
  MappingLimits mapping_limits;
  std::vector<std::string> dedupe_fields;        ///< index.tarn.dedupe.fields; _id is derived from their values
  bool dedupe_keep_last = false;                 ///< index.tarn.dedupe.policy: first | last
};

}  // namespace tarn
