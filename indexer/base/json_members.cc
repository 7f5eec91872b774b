#include "indexer/base/json_members.h"

namespace tarn {

void values_at_path(const Json& value, std::string_view path, std::vector<Json>& out) {
  if (value.is_array()) {
    for (const Json& element : value) values_at_path(element, path, out);
    return;
  }
  if (path.empty()) {
    if (!value.is_null() && !value.is_object()) out.push_back(value);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    if (path == key) {
      values_at_path(member, "", out);
    } else if (path.starts_with(key) && path[key.size()] == '.') {
      values_at_path(member, path.substr(key.size() + 1), out);
    }
  }
}

Json sorted_members(const Json& object) {
  std::map<std::string, Json> members;
  for (const auto& [key, value] : object.items()) members[key] = value;
  Json out = Json::object();
  for (auto& [key, value] : members) out[key] = std::move(value);
  return out;
}

}  // namespace tarn
