#include "indexer/mapping/dynamic_template.h"

#include <unicode/regex.h>

#include <algorithm>

#include "indexer/base/ascii.h"
#include "indexer/base/error.h"
#include "indexer/mapping/mapping_error.h"

namespace tarn::mapping {
namespace {

constexpr std::pair<DynamicType, std::string_view> kTypeNames[] = {
    {DynamicType::kObject, "object"},   {DynamicType::kString, "string"},   {DynamicType::kLong, "long"},
    {DynamicType::kDouble, "double"},   {DynamicType::kBoolean, "boolean"}, {DynamicType::kDate, "date"},
    {DynamicType::kBinary, "binary"},
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string fill(std::string text, std::string_view name, std::string_view dynamic_type) {
  replace_all(text, "{name}", name);
  replace_all(text, "{dynamic_type}", dynamic_type);
  replace_all(text, "{dynamicType}", dynamic_type);
  return text;
}

Json fill(const Json& value, std::string_view name, std::string_view dynamic_type) {
  if (value.is_string()) return fill(value.get<std::string>(), name, dynamic_type);
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(fill(item, name, dynamic_type));
    return out;
  }
  if (value.is_object()) {
    Json out = Json::object();
    for (auto it = value.begin(); it != value.end(); ++it) {
      out[fill(it.key(), name, dynamic_type)] = fill(it.value(), name, dynamic_type);
    }
    return out;
  }
  return value;
}

Json sorted_members(const Json& object) {
  std::vector<std::string> keys;
  for (auto it = object.begin(); it != object.end(); ++it) keys.push_back(it.key());
  std::sort(keys.begin(), keys.end());
  Json out = Json::object();
  for (const std::string& key : keys) out[key] = object.at(key);
  return out;
}

}  // namespace

std::string_view dynamic_type_name(DynamicType type) {
  for (const auto& [known, name] : kTypeNames) {
    if (known == type) return name;
  }
  return "";
}

std::string_view default_mapping_type(DynamicType type) {
  if (type == DynamicType::kString) return "text";
  if (type == DynamicType::kDouble) return "float";
  return dynamic_type_name(type);
}

DynamicTemplate DynamicTemplate::parse(const std::string& name, const Json& rule) {
  DynamicTemplate out;
  out.name_ = name;
  std::string pattern_kind = "simple";
  bool any_type_given = false;
  for (auto it = rule.begin(); it != rule.end(); ++it) {
    const std::string& key = it.key();
    if (key == "match") {
      out.match_ = java_text(it.value());
    } else if (key == "path_match") {
      out.path_match_ = java_text(it.value());
    } else if (key == "unmatch") {
      out.unmatch_ = java_text(it.value());
    } else if (key == "path_unmatch") {
      out.path_unmatch_ = java_text(it.value());
    } else if (key == "match_mapping_type") {
      out.mapping_type_name_ = java_text(it.value());
      any_type_given = true;
    } else if (key == "match_pattern") {
      pattern_kind = java_text(it.value());
    } else if (key == "mapping") {
      out.mapping_ = it.value();
    } else {
      throw ApiError(illegal_argument("Illegal dynamic template parameter: [" + key + "]"));
    }
  }
  if (out.match_.is_null() && out.path_match_.is_null() && !any_type_given) {
    throw ApiError(mapper_parsing("template must have match, path_match or match_mapping_type set " + java_text(rule)));
  }
  if (!out.mapping_.is_object()) throw ApiError(mapper_parsing("template must have mapping set"));
  if (any_type_given && out.mapping_type_name_ != "*") {
    const bool known = std::any_of(std::begin(kTypeNames), std::end(kTypeNames),
                                   [&](const auto& entry) { return entry.second == out.mapping_type_name_; });
    if (!known) {
      throw ApiError(illegal_argument("No field type matched on [" + out.mapping_type_name_ +
                                      "], possible values are [object, string, long, double, boolean, date, binary]"));
    }
  }
  if (pattern_kind != "simple" && pattern_kind != "regex") {
    throw ApiError(illegal_argument("No matching pattern matched on [" + pattern_kind + "]"));
  }
  out.regex_ = pattern_kind == "regex";
  if (out.regex_) {
    for (const Json* pattern : {&out.path_match_, &out.match_, &out.path_unmatch_, &out.unmatch_}) {
      if (pattern->is_null()) continue;
      UErrorCode status = U_ZERO_ERROR;
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(pattern->get<std::string>()), 0, status);
      if (U_FAILURE(status)) {
        throw ApiError(illegal_argument("Pattern [" + pattern->get<std::string>() +
                                        "] of type [regex] is invalid. Cannot create dynamic template [" + name + "].")
                           .caused_by(Error(400, "pattern_syntax_exception", u_errorName(status))));
      }
    }
  }
  return out;
}

bool DynamicTemplate::matches_pattern(const std::string& pattern, std::string_view text) const {
  if (!regex_) return tarn::matches_pattern(pattern, text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString subject =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  return icu::RegexMatcher(icu::UnicodeString::fromUTF8(pattern), subject, 0, status).matches(status) &&
         U_SUCCESS(status);
}

bool DynamicTemplate::matches(std::string_view path, std::string_view name, DynamicType type) const {
  const auto hit = [&](const Json& pattern, std::string_view text) {
    return matches_pattern(pattern.get_ref<const std::string&>(), text);
  };
  if (!path_match_.is_null() && !hit(path_match_, path)) return false;
  if (!match_.is_null() && !hit(match_, name)) return false;
  if (!path_unmatch_.is_null() && hit(path_unmatch_, path)) return false;
  if (!unmatch_.is_null() && hit(unmatch_, name)) return false;
  return mapping_type_name_.empty() || mapping_type_name_ == "*" || mapping_type_name_ == dynamic_type_name(type);
}

std::string DynamicTemplate::mapping_type(std::string_view dynamic_type) const {
  const auto given = mapping_.find("type");
  std::string type(dynamic_type);
  if (given != mapping_.end()) type = fill(java_text(*given), "{name}", dynamic_type);
  if ((given == mapping_.end() || java_text(*given) != type) && type == "text") {
    // Templates of the days of "string": not_analyzed means keyword.
    const auto index = mapping_.find("index");
    if (index != mapping_.end() && (*index == "not_analyzed" || *index == "no")) type = "keyword";
  }
  return type;
}

Json DynamicTemplate::mapping_for(std::string_view name, std::string_view dynamic_type) const {
  return fill(mapping_, name, dynamic_type);
}

Json DynamicTemplate::to_json() const {
  Json out = Json::object();
  if (!match_.is_null()) out["match"] = match_;
  if (!path_match_.is_null()) out["path_match"] = path_match_;
  if (!unmatch_.is_null()) out["unmatch"] = unmatch_;
  if (!path_unmatch_.is_null()) out["path_unmatch"] = path_unmatch_;
  if (!mapping_type_name_.empty() && mapping_type_name_ != "*") {
    out["match_mapping_type"] = mapping_type_name_;
  } else if (match_.is_null() && path_match_.is_null()) {
    out["match_mapping_type"] = "*";
  }
  if (regex_) out["match_pattern"] = "regex";
  out["mapping"] = sorted_members(mapping_);
  return out;
}

}  // namespace tarn::mapping
