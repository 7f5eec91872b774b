#include "query/dsl/clause.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "indexer/base/deprecation.h"
#include "indexer/base/did_you_mean.h"
#include "query/bind/values.h"
#include "query/dsl/members.h"

namespace tarn::query {

void fail_parse(std::string reason) { throw ApiError(parsing_exception(std::move(reason))); }

void not_implemented(std::string reason) { throw ApiError(501, "not_implemented_exception", std::move(reason)); }

void fail_parse(std::string reason, JsonLocation at) {
  throw ApiError(parsing_exception(std::move(reason)).with("line", at.line).with("col", at.column));
}

void fail_parse(std::string reason, const Json& at) {
  fail_parse(std::move(reason), JsonLocations::of_this_thread().value(at));
}

void unsupported_member(std::string_view clause, std::string_view member, const Json& value) {
  fail_parse("[" + std::string(clause) + "] query does not support [" + std::string(member) + "]", value);
}

Error unknown_member(std::string_view parser, std::string_view member, const Json& value,
                     const std::vector<std::string_view>& known) {
  return Error(400, "x_content_parse_exception",
               fmt::format("{}[{}] unknown field [{}]{}", name_location(value), parser, member, did_you_mean(member, known)));
}

Error unsupported_value(std::string_view parser, std::string_view member, const Json& value) {
  return Error(400, "x_content_parse_exception", fmt::format("{}[{}] {} doesn't support values of type: {}", value_location(value),
                                                             parser, member, token_name(value)));
}

void fail_wrapped(Error cause, const Json& value) {
  const JsonLocation at = JsonLocations::of_this_thread().value(value);
  Error error = parsing_exception(cause.reason);
  error.with("line", at.line).with("col", at.column);
  const Error root = error;
  throw ApiError(error.rooted_in(root).caused_by(std::move(cause)));
}

std::string_view token_name(const Json& value) {
  if (value.is_object()) return "START_OBJECT";
  if (value.is_array()) return "START_ARRAY";
  if (value.is_string()) return "VALUE_STRING";
  if (value.is_number()) return "VALUE_NUMBER";
  if (value.is_boolean()) return "VALUE_BOOLEAN";
  return "VALUE_NULL";
}

float read_float(const Json& value) {
  if (value.is_number()) return value.get<float>();
  if (value.is_string()) return static_cast<float>(parse_java_double(value.get_ref<const std::string&>()));
  throw ApiError(illegal_argument("Expected a number but found [" + std::string(token_name(value)) + "]"));
}

int read_int(const Json& value) {
  if (value.is_number()) return static_cast<int>(value.get<double>());
  if (value.is_string()) return static_cast<int>(parse_java_double(value.get_ref<const std::string&>()));
  throw ApiError(illegal_argument("Expected a number but found [" + std::string(token_name(value)) + "]"));
}

bool read_bool(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string() && (value == "true" || value == "false")) return value == "true";
  throw ApiError(illegal_argument("Failed to parse value [" + scalar_text(value) + "] as only [true] or [false] are allowed."));
}

std::string read_text(const Json& value) {
  if (value.is_object() || value.is_array() || value.is_null()) {
    throw ApiError(400, "illegal_state_exception", "Can't get text on a " + std::string(token_name(value)));
  }
  return scalar_text(value);
}

void each_member(const Json& body, const std::function<void(const std::string& key, const Json& value)>& visit) {
  const std::function<void(const std::string&, const Json&)> one = [&](const std::string& key, const Json& value) {
    if (value.is_array()) {
      for (const Json& element : value) one(key, element);
    } else if (!value.is_null()) {
      visit(key, value);
    }
  };
  for (const auto& [key, value] : body.items()) one(key, value);
}

bool read_common(Query& query, std::string_view key, const Json& value) {
  if (key == "boost") {
    query.boost = read_float(value);
    if (query.boost < 0) {
      throw ApiError(illegal_argument("negative [boost] are not allowed in [_na], use a value between 0 and 1 to deboost"));
    }
    return true;
  }
  if (key == "_name") {
    query.name = read_text(value);
    return true;
  }
  return false;
}

void require_field(std::string_view, const std::string& field) {
  if (field.empty()) throw ApiError(illegal_argument("field name is null or empty"));
}

void read_field_clause(std::string_view clause, const Json& body, std::string_view short_name, Query& query,
                       std::string& field, const std::function<bool(std::string_view, const Json&)>& on_member) {
  bool seen = false;
  for (const auto& [key, value] : body.items()) {
    if (seen) {
      fail_parse("[" + std::string(clause) + "] query doesn't support multiple fields, found [" + field + "] and [" + key + "]", value);
    }
    field = key;
    seen = true;
    if (value.is_array()) fail_parse("[" + std::string(clause) + "] query does not support array of values", value);
    if (!value.is_object()) {
      on_member(short_name, value);
      continue;
    }
    for (const auto& [member, member_value] : value.items()) {
      if (read_common(query, member, member_value)) continue;
      if (!on_member(member, member_value)) unsupported_member(clause, member, member_value);
    }
  }
  require_field(clause, field);
}

int minimum_should_match(int optional, const std::string& given) {
  const auto number = [&](std::string_view text) {
    const size_t first = text.find_first_not_of(' ');
    if (first != std::string_view::npos) text.remove_prefix(first);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    int out = 0;
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
      throw ApiError(400, "number_format_exception", "For input string: \"" + std::string(text) + "\"");
    }
    return out;
  };
  const auto simple = [&](std::string_view spec) {
    int result = optional;
    if (spec.find('%') != std::string_view::npos) {
      const int percent = number(spec.substr(0, spec.size() - 1));
      const float part = static_cast<float>(result * percent) * (1 / 100.0f);
      result = part < 0 ? result + static_cast<int>(part) : static_cast<int>(part);
    } else {
      const int count = number(spec);
      result = count < 0 ? result + count : count;
    }
    return std::max(result, 0);
  };
  std::string spec = given;
  while (!spec.empty() && spec.front() == ' ') spec.erase(0, 1);
  while (!spec.empty() && spec.back() == ' ') spec.pop_back();
  if (spec.find('<') == std::string::npos) return simple(spec);
  for (size_t at; (at = spec.find(" <")) != std::string::npos;) spec.erase(at, 1);
  for (size_t at; (at = spec.find("< ")) != std::string::npos;) spec.erase(at + 1, 1);
  int result = optional;
  for (size_t begin = 0; begin < spec.size();) {
    size_t end = spec.find(' ', begin);
    if (end == std::string::npos) end = spec.size();
    const std::string part = spec.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty()) continue;
    const size_t less = part.find('<');
    if (less == std::string::npos) number(part + "<");
    if (optional <= number(part.substr(0, less))) return result;
    result = simple(part.substr(less + 1));
  }
  return result;
}

PlanPtr bind(const Query& query, Binder& binder, float outer_boost) {
  PlanPtr plan = query.bind(binder, outer_boost * query.boost);
  if (!query.name.empty()) binder.named.push_back({query.name, plan});
  return plan;
}

namespace {

[[noreturn]] void unknown_query(const std::string& name, const Json& body) {
  std::vector<std::string_view> names;
  for (const ClauseEntry& entry : clause_table()) names.push_back(entry.name);
  const JsonLocation at = JsonLocations::of_this_thread().value(body);
  Error error = parsing_exception("unknown query [" + name + "]" + did_you_mean(name, names));
  error.with("line", at.line).with("col", at.column);
  const Error root = error;
  throw ApiError(error.rooted_in(root).caused_by(
      Error(400, "named_object_not_found_exception", fmt::format("{}unknown field [{}]", value_location(body), name))));
}

}  // namespace

QueryPtr parse_query(const Json& json) {
  if (!json.is_object()) fail_parse("[_na] query malformed, must start with start_object", json);
  if (json.empty()) {
    const std::string at = inside_location(json);
    throw ApiError(illegal_argument("query malformed, empty clause found at " + at.substr(0, at.size() - 1)));
  }
  const auto first = json.begin();
  const std::string& name = first.key();
  if (!first.value().is_object()) fail_parse("[" + name + "] query malformed, no start_object after query name", first.value());
  const auto& table = clause_table();
  const auto entry = std::find_if(table.begin(), table.end(), [&](const ClauseEntry& e) { return e.name == name; });
  if (entry == table.end()) unknown_query(name, first.value());
  if (entry->parse == nullptr) not_implemented("[" + name + "] queries are not supported yet");
  if (name == "field_masking_span") Deprecations::field(name, "span_field_masking");
  auto query = entry->parse(first.value());
  if (json.size() > 1) fail_parse("[" + name + "] malformed query, expected [END_OBJECT] but found [FIELD_NAME]",
                                  JsonLocations::of_this_thread().name(std::next(first).value()));
  return query;
}

const std::vector<ClauseEntry>& clause_table() {
  static const std::vector<ClauseEntry> table = {
      {"bool", parse_bool},
      {"boosting", parse_boosting},
      {"combined_fields", parse_combined_fields},
      {"common", parse_common_terms},
      {"constant_score", parse_constant_score},
      {"dis_max", parse_dis_max},
      {"distance_feature", parse_distance_feature},
      {"exists", parse_exists},
      {"field_masking_span", parse_span_masking},
      {"function_score", parse_function_score},
      {"fuzzy", parse_fuzzy},
      {"geo_bounding_box", parse_geo_bounding_box},
      {"geo_distance", parse_geo_distance},
      {"geo_polygon", parse_geo_polygon},
      {"geo_shape", parse_geo_shape},
      {"has_child", parse_has_child},
      {"has_parent", parse_has_parent},
      {"ids", parse_ids},
      {"intervals", parse_intervals},
      {"match", parse_match},
      {"match_all", parse_match_all},
      {"match_bool_prefix", parse_match_bool_prefix},
      {"match_none", parse_match_none},
      {"match_phrase", parse_match_phrase},
      {"match_phrase_prefix", parse_match_phrase_prefix},
      {"more_like_this", parse_more_like_this},
      {"multi_match", parse_multi_match},
      {"nested", parse_nested},
      {"parent_id", parse_parent_id},
      {"percolate", parse_percolate},
      {"prefix", parse_prefix},
      {"query_string", parse_query_string},
      {"range", parse_range},
      {"rank_feature", parse_rank_feature},
      {"regexp", parse_regexp},
      {"script", parse_script_query},
      {"script_score", parse_script_score},
      {"simple_query_string", parse_simple_query_string},
      {"span_containing", parse_span_containing},
      {"span_field_masking", parse_span_masking},
      {"span_first", parse_span_first},
      {"span_gap", parse_span_gap},
      {"span_multi", parse_span_multi},
      {"span_near", parse_span_near},
      {"span_not", parse_span_not},
      {"span_or", parse_span_or},
      {"span_term", parse_span_term},
      {"span_within", parse_span_within},
      {"template", parse_template_query},
      {"term", parse_term},
      {"terms", parse_terms},
      {"terms_set", parse_terms_set},
      {"wildcard", parse_wildcard},
      {"wrapper", parse_wrapper},
      {"xy_shape", nullptr},
  };
  return table;
}

}  // namespace tarn::query
