#include <set>

#include "indexer/mapping/date_format.h"
#include "indexer/mapping/definition.h"
#include "indexer/mapping/mapping_error.h"

namespace tarn::mapping {
namespace {

NodePtr parse_alias(const std::string& name, const Json& definition) {
  auto node = std::make_shared<Node>();
  node->shape = Node::Shape::kAlias;
  node->name = name;
  Json left = Json::object();
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == "path") {
      node->alias_path = java_text(*it);
    } else if (it.key() != "type") {
      left[it.key()] = *it;
    }
  }
  if (node->alias_path.empty()) {
    throw ApiError(mapper_parsing("The [path] property must be specified for field [" + name + "]."));
  }
  check_nothing_left(name, left);
  return node;
}

// Root members that are not an object's.

Json string_list(const Json& value) {
  if (!value.is_array()) {
    throw ApiError(Error(400, "class_cast_exception",
                         "class java.lang.String cannot be cast to class java.util.List (java.lang.String and java.util.List "
                         "are in module java.base of loader 'bootstrap')"));
  }
  Json out = Json::array();
  for (const Json& item : value) out.push_back(java_text(item));
  return out;
}

[[noreturn]] void unknown_metadata_parameter(const std::string& mapper, const std::string& key) {
  throw ApiError(mapper_parsing("unknown parameter [" + key + "] on mapper [" + mapper + "] of type [null]"));
}

Json parse_source(const Json& definition) {
  Json out = Json::object();
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == "enabled") {
      if (!node_boolean(*it)) out["enabled"] = false;
    } else if (it.key() == "includes" || it.key() == "excludes") {
      Json list = string_list(*it);
      if (!list.empty()) out[it.key()] = std::move(list);
    } else if (it.key() == "recovery_source_enabled" || it.key() == "recovery_source_includes" ||
               it.key() == "recovery_source_excludes") {
      out[it.key()] = *it;  // of no meaning here: the store keeps the whole source for recovery
    } else if (it.key() != "type") {
      unknown_metadata_parameter("_source", it.key());
    }
  }
  return out;
}

bool parse_single_flag(const std::string& mapper, const Json& definition, const char* flag, bool fallback) {
  bool out = fallback;
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == flag) {
      out = node_boolean(*it);
    } else if (it.key() != "type") {
      unknown_metadata_parameter(mapper, it.key());
    }
  }
  return out;
}

void parse_date_formats(Root& root, const Json& value) {
  root.dynamic_date_formats.emplace();
  if (value.is_string() && value == "none") return;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    const std::string pattern = java_text(item);
    if (value.is_array() && pattern.starts_with("epoch_")) {
      throw ApiError(mapper_parsing("Epoch [" + pattern + "] is not supported as dynamic date format"));
    }
    DateFormat::create(pattern);
    root.dynamic_date_formats->push_back(pattern);
  }
}

void parse_templates(Root& root, const Json& value) {
  if (!value.is_array()) {
    throw ApiError(mapper_parsing("Dynamic template syntax error. An array of named objects is expected."));
  }
  root.dynamic_templates.emplace();
  for (const Json& rule : value) {
    if (!rule.is_object() || rule.size() != 1) {
      throw ApiError(mapper_parsing("A dynamic template must be defined with a name"));
    }
    root.dynamic_templates->push_back(DynamicTemplate::parse(rule.begin().key(), rule.begin().value()));
  }
}

bool parse_metadata(Root& root, const std::string& key, const Json& value) {
  static const std::set<std::string_view> kFixed = {"_id", "_index", "_ignored", "_seq_no", "_version", "_nested_path", "_doc_count"};
  const bool configurable = key == "_source" || key == "_routing" || key == "_field_names" || key == "_data_stream_timestamp";
  if (!configurable && !kFixed.contains(key)) return false;
  if (!value.is_object()) throw ApiError(illegal_argument("[_parent] must be an object containing [type]"));
  if (key == "_source") {
    root.source = parse_source(value);
  } else if (key == "_routing") {
    root.routing_required = parse_single_flag(key, value, "required", false);
  } else if (key == "_field_names") {
    root.field_names_enabled = parse_single_flag(key, value, "enabled", true);
  } else if (key == "_data_stream_timestamp") {
    Json flags = value;
    const Json field = flags.contains("timestamp_field") ? flags["timestamp_field"] : Json();
    flags.erase("timestamp_field");
    if (parse_single_flag(key, flags, "enabled", false)) root.data_stream_timestamp = Json{{"enabled", true}};
    if (field.is_object() && field.contains("name") && field["name"].is_string() && !root.data_stream_timestamp.is_null()) {
      root.data_stream_timestamp["timestamp_field"] = Json{{"name", field["name"]}};
    }
  } else {
    throw ApiError(mapper_parsing(key + " is not configurable"));
  }
  return true;
}

bool parse_root_member(Root& root, const std::string& key, const Json& value) {
  if (key == "date_formats" || key == "dynamic_date_formats") {
    parse_date_formats(root, value);
  } else if (key == "dynamic_templates") {
    parse_templates(root, value);
  } else if (key == "date_detection") {
    root.date_detection = node_boolean(value, "date_detection");
  } else if (key == "numeric_detection") {
    root.numeric_detection = node_boolean(value, "numeric_detection");
  } else if (key == "dynamic_properties" || key == "composite" || key == "context_aware_grouping") {
    throw ApiError(Error(501, "not_implemented_exception", "mapping parameter [" + key + "] is not implemented"));
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string unknown_parameters(const Json& left) {
  std::string out;
  for (auto it = left.begin(); it != left.end(); ++it) out += " [" + it.key() + " : " + java_text(*it) + "]";
  return out;
}

void check_nothing_left(const std::string& field, const Json& left) {
  if (left.empty()) return;
  throw ApiError(mapper_parsing("Mapping definition for [" + field + "] has unsupported parameters: " + unknown_parameters(left)));
}

bool is_known_type(std::string_view type) {
  return type == "object" || type == "nested" || type == "alias" || find_type(type) != nullptr;
}

NodePtr parse_node(const std::string& name, const std::string& type, const Json& definition, const ParseContext& context) {
  if (type == "object" || type == "nested") return parse_object(name, type, definition, context);
  if (type == "alias") return parse_alias(name, definition);
  const TypeSpec* spec = find_type(type);
  if (spec == nullptr) throw ApiError(mapper_parsing("No handler for type [" + type + "] declared on field [" + name + "]"));
  return parse_field(name, *spec, definition, context);
}

Root parse_root(const Json& mappings, const ParseContext& context) {
  Root root;
  auto object = std::make_shared<Node>();
  Json left = Json::object();
  if (mappings.is_object()) {
    if (const auto flag = mappings.find("disable_objects"); flag != mappings.end()) {
      parse_object_member(*object, "disable_objects", *flag, context);
    }
    for (auto it = mappings.begin(); it != mappings.end(); ++it) {
      const std::string& key = it.key();
      if (key == "_meta") {
        root.meta = *it;
      } else if (!parse_object_member(*object, key, *it, context) && !parse_root_member(root, key, *it) && !parse_metadata(root, key, *it)) {
        left[key] = *it;
      }
    }
  }
  if (!left.empty()) {
    throw ApiError(mapper_parsing("Root mapping definition has unsupported parameters: " + unknown_parameters(left)));
  }
  root.object = object;
  return root;
}

}  // namespace tarn::mapping
