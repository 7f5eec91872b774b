#include "indexer/pipeline/config.h"

namespace tarn {

Error ProcessorConfig::error(std::string_view property, std::string_view reason) const {
  Error out(400, "parse_exception",
            property.empty() ? std::string(reason) : fmt::format("[{}] {}", property, reason));
  if (!type_.empty()) out.with("processor_type", type_);
  if (!tag_.empty()) out.with("processor_tag", tag_);
  if (!property.empty()) out.with("property_name", std::string(property));
  return out;
}

std::optional<Json> ProcessorConfig::take(std::string_view name) {
  auto& members = members_.get_ref<Json::object_t&>();
  std::optional<Json> found;
  Json::object_t rest;
  rest.reserve(members.size());
  for (auto& [key, value] : members) {
    if (key == name) {
      if (!value.is_null()) found = std::move(value);
    } else {
      rest.push_back({key, std::move(value)});
    }
  }
  members_ = Json(std::move(rest));
  return found;
}

std::optional<Json> ProcessorConfig::optional_value(std::string_view name) { return take(name); }

Json ProcessorConfig::value(std::string_view name) {
  auto found = take(name);
  if (!found) throw ApiError(error(name, "required property is missing"));
  return std::move(*found);
}

std::optional<std::string> ProcessorConfig::optional_text(std::string_view name) {
  const auto found = take(name);
  if (!found) return std::nullopt;
  if (!found->is_string()) {
    throw ApiError(
        error(name, fmt::format("property isn't a string, but of type [{}]", java_type(*found))));
  }
  return found->get<std::string>();
}

std::string ProcessorConfig::text(std::string_view name) {
  auto found = optional_text(name);
  if (!found) throw ApiError(error(name, "required property is missing"));
  return std::move(*found);
}

std::string ProcessorConfig::text(std::string_view name, std::string_view fallback) {
  return optional_text(name).value_or(std::string(fallback));
}

bool ProcessorConfig::boolean(std::string_view name, bool fallback) {
  const auto found = take(name);
  if (!found) return fallback;
  if (!found->is_boolean()) {
    throw ApiError(
        error(name, fmt::format("property isn't a boolean, but of type [{}]", java_type(*found))));
  }
  return found->get<bool>();
}

std::optional<Json> ProcessorConfig::optional_list(std::string_view name) {
  auto found = take(name);
  if (found && !found->is_array()) {
    throw ApiError(
        error(name, fmt::format("property isn't a list, but of type [{}]", java_type(*found))));
  }
  return found;
}

std::optional<std::vector<std::string>> ProcessorConfig::optional_text_list(std::string_view name) {
  const auto found = optional_list(name);
  if (!found) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& one : *found) out.push_back(java_text(one));
  return out;
}

std::vector<std::string> ProcessorConfig::text_list(std::string_view name) {
  auto found = optional_text_list(name);
  if (!found) throw ApiError(error(name, "required property is missing"));
  return std::move(*found);
}

std::optional<Json> ProcessorConfig::optional_object(std::string_view name) {
  auto found = take(name);
  if (found && !found->is_object()) {
    throw ApiError(
        error(name, fmt::format("property isn't a map, but of type [{}]", java_type(*found))));
  }
  return found;
}

Json ProcessorConfig::object(std::string_view name) {
  auto found = optional_object(name);
  if (!found) throw ApiError(error(name, "required property is missing"));
  return std::move(*found);
}

Template ProcessorConfig::field_template(std::string_view name) {
  const std::string source = text(name);
  try {
    return Template(source);
  } catch (const ApiError& failure) {
    Error error = failure.error();
    throw ApiError(error.with("property_name", std::string(name)));
  }
}

void ProcessorConfig::refuse_the_rest() const {
  if (members_.empty()) return;
  std::string names;
  for (const auto& [key, value] : members_.items()) names += (names.empty() ? "" : ", ") + key;
  throw ApiError(error(
      "", fmt::format(
              "processor [{}] doesn't support one or more provided configuration parameters [{}]",
              type_, names)));
}

}  // namespace tarn
