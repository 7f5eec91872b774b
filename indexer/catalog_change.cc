// Changes of indices and aliases: creation from templates, settings, mappings, deletion, the actions of _aliases.

#include <algorithm>

#include <fmt/format.h>

#include "indexer/base/json_members.h"
#include "indexer/catalog_impl.h"
#include "indexer/index_names.h"
#include "indexer/mapping/index_settings.h"

namespace tarn {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

/// The parts of a create request, with OpenSearch's complaints.
struct CreateBody {
  Json settings = Json::object();   // flat
  Json mappings;
  Json aliases = Json::object();
};

CreateBody parse_create_body(const Json& body, const FilterCheck& check) {
  CreateBody out;
  if (body.is_null()) return out;
  if (!body.is_object())
    throw ApiError(400, "not_x_content_exception",
                   "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes");
  for (const auto& [key, value] : body.items()) {
    if (key == "settings" || key == "mappings") {
      if (!value.is_object()) throw ApiError(400, "parse_exception", fmt::format("key [{}] must be an object", key));
      if (key == "settings") {
        out.settings = IndexSettings::flatten(value);
      } else {
        if (value.contains("_doc") && value["_doc"].is_object() && value.size() == 1)
          throw ApiError(illegal_argument("The mapping definition cannot be nested under a type"));
        out.mappings = value;
      }
    } else if (key == "aliases") {
      for (const auto& [name, definition] : value.items()) out.aliases[name] = normalize_alias(name, definition, check);
    } else {
      throw ApiError(400, "parse_exception", fmt::format("unknown key [{}] for create index", key));
    }
  }
  return out;
}

Json without_nulls(const Json& flat) {
  Json out = Json::object();
  for (const auto& [key, value] : flat.items())
    if (!value.is_null()) out[key] = value;
  return out;
}

/// On one node, a range of replicas comes to its lower end.
void apply_auto_expand(Json& flat) {
  if (!flat.contains("index.auto_expand_replicas") || !flat["index.auto_expand_replicas"].is_string()) return;
  const std::string range = flat["index.auto_expand_replicas"].get<std::string>();
  if (const size_t dash = range.find('-'); dash != std::string::npos) flat["index.number_of_replicas"] = range.substr(0, dash);
}

std::string keys_text(const std::set<std::string>& keys) { return fmt::format("[{}]", fmt::join(keys, ", ")); }

}  // namespace

// ---- Indices

void CatalogImpl::check_free_name(const std::string& name) const {
  check_index_name(name);
  if (const auto existing = engine_.find(name)) {
    Error error(400, "resource_already_exists_exception", fmt::format("index [{}/{}] already exists", name, existing->uuid()));
    throw ApiError(error.with("index", name).with("index_uuid", existing->uuid()));
  }
  if (state()->indices_of_alias.contains(name)) throw ApiError(invalid_index_name(name, "already exists as alias"));
}

std::shared_ptr<Index> CatalogImpl::create_index(const std::string& given_name, const Json& body) {
  const std::lock_guard lock(change_mutex_);
  CreateBody request = parse_create_body(body, filter_check_);
  IndexSettings::validate(request.settings, /*allow_private=*/true);
  const std::string name = resolve_date_math(given_name, now_ms());
  check_free_name(name);
  IndexSettings::validate(request.settings);
  if (cluster_setting("cluster.blocks.create_index", "false") == "true")
    throw ApiError(403, "cluster_block_exception",
                   fmt::format("index [{}] blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];", name));

  const auto current = state();
  const bool hidden = request.settings.contains("index.hidden") && request.settings["index.hidden"] == "true";
  const auto* composable = find_index_template(current->templates, name, hidden);
  if (composable && composable->second.contains("data_stream"))
    throw ApiError(illegal_argument(fmt::format(
        "cannot create index with name [{}], because it matches with template [{}] that creates data streams only, use create data "
        "stream api instead", name, composable->first)));
  ComposedTemplate composed = composable ? compose_index_template(current->templates, composable->second)
                                         : compose_legacy_templates(current->templates, name, hidden);
  Json flat = std::move(composed.settings);
  for (const auto& [key, value] : request.settings.items()) flat[key] = value;
  Json mappings = composed.mappings;
  if (!request.mappings.is_null())
    mappings = mappings.is_null() ? request.mappings
               : composable       ? merge_template_mappings(mappings, request.mappings)
                                  : merge_legacy_mappings(request.mappings, mappings);
  std::map<std::string, Json> aliases;
  for (const auto& [alias, definition] : composed.aliases.items()) {
    std::string placed = alias;
    replace_all(placed, "{index}", name);
    if (placed != name) aliases[placed] = definition;
  }
  for (const auto& [alias, definition] : request.aliases.items()) aliases[alias] = definition;
  if (given_name != name) flat["index.provided_name"] = given_name;
  return store_index(name, flat, mappings, aliases);
}

std::shared_ptr<Index> CatalogImpl::create_like(const Index& source, const std::string& given_name, const Json& overrides,
                                                const Json& aliases) {
  const std::lock_guard lock(change_mutex_);
  IndexSettings::validate(overrides, /*allow_private=*/true);
  const std::string name = resolve_date_math(given_name, now_ms());
  check_free_name(name);
  IndexSettings::validate(overrides);
  Json flat = source.settings()->flat;
  flat.erase("index.provided_name");
  for (const auto& [key, value] : overrides.items()) flat[key] = value;
  flat["index.resize.source.name"] = source.name();
  flat["index.resize.source.uuid"] = source.uuid();
  std::map<std::string, Json> shown;
  for (const auto& [alias, definition] : aliases.items()) shown[alias] = normalize_alias(alias, definition, filter_check_);
  return store_index(name, flat, source.mapping()->to_json(), shown);
}

std::shared_ptr<Index> CatalogImpl::store_index(const std::string& name, const Json& given, const Json& mappings,
                                                const std::map<std::string, Json>& aliases) {
  Json flat = without_nulls(given);
  if (!flat.contains("index.number_of_shards")) flat["index.number_of_shards"] = "1";
  if (!flat.contains("index.number_of_replicas"))
    flat["index.number_of_replicas"] = cluster_setting("cluster.default_number_of_replicas", "1");
  if (!flat.contains("index.replication.type")) flat["index.replication.type"] = "DOCUMENT";
  apply_auto_expand(flat);
  flat = sorted_members(flat);
  CatalogState next = *state();
  for (const auto& [alias, definition] : aliases) {
    check_new_alias(next, alias);
    next.by_index[name][alias] = alias_from_json(alias, definition);
  }
  next.rebuild_alias_table();
  for (const auto& [alias, definition] : aliases) check_alias_properties(next, alias, name);
  check_index_definition(flat, mappings);
  // Aliases first: those of an index that does not exist are dropped when the catalog loads.
  if (!aliases.empty()) engine_.store().write_meta(alias_writes(next, {name}));
  auto index = engine_.create_index(name, IndexSettings::create(flat), mappings.is_null() ? Json::object() : mappings);
  if (!aliases.empty()) publish(std::move(next));
  return index;
}

void CatalogImpl::put_settings(const std::vector<ResolvedIndex>& indices, const Json& given, bool preserve_existing) {
  if (given.empty()) throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: no settings to update;");
  Json plain = Json::object();
  for (const auto& [key, value] : given.items())
    if (!has_wildcard(key)) plain[key] = value;
  std::vector<Error> managed;
  for (const auto& [key, value] : plain.items()) {
    const SettingScope scope = IndexSettings::scope_of(key);
    if (scope == SettingScope::kPrivate)
      managed.push_back(Error(400, "settings_exception", fmt::format("can not update private setting [{}]; this setting is managed by OpenSearch", key)));
    else if (scope == SettingScope::kInternal)
      managed.push_back(Error(400, "settings_exception", fmt::format("can not update internal setting [{}]; this setting is managed via a dedicated API", key)));
  }
  IndexSettings::validate(plain, /*allow_private=*/true);
  throw_first(std::move(managed));

  const std::lock_guard lock(change_mutex_);
  // A request that does nothing but lift or set one block passes the blocks.
  const bool only_block = given.size() == 1 && given.begin().key().starts_with("index.blocks.");
  if (!only_block) check_index_blocks(indices, BlockLevel::kMetadataWrite);
  std::set<std::string> not_dynamic, open_names;
  for (const auto& [key, value] : plain.items())
    if (IndexSettings::scope_of(key) != SettingScope::kDynamic) not_dynamic.insert(key);
  for (const auto& resolved : indices)
    if (!resolved.index->closed()) open_names.insert(fmt::format("[{}/{}]", resolved.index->name(), resolved.index->uuid()));
  if (!not_dynamic.empty() && !open_names.empty())
    throw ApiError(illegal_argument(fmt::format("Can't update non dynamic settings [{}] for open indices [{}]",
                                                keys_text(not_dynamic), fmt::join(open_names, ", "))));
  std::vector<std::pair<std::shared_ptr<Index>, std::shared_ptr<const IndexSettings>>> changes;
  for (const auto& resolved : indices) {
    Json flat = resolved.index->settings()->flat;
    for (const auto& key : not_dynamic)
      if (IndexSettings::scope_of(key) == SettingScope::kFinal)
        throw ApiError(400, "settings_exception", fmt::format("final {} setting [{}], not updateable", resolved.index->name(), key));
    for (const auto& [key, value] : given.items()) {
      if (has_wildcard(key)) {
        Json kept = Json::object();
        for (const auto& [name, old] : flat.items())
          if (!matches_pattern(key, name) || IndexSettings::scope_of(name) != SettingScope::kDynamic) kept[name] = old;
        flat = std::move(kept);
      } else if (value.is_null()) {
        flat.erase(key);
      } else if (!preserve_existing || !flat.contains(key)) {
        flat[key] = value;
      }
    }
    if (!flat.contains("index.number_of_replicas"))
      flat["index.number_of_replicas"] = cluster_setting("cluster.default_number_of_replicas", "1");
    apply_auto_expand(flat);
    flat = sorted_members(flat);
    check_index_definition(flat, Json());
    changes.emplace_back(resolved.index, IndexSettings::create(flat));
  }
  for (auto& [index, settings] : changes) index->put_settings(std::move(settings));
}

void CatalogImpl::put_mapping(const std::vector<ResolvedIndex>& indices, const Json& mapping) {
  const std::lock_guard lock(change_mutex_);
  check_index_blocks(indices, BlockLevel::kMetadataWrite);
  // All or nothing, as far as can be known before: an index that refuses stops the request before the first change.
  for (const auto& resolved : indices) resolved.index->mapping()->merge(mapping, resolved.index->settings()->mapping_limits);
  for (const auto& resolved : indices) resolved.index->put_mapping(mapping);
}

void CatalogImpl::delete_indices(std::string_view expression, const IndicesOptions& options) {
  const std::lock_guard lock(change_mutex_);
  const bool broad = expression.empty() || expression == "_all" || has_wildcard(expression);
  if (broad && cluster_setting("action.destructive_requires_name", "false") == "true")
    throw ApiError(illegal_argument("Wildcard expressions or all indices are not allowed"));
  IndicesOptions named = options;
  named.forbid_closed = false;
  named.ignore_aliases = true;
  const auto indices = resolve(expression, named);
  check_index_blocks(indices, BlockLevel::kMetadataWrite, /*deleting=*/true);
  CatalogState next = *state();
  for (const auto& resolved : indices) check_deletable(next, resolved.index->name());
  std::vector<Store::MetaWrite> writes;
  std::vector<std::string> names;
  for (const auto& resolved : indices) names.push_back(resolved.index->name());
  for (const auto& name : names) {
    engine_.delete_index(name);
    if (next.by_index.erase(name)) writes.push_back({"alias", name, std::nullopt});
    forget_backing_index(next, name, writes);
  }
  if (!writes.empty()) engine_.store().write_meta(writes);
  publish(std::move(next));
}

// ---- Aliases

std::vector<Alias> CatalogImpl::aliases_of(std::string_view index) const {
  std::vector<Alias> out;
  const auto current = state();
  if (const auto found = current->by_index.find(index); found != current->by_index.end())
    for (const auto& [name, alias] : found->second) out.push_back(alias);
  return out;
}

bool CatalogImpl::is_alias(std::string_view name) const { return state()->indices_of_alias.contains(name); }

std::vector<std::string> CatalogImpl::indices_of_alias(std::string_view alias) const {
  const auto current = state();
  const auto found = current->indices_of_alias.find(alias);
  if (found == current->indices_of_alias.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<std::string> CatalogImpl::alias_names() const {
  std::vector<std::string> out;
  for (const auto& [name, indices] : state()->indices_of_alias) out.push_back(name);
  return out;
}

std::vector<Store::MetaWrite> CatalogImpl::alias_writes(const CatalogState& state, const std::set<std::string>& indices) {
  std::vector<Store::MetaWrite> writes;
  for (const auto& index : indices) {
    const auto found = state.by_index.find(index);
    if (found == state.by_index.end() || found->second.empty()) {
      writes.push_back({"alias", index, std::nullopt});
      continue;
    }
    Json value = Json::object();
    for (const auto& [name, alias] : found->second) value[name] = alias.to_json();
    writes.push_back({"alias", index, to_text(value)});
  }
  return writes;
}

void CatalogImpl::check_new_alias(const CatalogState&, const std::string& alias) const {
  check_alias_name(alias);
  if (const auto index = engine_.find(alias)) {
    Error error(400, "invalid_alias_name_exception",
                fmt::format("Invalid alias name [{}], an index exists with the same name as the alias", alias));
    throw ApiError(error.with("index", alias).with("index_uuid", index->uuid()));
  }
}

void CatalogImpl::check_alias_properties(const CatalogState& state, const std::string& alias, std::string_view newest) {
  const auto found = state.indices_of_alias.find(alias);
  if (found == state.indices_of_alias.end()) return;
  std::vector<std::string> write_indices, hidden, shown;
  for (const auto& index : found->second) {
    const Alias& definition = state.by_index.find(index)->second.find(alias)->second;
    if (definition.is_write_index.value_or(false)) write_indices.push_back(index);
    (definition.is_hidden.value_or(false) ? hidden : shown).push_back(index);
  }
  // The index that the request is about is named first.
  std::stable_partition(write_indices.begin(), write_indices.end(), [&](const std::string& index) { return index == newest; });
  if (write_indices.size() > 1)
    throw ApiError(500, "illegal_state_exception",
                   fmt::format("alias [{}] has more than one write index [{}]", alias, fmt::join(write_indices, ",")));
  if (!hidden.empty() && !shown.empty())
    throw ApiError(500, "illegal_state_exception", fmt::format(
        "alias [{}] has is_hidden set to true on indices [{}] but does not have is_hidden set to true on indices [{}]; alias "
        "must have the same is_hidden setting on all indices", alias, fmt::join(hidden, ","), fmt::join(shown, ",")));
}

namespace {

/// One parsed action of POST _aliases.
struct AliasAction {
  enum class Kind { kAdd, kRemove, kRemoveIndex } kind = Kind::kAdd;
  std::vector<std::string> indices, aliases;
  Json definition = Json::object();
  std::optional<bool> must_exist;
};

Error x_content(std::string reason) { return Error(400, "x_content_parse_exception", std::move(reason)); }

[[noreturn]] void action_failed(const Error& inner) {
  Error outer = x_content("[1:1] [aliases] failed to parse field [actions]");
  if (inner.type == "x_content_parse_exception") {
    Error root = inner;
    root.cause = nullptr;
    outer.rooted_in(root);
  }
  throw ApiError(outer.caused_by(inner));
}

std::vector<std::string> names_of(const Json& value) {
  std::vector<std::string> out;
  const Json items = value.is_array() ? value : Json::array({value});
  for (const auto& item : items) out.push_back(item.is_string() ? item.get<std::string>() : to_text(item));
  return out;
}

AliasAction parse_action(const Json& item) {
  if (!item.is_object() || item.empty()) action_failed(illegal_argument("One of [add], [remove] or [remove_index] is required"));
  AliasAction out;
  const std::string verb = item.begin().key();
  const Json& body = *item.begin();
  if (verb == "add") out.kind = AliasAction::Kind::kAdd;
  else if (verb == "remove") out.kind = AliasAction::Kind::kRemove;
  else if (verb == "remove_index") out.kind = AliasAction::Kind::kRemoveIndex;
  else action_failed(x_content(fmt::format("[1:14] [alias_action] unknown field [{}]", verb)));
  if (item.size() > 1) action_failed(illegal_argument("Only one action can be given in one object"));
  const auto field_failed = [&](Error inner) {
    Error action = x_content(fmt::format("[1:1] [alias_action] failed to parse field [{}]", verb));
    action_failed(action.caused_by(std::move(inner)));
  };
  for (const auto& [key, value] : body.items()) {
    const bool add = out.kind == AliasAction::Kind::kAdd;
    const bool empty_list = value.is_array() && value.empty();
    const bool empty_text = value.is_string() && value.get<std::string>().empty();
    if ((key == "index" || key == "indices" || key == "alias" || key == "aliases") && (empty_list || empty_text)) {
      Error cause = illegal_argument(fmt::format("[{}] can't be empty{}", key, empty_text ? " string" : ""));
      field_failed(x_content(fmt::format("[1:1] [{}] failed to parse field [{}]", verb, key)).caused_by(std::move(cause)));
    }
    if (key == "index" || key == "indices") out.indices = names_of(value);
    else if (key == "alias" || key == "aliases") {
      if (out.kind == AliasAction::Kind::kRemoveIndex)
        field_failed(illegal_argument(fmt::format("[{}] is unsupported for [REMOVE_INDEX]", key)));
      out.aliases = names_of(value);
    } else if (key == "must_exist") out.must_exist = value.is_boolean() ? value.get<bool>() : value == "true";
    else if (add && (key == "filter" || key == "routing" || key == "index_routing" || key == "indexRouting" || key == "index-routing" ||
                     key == "search_routing" || key == "searchRouting" || key == "search-routing" || key == "is_write_index" || key == "is_hidden"))
      out.definition[key] = value;
    else field_failed(x_content(fmt::format("[1:1] [{}] unknown field [{}]", verb, key)));
  }
  if (out.indices.empty()) action_failed(illegal_argument("One of [index] or [indices] is required"));
  if (out.aliases.empty() && out.kind != AliasAction::Kind::kRemoveIndex)
    action_failed(illegal_argument("One of [alias] or [aliases] is required"));
  return out;
}

Error aliases_missing(const std::vector<std::string>& names) {
  Error error(404, "aliases_not_found_exception", fmt::format("aliases [{}] missing", fmt::join(names, ", ")));
  return error.with("resource.id", names.size() == 1 ? Json(names[0]) : Json(names)).with("resource.type", "aliases");
}

}  // namespace

void CatalogImpl::update_aliases(const Json& actions) {
  if (!actions.is_array() || actions.empty()) throw ApiError(illegal_argument("No action specified"));
  std::vector<AliasAction> parsed;
  for (const auto& item : actions) parsed.push_back(parse_action(item));

  const std::lock_guard lock(change_mutex_);
  const auto current = state();
  CatalogState next = *current;
  IndicesOptions options;
  options.allow_no_indices = false;
  options.expand_closed = true;
  options.forbid_closed = false;
  options.ignore_aliases = true;
  std::set<std::string> touched_indices, doomed;
  std::vector<std::pair<std::string, std::string>> added;   // alias, index
  std::vector<std::string> unmatched;
  bool removed_any = false;
  const bool only_removes = std::all_of(parsed.begin(), parsed.end(),
                                        [](const AliasAction& action) { return action.kind == AliasAction::Kind::kRemove; });
  for (const auto& action : parsed)
    if (action.kind == AliasAction::Kind::kRemoveIndex)
      for (const auto& name : action.indices)
        for (const auto& resolved : resolve(name, options)) doomed.insert(resolved.index->name());
  for (const auto& action : parsed) {
    if (action.kind == AliasAction::Kind::kRemoveIndex) continue;
    std::set<std::string> indices;
    for (const auto& name : action.indices)
      for (const auto& resolved : resolve(name, options)) {
        check_index_block(*resolved.index, BlockLevel::kMetadataWrite);
        if (const auto stream = current->stream_of_index.find(resolved.index->name()); stream != current->stream_of_index.end())
          throw ApiError(illegal_argument(fmt::format(
              "The provided expressions [{}] match a backing index belonging to data stream [{}]. Data streams and their backing "
              "indices don't support aliases.", name, stream->second)));
        indices.insert(resolved.index->name());
      }
    if (action.kind == AliasAction::Kind::kAdd) {
      for (const auto& alias : action.aliases) {
        if (!doomed.contains(alias)) check_new_alias(*current, alias);
        const Json definition = normalize_alias(alias, action.definition, filter_check_);
        for (const auto& index : indices) {
          next.by_index[index][alias] = alias_from_json(alias, definition);
          added.emplace_back(alias, index);
          touched_indices.insert(index);
        }
      }
      continue;
    }
    std::vector<std::string> missing;
    bool any = false;
    for (const auto& pattern : action.aliases) {
      bool found = false;
      for (const auto& index : indices) {
        // What to remove is read off the state before the request, as OpenSearch does; an alias added above stays.
        const auto before = current->by_index.find(index);
        if (before == current->by_index.end()) continue;
        for (const auto& [alias, definition] : before->second) {
          if (pattern != "_all" && !matches_pattern(pattern, alias)) continue;
          next.by_index[index].erase(alias);
          touched_indices.insert(index);
          found = any = true;
        }
      }
      if (!found) missing.push_back(pattern);
    }
    removed_any = removed_any || any;
    if (action.must_exist.has_value()) {
      if (*action.must_exist && !missing.empty()) throw ApiError(aliases_missing(missing));
    } else if (!any) {
      unmatched.insert(unmatched.end(), action.aliases.begin(), action.aliases.end());
    }
  }
  // A request that could only remove, and found nothing to remove, has failed.
  if (only_removes && !removed_any && !unmatched.empty()) throw ApiError(aliases_missing(unmatched));
  for (const auto& index : doomed) {
    check_index_block(*engine_.find(index), BlockLevel::kMetadataWrite, /*deleting=*/true);
    check_deletable(next, index);
    next.by_index.erase(index);
    touched_indices.insert(index);
  }
  next.rebuild_alias_table();
  for (const auto& [alias, index] : added) check_alias_properties(next, alias, index);
  engine_.store().write_meta(alias_writes(next, touched_indices));
  for (const auto& index : doomed) engine_.delete_index(index);
  publish(std::move(next));
}

}  // namespace tarn
