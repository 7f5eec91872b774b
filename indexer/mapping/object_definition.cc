#include <algorithm>
#include <set>

#include "indexer/base/ascii.h"
#include "indexer/mapping/definition.h"
#include "indexer/mapping/mapping_error.h"

namespace tarn::mapping {
namespace {

/// Objects: the members that an object or the root may have.
class ObjectParser {
 public:
  ObjectParser(Node& node, const ParseContext& context) : node_(node), context_(context) {}

  /// Takes a member that objects know; false if it is none.
  bool member(const std::string& key, const Json& value) {
    if (key == "dynamic") {
      node_.dynamic = parse_dynamic(value);
    } else if (key == "enabled") {
      node_.enabled = node_boolean(value, "enabled.enabled");
    } else if (key == "disable_objects") {
      node_.disable_objects = node_boolean(value, "disable_objects.disable_objects");
    } else if (key == "properties") {
      if (value.is_array() && value.empty()) return true;
      if (!value.is_object()) throw ApiError(Error(400, "parse_exception", "properties must be a map type"));
      properties(value);
    } else if (key == "derived") {
      derived(value);
    } else if (key == "include_in_all") {
      // Accepted without effect since _all is gone.
    } else {
      return false;
    }
    return true;
  }

 private:
  static Dynamic parse_dynamic(const Json& value) {
    std::string text = lower_ascii(java_text(value));
    if (text == "strict") return Dynamic::kStrict;
    if (text == "strict_allow_templates") return Dynamic::kStrictAllowTemplates;
    if (text == "false_allow_templates") return Dynamic::kFalseAllowTemplates;
    return node_boolean(value, "dynamic.dynamic") ? Dynamic::kTrue : Dynamic::kFalse;
  }

  void derived(const Json& value) {
    if (value.is_array() && value.empty()) return;
    if (!value.is_object()) throw ApiError(Error(400, "parse_exception", "derived must be a map type"));
    for (auto it = value.begin(); it != value.end(); ++it) {
      if (!it->is_object()) {
        throw ApiError(mapper_parsing("Expected map for property [derived_fields] on field [" + it.key() +
                                      "] but got a class java.lang.String"));
      }
      for (auto member = it->begin(); member != it->end(); ++member) {
        static const std::set<std::string_view> kKnown = {"type", "script", "properties", "prefilter_field", "format", "ignore_malformed"};
        if (!kKnown.contains(member.key())) {
          throw ApiError(mapper_parsing("unknown parameter [" + member.key() + "] on mapper [" + it.key() + "] of type [" +
                                        (it->contains("type") ? java_text((*it)["type"]) : "null") + "]"));
        }
      }
      throw ApiError(Error(501, "not_implemented_exception", "derived fields are not implemented in Tarn yet: [" + it.key() + "]"));
    }
  }

  static std::string type_of(const std::string& name, const Json& definition) {
    const auto type = definition.find("type");
    if (type != definition.end() && !type->is_null()) return java_text(*type);
    if (definition.contains("properties") && !definition["properties"].is_null()) return "object";
    if (definition.size() == 1 && definition.contains("enabled")) return "object";
    throw ApiError(mapper_parsing("No type specified for field [" + name + "]"));
  }

  void properties(const Json& all) {
    for (auto it = all.begin(); it != all.end(); ++it) {
      const std::string& path = it.key();
      if (it->is_array() && it->empty()) continue;
      if (!it->is_object()) {
        throw ApiError(mapper_parsing("Expected map for property [fields] on field [" + path + "] but got a class java.lang.String"));
      }
      const std::string type = type_of(path, *it);
      if (!is_known_type(type)) {
        throw ApiError(mapper_parsing("No handler for type [" + type + "] declared on field [" + path + "]"));
      }
      if (node_.disable_objects.value_or(false)) {
        add(node_, parse_node(path, type, *it, context_), "");
      } else {
        add_path(path, type, *it);
      }
    }
  }

  /// "a.b.c": objects a and a.b around the field c.
  void add_path(const std::string& path, const std::string& type, const Json& definition) {
    std::vector<std::string> parts;
    for (size_t from = 0; from <= path.size();) {
      const size_t dot = std::min(path.find('.', from), path.size());
      parts.push_back(path.substr(from, dot - from));
      from = dot + 1;
    }
    while (parts.size() > 1 && parts.back().empty()) parts.pop_back();  // as String.split drops trailing empty parts
    if (path.find_first_not_of('.') == std::string::npos && !path.empty()) {
      throw ApiError(mapper_parsing("Invalid field name " + path));
    }
    NodePtr node = parse_node(parts.back(), type, definition, context_);
    for (size_t i = parts.size() - 1; i-- > 0;) {
      if (parts[i].empty()) throw ApiError(illegal_argument("name cannot be empty string"));
      auto around = std::make_shared<Node>();
      around->name = parts[i];
      around->children[node->name] = node;
      node = around;
    }
    add(node_, node, "");
  }

  static void add(Node& parent, const NodePtr& node, const std::string&) {
    const auto existing = parent.children.find(node->name);
    if (existing == parent.children.end()) {
      parent.children[node->name] = node;
    } else {
      existing->second = merge_nodes(existing->second, node, node->name);
    }
  }

  Node& node_;
  const ParseContext& context_;
};

}  // namespace

bool parse_object_member(Node& node, const std::string& key, const Json& value, const ParseContext& context) {
  return ObjectParser(node, context).member(key, value);
}

NodePtr parse_object(const std::string& name, const std::string& type, const Json& definition,
                     const ParseContext& context) {
  if (name.empty()) throw ApiError(illegal_argument("name cannot be empty string"));
  auto node = std::make_shared<Node>();
  node->name = name;
  node->nested = type == "nested";
  Json left = Json::object();
  if (const auto flag = definition.find("disable_objects"); flag != definition.end()) parse_object_member(*node, "disable_objects", *flag, context);
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == "type" || it.key() == "disable_objects") continue;
    if (it.key() == "include_in_parent") {
      node->include_in_parent = node_boolean(*it, name + ".include_in_parent") && node->nested;
    } else if (it.key() == "include_in_root") {
      node->include_in_root = node_boolean(*it, name + ".include_in_root") && node->nested;
    } else if (!parse_object_member(*node, it.key(), *it, context)) {
      left[it.key()] = *it;
    }
  }
  if (!context.from_template) check_nothing_left(name, left);
  return node;
}

}  // namespace tarn::mapping
