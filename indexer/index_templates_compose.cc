// From stored templates to a new index: which template fits, what its parts give together, whether the whole is valid.

#include <algorithm>

#include <fmt/format.h>

#include "indexer/analysis/analyzer.h"
#include "indexer/index_names.h"
#include "indexer/index_templates.h"
#include "indexer/mapping/index_settings.h"
#include "indexer/mapping/mapping.h"

namespace tarn {
namespace {

int64_t priority_of(const Json& index_template) {
  return index_template.contains("priority") ? index_template["priority"].get<int64_t>() : 0;
}

Json flat_settings_of(const Json& holder) {
  return holder.contains("settings") ? IndexSettings::flatten(holder["settings"]) : Json::object();
}

void add_part(const Json& part, ComposedTemplate& out) {
  const Json flat = flat_settings_of(part);
  for (const auto& [key, value] : flat.items()) out.settings[key] = value;
  if (part.contains("mappings"))
    out.mappings = out.mappings.is_null() ? part["mappings"] : merge_template_mappings(out.mappings, part["mappings"]);
  if (part.contains("aliases"))
    for (const auto& [name, definition] : part["aliases"].items()) out.aliases[name] = definition;
}

bool fits(const Json& patterns, std::string_view index, bool hidden) {
  for (const auto& item : patterns) {
    const std::string pattern = item.get<std::string>();
    if (hidden && pattern == "*") continue;  // templates for everything leave hidden indices alone
    if (matches_pattern(pattern, index)) return true;
  }
  return false;
}

void merge_missing(Json& strong, const Json& weak) {
  for (const auto& [key, value] : weak.items()) {
    if (!strong.contains(key)) strong[key] = value;
    else if (strong[key].is_object() && value.is_object()) merge_missing(strong[key], value);
  }
}

std::string first_part(const std::string& path) { return path.substr(0, path.find('.')); }

/// Dynamic templates are a list of single-member objects: later ones of the same name take the place of earlier ones.
Json merge_dynamic_templates(const Json& base, const Json& update) {
  Json out = Json::array();
  std::vector<std::string> names;
  for (const auto& item : update)
    if (item.is_object() && !item.empty()) names.push_back(item.begin().key());
  for (const auto& item : base)
    if (!item.is_object() || item.empty() || std::find(names.begin(), names.end(), item.begin().key()) == names.end())
      out.push_back(item);
  for (const auto& item : update) out.push_back(item);
  return out;
}

void check_composed(const std::string& name, const ComposedTemplate& composed) {
  try {
    check_index_definition(composed.settings, Json());
    try {
      check_index_definition(composed.settings, composed.mappings);
    } catch (const ApiError& error) {
      throw ApiError(illegal_argument(fmt::format("invalid composite mappings for [{}]", name)).caused_by(error.error()));
    }
  } catch (const ApiError& error) {
    if (error.error().status == 501) throw;
    throw ApiError(illegal_argument(fmt::format("composable template [{}] template after composition is invalid", name))
                       .caused_by(error.error()));
  }
}

std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::string patterns_text(const Json& patterns) {
  std::vector<std::string> items;
  for (const auto& pattern : patterns) items.push_back(pattern.get<std::string>());
  return join(items);
}

bool any_overlap(const Json& a, const Json& b) {
  for (const auto& x : a)
    for (const auto& y : b)
      if (patterns_overlap(x.get<std::string>(), y.get<std::string>())) return true;
  return false;
}

}  // namespace

std::map<std::string, Json, std::less<>>& TemplateSet::of_kind(std::string_view kind) {
  return kind == "component" ? component : kind == "legacy" ? legacy : index;
}

const std::map<std::string, Json, std::less<>>& TemplateSet::of_kind(std::string_view kind) const {
  return kind == "component" ? component : kind == "legacy" ? legacy : index;
}

void check_index_template(const TemplateSet& set, const std::string& name, const Json& normalized) {
  if (normalized.contains("composed_of")) {
    std::vector<std::string> missing;
    for (const auto& item : normalized["composed_of"])
      if (!set.component.contains(item.get<std::string>())) missing.push_back(item.get<std::string>());
    if (!missing.empty())
      throw ApiError(invalid_template(name, fmt::format(
          "index template [{}] specifies component templates [{}] that do not exist", name, join(missing))));
  }
  std::vector<std::string> names, descriptions;
  for (const auto& [other, body] : set.index) {
    if (other == name || priority_of(body) != priority_of(normalized)) continue;
    if (!any_overlap(body["index_patterns"], normalized["index_patterns"])) continue;
    names.push_back(other);
    descriptions.push_back(fmt::format("{} => [{}]", other, patterns_text(body["index_patterns"])));
  }
  if (!names.empty())
    throw ApiError(illegal_argument(fmt::format(
        "index template [{}] has index patterns [{}] matching patterns from existing templates [{}] with patterns ({}) that "
        "have the same priority [{}], multiple index templates may not match during index creation, please use a different "
        "priority", name, patterns_text(normalized["index_patterns"]), join(names), join(descriptions), priority_of(normalized))));
  check_composed(name, compose_index_template(set, normalized));
}

void check_component_template(const TemplateSet& set, const std::string& name, const Json& normalized) {
  ComposedTemplate own;
  add_part(normalized["template"], own);
  check_index_definition(own.settings, own.mappings);
  TemplateSet changed = set;
  changed.component[name] = normalized;
  for (const auto& [user, body] : set.index) {
    if (!body.contains("composed_of")) continue;
    const auto& parts = body["composed_of"];
    if (std::none_of(parts.begin(), parts.end(), [&](const Json& part) { return part == name; })) continue;
    try {
      check_composed(user, compose_index_template(changed, body));
    } catch (const ApiError& error) {
      Error outer = illegal_argument(fmt::format(
          "updating component template [{}] results in invalid composable template [{}] after templates are merged", name, user));
      throw ApiError(outer.caused_by(error.error().cause ? *error.error().cause : error.error()));
    }
  }
}

const std::pair<const std::string, Json>* find_index_template(const TemplateSet& set, std::string_view index, bool hidden) {
  const std::pair<const std::string, Json>* best = nullptr;
  for (const auto& entry : set.index)
    if (fits(entry.second["index_patterns"], index, hidden))
      if (!best || priority_of(entry.second) > priority_of(best->second)) best = &entry;
  return best;
}

ComposedTemplate compose_index_template(const TemplateSet& set, const Json& index_template) {
  ComposedTemplate out;
  if (index_template.contains("composed_of"))
    for (const auto& name : index_template["composed_of"])
      if (const auto found = set.component.find(name.get<std::string>()); found != set.component.end())
        add_part(found->second["template"], out);
  if (index_template.contains("template")) add_part(index_template["template"], out);
  return out;
}

ComposedTemplate compose_legacy_templates(const TemplateSet& set, std::string_view index, bool hidden) {
  std::vector<const Json*> matching;
  for (const auto& [name, body] : set.legacy)
    if (fits(body["index_patterns"], index, hidden)) matching.push_back(&body);
  std::stable_sort(matching.begin(), matching.end(),
                   [](const Json* a, const Json* b) { return (*a)["order"].get<int64_t>() < (*b)["order"].get<int64_t>(); });
  ComposedTemplate out;
  for (const Json* body : matching) {
    const Json flat = flat_settings_of(*body);
    for (const auto& [key, value] : flat.items()) out.settings[key] = value;
    if (!(*body)["mappings"].empty())
      out.mappings = out.mappings.is_null() ? (*body)["mappings"] : merge_legacy_mappings((*body)["mappings"], out.mappings);
    for (const auto& [name, definition] : (*body)["aliases"].items()) out.aliases[name] = definition;
  }
  return out;
}

Json overlapping_templates(const TemplateSet& set, std::string_view name, const Json& patterns) {
  Json out = Json::array();
  const auto add = [&](const std::map<std::string, Json, std::less<>>& templates) {
    for (const auto& [other, body] : templates)
      if (other != name && any_overlap(body["index_patterns"], patterns))
        out.push_back(Json{{"name", other}, {"index_patterns", body["index_patterns"]}});
  };
  add(set.legacy);
  add(set.index);
  return out;
}

Json merge_template_mappings(const Json& base, const Json& update) {
  Json out = base;
  for (const auto& [key, value] : update.items()) {
    if (key == "properties" && out.contains(key) && out[key].is_object() && value.is_object()) {
      // A later field replaces every earlier one below the same first name, written with dots or not.
      Json kept = Json::object();
      for (const auto& [field, definition] : out[key].items()) {
        bool replaced = false;
        for (const auto& [later, unused] : value.items()) replaced = replaced || first_part(later) == first_part(field);
        if (!replaced) kept[field] = definition;
      }
      for (const auto& [field, definition] : value.items()) kept[field] = definition;
      out[key] = std::move(kept);
    } else if (key == "dynamic_templates" && out.contains(key) && out[key].is_array() && value.is_array()) {
      out[key] = merge_dynamic_templates(out[key], value);
    } else if (out.contains(key) && out[key].is_object() && value.is_object()) {
      Json merged = value;
      merge_missing(merged, out[key]);
      out[key] = std::move(merged);
    } else {
      out[key] = value;
    }
  }
  return out;
}

Json merge_legacy_mappings(const Json& strong, const Json& weak) {
  Json out = strong;
  if (out.contains("dynamic_templates") && weak.contains("dynamic_templates"))
    out["dynamic_templates"] = merge_dynamic_templates(weak["dynamic_templates"], strong["dynamic_templates"]);
  merge_missing(out, weak);
  return out;
}

namespace {

std::shared_ptr<const AnalysisRegistry> analysis_of(const Json& flat) {
  Json analysis = Json::object();
  const Json nested = IndexSettings::nest(flat);
  if (nested.contains("index") && nested["index"].is_object() && nested["index"].contains("analysis"))
    analysis = nested["index"]["analysis"];
  return analysis.empty() ? AnalysisRegistry::built_in() : AnalysisRegistry::create(analysis, flat);
}

std::shared_ptr<const Mapping> mapping_of(const Json& flat, const Json& mappings) {
  const auto settings = IndexSettings::create(flat);
  const auto analysis = analysis_of(flat);
  if (mappings.is_null()) return nullptr;
  try {
    return Mapping::create(mappings, analysis, settings->mapping_limits);
  } catch (const ApiError& error) {
    const Error& inner = error.error();
    if (inner.reason.starts_with("Failed to parse mapping") || inner.status == 501) throw;
    Error outer(400, "mapper_parsing_exception", fmt::format("Failed to parse mapping [_doc]: {}", inner.reason));
    if (inner.type == "mapper_parsing_exception") outer.rooted_in(inner);
    throw ApiError(outer.caused_by(inner));
  }
}

}  // namespace

void check_index_definition(const Json& flat_settings, const Json& mappings) { mapping_of(flat_settings, mappings); }

Json shown_mappings(const Json& flat_settings, const Json& mappings) {
  const auto mapping = mapping_of(flat_settings, mappings);
  return mapping ? mapping->to_json() : Json::object();
}

}  // namespace tarn

