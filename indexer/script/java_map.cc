#include "indexer/script/java_map.h"

#include <algorithm>
#include <cstdint>

#include "indexer/script/value.h"

namespace tarn::script {

std::vector<std::pair<const std::string*, const Json*>> hash_map_order(const Json& object) {
  struct Entry {
    uint32_t bucket;
    const std::string* key;
    const Json* value;
  };
  const auto& members = object.get_ref<const Json::object_t&>();
  uint32_t buckets = 16;  // HashMap's default; it doubles when three quarters are taken
  while (members.size() > buckets / 4 * 3) buckets *= 2;
  std::vector<Entry> entries;
  entries.reserve(members.size());
  for (const auto& [key, value] : members) {
    const auto hash = static_cast<uint32_t>(string_hash(key));
    entries.push_back({(hash ^ (hash >> 16)) & (buckets - 1), &key, &value});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.bucket < b.bucket; });
  std::vector<std::pair<const std::string*, const Json*>> out;
  out.reserve(entries.size());
  for (const Entry& entry : entries) out.emplace_back(entry.key, entry.value);
  return out;
}

void append_java_text(std::string& out, const Json& value) {
  if (value.is_string()) {
    out += value.get_ref<const std::string&>();
  } else if (value.is_array()) {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      append_java_text(out, value[i]);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : hash_map_order(value)) {
      if (!std::exchange(first, false)) out += ", ";
      (out += *key) += '=';
      append_java_text(out, *member);
    }
    out += '}';
  } else {
    out += to_text(value);
  }
}

void append_java_json(std::string& out, const Json& value) {
  if (value.is_array()) {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      append_java_json(out, value[i]);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : hash_map_order(value)) {
      if (!std::exchange(first, false)) out += ',';
      append_json_string(out, *key);
      out += ':';
      append_java_json(out, *member);
    }
    out += '}';
  } else {
    out += to_text(value);
  }
}

}  // namespace tarn::script
