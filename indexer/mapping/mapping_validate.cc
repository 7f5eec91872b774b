#include <functional>

#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/mapping_tree.h"

namespace tarn::mapping {
namespace {

/// Everything of a tree by full path, for the checks that look across.
struct Lookup {
  struct Entry {
    const Node* node;
    std::string nested_path;
    bool multi_field;
  };
  std::map<std::string, Entry, std::less<>> entries;
  int64_t fields = 0, nested = 0;

  void walk(const Node& object, const std::string& path, const std::string& nested_path, int64_t depth, const MappingLimits& limits) {
    for (const auto& [name, child] : object.children) {
      const std::string child_path = path.empty() ? name : path + "." + name;
      const bool is_object = child->shape == Node::Shape::kObject;
      check_name(name, child_path, limits);
      ++fields;
      entries[child_path] = {child.get(), is_object && child->nested ? child_path : nested_path, false};
      if (is_object) {
        nested += child->nested;
        if (depth + 1 > limits.depth) {
          throw ApiError(illegal_argument("Limit of mapping depth [" + std::to_string(limits.depth) +
                                          "] has been exceeded due to object field [" + child_path + "]"));
        }
        walk(*child, child_path, child->nested ? child_path : nested_path, depth + 1, limits);
      } else {
        add_multi_fields(*child, child_path, nested_path, limits);
      }
    }
  }

  void add_multi_fields(const Node& field, const std::string& path, const std::string& nested_path, const MappingLimits& limits) {
    for (const auto& [name, child] : field.multi_fields) {
      const std::string child_path = path + "." + name;
      check_name(name, child_path, limits);
      ++fields;
      entries[child_path] = {child.get(), nested_path, true};
      add_multi_fields(*child, child_path, nested_path, limits);
    }
  }

  static void check_name(const std::string& name, const std::string&, const MappingLimits& limits) {
    if (static_cast<int64_t>(name.size()) > limits.field_name_length) {
      throw ApiError(illegal_argument("Field name [" + name + "] is longer than the limit of [" +
                                      std::to_string(limits.field_name_length) + "] characters"));
    }
  }

  const Entry* find(std::string_view path) const {
    const auto found = entries.find(path);
    return found == entries.end() ? nullptr : &found->second;
  }

  /// The nested object around a path, whether the path exists or not; "" for none.
  std::string scope_of(std::string_view path) const {
    for (size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
      const Entry* parent = find(path.substr(0, dot));
      if (parent != nullptr && parent->node->shape == Node::Shape::kObject) return parent->nested_path;
    }
    return "";
  }
};

std::string or_null(const std::string& scope) { return scope.empty() ? "null" : scope; }

void check_copy_to(const Lookup& lookup, const std::string& path, const Lookup::Entry& entry) {
  if (entry.node->copy_to.empty()) return;
  if (entry.multi_field) {
    throw ApiError(illegal_argument("[copy_to] may not be used to copy from a multi-field: [" + path + "]"));
  }
  const std::string source = lookup.scope_of(path);
  for (const std::string& target_path : entry.node->copy_to) {
    const Lookup::Entry* target = lookup.find(target_path);
    if (target != nullptr && target->multi_field) {
      throw ApiError(illegal_argument("[copy_to] may not be used to copy to a multi-field: [" + target_path + "]"));
    }
    if (target != nullptr && target->node->shape == Node::Shape::kObject) {
      throw ApiError(illegal_argument("Cannot copy to field [" + target_path + "] since it is mapped as an object"));
    }
    const std::string scope = lookup.scope_of(target_path);
    if (!scope.empty() && source != scope && !source.starts_with(scope + ".")) {
      throw ApiError(illegal_argument(
          "Illegal combination of [copy_to] and [nested] mappings: [copy_to] may only copy data to the current nested document or "
          "any of its parents, however one [copy_to] directive is trying to copy data from nested object [" +
          or_null(source) + "] to [" + or_null(scope) + "]"));
    }
  }
}

void check_alias(const Lookup& lookup, const std::string& path, const Node& alias) {
  const std::string& target_path = alias.alias_path;
  const std::string invalid = "Invalid [path] value [" + target_path + "] for field alias [" + path + "]: an alias ";
  if (target_path == path) throw ApiError(mapper_parsing(invalid + "cannot refer to itself."));
  const Lookup::Entry* target = lookup.find(target_path);
  if (target != nullptr && target->node->shape == Node::Shape::kAlias) {
    throw ApiError(mapper_parsing(invalid + "cannot refer to another alias."));
  }
  if (target == nullptr || target->node->shape != Node::Shape::kField) {
    throw ApiError(mapper_parsing(invalid + "must refer to an existing field in the mappings."));
  }
  const std::string alias_scope = lookup.scope_of(path), target_scope = lookup.scope_of(target_path);
  if (alias_scope != target_scope) {
    const auto tell = [](const std::string& scope, const char* not_nested) {
      return scope.empty() ? std::string(not_nested) : "nested scope is [" + scope + "]";
    };
    throw ApiError(illegal_argument(
        invalid + "must have the same nested scope as its target. The alias" +
        (alias_scope.empty() ? " is not nested" : "'s " + tell(alias_scope, "")) + ", but the target" +
        (target_scope.empty() ? " is not nested." : "'s " + tell(target_scope, "") + ".")));
  }
}

/// There is one join field, at the root.
void check_joins(const Lookup& lookup) {
  int joins = 0;
  for (const auto& [path, entry] : lookup.entries) {
    if (entry.node->shape != Node::Shape::kField || entry.node->type->kind != FieldKind::kJoin) continue;
    if (entry.multi_field || path.find('.') != std::string::npos) {
      throw ApiError(illegal_argument("join field [" + path + "] cannot be added inside an object or in a multi-field"));
    }
    if (++joins > 1) throw ApiError(mapper_parsing("Field [_parent_join] is defined more than once"));
  }
}

}  // namespace

void validate_root(const Root& root, const MappingLimits& limits) {
  Lookup lookup;
  lookup.walk(*root.object, "", "", 1, limits);
  check_joins(lookup);
  for (const auto& [path, entry] : lookup.entries) {
    if (entry.node->shape == Node::Shape::kAlias) check_alias(lookup, path, *entry.node);
    if (entry.node->shape == Node::Shape::kField) check_copy_to(lookup, path, entry);
  }
  const auto walk_flat = [](const auto& self, const Node& object, const std::string& path) -> void {
    for (const auto& [name, child] : object.children) {
      const std::string child_path = path.empty() ? name : path + "." + name;
      if (child->shape != Node::Shape::kObject) continue;
      if (object.disable_objects.value_or(false)) {
        throw ApiError(mapper_parsing(
            "Field mapping conflict: Cannot add nested object field [" + child_path + "] when disable_objects is enabled for [" +
            (path.empty() ? "_doc" : path) +
            "]. With disable_objects=true, all fields must use flat field notation (e.g., 'field.name' as a single field) rather than "
            "nested object structures."));
      }
      self(self, *child, child_path);
    }
  };
  walk_flat(walk_flat, *root.object, "");
  if (lookup.fields > limits.total_fields) {
    throw ApiError(illegal_argument("Limit of total fields [" + std::to_string(limits.total_fields) + "] has been exceeded"));
  }
  if (lookup.nested > limits.nested_fields) {
    throw ApiError(illegal_argument("Limit of nested fields [" + std::to_string(limits.nested_fields) + "] has been exceeded"));
  }
}

}  // namespace tarn::mapping
