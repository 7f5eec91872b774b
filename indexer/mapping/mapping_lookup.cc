// What a published mapping answers: fields by path and by pattern, definitions, plans.

#include <algorithm>

#include "indexer/base/ascii.h"
#include "indexer/mapping/parse_plan.h"

namespace tarn::mapping {

const FieldType* MappingImpl::find_unresolved(std::string_view path) const {
  const auto found = types_.find(path);
  if (found != types_.end()) return found->second;
  // A path below a flat_object is the flat_object's own.
  for (size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
    const auto parent = types_.find(path.substr(0, dot));
    if (parent == types_.end()) continue;
    return parent->second->kind == FieldKind::kFlatObject && !parent->second->synthetic ? parent->second : nullptr;
  }
  return nullptr;
}

const FieldType* MappingImpl::find(std::string_view path) const {
  const FieldType* type = find_unresolved(path);
  if (type == nullptr || type->kind != FieldKind::kAlias) return type;
  return find_unresolved(type->alias_target);
}

std::vector<const FieldType*> MappingImpl::match(std::string_view pattern) const {
  std::vector<const FieldType*> out;
  for (const auto& [path, type] : types_) {
    const bool leaf = type->kind != FieldKind::kObject && type->kind != FieldKind::kNested && type->kind != FieldKind::kMetadata;
    if (leaf && !type->synthetic && matches_pattern(pattern, path)) out.push_back(type);
  }
  std::sort(out.begin(), out.end(), [](const FieldType* a, const FieldType* b) { return a->path < b->path; });
  return out;
}

const Node* MappingImpl::find_node(std::string_view path) const {
  const Node* node = root_.object.get();
  size_t from = 0;
  while (from <= path.size()) {
    const bool object = node->shape == Node::Shape::kObject;
    const Children& children = object ? node->children : node->multi_fields;
    // A child's name may itself hold dots (disable_objects); the longest one is tried first.
    size_t to = object && node->disable_objects.value_or(false) ? path.size() : std::min(path.find('.', from), path.size());
    const auto child = children.find(path.substr(from, to - from));
    if (child == children.end()) return nullptr;
    node = child->second.get();
    from = to + 1;
  }
  return node;
}

Json MappingImpl::field_json(std::string_view path) const {
  const Node* node = find_node(path);
  return node == nullptr || node->shape == Node::Shape::kObject ? Json() : node_json(*node);
}

Json MappingImpl::field_json_with_defaults(std::string_view path) const {
  const Node* node = find_node(path);
  return node == nullptr || node->shape == Node::Shape::kObject ? Json() : node_json(*node, true);
}

bool MappingImpl::source_enabled() const {
  return !root_.source.is_object() || root_.source.value("enabled", true);
}

const FieldPlan* MappingImpl::plan_of(std::string_view path) const {
  const auto found = plans_.find(path);
  return found == plans_.end() ? nullptr : found->second;
}

const ObjectPlan* MappingImpl::object_plan_of(std::string_view path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? nullptr : found->second;
}

}  // namespace tarn::mapping
