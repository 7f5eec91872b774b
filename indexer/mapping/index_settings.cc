#include "indexer/mapping/index_settings.h"

#include <charconv>
#include <map>

#include <fmt/format.h>

namespace tarn {
namespace {

/// Settings below these prefixes have free names.
struct Prefix {
  std::string_view text;
  SettingScope scope;
};
constexpr Prefix kPrefixes[] = {
    {"index.analysis.", SettingScope::kStatic},
    {"index.similarity.", SettingScope::kStatic},
    {"index.routing.allocation.exclude.", SettingScope::kDynamic},
    {"index.routing.allocation.include.", SettingScope::kDynamic},
    {"index.routing.allocation.require.", SettingScope::kDynamic},
    {"index.routing.allocation.initial_recovery.", SettingScope::kInternal},
    {"index.ingestion_source.param.", SettingScope::kDynamic},
};

const Prefix* find_prefix(std::string_view key) {
  for (const auto& prefix : kPrefixes)
    if (key.starts_with(prefix.text) && key.size() > prefix.text.size()) return &prefix;
  return nullptr;
}

// Stored with an index beside the registered settings; no request may set them.
bool is_server_key(std::string_view key) { return key == "index.provided_name" || key.starts_with("index.resize.source."); }

std::string text_of(const Json& flat, std::string_view key, std::string_view fallback) {
  const auto found = flat.find(std::string(key));
  if (found == flat.end() || found->is_null()) return std::string(fallback);
  return found->is_string() ? found->get<std::string>() : to_text(*found);
}

std::string value_of(const Json& flat, std::string_view key) {
  const SettingSpec* spec = find_setting(IndexSettings::table(), key);
  return text_of(flat, key, spec ? spec->fallback : "");
}

bool flag(const Json& flat, std::string_view key) { return value_of(flat, key) == "true"; }

int64_t number(const Json& flat, std::string_view key) {
  const std::string text = value_of(flat, key);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int64_t time_ms(const Json& flat, std::string_view key) { return parse_time_setting(value_of(flat, key), key); }

std::vector<std::string> list_of(const Json& flat, std::string_view key) {
  std::vector<std::string> out;
  const auto found = flat.find(std::string(key));
  if (found == flat.end() || found->is_null()) return out;
  if (found->is_array()) {
    for (const auto& item : *found) out.push_back(item.is_string() ? item.get<std::string>() : to_text(item));
    return out;
  }
  const std::string text = text_of(flat, key, "");
  size_t from = 0;
  while (from <= text.size() && !text.empty()) {
    const size_t comma = std::min(text.find(',', from), text.size());
    std::string one = text.substr(from, comma - from);
    one.erase(0, one.find_first_not_of(' '));
    if (!one.empty()) out.push_back(one);
    from = comma + 1;
  }
  return out;
}

// ---- What OpenSearch has and Tarn has not (yet): refused where the value asks for it, never ignored.
struct Missing {
  std::string_view key;
  std::string_view harmless;   // the values that ask for nothing, joined by '|'
};
constexpr Missing kMissing[] = {
    {"index.append_only.enabled", "false"},
    {"index.blocks.search_only", "false"},
    {"index.composite_index", "false"},
    {"index.context_aware.enabled", "false"},
    {"index.derived_source.enabled", "false"},
    {"index.ingestion_source.type", "none"},
    {"index.pluggable.dataformat.enabled", "false"},
    {"index.routing_partition_size", "1"},
    {"index.search.default_pipeline", "_none"},
    {"index.warm", "false"},
};

std::optional<Error> missing_feature(const std::string& key, const Json& value) {
  const auto refuse = [&](std::string_view what) {
    return Error(501, "not_implemented_exception", fmt::format("index setting [{}] is not implemented in Tarn yet", what));
  };
  if (key.starts_with("index.sort.") && !(value.is_array() && value.empty())) return refuse(key);
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  for (const auto& missing : kMissing)
    if (key == missing.key && text != missing.harmless) return refuse(key);
  return std::nullopt;
}

std::optional<Error> check_depth(const std::string& key, const Json& value) {
  struct Limit { std::string_view key; int64_t most; std::string_view property; };
  static constexpr Limit kLimits[] = {
      {"index.mapping.depth.limit", 1000, "opensearch.xcontent.depth.max"},
      {"index.mapping.field_name_length.limit", 50000, "opensearch.xcontent.name.length.max"}};
  for (const auto& limit : kLimits) {
    if (key != limit.key) continue;
    const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number <= limit.most) return std::nullopt;
    return illegal_argument(fmt::format(
        "The provided value {} of the index setting '{}' exceeds per-JVM configured limit of {}. Please change the setting "
        "value or increase per-JVM limit using '{}' system property.", number, key, limit.most, limit.property));
  }
  return std::nullopt;
}

/// Settings that stand for something only beside others.
std::optional<Error> check_dependencies(const std::string& key, const Json& flat) {
  if (key == "index.codec.compression_level" && !flat.contains("index.codec"))
    return Error(400, "settings_exception", "missing required setting [index.codec] for setting [index.codec.compression_level]");
  if (key == "index.data_path" && !text_of(flat, key, "").empty())
    return Error(400, "validation_exception",
                 "Validation Failed: 1: path.shared_data must be set in order to use custom data paths;");
  if (key == "index.number_of_search_replicas" && number(flat, key) > 0)
    return illegal_argument("To set index.number_of_search_replicas, index.remote_store.enabled must be set to true");
  return std::nullopt;
}

void check_shards(const Json& flat) {
  const int64_t shards = number(flat, "index.number_of_shards");
  if (const std::string routing = text_of(flat, "index.number_of_routing_shards", ""); !routing.empty()) {
    const int64_t routing_shards = number(flat, "index.number_of_routing_shards");
    if (routing_shards < shards)
      throw ApiError(illegal_argument(fmt::format(
          "index.number_of_routing_shards [{}] must be >= index.number_of_shards [{}]", routing_shards, shards)));
    if (routing_shards % shards != 0)
      throw ApiError(illegal_argument(fmt::format("the number of source shards [{}] must be a factor of [{}]", shards, routing_shards)));
  }
}

std::vector<Error> value_errors(const Json& flat, bool allow_server_keys) {
  std::vector<Error> errors;
  for (const auto& [key, value] : flat.items()) {
    const SettingSpec* spec = find_setting(IndexSettings::table(), key);
    if (!spec) {
      if (!find_prefix(key) && !(allow_server_keys && is_server_key(key)))
        errors.push_back(unknown_setting(IndexSettings::table(), key));
      continue;
    }
    if (value.is_null()) continue;
    if (auto error = check_setting(*spec, value)) errors.push_back(std::move(*error));
    else if (auto depth = check_depth(key, value)) errors.push_back(std::move(*depth));
    else if (auto dependency = check_dependencies(key, flat)) errors.push_back(std::move(*dependency));
  }
  return errors;
}

}  // namespace

Json IndexSettings::flatten(const Json& settings) {
  const Json plain = flatten_settings(settings);
  std::map<std::string, Json> sorted;
  for (const auto& [key, value] : plain.items())
    sorted[key.starts_with("index.") || key.ends_with('*') ? key : "index." + key] = value;
  Json out = Json::object();
  for (auto& [key, value] : sorted) out[key] = std::move(value);
  return out;
}

Json IndexSettings::nest(const Json& flat) { return nest_settings(flat); }

std::vector<std::string> IndexSettings::private_keys(const Json& flat) {
  std::vector<std::string> out;
  for (const auto& [key, value] : flat.items()) {
    const SettingSpec* spec = find_setting(table(), key);
    if (spec && spec->scope == SettingScope::kPrivate) out.push_back(key);
  }
  return out;
}

void IndexSettings::validate(const Json& flat, bool allow_private) {
  throw_first(value_errors(flat, allow_private));
  if (!allow_private) {
    std::string reason;
    int count = 0;
    for (const auto& key : private_keys(flat))
      reason += fmt::format(" {}: private index setting [{}] can not be set explicitly;", ++count, key);
    if (count) throw ApiError(400, "validation_exception", "Validation Failed:" + reason);
  }
  std::vector<Error> missing;
  for (const auto& [key, value] : flat.items())
    if (!value.is_null())
      if (auto error = missing_feature(key, value)) missing.push_back(std::move(*error));
  throw_first(std::move(missing));
  parse_similarities(flat);
}

SettingScope IndexSettings::scope_of(std::string_view key) {
  if (const SettingSpec* spec = find_setting(table(), key)) return spec->scope;
  if (const Prefix* prefix = find_prefix(key)) return prefix->scope;
  return is_server_key(key) ? SettingScope::kPrivate : SettingScope::kStatic;
}

Json IndexSettings::defaults(const Json& flat) {
  Json out = Json::object();
  for (const auto& spec : table()) {
    if (flat.contains(std::string(spec.key))) continue;
    if (spec.key == "index.uuid" || spec.key == "index.version.created" || spec.key == "index.creation_date") continue;
    out[std::string(spec.key)] = default_setting(spec);
  }
  return out;
}

std::shared_ptr<const IndexSettings> IndexSettings::create(const Json& flat) {
  validate(flat, /*allow_private=*/true);
  check_shards(flat);
  auto out = std::make_shared<IndexSettings>();
  out->flat = Json::object();
  for (const auto& [key, value] : flat.items())
    if (!value.is_null()) out->flat[key] = value;

  out->refresh_interval_explicit = flat.contains("index.refresh_interval") && !flat["index.refresh_interval"].is_null();
  out->refresh_interval_ms = time_ms(flat, "index.refresh_interval");
  out->search_idle_after_ms = time_ms(flat, "index.search.idle.after");
  const std::string durability = value_of(flat, "index.translog.durability");
  out->durability_request = !(durability == "async" || durability == "ASYNC" || durability == "Async");
  out->sync_interval_ms = time_ms(flat, "index.translog.sync_interval");
  out->number_of_shards = static_cast<int>(number(flat, "index.number_of_shards"));
  out->number_of_replicas = static_cast<int>(number(flat, "index.number_of_replicas"));
  out->routing_partition_size = static_cast<int>(number(flat, "index.routing_partition_size"));
  out->max_result_window = number(flat, "index.max_result_window");
  out->max_inner_result_window = number(flat, "index.max_inner_result_window");
  out->max_rescore_window = number(flat, "index.max_rescore_window");
  out->max_terms_count = number(flat, "index.max_terms_count");
  out->max_docvalue_fields_search = number(flat, "index.max_docvalue_fields_search");
  out->max_script_fields = number(flat, "index.max_script_fields");
  out->max_regex_length = number(flat, "index.max_regex_length");
  out->max_analyzed_offset = number(flat, "index.highlight.max_analyzed_offset");
  out->read_only = flag(flat, "index.blocks.read_only");
  out->read_only_allow_delete = flag(flat, "index.blocks.read_only_allow_delete");
  out->block_read = flag(flat, "index.blocks.read");
  out->block_write = flag(flat, "index.blocks.write");
  out->block_metadata = flag(flat, "index.blocks.metadata");
  out->hidden = flag(flat, "index.hidden");
  out->default_pipeline = value_of(flat, "index.default_pipeline");
  out->final_pipeline = value_of(flat, "index.final_pipeline");
  if (auto fields = list_of(flat, "index.query.default_field"); !fields.empty()) out->query_default_field = std::move(fields);

  MappingLimits& limits = out->mapping_limits;
  limits.total_fields = number(flat, "index.mapping.total_fields.limit");
  limits.depth = number(flat, "index.mapping.depth.limit");
  limits.nested_fields = number(flat, "index.mapping.nested_fields.limit");
  limits.nested_objects = number(flat, "index.mapping.nested_objects.limit");
  limits.field_name_length = number(flat, "index.mapping.field_name_length.limit");
  limits.ignore_malformed = flag(flat, "index.mapping.ignore_malformed");
  limits.coerce = text_of(flat, "index.mapping.coerce", "true") == "true";  // shown as false, but fields coerce unless told

  out->dedupe_fields = list_of(flat, "index.tarn.dedupe.fields");
  out->dedupe_keep_last = value_of(flat, "index.tarn.dedupe.policy") == "last";
  limits.similarities = parse_similarities(flat);
  return out;
}

}  // namespace tarn
