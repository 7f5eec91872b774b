#include "indexer/mapping/mapping_error.h"

#include <charconv>

namespace tarn::mapping {

bool is_opensearch_type(std::string_view type) {
  for (std::string_view own : {"mapper_parsing_exception", "parse_exception", "parsing_exception",
                               "strict_dynamic_mapping_exception", "mapper_exception", "settings_exception",
                               "query_shard_exception", "script_exception"}) {
    if (type == own) return true;
  }
  return false;
}

Error wrap(Error outer, const Error& inner) {
  if (is_opensearch_type(inner.type)) {
    const Error* root = &inner;
    while (root->cause && is_opensearch_type(root->cause->type)) root = root->cause.get();
    Error bare(root->status, root->type, root->reason);
    bare.members = root->members;
    outer.rooted_in(bare);
  }
  outer.caused_by(inner);
  return outer;
}

std::string java_text(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::string: return value.get<std::string>();
    case Json::value_t::object: {
      std::string out = "{";
      for (auto it = value.begin(); it != value.end(); ++it) {
        if (out.size() > 1) out += ", ";
        out += it.key() + "=" + java_text(it.value());
      }
      return out + "}";
    }
    case Json::value_t::array: {
      std::string out = "[";
      for (const Json& item : value) {
        if (out.size() > 1) out += ", ";
        out += java_text(item);
      }
      return out + "]";
    }
    default: return to_text(value);
  }
}

bool node_boolean(const Json& value) {
  const std::string text = java_text(value);
  if (text == "true") return true;
  if (text == "false") return false;
  throw ApiError(illegal_argument("Failed to parse value [" + text + "] as only [true] or [false] are allowed."));
}

bool node_boolean(const Json& value, const std::string& name) {
  try {
    return node_boolean(value);
  } catch (const ApiError& error) {
    throw ApiError(wrap(illegal_argument("Could not convert [" + name + "] to boolean"), error.error()));
  }
}

int64_t node_integer(const Json& value) {
  if (value.is_number_integer()) return static_cast<int32_t>(value.get<int64_t>());
  if (value.is_number_float()) return static_cast<int32_t>(value.get<double>());
  const std::string text = java_text(value);
  int32_t number = 0;
  const char* begin = text.data() + (text.size() > 1 && text[0] == '+');
  const auto [end, code] = std::from_chars(begin, text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) throw ApiError(number_format(text));
  return number;
}

double node_double(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const std::string text = java_text(value);
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') throw ApiError(number_format(text));
  return number;
}

std::string node_string(const Json& value) { return java_text(value); }

}  // namespace tarn::mapping
