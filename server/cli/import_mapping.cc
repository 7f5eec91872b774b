#include "server/cli/import_mapping.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "indexer/base/error.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

ImportMapping::Type parse_type(const std::string& field, const Json& name) {
  using Type = ImportMapping::Type;
  for (const auto& [text, type] : {std::pair{"integer", Type::integer},
                                   {"number", Type::number},
                                   {"boolean", Type::boolean},
                                   {"string", Type::text},
                                   {"list", Type::list}}) {
    if (name == text) return type;
  }
  throw CliError(kUsage, "import mapping: type of [" + field +
                             "] must be integer, number, boolean, string or list");
}

std::string text_member(const Json& value, const std::string& name) {
  if (!value.is_string()) throw CliError(kUsage, "import mapping: [" + name + "] must be a text");
  return value.get<std::string>();
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
           return std::tolower(x) == std::tolower(y);
         });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Elements of {a,"b c"} (PostgreSQL) or a;b.
bool append_list(std::string& out, std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '[') {
    std::vector<JsonMember> elements;
    if (scan_members(text, elements)) {
      out += text;
      return true;
    }
  }
  char separator = ';';
  if (text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
    separator = ',';
  }
  out += '[';
  bool first = true;
  for (size_t at = 0; at <= text.size();) {
    bool quoted = false;
    size_t end = at;
    while (end < text.size() && (quoted || text[end] != separator)) quoted ^= text[end++] == '"';
    std::string_view one = trimmed(text.substr(at, end - at));
    if (one.size() >= 2 && one.front() == '"' && one.back() == '"')
      one = one.substr(1, one.size() - 2);
    if (!one.empty()) {
      if (!first) out += ',';
      first = false;
      append_json_string(out, one);
    }
    at = end + 1;
  }
  out += ']';
  return true;
}

std::optional<double> coordinate(std::string_view value, double limit) {
  if (value.size() >= 2 && value.front() == '"') value = trimmed(value.substr(1, value.size() - 2));
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !(std::abs(number) <= limit))
    return std::nullopt;
  return number;
}

/// The value as a JSON number's text: without quotes.
std::string_view bare(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' ? trimmed(value.substr(1, value.size() - 2))
                                                   : value;
}

}  // namespace

ImportMapping::ImportMapping(const Json& definition) {
  if (!definition.is_object()) throw CliError(kUsage, "an import mapping must be a JSON object");
  for (const auto& [name, value] : definition.items()) {
    if (name == "description") continue;
    if (name == "id") {
      id_ = text_member(value, name);
    } else if (name == "rename" && value.is_object()) {
      for (const auto& [from, to] : value.items())
        rename_[from] = text_member(to, "rename." + from);
    } else if (name == "types" && value.is_object()) {
      for (const auto& [field, type] : value.items()) types_[field] = parse_type(field, type);
    } else if (name == "cells" && value.is_object()) {
      for (const auto& [field, type] : value.items()) cells_[field] = parse_type(field, type);
    } else if (name == "drop" && value.is_array()) {
      for (const Json& field : value) drop_[text_member(field, "drop")] = true;
    } else if (name == "geo" && value.is_object() && value.size() == 1 &&
               value.begin()->is_array() && value.begin()->size() == 2) {
      geo_target_ = value.begin().key();
      latitude_ = text_member((*value.begin())[0], "geo");
      longitude_ = text_member((*value.begin())[1], "geo");
    } else {
      throw CliError(kUsage, "import mapping: unknown or malformed member [" + name + "]");
    }
  }
}

std::optional<ImportMapping::Type> ImportMapping::type_of(std::string_view field) const {
  if (const auto it = cells_.find(field); it != cells_.end()) return it->second;
  if (const auto it = types_.find(field); it != types_.end()) return it->second;
  return std::nullopt;
}

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return false;
  if (text.back() < '0' || text.back() > '9') return false;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || error != std::errc()) return false;
  const size_t dot = text.find('.');
  return dot == std::string_view::npos || (text[dot + 1] >= '0' && text[dot + 1] <= '9');
}

bool append_typed(std::string& out, std::string_view text, ImportMapping::Type type) {
  using Type = ImportMapping::Type;
  if (type == Type::text) {
    append_json_string(out, text);
    return true;
  }
  const std::string_view value = trimmed(text);
  if (value.empty()) return false;
  switch (type) {
    case Type::list:
      return append_list(out, value);
    case Type::boolean:
      for (const std::string_view yes : {"true", "t", "yes", "y", "1"}) {
        if (equals_ignoring_case(value, yes)) return out += "true", true;
      }
      for (const std::string_view no : {"false", "f", "no", "n", "0"}) {
        if (equals_ignoring_case(value, no)) return out += "false", true;
      }
      break;
    case Type::integer:
      if (is_json_number(value)) {
        // "3.0" is how many tools write an integer column with gaps.
        const size_t dot = value.find('.');
        const bool zeros = dot != std::string_view::npos &&
                           value.find_first_not_of('0', dot + 1) == std::string_view::npos;
        out += zeros ? value.substr(0, dot) : value;
        return true;
      }
      break;
    case Type::number:
      if (is_json_number(value)) return out += value, true;
      break;
    case Type::text:
      break;
  }
  append_json_string(out, text);
  return true;
}

void ImportMapping::append_geo(const std::vector<JsonMember>& members, bool first,
                               std::string& out) const {
  if (geo_target_.empty() || !find_member(members, geo_target_).empty()) return;
  const std::string_view latitude = find_member(members, latitude_);
  const std::string_view longitude = find_member(members, longitude_);
  if (!coordinate(latitude, 90) || !coordinate(longitude, 180)) return;
  if (!first) out += ',';
  append_json_string(out, geo_target_);
  out += ":{\"lat\":";
  out += bare(latitude);
  out += ",\"lon\":";
  out += bare(longitude);
  out += '}';
}

void ImportMapping::rewrite(const std::vector<JsonMember>& members, std::string& out) const {
  out += '{';
  bool first = true;
  for (const JsonMember& member : members) {
    if (drop_.contains(member.key)) continue;
    const size_t before = out.size();
    if (!first) out += ',';
    out += '"';
    const auto renamed = rename_.find(member.key);
    out += renamed == rename_.end() ? member.key : std::string_view(renamed->second);
    out += "\":";
    const auto type = types_.find(member.key);
    const bool convert =
        type != types_.end() &&
        (member.is_text() ? type->second != Type::text
                          : type->second == Type::text && is_json_number(member.value));
    if (!convert) {
      out += member.value;
    } else if (!append_typed(
                   out,
                   member.is_text() ? unescape_json(member.inside()) : std::string(member.value),
                   type->second)) {
      out.resize(before);
      continue;
    }
    first = false;
  }
  append_geo(members, first, out);
  out += '}';
}

bool ImportMapping::apply(std::string_view document, std::string& out, std::string& id,
                          std::string& reason) const {
  thread_local std::vector<JsonMember> members;
  id.clear();
  if (!scan_members(document, members) || document.find('{') > document.find('[')) {
    reason = "not a JSON object";
    return false;
  }
  if (!id_.empty()) {
    const std::string_view value = find_member(members, id_);
    if (value.empty() || value == "null" || value == "\"\"" || value.front() == '{' ||
        value.front() == '[') {
      reason = "the id field [" + id_ + "] is missing or empty";
      return false;
    }
    id = value.front() == '"' ? unescape_json(value.substr(1, value.size() - 2))
                              : std::string(value);
  }
  const size_t start = out.size();
  if (rewrites_members()) {
    rewrite(members, out);
  } else {
    out += document.substr(0, document.rfind('}'));
    append_geo(members, members.empty(), out);
    out += '}';
  }
  // A pretty-printed document must become one line; a line end can only stand between tokens.
  for (size_t i = start; i < out.size(); ++i) {
    const void* found = std::memchr(out.data() + i, '\n', out.size() - i);
    if (found == nullptr) break;
    i = static_cast<size_t>(static_cast<const char*>(found) - out.data());
    out[i] = ' ';
  }
  return true;
}

}  // namespace tarn::cli
