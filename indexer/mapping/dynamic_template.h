#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::mapping {

/// What a JSON value of an unmapped field is taken for.
enum class DynamicType : uint8_t { kObject, kString, kLong, kDouble, kBoolean, kDate, kBinary };
std::string_view dynamic_type_name(DynamicType type);
/// The type of field that it becomes without a template ("double" becomes float).
std::string_view default_mapping_type(DynamicType type);

/// One rule of "dynamic_templates". Immutable.
/// Follows: OpenSearch DynamicTemplate; differential cases mapping-dynamic/template_*.
class DynamicTemplate {
 public:
  /// Throws ApiError as OpenSearch words it.
  static DynamicTemplate parse(const std::string& name, const Json& rule);

  bool matches(std::string_view path, std::string_view name, DynamicType type) const;
  /// The type of field for a value of `type`, placeholders filled.
  std::string mapping_type(std::string_view dynamic_type) const;
  /// The field's definition for `name`, placeholders filled.
  Json mapping_for(std::string_view name, std::string_view dynamic_type) const;
  const std::string& name() const { return name_; }
  Json to_json() const;

 private:
  bool matches_pattern(const std::string& pattern, std::string_view text) const;

  std::string name_;
  Json match_, path_match_, unmatch_, path_unmatch_;  // strings or null
  std::string mapping_type_name_;                     // match_mapping_type, "" or "*" for any
  bool regex_ = false;
  Json mapping_;
};

}  // namespace tarn::mapping
