#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/mapping/mapping.h"

namespace tarn::query {

/// The join field of an index and its relations, read from its mapping. A document of a relation has the relation's name in the
/// column `path`, and in id_path(parent) the id of the parent that it belongs to: its own where it is the parent.
class JoinRelations {
 public:
  /// Of the one join field that a mapping may have; exists() is false where there is none.
  explicit JoinRelations(const Mapping& mapping);
  bool exists() const { return field_ != nullptr; }
  const std::string& path() const { return field_->path; }
  std::string id_path(std::string_view parent) const { return path() + "#" + std::string(parent); }
  /// Of every parent.
  std::vector<std::string> id_paths() const;
  /// "" where `child` is no child.
  std::string parent_of(std::string_view child) const;
  /// Empty where `parent` is no parent.
  std::vector<std::string> children_of(std::string_view parent) const;

 private:
  const FieldType* field_ = nullptr;
};

}  // namespace tarn::query
