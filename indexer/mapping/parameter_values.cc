#include "indexer/mapping/parameter_values.h"

#include <algorithm>
#include <map>
#include <set>

#include "indexer/base/ascii.h"
#include "indexer/mapping/definition.h"
#include "indexer/mapping/mapping_error.h"

namespace tarn::mapping {

Json one_of(const std::string& param, std::span<const std::string_view> accepted, const Json& value) {
  const std::string text = java_text(value);
  if (std::find(accepted.begin(), accepted.end(), text) != accepted.end()) return text;
  std::string all;
  for (const std::string_view name : accepted) all += (all.empty() ? "" : ", ") + std::string(name);
  throw ApiError(mapper_parsing("Unknown value [" + text + "] for field [" + param + "] - accepted values are [" + all + "]"));
}

Json parse_meta(const std::string& field, const Json& value) {
  if (!value.is_object()) {
    throw ApiError(mapper_parsing("[meta] must be an object, got " + std::string(value.is_string() ? "String" : "Integer") +
                                  "[" + java_text(value) + "] for field [" + field + "]"));
  }
  if (value.size() > 5) {
    throw ApiError(mapper_parsing("[meta] can't have more than 5 entries, but got " + std::to_string(value.size()) +
                                  " on field [" + field + "]"));
  }
  std::map<std::string, Json> sorted;
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (it.key().size() > 20) {
      throw ApiError(mapper_parsing("[meta] keys can't be longer than 20 chars, but got [" + it.key() + "] for field [" + field + "]"));
    }
    if (it->is_null()) {
      throw ApiError(mapper_parsing("[meta] values can't be null (field [" + field + "])"));
    }
    if (!it->is_string()) {
      const char* type = it->is_number_integer() ? "Integer" : it->is_number() ? "Double" : it->is_boolean() ? "Boolean"
                         : it->is_object()       ? "HashMap" : "ArrayList";
      throw ApiError(mapper_parsing("[meta] values can only be strings, but got " + std::string(type) + "[" +
                                    java_text(*it) + "] for field [" + field + "]"));
    }
    if (it->get_ref<const std::string&>().size() > 50) {
      throw ApiError(mapper_parsing("[meta] values can't be longer than 50 chars, but got [" + it->get<std::string>() +
                                    "] for field [" + field + "]"));
    }
    sorted[it.key()] = *it;
  }
  Json out = Json::object();
  for (auto& [key, text] : sorted) out[key] = std::move(text);
  return out;
}

/// null_value of a number, as the number that the type would index.
Json parse_number_null(FieldKind kind, const Json& value) {
  if (value.is_null()) return value;
  const bool floating = kind >= FieldKind::kHalfFloat && kind <= FieldKind::kScaledFloat;
  if (floating) return node_double(value);
  if (kind == FieldKind::kUnsignedLong) {
    if (value.is_number_unsigned()) return value;
    const std::string text = java_text(value);
    if (!text.empty() && text[0] == '-') {
      throw ApiError(illegal_argument("Value [" + text + "] is out of range for an unsigned long"));
    }
    char* end = nullptr;
    const uint64_t number = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0') throw ApiError(number_format(text));
    return number;
  }
  if (kind == FieldKind::kLong && value.is_number_integer()) return value;
  const double number = node_double(value);
  const auto check = [&](double low, double high, const char* what) {
    if (number < low || number > high) {
      throw ApiError(illegal_argument("Value [" + java_text(value) + "] is out of range for " + what));
    }
  };
  if (kind == FieldKind::kByte) check(-128, 127, "a byte");
  if (kind == FieldKind::kShort) check(-32768, 32767, "a short");
  if (kind == FieldKind::kInteger || kind == FieldKind::kTokenCount) check(INT32_MIN, INT32_MAX, "an integer");
  return static_cast<int64_t>(number);
}

Json parse_filter(const Json& value) {
  Json out{{"min", 0.0}, {"max", 2147483647.0}, {"min_segment_size", 0}};
  if (!value.is_object()) throw ApiError(mapper_parsing("fielddata_frequency_filter must be an object"));
  Json left = value;
  if (left.contains("min")) out["min"] = node_double(left["min"]);
  if (left.contains("max")) out["max"] = node_double(left["max"]);
  if (left.contains("min_segment_size")) out["min_segment_size"] = node_integer(left["min_segment_size"]);
  for (const char* key : {"min", "max", "min_segment_size"}) left.erase(key);
  check_nothing_left("fielddata_frequency_filter", left);
  return out;
}

Json parse_prefixes(const Json& value) {
  if (value.is_null()) return value;
  Json left = value;
  const int64_t low = left.contains("min_chars") ? node_integer(left["min_chars"]) : 2;
  const int64_t high = left.contains("max_chars") ? node_integer(left["max_chars"]) : 5;
  if (low > high) {
    throw ApiError(illegal_argument("min_chars [" + std::to_string(low) + "] must be less than max_chars [" + std::to_string(high) + "]"));
  }
  if (low < 1) throw ApiError(illegal_argument("min_chars [" + std::to_string(low) + "] must be greater than zero"));
  if (high >= 20) throw ApiError(illegal_argument("max_chars [" + std::to_string(high) + "] must be less than 20"));
  left.erase("min_chars");
  left.erase("max_chars");
  check_nothing_left("index_prefixes", left);
  return Json{{"min_chars", low}, {"max_chars", high}};
}

Json parse_orientation(const Json& value) {
  std::string text = lower_ascii(java_text(value));
  if (text == "right" || text == "ccw" || text == "counterclockwise") return "RIGHT";
  if (text == "left" || text == "cw" || text == "clockwise") return "LEFT";
  throw ApiError(illegal_argument("Unknown orientation [" + java_text(value) + "]"));
}

/// The class that Jackson gives such a value.
std::string java_class(const Json& value) {
  if (value.is_number_integer()) return value.get<int64_t>() == static_cast<int32_t>(value.get<int64_t>()) ? "java.lang.Integer" : "java.lang.Long";
  if (value.is_number()) return "java.lang.Double";
  if (value.is_boolean()) return "java.lang.Boolean";
  return value.is_array() ? "java.util.ArrayList" : "java.lang.String";
}

/// The names as a Java HashSet of them lists them, which is how GET _mapping shows the children of a relation.
Json in_hash_order(const Json& names) {
  uint32_t buckets = 16;
  while (buckets < names.size() / 0.75f + 1) buckets *= 2;
  std::vector<std::pair<uint32_t, std::string>> order;
  for (const Json& name : names) {
    std::string text = java_text(name);
    uint32_t hash = 0;
    for (const char c : text) hash = hash * 31 + static_cast<unsigned char>(c);
    order.emplace_back((hash ^ hash >> 16) & (buckets - 1), std::move(text));
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Json out = Json::array();
  for (auto& [bucket, name] : order) out.push_back(std::move(name));
  return out;
}

Json parse_relations(const std::string& field, const Json& value) {
  Json out = Json::object();
  if (!value.is_object()) {
    throw ApiError(Error(400, "parse_exception", "relations should be a hash but was of type: class " + java_class(value)));
  }
  std::map<std::string, std::string, std::less<>> parents;
  std::string conflicts;
  for (auto it = value.begin(); it != value.end(); ++it) {
    Json names = Json::array();
    for (const Json& child : it->is_array() ? *it : Json::array({*it})) {
      if (child.is_null()) {
        throw ApiError(Error(400, "null_pointer_exception", "Cannot invoke \"Object.toString()\" because the return value of "
                                                            "\"java.util.Map$Entry.getValue()\" is null"));
      }
      const std::string name = java_text(child);
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      names.push_back(name);
      if (!parents.emplace(name, it.key()).second) conflicts += (conflicts.empty() ? "[" : ", [") + name + "] cannot have multiple parents";
    }
    out[it.key()] = names.size() == 1 ? names[0] : in_hash_order(names);
  }
  if (!conflicts.empty()) throw ApiError(illegal_argument("invalid definition for join field [" + field + "]:\n[" + conflicts + "]"));
  return out;
}

Json parse_contexts(const Json& value) {
  Json out = Json::array();
  for (const Json& context : value.is_array() ? value : Json::array({value})) {
    if (!context.is_object() || !context.contains("name")) throw ApiError(Error(400, "parse_exception", "name is missing in context"));
    if (!context.contains("type")) throw ApiError(Error(400, "parse_exception", "type is missing in context"));
    std::string type = java_text(context["type"]);
    if (type != "category" && type != "geo") throw ApiError(Error(400, "parse_exception", "unknown context type[" + type + "]"));
    Json entry = context;
    entry["type"] = type == "geo" ? "GEO" : "CATEGORY";
    if (type == "geo" && !entry.contains("precision")) entry["precision"] = 6;
    out.push_back(std::move(entry));
  }
  if (out.size() > 10) {
    throw ApiError(illegal_argument("Limit of completion field contexts [10] has been exceeded"));
  }
  return out;
}

}  // namespace tarn::mapping
