#include "indexer/base/json_location.h"

#include <fmt/format.h>

namespace tarn {

JsonLocations& JsonLocations::of_this_thread() {
  thread_local JsonLocations locations;
  return locations;
}

void JsonLocations::clear() {
  text_.clear();
  entries_.clear();
}

void JsonLocations::remember(std::string_view text, std::vector<Entry> entries) {
  text_ = text;
  entries_ = std::move(entries);
}

const JsonLocations::Entry* JsonLocations::find(const Json& value) const {
  for (const Entry& entry : entries_) {
    if (entry.value == &value) return &entry;
  }
  return nullptr;
}

JsonLocation JsonLocations::at(size_t offset) const {
  JsonLocation out;
  for (size_t i = 0; i < offset && i < text_.size(); ++i, ++out.column) {
    if (text_[i] == '\n') out = {out.line + 1, 0};
  }
  return out;
}

JsonLocation JsonLocations::value(const Json& value) const {
  const Entry* entry = find(value);
  return entry == nullptr ? JsonLocation{} : at(entry->value_at);
}

JsonLocation JsonLocations::name(const Json& value) const {
  const Entry* entry = find(value);
  return entry == nullptr ? JsonLocation{} : at(entry->name_at);
}

JsonLocation JsonLocations::inside(const Json& value) const {
  const Entry* entry = find(value);
  if (entry == nullptr) return {};
  return at(text_.find_first_not_of(" \t\r\n", entry->value_at + 1));
}

JsonLocation JsonLocations::end(const Json& value) const {
  const Entry* entry = find(value);
  if (entry == nullptr) return {};
  size_t i = entry->value_at;
  if (!value.is_structured()) return at(i);
  size_t depth = 0;
  bool in_text = false;
  for (; i < text_.size(); ++i) {
    const char c = text_[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      break;
    }
  }
  return at(i);
}

namespace {
std::string prefix(JsonLocation location) { return fmt::format("[{}:{}] ", location.line, location.column); }
}  // namespace

std::string value_location(const Json& value) { return prefix(JsonLocations::of_this_thread().value(value)); }
std::string name_location(const Json& value) { return prefix(JsonLocations::of_this_thread().name(value)); }
std::string inside_location(const Json& value) { return prefix(JsonLocations::of_this_thread().inside(value)); }
std::string end_location(const Json& value) { return prefix(JsonLocations::of_this_thread().end(value)); }

}  // namespace tarn
