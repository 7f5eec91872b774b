#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn {

using FilterCheck = std::function<void(const Json&)>;

/// All stored templates by name. Bodies are in the form that GET shows (see normalize_*).
struct TemplateSet {
  std::map<std::string, Json, std::less<>> index, component, legacy;
  std::map<std::string, Json, std::less<>>& of_kind(std::string_view kind);
  const std::map<std::string, Json, std::less<>>& of_kind(std::string_view kind) const;
};

/// What templates give to a new index: flat settings, one mapping object, alias definitions by name.
struct ComposedTemplate {
  Json settings = Json::object();
  Json mappings;                      ///< null if no template has any
  Json aliases = Json::object();
};

/// invalid_index_template_exception.
Error invalid_template(std::string_view name, std::string_view cause);

// The bodies of PUT in the form that is stored and shown. Throw 400 as OpenSearch's parsers do (x_content_parse_exception
// "[index_template] unknown field [order]", "Required [index_patterns]", invalid_index_template_exception ...).
Json normalize_index_template(const std::string& name, const Json& body, const FilterCheck& check);
Json normalize_component_template(const std::string& name, const Json& body, const FilterCheck& check);
Json normalize_legacy_template(const std::string& name, const Json& body, const FilterCheck& check);

/// What must hold before a template is stored: components exist, no other of the same priority overlaps, the composed
/// whole is a valid index. Throws 400.
void check_index_template(const TemplateSet& set, const std::string& name, const Json& normalized);
/// A component's own validity, and that of every index template that uses it.
void check_component_template(const TemplateSet& set, const std::string& name, const Json& normalized);

/// The index template of the highest priority that fits, or null.
const std::pair<const std::string, Json>* find_index_template(const TemplateSet& set, std::string_view index, bool hidden);
/// Components in order, then the template itself.
ComposedTemplate compose_index_template(const TemplateSet& set, const Json& index_template);
/// All legacy templates that fit, by rising order.
ComposedTemplate compose_legacy_templates(const TemplateSet& set, std::string_view index, bool hidden);
/// [{"name", "index_patterns"}] of all templates but `name` whose patterns overlap.
Json overlapping_templates(const TemplateSet& set, std::string_view name, const Json& patterns);

/// Later fields replace earlier ones whole (composable templates), or members are filled in (legacy templates).
Json merge_template_mappings(const Json& base, const Json& update);
Json merge_legacy_mappings(const Json& strong, const Json& weak);

/// An alias as the request words it to the form that is shown: filter, index_routing, search_routing, is_write_index, is_hidden.
Json normalize_alias(const std::string& name, const Json& definition, const FilterCheck& check);

/// Throws unless settings and mappings make a valid index; mapping errors as "Failed to parse mapping [_doc]: ...".
void check_index_definition(const Json& flat_settings, const Json& mappings);
/// The mappings object as the index would show it.
Json shown_mappings(const Json& flat_settings, const Json& mappings);

}  // namespace tarn
