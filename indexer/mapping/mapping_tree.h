#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/analysis/analyzer.h"
#include "indexer/mapping/dynamic_template.h"
#include "indexer/mapping/mapping.h"
#include "indexer/mapping/type_spec.h"

namespace tarn::mapping {

enum class Dynamic : uint8_t { kUnset, kTrue, kFalse, kStrict, kStrictAllowTemplates, kFalseAllowTemplates };
std::string_view dynamic_name(Dynamic dynamic);

struct Node;
using NodePtr = std::shared_ptr<const Node>;
using Children = std::map<std::string, NodePtr, std::less<>>;

/// A parameter's value: as given or the default.
struct ParamValue {
  bool given = false;
  Json value;
};

/// One object, field or alias of a mapping as it was defined. Immutable once it is in a tree; trees share nodes, so that
/// a merge copies only what it changes.
struct Node {
  enum class Shape : uint8_t { kObject, kField, kAlias };
  Shape shape = Shape::kObject;
  std::string name;  // the last part of the path

  // Objects.
  Dynamic dynamic = Dynamic::kUnset;
  bool enabled = true;
  bool nested = false;
  bool include_in_parent = false, include_in_root = false;
  std::optional<bool> disable_objects;
  Children children;
  std::map<std::string, Json> derived;

  // Fields.
  const TypeSpec* type = nullptr;
  std::vector<ParamValue> params;  // one for each of type->params
  Children multi_fields;
  std::vector<std::string> copy_to;
  bool ignore_malformed_default = false, coerce_default = true;  // of the index, when the field was made

  std::string alias_path;

  /// The value of a parameter of the field, default or given; null if the type has no such parameter.
  const Json& param(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::string text(std::string_view name) const;
};

/// The root: an object and what only a root has.
struct Root {
  NodePtr object;
  std::optional<std::vector<std::string>> dynamic_date_formats;
  std::optional<std::vector<DynamicTemplate>> dynamic_templates;
  std::optional<bool> date_detection, numeric_detection;
  Json meta;             // null if there is none
  Json dynamic_properties;  // null if there are none
  Json source;           // {"enabled", "includes", "excludes"} as given, normalised; null if not given
  std::optional<bool> routing_required;
  std::optional<bool> field_names_enabled;
  Json data_stream_timestamp;  // null or {"enabled": true}
};

/// Definitions to trees. Throws ApiError as OpenSearch words it, without "Failed to parse mapping".
struct ParseContext {
  const AnalysisRegistry& analysis;
  const MappingLimits& limits;
  std::string default_date_format = {};  // of dynamic date fields; "" for the usual one
  bool from_template = false;            // a dynamic template's definition may hold parameters that its type lacks
};
Root parse_root(const Json& mappings, const ParseContext& context);
/// A field, object or alias of that type; `definition` loses nothing.
NodePtr parse_node(const std::string& name, const std::string& type, const Json& definition,
                   const ParseContext& context);
bool is_known_type(std::string_view type);

/// Trees to definitions, in OpenSearch's order.
Json root_json(const Root& root);
/// The definition under the node's name; with `defaults` all parameters of fields are shown.
Json node_json(const Node& node, bool defaults = false);

/// `update` merged into `base`; `path` is the full path of the nodes (for messages). Throws on conflicts.
NodePtr merge_nodes(const NodePtr& base, const NodePtr& update, const std::string& path);
Root merge_roots(const Root& base, const Root& update);

/// What MapperMergeValidator checks: limits, aliases, copy_to, nested scopes.
void validate_root(const Root& root, const MappingLimits& limits);

}  // namespace tarn::mapping
