#include "indexer/mapping/mapping_tree.h"

#include <algorithm>

#include "indexer/mapping/mapping_error.h"

namespace tarn::mapping {
namespace {

const Json kNullJson;

const Json& default_value(const TypeSpec& type, size_t at) {
  // Parsed once a process; the defaults of a type are the same for all of its fields.
  static const auto* cache = new std::map<std::string_view, Json>([] {
    std::map<std::string_view, Json> out;
    return out;
  }());
  static std::mutex mutex;
  const std::string_view text = type.params[at].default_json;
  const std::lock_guard lock(mutex);
  auto& mutable_cache = const_cast<std::map<std::string_view, Json>&>(*cache);
  const auto found = mutable_cache.find(text);
  if (found != mutable_cache.end()) return found->second;
  return mutable_cache.emplace(text, Json::parse(text)).first->second;
}

bool is_analyzer(ParamType type) {
  return type == ParamType::kAnalyzer || type == ParamType::kSearchAnalyzer || type == ParamType::kSearchQuoteAnalyzer;
}

bool shown(const Node& field, size_t at, bool defaults) {
  const ParamSpec& spec = field.type->params[at];
  const ParamValue& value = field.params[at];
  if (defaults || spec.always_shown) return true;
  if (spec.type == ParamType::kExplicitBool) return value.given;
  if (is_analyzer(spec.type)) {
    // An analyzer is shown where it is not the default, or where the search analyzers differ from it.
    const Json& own = field.param(spec.name);
    const Json& quote = field.param("search_quote_analyzer");
    const bool differs_from_quote = !quote.is_null() && own != quote;
    if (spec.type == ParamType::kAnalyzer) {
      const Json& search = field.param("search_analyzer");
      return own != default_value(*field.type, at) || (!search.is_null() && own != search) || differs_from_quote;
    }
    const Json& base = field.param(spec.type == ParamType::kSearchAnalyzer ? "analyzer" : "search_analyzer");
    const bool configured = value.given && value.value != (base == "default" ? Json("default") : base);
    return configured || (spec.type == ParamType::kSearchAnalyzer && differs_from_quote);
  }
  return value.given && value.value != default_value(*field.type, at);
}

void write_multi_fields(const Node& field, Json& out, bool defaults) {
  if (!field.multi_fields.empty()) {
    Json& fields = out["fields"] = Json::object();
    for (const auto& [name, node] : field.multi_fields) fields[name] = node_json(*node, defaults);
  }
  if (!field.copy_to.empty()) out["copy_to"] = field.copy_to;
}

Json field_json(const Node& field, bool defaults) {
  Json out = Json::object();
  out["type"] = field.type->name;
  for (size_t i = 0; i < field.type->params.size(); ++i) {
    if (i == field.type->multi_fields_at) write_multi_fields(field, out, defaults);
    if (shown(field, i, defaults)) {
      const std::string_view name = field.type->params[i].name;
      out[std::string(name)] = field.param(name);
    }
  }
  if (field.type->multi_fields_at >= field.type->params.size()) write_multi_fields(field, out, defaults);
  return out;
}

void write_children(const Node& object, Json& out) {
  if (!object.derived.empty()) {
    Json& derived = out["derived"] = Json::object();
    for (const auto& [name, definition] : object.derived) derived[name] = definition;
  }
  if (!object.children.empty()) {
    Json& properties = out["properties"] = Json::object();
    for (const auto& [name, node] : object.children) properties[name] = node_json(*node);
  }
}

void write_object_flags(const Node& object, Json& out) {
  if (object.dynamic != Dynamic::kUnset) out["dynamic"] = dynamic_name(object.dynamic);
  if (!object.enabled) out["enabled"] = false;
  if (object.disable_objects) out["disable_objects"] = *object.disable_objects;
}

Json object_json(const Node& object) {
  Json out = Json::object();
  if (object.nested) {
    out["type"] = "nested";
    if (object.include_in_parent) out["include_in_parent"] = true;
    if (object.include_in_root) out["include_in_root"] = true;
  } else if (object.children.empty() && object.derived.empty()) {
    out["type"] = "object";
  }
  write_object_flags(object, out);
  write_children(object, out);
  return out;
}

[[noreturn]] void refuse(std::string reason) { throw ApiError(illegal_argument(std::move(reason))); }

bool may_change(const ParamSpec& spec, const Json& from, const Json& to) {
  if (spec.updateable || from == to) return true;
  return spec.type == ParamType::kNorms && from == true && to == false;
}

void merge_relations(Node& merged, const Node& base, const std::string& path) {
  const Json& from = base.param("relations");
  const Json& to = merged.param("relations");
  const auto children = [](const Json& value) { return value.is_array() ? value : Json::array({value}); };
  const auto is_child = [&](const std::string& name) {
    return std::any_of(from.begin(), from.end(), [&](const Json& value) {
      const Json names = children(value);
      return std::find(names.begin(), names.end(), name) != names.end();
    });
  };
  std::string conflicts;
  const auto add = [&](const std::string& conflict) { conflicts += (conflicts.empty() ? "" : ", ") + conflict; };
  for (auto it = from.begin(); it != from.end(); ++it) {
    if (!to.contains(it.key())) add("cannot remove parent [" + it.key() + "] in join field [" + path + "]");
  }
  for (auto it = to.begin(); it != to.end(); ++it) {
    const auto known = from.find(it.key());
    const Json now = children(it.value());
    if (known == from.end()) {
      if (is_child(it.key())) add("cannot create parent [" + it.key() + "] from an existing child");
      for (const Json& child : now) {
        if (from.contains(java_text(child))) add("cannot create child [" + java_text(child) + "] from an existing parent");
      }
      continue;
    }
    for (const Json& child : children(*known)) {
      if (std::find(now.begin(), now.end(), child) == now.end()) {
        add("cannot remove child [" + java_text(child) + "] in join field [" + path + "]");
      }
    }
  }
  if (!conflicts.empty()) refuse("Mapper for [" + path + "] conflicts with existing mapping:\n[" + conflicts + "]");
}

NodePtr merge_fields(const NodePtr& base, const NodePtr& update, const std::string& path) {
  if (update->shape != Node::Shape::kField) {
    refuse("mapper [" + path + "] cannot be changed from type [" + std::string(base->type->name) +
           "] to [FieldAliasMapper]");
  }
  if (base->type != update->type) {
    refuse("mapper [" + path + "] cannot be changed from type [" + std::string(base->type->name) + "] to [" +
           std::string(update->type->name) + "]");
  }
  auto merged = std::make_shared<Node>(*update);
  merged->multi_fields = base->multi_fields;
  std::string conflicts;
  const TypeSpec& type = *base->type;
  for (const ParamSpec& spec : type.params) {
    const Json& from = base->param(spec.name);
    const Json& to = update->param(spec.name);
    if (may_change(spec, from, to)) continue;
    const std::string name(spec.name);
    if (type.parametrized) {
      conflicts += "\n\tCannot update parameter [" + name + "] from [" + java_text(from) + "] to [" + java_text(to) + "]";
    } else {
      conflicts += (conflicts.empty() ? "" : ", ") + ("mapper [" + path + "] has different [" + name + "] values");
      if (name == "index") conflicts += ", mapper [" + path + "] has different [index_options] values";
    }
  }
  if (!conflicts.empty()) {
    refuse(type.parametrized ? "Mapper for [" + path + "] conflicts with existing mapper:" + conflicts
                             : "Mapper for [" + path + "] conflicts with existing mapping:\n[" + conflicts + "]");
  }
  if (type.kind == FieldKind::kJoin) merge_relations(*merged, *base, path);
  for (const auto& [name, node] : update->multi_fields) {
    const auto existing = merged->multi_fields.find(name);
    if (existing == merged->multi_fields.end()) {
      merged->multi_fields.emplace(name, node);
    } else {
      existing->second = merge_nodes(existing->second, node, path + "." + name);
    }
  }
  return merged;
}

NodePtr merge_objects(const NodePtr& base, const NodePtr& update, const std::string& path) {
  if (base->nested && !update->nested) refuse("cannot change object mapping from nested to non-nested");
  if (!base->nested && update->nested) refuse("cannot change object mapping from non-nested to nested");
  if (base->include_in_parent != update->include_in_parent) {
    throw ApiError(500, "mapper_exception", "the [include_in_parent] parameter can't be updated on a nested object mapping");
  }
  if (base->include_in_root != update->include_in_root) {
    throw ApiError(500, "mapper_exception", "the [include_in_root] parameter can't be updated on a nested object mapping");
  }
  if (base->enabled != update->enabled) {
    throw ApiError(500, "mapper_exception",
                   "the [enabled] parameter can't be updated for the object mapping [" + (path.empty() ? "_doc" : path) + "]");
  }
  if (base->disable_objects && update->disable_objects && *base->disable_objects != *update->disable_objects) {
    throw ApiError(500, "mapper_exception",
                   "Cannot update parameter [disable_objects] from [" + std::string(*base->disable_objects ? "true" : "false") +
                       "] to [" + (*update->disable_objects ? "true" : "false") + "] for object mapping [" +
                       (path.empty() ? "_doc" : path) +
                       "]. The disable_objects setting is immutable after index creation.");
  }
  auto merged = std::make_shared<Node>(*base);
  if (update->dynamic != Dynamic::kUnset) merged->dynamic = update->dynamic;
  for (const auto& [name, definition] : update->derived) merged->derived[name] = definition;
  for (const auto& [name, node] : update->children) {
    const auto existing = merged->children.find(name);
    if (existing == merged->children.end()) {
      merged->children.emplace(name, node);
    } else {
      existing->second = merge_nodes(existing->second, node, path.empty() ? name : path + "." + name);
    }
  }
  return merged;
}

}  // namespace

std::string_view dynamic_name(Dynamic dynamic) {
  switch (dynamic) {
    case Dynamic::kTrue: return "true";
    case Dynamic::kFalse: return "false";
    case Dynamic::kStrict: return "strict";
    case Dynamic::kStrictAllowTemplates: return "strict_allow_templates";
    case Dynamic::kFalseAllowTemplates: return "false_allow_templates";
    case Dynamic::kUnset: break;
  }
  return "";
}

const Json& Node::param(std::string_view name) const {
  const int at = type->find(name);
  if (at < 0) return kNullJson;
  if (params[at].given) return params[at].value;
  // Search analyzers follow the analyzer that they refine, unless that is the default one.
  const ParamType kind = type->params[at].type;
  if (kind == ParamType::kSearchAnalyzer) return param("analyzer");
  if (kind == ParamType::kSearchQuoteAnalyzer) return param("search_analyzer");
  return default_value(*type, at);
}

bool Node::flag(std::string_view name) const {
  const Json& value = param(name);
  return value.is_boolean() && value.get<bool>();
}

std::string Node::text(std::string_view name) const {
  const Json& value = param(name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Json node_json(const Node& node, bool defaults) {
  switch (node.shape) {
    case Node::Shape::kObject: return object_json(node);
    case Node::Shape::kAlias: return Json{{"type", "alias"}, {"path", node.alias_path}};
    case Node::Shape::kField: break;
  }
  return field_json(node, defaults);
}

Json root_json(const Root& root) {
  Json out = Json::object();
  write_object_flags(*root.object, out);
  if (!root.meta.is_null()) out["_meta"] = root.meta;
  if (!root.data_stream_timestamp.is_null()) out["_data_stream_timestamp"] = root.data_stream_timestamp;
  if (root.field_names_enabled) out["_field_names"] = Json{{"enabled", *root.field_names_enabled}};
  if (root.routing_required.value_or(false)) out["_routing"] = Json{{"required", true}};
  if (!root.source.is_null() && !root.source.empty()) out["_source"] = root.source;
  if (root.dynamic_date_formats) out["dynamic_date_formats"] = *root.dynamic_date_formats;
  if (root.dynamic_templates) {
    Json& list = out["dynamic_templates"] = Json::array();
    for (const DynamicTemplate& rule : *root.dynamic_templates) list.push_back(Json{{rule.name(), rule.to_json()}});
  }
  if (root.date_detection) out["date_detection"] = *root.date_detection;
  if (root.numeric_detection) out["numeric_detection"] = *root.numeric_detection;
  write_children(*root.object, out);
  return out;
}

NodePtr merge_nodes(const NodePtr& base, const NodePtr& update, const std::string& path) {
  const bool base_object = base->shape == Node::Shape::kObject, update_object = update->shape == Node::Shape::kObject;
  if (base->shape == Node::Shape::kAlias && update->shape != Node::Shape::kAlias && !update_object) {
    refuse("Cannot merge a field alias mapping [" + path + "] with a mapping that is not for a field alias.");
  }
  if (base_object != update_object) {
    refuse("can't merge a non object mapping [" + path + "] with an object mapping");
  }
  if (base_object) return merge_objects(base, update, path);
  if (base->shape == Node::Shape::kAlias) return update;
  return merge_fields(base, update, path);
}

Root merge_roots(const Root& base, const Root& update) {
  Root merged = base;
  merged.object = merge_nodes(base.object, update.object, "");
  if (update.dynamic_date_formats) merged.dynamic_date_formats = update.dynamic_date_formats;
  if (update.dynamic_templates) merged.dynamic_templates = update.dynamic_templates;
  if (update.date_detection) merged.date_detection = update.date_detection;
  if (update.numeric_detection) merged.numeric_detection = update.numeric_detection;
  if (!update.meta.is_null()) merged.meta = update.meta;
  if (update.routing_required) {
    const bool from = base.routing_required.value_or(false), to = *update.routing_required;
    const auto name = [](bool value) { return std::string(value ? "true" : "false"); };
    if (from != to) {
      refuse("Mapper for [_routing] conflicts with existing mapper:\n\tCannot update parameter [required] from [" + name(from) + "] to [" +
             name(to) + "]");
    }
    merged.routing_required = to;
  }
  if (update.field_names_enabled) merged.field_names_enabled = update.field_names_enabled;
  if (!update.data_stream_timestamp.is_null()) merged.data_stream_timestamp = update.data_stream_timestamp;
  if (!update.source.is_null()) {
    const auto part = [](const Json& source, const char* key) { return source.is_object() && source.contains(key) ? source[key] : Json(); };
    std::string conflicts;
    const auto compare = [&](const char* key, const Json& fallback) {
      Json from = part(base.source, key), to = part(update.source, key);
      if (from.is_null()) from = fallback;
      if (to.is_null()) to = fallback;
      if (from != to) {
        conflicts += "\n\tCannot update parameter [" + std::string(key) + "] from [" + java_text(from) + "] to [" + java_text(to) + "]";
      }
    };
    compare("enabled", true);
    compare("includes", Json::array());
    compare("excludes", Json::array());
    if (!conflicts.empty()) refuse("Mapper for [_source] conflicts with existing mapper:" + conflicts);
    merged.source = update.source;
  }
  return merged;
}

}  // namespace tarn::mapping
