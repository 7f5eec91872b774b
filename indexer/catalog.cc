#include "indexer/catalog.h"

#include <algorithm>

#include <fmt/format.h>

#include "indexer/base/id_generator.h"
#include "indexer/catalog_cluster_settings.h"
#include "indexer/catalog_impl.h"
#include "indexer/index_names.h"

namespace tarn {
namespace {

constexpr int64_t kVersionCreated = 137297827;  // OpenSearch's id of 3.8.0, which the settings of each index carry
// Metadata kinds in the store; the value of an "alias" entry holds all aliases of the index that is its name.
constexpr const char* kAliasKind = "alias";
constexpr std::pair<const char*, const char*> kTemplateKinds[] = {
    {"index", "template"}, {"component", "component"}, {"legacy", "legacy_template"}};

const char* store_kind(std::string_view kind) {
  for (const auto& [name, stored] : kTemplateKinds)
    if (kind == name) return stored;
  return "template";
}

std::string kind_noun(std::string_view kind) { return kind == "component" ? "component template" : kind == "index" ? "index template" : "index_template"; }

struct Block {
  bool set;
  int id, status;
  const char* text;
  bool read, write, metadata_read, metadata_write;
};

std::string block_texts(const IndexSettings& settings, BlockLevel level, bool deleting, int& status) {
  const Block blocks[] = {
      {settings.read_only, 5, 403, "index read-only (api)", false, true, false, true},
      {settings.block_read, 7, 403, "index read (api)", true, false, false, false},
      {settings.block_write, 8, 403, "index write (api)", false, true, false, false},
      {settings.block_metadata, 9, 403, "index metadata (api)", false, false, true, true},
      {settings.read_only_allow_delete && !deleting, 12, 429,
       "disk usage exceeded flood-stage watermark, index has read-only-allow-delete block", false, true, false, true}};
  std::string out;
  for (const auto& block : blocks) {
    const bool applies = level == BlockLevel::kRead ? block.read : level == BlockLevel::kWrite ? block.write
                         : level == BlockLevel::kMetadataRead ? block.metadata_read : block.metadata_write;
    if (!block.set || !applies) continue;
    out += fmt::format("{}[{}/{}/{}]", out.empty() ? "" : ", ", block.status == 429 ? "TOO_MANY_REQUESTS" : "FORBIDDEN", block.id, block.text);
    status = std::max(status, block.status);
  }
  return out;
}

}  // namespace

Json Alias::to_json() const {
  Json out = Json::object();
  if (!filter.is_null()) out["filter"] = filter;
  if (!index_routing.empty()) out["index_routing"] = index_routing;
  if (!search_routing.empty()) out["search_routing"] = search_routing;
  if (is_write_index) out["is_write_index"] = *is_write_index;
  if (is_hidden) out["is_hidden"] = *is_hidden;
  return out;
}

Alias alias_from_json(const std::string& name, const Json& shown) {
  Alias alias;
  alias.name = name;
  if (shown.contains("filter")) alias.filter = shown["filter"];
  if (shown.contains("index_routing")) alias.index_routing = shown["index_routing"].get<std::string>();
  if (shown.contains("search_routing")) alias.search_routing = shown["search_routing"].get<std::string>();
  if (shown.contains("is_write_index")) alias.is_write_index = shown["is_write_index"].get<bool>();
  if (shown.contains("is_hidden")) alias.is_hidden = shown["is_hidden"].get<bool>();
  return alias;
}

void check_index_block(const Index& index, BlockLevel level, bool deleting) {
  int status = 403;
  const std::string texts = block_texts(*index.settings(), level, deleting, status);
  if (!texts.empty())
    throw ApiError(status, "cluster_block_exception", fmt::format("index [{}] blocked by: {};", index.name(), texts));
}

void check_index_blocks(const std::vector<ResolvedIndex>& indices, BlockLevel level, bool deleting) {
  for (const auto& resolved : indices) check_index_block(*resolved.index, level, deleting);
}

Json shown_settings(const Index& index) {
  std::map<std::string, Json> members;
  const auto settings = index.settings();
  for (const auto& [key, value] : settings->flat.items()) members[key] = value;
  members["index.uuid"] = index.uuid();
  members["index.creation_date"] = std::to_string(index.creation_date_ms());
  members["index.version.created"] = std::to_string(kVersionCreated);
  members.try_emplace("index.provided_name", index.name());
  if (index.closed()) members["index.verified_before_close"] = "true";
  Json out = Json::object();
  for (auto& [key, value] : members) out[key] = std::move(value);
  return out;
}

std::unique_ptr<Catalog> Catalog::open(Engine& engine) { return std::make_unique<CatalogImpl>(engine); }

CatalogImpl::CatalogImpl(Engine& engine) : engine_(engine) { load(); }

void CatalogState::rebuild_alias_table() {
  indices_of_alias.clear();
  for (const auto& [index, aliases] : by_index)
    for (const auto& [name, alias] : aliases) indices_of_alias[name].insert(index);
}

CatalogImpl::StatePtr CatalogImpl::state() const {
  const std::shared_lock lock(state_mutex_);
  return state_;
}

void CatalogImpl::publish(CatalogState next) {
  next.rebuild_alias_table();
  auto published = std::make_shared<const CatalogState>(std::move(next));
  const std::unique_lock lock(state_mutex_);
  state_ = std::move(published);
}

void CatalogImpl::load() {
  Store& store = engine_.store();
  CatalogState next;
  for (const auto& [index, value] : store.scan_meta(kAliasKind)) {
    if (!engine_.find(index)) continue;  // the index was deleted, or its creation was cut off
    const Json aliases = parse_json(value);
    for (const auto& [name, shown] : aliases.items()) next.by_index[index][name] = alias_from_json(name, shown);
  }
  load_streams(next);
  next.rebuild_stream_table();
  for (const auto& [kind, stored] : kTemplateKinds)
    for (const auto& [name, value] : store.scan_meta(stored)) next.templates.of_kind(kind)[name] = parse_json(value);
  if (const auto persistent = store.read_meta("cluster", "settings")) next.persistent = parse_json(*persistent);
  if (const auto uuid = store.read_meta("cluster", "uuid")) {
    cluster_uuid_ = *uuid;
  } else {
    cluster_uuid_ = generate_uuid();
    store.write_meta({{"cluster", "uuid", cluster_uuid_}});
  }
  publish(std::move(next));
}

// ---- Templates

void CatalogImpl::put_template(std::string_view kind, const std::string& name, const Json& body, bool create) {
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  auto& stored = next.templates.of_kind(kind);
  Json normalized = kind == "component" ? normalize_component_template(name, body, filter_check_)
                    : kind == "legacy"  ? normalize_legacy_template(name, body, filter_check_)
                                        : normalize_index_template(name, body, filter_check_);
  if (create && stored.contains(name))
    throw ApiError(illegal_argument(fmt::format("{} [{}] already exists", kind_noun(kind), name)));
  if (kind == "component") check_component_template(next.templates, name, normalized);
  if (kind == "index") check_index_template(next.templates, name, normalized);
  engine_.store().write_meta({{store_kind(kind), name, to_text(normalized)}});
  stored[name] = std::move(normalized);
  publish(std::move(next));
}

bool CatalogImpl::delete_template(std::string_view kind, const std::string& name) {
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  auto& stored = next.templates.of_kind(kind);
  std::set<std::string> doomed;
  for (const auto& [key, body] : stored)
    if (matches_pattern(name, key)) doomed.insert(key);
  if (doomed.empty()) return name == "*";
  if (kind == "component") {
    std::set<std::string> users, used;
    for (const auto& [user, body] : next.templates.index) {
      if (!body.contains("composed_of")) continue;
      for (const auto& part : body["composed_of"])
        if (doomed.contains(part.get<std::string>())) {
          users.insert(user);
          used.insert(part.get<std::string>());
        }
    }
    if (!users.empty())
      throw ApiError(illegal_argument(fmt::format(
          "component templates [{}] cannot be removed as they are still in use by index templates [{}]",
          fmt::join(used, ", "), fmt::join(users, ", "))));
  }
  if (kind == "index") check_template_unused(next, doomed);
  std::vector<Store::MetaWrite> writes;
  for (const auto& key : doomed) {
    writes.push_back({store_kind(kind), key, std::nullopt});
    stored.erase(key);
  }
  engine_.store().write_meta(writes);
  publish(std::move(next));
  return true;
}

std::vector<std::pair<std::string, Json>> CatalogImpl::templates(std::string_view kind, std::string_view pattern) const {
  std::vector<std::pair<std::string, Json>> out;
  const auto current = state();
  for (const auto& [name, body] : current->templates.of_kind(kind))
    if (pattern.empty() || matches_pattern(pattern, name)) out.emplace_back(name, body);
  return out;
}

namespace {

Json simulation(const TemplateSet& set, const std::string& name, const Json& body) {
  const ComposedTemplate composed = compose_index_template(set, body);
  Json inner = Json::object();
  inner["settings"] = IndexSettings::nest(composed.settings);
  if (!composed.mappings.is_null()) inner["mappings"] = shown_mappings(composed.settings, composed.mappings);
  inner["aliases"] = composed.aliases;
  Json out = Json::object();
  out["template"] = std::move(inner);
  out["overlapping"] = overlapping_templates(set, name, body["index_patterns"]);
  return out;
}

}  // namespace

Json CatalogImpl::simulate_index(const std::string& name) const {
  const auto current = state();
  const auto* found = find_index_template(current->templates, name, false);
  if (!found) return Json::object();
  return simulation(current->templates, found->first, found->second);
}

Json CatalogImpl::simulate_index_with(const std::string& name, const Json& body) const {
  TemplateSet set = state()->templates;
  const std::string temporary = "simulate_index_template_" + name;
  Json normalized = normalize_index_template(temporary, body, filter_check_);
  check_index_template(set, temporary, normalized);
  set.index[temporary] = std::move(normalized);
  const auto* found = find_index_template(set, name, false);
  if (!found) return Json::object();
  return simulation(set, found->first, found->second);
}

Json CatalogImpl::simulate_template(const std::string& name, const Json& body) const {
  const auto current = state();
  if (body.is_null()) {
    const auto found = current->templates.index.find(name);
    if (found == current->templates.index.end())
      throw ApiError(illegal_argument(fmt::format("unable to simulate template [{}] that does not exist", name)));
    return simulation(current->templates, name, found->second);
  }
  const std::string used = name.empty() ? "simulate_template" : name;
  const Json normalized = normalize_index_template(used, body, filter_check_);
  check_index_template(current->templates, used, normalized);
  return simulation(current->templates, used, normalized);
}

// ---- Cluster settings

Json CatalogImpl::cluster_settings() const {
  const auto current = state();
  return Json{{"persistent", current->persistent}, {"transient", current->transient}};
}

Json CatalogImpl::put_cluster_settings(const Json& body) {
  const auto part = [&](const char* key) {
    return body.is_object() && body.contains(key) ? flatten_settings(body[key]) : Json::object();
  };
  const Json persistent = part("persistent"), transient = part("transient");
  if (persistent.empty() && transient.empty())
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: no settings to update;");
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  next.transient = apply_cluster_settings("transient", next.transient, transient);
  next.persistent = apply_cluster_settings("persistent", next.persistent, persistent);
  engine_.store().write_meta({{"cluster", "settings", to_text(next.persistent)}});
  const auto changed = [](const Json& now, const Json& asked) {
    Json out = Json::object();
    for (const auto& [key, value] : asked.items())
      if (now.contains(key)) out[key] = now[key];
    return out;
  };
  Json answer{{"acknowledged", true}, {"persistent", changed(next.persistent, persistent)}, {"transient", changed(next.transient, transient)}};
  publish(std::move(next));
  return answer;
}

std::string CatalogImpl::cluster_setting(std::string_view name, std::string_view fallback) const {
  const auto current = state();
  const std::string key(name);
  for (const Json* flat : {&current->transient, &current->persistent})
    if (flat->contains(key)) return (*flat)[key].is_string() ? (*flat)[key].get<std::string>() : to_text((*flat)[key]);
  return std::string(fallback);
}

}  // namespace tarn
