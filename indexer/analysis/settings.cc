#include "indexer/analysis/settings.h"

#include <charconv>

#include "indexer/analysis/environment.h"
#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {
std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return to_text(value);
  // As Java prints a list.
  std::string joined = "[";
  for (const Json& element : value) joined += (joined.size() > 1 ? ", " : "") + as_text(element);
  return joined + "]";
}

// "# => hash" is a rule for the hash sign, other lines that begin with one are comments.
bool is_comment(std::string_view line) {
  if (!line.starts_with('#')) return false;
  line.remove_prefix(1);
  return !trim(line).starts_with("=>");
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text, bool words) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    const std::string_view line = words ? trim(text.substr(0, end)) : text.substr(0, end);
    if (!line.empty()) out.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

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

namespace {
std::optional<int> parse_integer(std::string_view digits) {
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}
Error no_number(const std::string& text) { return Error(400, "number_format_exception", "For input string: \"" + text + "\""); }
}  // namespace

int ComponentSettings::integer(std::string_view key, int otherwise) const {
  auto value = find_text(key);
  if (!value) return otherwise;
  if (auto number = parse_integer(*value)) return *number;
  Error failed(400, "settings_exception", "Failed to parse int setting [" + std::string(key) + "] with value [" + *value + "]");
  throw ApiError(failed.caused_by(no_number(*value)));
}

int ComponentSettings::plain_integer(std::string_view key, int otherwise) const {
  auto value = find_text(key);
  if (!value) return otherwise;
  if (auto number = parse_integer(*value)) return *number;
  throw ApiError(no_number(*value));
}

bool ComponentSettings::boolean(std::string_view key, bool otherwise) const {
  auto value = find_text(key);
  if (!value || value->empty()) return otherwise;
  if (*value == "true") return true;
  if (*value == "false") return false;
  throw ApiError(illegal_argument("Failed to parse value [" + *value + "] as only [true] or [false] are allowed."));
}

std::vector<std::string> ComponentSettings::list(std::string_view key) const {
  return find_list(key).value_or(std::vector<std::string>{});
}

std::optional<std::vector<std::string>> ComponentSettings::find_list(std::string_view key) const {
  std::vector<std::string> out;
  const Json* value = find(key);
  if (value == nullptr) {
    // Flat settings keep a list as key.0, key.1 ...
    for (int i = 0;; ++i) {
      const Json* element = find(std::string(key) + "." + std::to_string(i));
      if (element == nullptr) break;
      out.push_back(as_text(*element));
    }
    return out.empty() ? std::nullopt : std::optional(out);
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
    // What is blank is an element, what is nothing is none.
    if (comma > from) out.emplace_back(trim(std::string_view(joined).substr(from, comma - from)));
    from = comma + 1;
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

std::optional<std::vector<std::string>> ComponentSettings::lines(std::string_view key) const {
  const std::string path_key = std::string(key) + "_path";
  const auto path = find_text(path_key);
  if (!path) return find_list(key);
  return split_lines(read_config_file(*path, path_key));
}

std::optional<std::vector<std::string>> ComponentSettings::rules(std::string_view key,
                                                                 const std::function<void(const std::string&)>& parse) const {
  auto all = lines(key);
  if (!all) return std::nullopt;
  std::vector<std::string> out;
  for (size_t i = 0; i < all->size(); ++i) {
    std::string& line = (*all)[i];
    if (is_comment(line)) continue;
    if (parse) {
      try {
        parse(line);
      } catch (const ApiError& e) {
        throw ApiError(500, "runtime_exception", "Line [" + std::to_string(i + 1) + "]: " + e.error().reason);
      }
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::optional<std::vector<std::string>> ComponentSettings::words(std::string_view key) const {
  if (has(key) || has(std::string(key) + ".0")) return list(key);
  return rules(key);
}

}  // namespace tarn::analysis
