#include "query/join/relations.h"

#include <algorithm>

namespace tarn::query {

JoinRelations::JoinRelations(const Mapping& mapping) {
  for (const FieldType* field : mapping.match("*")) {
    if (field->kind == FieldKind::kJoin && !field->synthetic) field_ = field;
  }
}

std::vector<std::string> JoinRelations::children_of(std::string_view parent) const {
  std::vector<std::string> out;
  if (field_ == nullptr || !field_->parameters.contains("relations")) return out;
  const Json& relations = field_->parameters["relations"];
  const auto found = relations.find(std::string(parent));
  if (found == relations.end()) return out;
  if (found->is_string()) return {found->get<std::string>()};
  for (const Json& child : *found) {
    if (child.is_string()) out.push_back(child.get<std::string>());
  }
  return out;
}

std::vector<std::string> JoinRelations::id_paths() const {
  std::vector<std::string> out;
  if (field_ == nullptr || !field_->parameters.contains("relations")) return out;
  for (const auto& [parent, children] : field_->parameters["relations"].items()) out.push_back(id_path(parent));
  return out;
}

std::string JoinRelations::parent_of(std::string_view child) const {
  if (field_ == nullptr || !field_->parameters.contains("relations")) return {};
  for (const auto& [parent, children] : field_->parameters["relations"].items()) {
    const auto names = children_of(parent);
    if (std::find(names.begin(), names.end(), child) != names.end()) return parent;
  }
  return {};
}

}  // namespace tarn::query
