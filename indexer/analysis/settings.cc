#include "indexer/analysis/settings.h"

#include <charconv>

#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {
std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return to_text(value);
}
}  // namespace

const Json* ComponentSettings::find(std::string_view key) const {
  if (!json_.is_object()) return nullptr;
  auto it = json_.find(std::string(key));
  if (it == json_.end() || it->is_null()) return nullptr;
  return &*it;
}

bool ComponentSettings::has(std::string_view key) const { return find(key) != nullptr; }

std::optional<std::string> ComponentSettings::find_text(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  return as_text(*value);
}

std::string ComponentSettings::text(std::string_view key, std::string_view otherwise) const {
  return find_text(key).value_or(std::string(otherwise));
}

int ComponentSettings::integer(std::string_view key, int otherwise) const {
  auto value = find_text(key);
  if (!value) return otherwise;
  std::string_view digits = *value;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    Error failed(400, "settings_exception",
                 "Failed to parse int setting [" + std::string(key) + "] with value [" + *value + "]");
    throw ApiError(failed.caused_by(Error(400, "number_format_exception", "For input string: \"" + *value + "\"")));
  }
  return number;
}

bool ComponentSettings::boolean(std::string_view key, bool otherwise) const {
  auto value = find_text(key);
  if (!value || value->empty()) return otherwise;
  if (*value == "true") return true;
  if (*value == "false") return false;
  throw ApiError(illegal_argument("Failed to parse value [" + *value + "] as only [true] or [false] are allowed."));
}

std::vector<std::string> ComponentSettings::list(std::string_view key) const {
  std::vector<std::string> out;
  const Json* value = find(key);
  if (value == nullptr) {
    // Flat settings keep a list as key.0, key.1 ...
    for (int i = 0;; ++i) {
      const Json* element = find(std::string(key) + "." + std::to_string(i));
      if (element == nullptr) return out;
      out.push_back(as_text(*element));
    }
  }
  if (value->is_array()) {
    for (const Json& element : *value) {
      if (!element.is_null()) out.push_back(as_text(element));
    }
    return out;
  }
  std::string joined = as_text(*value);
  for (size_t from = 0; from < joined.size();) {
    size_t comma = joined.find(',', from);
    if (comma == std::string::npos) comma = joined.size();
    std::string_view part = trim(std::string_view(joined).substr(from, comma - from));
    if (!part.empty()) out.emplace_back(part);
    from = comma + 1;
  }
  return out;
}

std::optional<std::vector<std::string>> ComponentSettings::words(std::string_view key, std::string_view path_key) const {
  if (has(path_key)) {
    throw ApiError(501, "not_implemented_exception",
                   "[" + std::string(path_key) + "] of [" + name_ + "]: files are not supported, give the words in [" +
                       std::string(key) + "]");
  }
  if (!has(key) && !has(std::string(key) + ".0")) return std::nullopt;
  return list(key);
}

}  // namespace tarn::analysis
