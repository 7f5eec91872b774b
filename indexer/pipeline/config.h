#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/pipeline/template.h"

namespace tarn {

/// The settings of one processor, read member by member; what nobody has read at the end is refused
/// by name. All errors are 400 parse_exception with processor_type, processor_tag and
/// property_name, in OpenSearch's words. Follows: OpenSearch
/// org.opensearch.ingest.ConfigurationUtils.
class ProcessorConfig {
 public:
  ProcessorConfig(std::string type, Json members)
      : type_(std::move(type)), members_(std::move(members)) {}

  const std::string& type() const { return type_; }
  const std::string& tag() const { return tag_; }
  void set_tag(std::string tag) { tag_ = std::move(tag); }

  std::string text(std::string_view name);  ///< required
  std::string text(std::string_view name, std::string_view fallback);
  std::optional<std::string> optional_text(std::string_view name);
  bool boolean(std::string_view name, bool fallback);
  std::vector<std::string> text_list(std::string_view name);  ///< required
  std::optional<std::vector<std::string>> optional_text_list(std::string_view name);
  Json value(std::string_view name);  ///< required, any type but null
  std::optional<Json> optional_value(std::string_view name);
  Json object(std::string_view name);  ///< required
  std::optional<Json> optional_object(std::string_view name);
  std::optional<Json> optional_list(std::string_view name);
  Template field_template(std::string_view name);

  void refuse_the_rest() const;
  Error error(std::string_view property, std::string_view reason) const;

 private:
  std::optional<Json> take(std::string_view name);
  std::string type_;
  std::string tag_;
  Json members_;
};

}  // namespace tarn
