#include "indexer/pipeline/source_text.h"

#include <simdjson.h>

namespace tarn {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

bool has_key(const Json::object_t& members, std::string_view name) {
  for (const auto& [key, value] : members) {
    if (key == name) return true;
  }
  return false;
}

/// False: a duplicate key or too deep, which parse_json words.
bool build(element from, int depth, Json& to) {
  if (depth > kJsonDepthMax) return false;
  switch (from.type()) {
    case element_type::OBJECT: {
      Json::object_t members;
      const simdjson::dom::object object = from.get_object().value_unsafe();
      members.reserve(object.size() + 8);  // room for metadata and for what processors add
      for (const auto [key, value] : object) {
        if (has_key(members, key)) return false;
        members.push_back({std::string(key), Json()});
        if (!build(value, depth + 1, members.back().second)) return false;
      }
      to = std::move(members);
      return true;
    }
    case element_type::ARRAY: {
      to = Json::array();
      auto& list = to.get_ref<Json::array_t&>();
      // A named copy: value_unsafe() refers into a temporary that a range-for would not keep.
      const simdjson::dom::array elements = from.get_array().value_unsafe();
      for (const element one : elements) {
        list.emplace_back();
        if (!build(one, depth + 1, list.back())) return false;
      }
      return true;
    }
    case element_type::STRING:
      to = std::string(from.get_string().value_unsafe());
      return true;
    case element_type::INT64:
      to = from.get_int64().value_unsafe();
      return true;
    case element_type::UINT64:
      to = from.get_uint64().value_unsafe();
      return true;
    case element_type::DOUBLE:
      to = from.get_double().value_unsafe();
      return true;
    case element_type::BOOL:
      to = from.get_bool().value_unsafe();
      return true;
    case element_type::NULL_VALUE:
      to = nullptr;
      return true;
  }
  return false;
}

}  // namespace

Json parse_source(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  element root;
  Json out;
  if (parser.parse(text.data(), text.size(), true).get(root) == simdjson::SUCCESS &&
      build(root, 1, out))
    return out;
  return parse_json(text);
}

}  // namespace tarn
