#include <algorithm>

#include "indexer/base/ascii.h"
#include "indexer/base/deprecation.h"
#include "query/bind/values.h"
#include "query/collect/sort.h"
#include "query/dsl/clause.h"
#include "query/dsl/nested_within.h"

namespace tarn::query {

namespace {

[[noreturn]] void unknown(std::string_view parser, std::string_view key, const Json& value) {
  throw ApiError(unknown_member(parser, key, value,
                                {"order", "missing", "mode", "unmapped_type", "nested", "nested_path", "nested_filter", "numeric_type"}));
}

bool read_order(const Json& value) {
  std::string text = read_text(value);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (text == "ASC") return false;
  if (text == "DESC") return true;
  throw ApiError(Error(400, "x_content_parse_exception", value_location(value) + "[field_sort] failed to parse field [order]")
                     .caused_by(illegal_argument("No enum constant org.opensearch.search.sort.SortOrder." + text)));
}

SortMode read_mode(std::string_view parser, const Json& value) {
  std::string text = lower_ascii(read_text(value));
  if (text == "min") return SortMode::kMin;
  if (text == "max") return SortMode::kMax;
  if (text == "sum") return SortMode::kSum;
  if (text == "avg") return SortMode::kAvg;
  if (text == "median") return SortMode::kMedian;
  throw ApiError(Error(400, "x_content_parse_exception", value_location(value) + "[" + std::string(parser) + "] failed to parse field [mode]")
                     .caused_by(illegal_argument("Unknown SortMode [" + read_text(value) + "]")));
}

/// "nested" of a sort; within another one only objects of it whose own filter matches count.
void read_nested(SortClause& clause, const std::string& parser, const Json& value) {
  if (!value.is_object()) throw ApiError(unsupported_value(parser, "nested", value));
  std::string path;
  QueryPtr filter;
  const Json* within = nullptr;
  for (const auto& [key, member] : value.items()) {
    if (key == "path") path = read_text(member);
    else if (key == "filter") filter = parse_query(member);
    else if (key == "max_children") clause.max_children = static_cast<uint32_t>(read_int(member));
    else if (key == "nested") within = &member;
    else {
      throw ApiError(Error(400, "x_content_parse_exception", value_location(member) + "[" + parser + "] failed to parse field [nested]")
                         .caused_by(illegal_argument("malformed nested sort format, unknown field name [" + key + "]")));
    }
  }
  if (!clause.nested_path.empty()) filter = nested_within(clause.nested_path, clause.nested_filter, std::move(filter));
  clause.nested_path = path;
  clause.nested_filter = std::move(filter);
  if (within == nullptr) return;
  const uint32_t outermost = clause.max_children;
  read_nested(clause, parser, *within);
  clause.max_children = outermost;
}

SortClause field_clause(const std::string& field, const Json& body) {
  SortClause out;
  out.field = field;
  out.descending = field == "_score";
  if (body.is_string()) {
    out.descending = read_order(body);
    return out;
  }
  const bool bare = field == "_score" || field == "_shard_doc";  // an order and nothing else
  const std::string_view parser = bare ? std::string_view(field) : "field_sort";
  for (const auto& [key, value] : body.items()) {
    if (key == "order") {
      out.descending = read_order(value);
    } else if (bare) {
      unknown(parser, key, value);
    } else if (key == "mode") {
      out.mode = read_mode(parser, value);
    } else if (key == "missing") {
      out.missing = value;
    } else if (key == "unmapped_type") {
      out.unmapped_type = read_text(value);
    } else if (key == "numeric_type") {
      out.numeric_type = read_text(value);
      static constexpr std::string_view kTypes[] = {"long", "double", "date", "date_nanos", "unsigned_long"};
      if (std::find(std::begin(kTypes), std::end(kTypes), out.numeric_type) == std::end(kTypes)) {
        throw ApiError(illegal_argument("invalid value for [numeric_type], must be [long, double, date, date_nanos, unsigned_long], got " +
                                        out.numeric_type));
      }
    } else if (key == "nested") {
      read_nested(out, std::string(parser), value);
    } else if (key == "nested_path") {
      Deprecations::add("[nested_path] has been deprecated in favor of the [nested] parameter");
      out.nested_path = read_text(value);
    } else if (key == "nested_filter") {
      Deprecations::add("[nested_filter] has been deprecated in favour for the [nested] parameter");
      out.nested_filter = parse_query(value);
    } else {
      unknown(parser, key, value);
    }
  }
  return out;
}

std::vector<GeoPoint> read_origins(const Json& value) {
  if (value.is_array() && !value.empty() && !value[0].is_number()) {
    std::vector<GeoPoint> out;
    for (const Json& item : value) out.push_back(parse_geo_point(item));
    return out;
  }
  return {parse_geo_point(value)};
}

SortClause geo_clause(const Json& body) {
  SortClause out;
  out.field.clear();
  for (const auto& [key, value] : body.items()) {
    if (key == "order") {
      out.descending = read_order(value);
    } else if (key == "unit") {
      out.unit_metres = unit_metres(read_text(value));
    } else if (key == "distance_type") {
      const std::string type = read_text(value);
      if (type != "plane" && type != "arc") throw ApiError(illegal_argument("No geo distance for [" + type + "]"));
      out.plane = type == "plane";
    } else if (key == "mode") {
      out.mode = read_mode("_geo_distance", value);
      if (out.mode == SortMode::kSum) {
        throw ApiError(illegal_argument("sort_mode [sum] isn't supported for sorting by geo distance"));
      }
    } else if (key == "validation_method") {
      read_text(value);
    } else if (key == "ignore_unmapped") {
      out.ignore_unmapped = read_bool(value);
    } else if (key == "nested") {
      read_nested(out, "_geo_distance", value);
    } else {
      if (!out.field.empty()) {
        fail_parse("Trying to reset fieldName to [" + key + "], already set to [" + out.field + "].");
      }
      out.field = key;
      out.origins = read_origins(value);
    }
  }
  if (out.field.empty() || out.origins.empty()) throw ApiError(illegal_argument("Geo distance sorting needs at least one point"));
  return out;
}

SortClause script_clause(const Json& body) {
  SortClause out;
  out.field = "_script";
  if (!body.is_object()) throw ApiError(400, "x_content_parse_exception", "[_script] expected an object");
  std::string type;
  for (const auto& [key, value] : body.items()) {
    if (key == "script") {
      out.script = std::make_shared<const script::ScriptSpec>(script::parse_script(value));
    } else if (key == "type") {
      type = read_text(value);
    } else if (key == "order") {
      out.descending = read_order(value);
    } else if (key == "mode") {
      out.mode = read_mode("_script", value);
    } else if (key == "nested") {
      not_implemented("[nested] in a [_script] sort is not supported yet");
    } else {
      unknown("_script", key, value);
    }
  }
  if (!out.script || type.empty()) {
    throw ApiError(illegal_argument(out.script ? "Required [type]" : type.empty() ? "Required [script, type]" : "Required [script]"));
  }
  type = lower_ascii(type);
  if (type != "number" && type != "string") {
    throw ApiError(Error(400, "x_content_parse_exception", "Failed to build [_script] after last required field arrived")
                       .caused_by(illegal_argument("Unknown ScriptSortType [" + type + "]")));
  }
  out.script_text = type == "string";
  return out;
}

void read_element(const Json& value, std::vector<SortClause>& out) {
  if (value.is_string()) {
    out.push_back(field_clause(value.get<std::string>(), Json::object()));
    return;
  }
  if (!value.is_object()) {
    throw ApiError(illegal_argument("malformed sort format, within the sort array, an object, or an actual string are allowed"));
  }
  for (const auto& [key, body] : value.items()) {
    if (key == "_script") {
      out.push_back(script_clause(body));
    } else if (key == "_geo_distance" || key == "_geoDistance") {
      out.push_back(geo_clause(body));
    } else {
      out.push_back(field_clause(key, body));
    }
  }
}

std::vector<SortClause> without_lone_score(std::vector<SortClause> clauses) {
  if (clauses.size() == 1 && clauses[0].field == "_score" && clauses[0].descending && clauses[0].origins.empty()) return {};
  return clauses;
}

}  // namespace

std::vector<SortClause> parse_sort(const Json& value) {
  std::vector<SortClause> out;
  if (value.is_array()) {
    for (const Json& item : value) read_element(item, out);
  } else {
    read_element(value, out);
  }
  return without_lone_score(std::move(out));
}

std::vector<SortClause> parse_uri_sort(std::string_view text) {
  std::vector<SortClause> out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const size_t colon = part.rfind(':');
    SortClause clause;
    clause.field = std::string(part.substr(0, colon));
    clause.descending = clause.field == "_score";
    if (colon != std::string_view::npos) {
      const std::string_view order = part.substr(colon + 1);
      if (order == "asc") {
        clause.descending = false;
      } else if (order == "desc") {
        clause.descending = true;
      } else if (order == "reverse" && clause.field == "_score") {
        clause.descending = false;
      }
    }
    out.push_back(std::move(clause));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return without_lone_score(std::move(out));
}

}  // namespace tarn::query
