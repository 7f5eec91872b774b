#include "indexer/index_templates.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "indexer/analysis/analyzer.h"
#include "indexer/base/json_location.h"
#include "indexer/index_names.h"
#include "indexer/mapping/index_settings.h"
#include "indexer/mapping/mapping.h"

namespace tarn {
namespace {

constexpr std::string_view kForbidden = " \"\\<|,>/?";  // file name characters, less the wildcard

Error parse_error(std::string reason) { return Error(400, "x_content_parse_exception", std::move(reason)); }

void check_members(const Json& body, std::string_view parser, std::initializer_list<std::string_view> known) {
  if (!body.is_object())
    throw ApiError(parse_error(fmt::format("[1:1] [{}] Expected START_OBJECT but was: {}", parser,
                                           body.is_array() ? "START_ARRAY" : "VALUE_STRING")));
  for (const auto& [key, value] : body.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw ApiError(parse_error(fmt::format("[1:1] [{}] unknown field [{}]", parser, key)));
}

Json string_list(const Json& value, std::string_view field, std::string_view parser) {
  Json out = Json::array();
  const Json items = value.is_array() ? value : Json::array({value});
  for (const auto& item : items) {
    if (!item.is_string() && !item.is_number() && !item.is_boolean())
      throw ApiError(parse_error(fmt::format("[1:1] [{}] {} doesn't support values of type: {}", parser, field,
                                             item.is_object() ? "START_OBJECT" : "VALUE_NULL")));
    out.push_back(item.is_string() ? item.get<std::string>() : to_text(item));
  }
  return out;
}

int64_t whole_number(const Json& value, std::string_view field, std::string_view parser) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc() && end == text.data() + text.size()) return number;
    throw ApiError(parse_error(fmt::format("[1:1] [{}] failed to parse field [{}]", parser, field))
                       .caused_by(illegal_argument(fmt::format("For input string: \"{}\"", text))));
  }
  throw ApiError(parse_error(fmt::format("[1:1] [{}] {} doesn't support values of type: {}", parser, field,
                                         value.is_object() ? "START_OBJECT" : "VALUE_NULL")));
}

/// Without the type level that version 6 clients still send: {"_doc": {...}}.
Json strip_type(const Json& mappings) {
  if (mappings.is_object() && mappings.size() == 1 && mappings.begin().key() == "_doc" && mappings.begin()->is_object())
    return *mappings.begin();
  return mappings;
}

Json parse_mappings(const Json& value) {
  if (!value.is_string()) return strip_type(value);
  return strip_type(parse_json(value.get<std::string>()));
}

std::vector<std::string> name_problems(std::string_view name) {
  std::vector<std::string> out;
  if (name.find(' ') != std::string_view::npos) out.emplace_back("name must not contain a space");
  if (name.find(',') != std::string_view::npos) out.emplace_back("name must not contain a ','");
  if (name.find('#') != std::string_view::npos) out.emplace_back("name must not contain a '#'");
  if (name.find('*') != std::string_view::npos) out.emplace_back("name must not contain a '*'");
  if (name.starts_with("_")) out.emplace_back("name must not start with '_'");
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isupper(c); }))
    out.emplace_back("name must be lower cased");
  return out;
}

void add_pattern_problems(const Json& patterns, std::vector<std::string>& out) {
  for (const auto& item : patterns) {
    const std::string pattern = item.get<std::string>();
    if (pattern.find(' ') != std::string::npos) out.push_back(fmt::format("index_patterns [{}] must not contain a space", pattern));
    if (pattern.find(',') != std::string::npos) out.push_back(fmt::format("index_pattern [{}] must not contain a ','", pattern));
    if (pattern.find('#') != std::string::npos) out.push_back(fmt::format("index_pattern [{}] must not contain a '#'", pattern));
    if (pattern.find(':') != std::string::npos) out.push_back(fmt::format("index_pattern [{}] must not contain a ':'", pattern));
    if (pattern.starts_with("_")) out.push_back(fmt::format("index_pattern [{}] must not start with '_'", pattern));
    if (pattern.find_first_of(kForbidden) != std::string::npos)
      out.push_back(fmt::format("index_pattern [{}] must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]", pattern));
  }
}

void throw_problems(std::string_view name, const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  std::string reason = "Validation Failed: ";
  for (size_t i = 0; i < problems.size(); ++i) reason += fmt::format("{}: {};", i + 1, problems[i]);
  throw ApiError(invalid_template(name, reason));
}

/// Unknown settings are the request's error; bad values and private settings are problems of the template.
void collect_setting_problems(const Json& flat, std::vector<std::string>& problems) {
  std::vector<Error> unknown;
  for (const auto& [key, value] : flat.items()) {
    const SettingSpec* spec = find_setting(IndexSettings::table(), key);
    if (!spec) {
      try {
        IndexSettings::validate(Json{{key, value}});
      } catch (const ApiError& error) {
        unknown.push_back(error.error());
      }
    } else if (!value.is_null()) {
      if (const auto error = check_setting(*spec, value)) problems.push_back(error->reason);
    }
  }
  throw_first(std::move(unknown));
  for (const auto& key : IndexSettings::private_keys(flat))
    problems.push_back(fmt::format("private index setting [{}] can not be set explicitly", key));
}

Json normalize_aliases(const Json& aliases, const FilterCheck& check) {
  Json out = Json::object();
  for (const auto& [name, definition] : aliases.items()) {
    check_alias_name(name.find("{index}") == std::string::npos ? name : std::string("x"));
    out[name] = normalize_alias(name, definition, check);
  }
  return out;
}

/// The "template" object of index and component templates; `problems` receives those of its settings.
Json normalize_template_object(const Json& body, std::string_view outer, const FilterCheck& check,
                               std::vector<std::string>& problems) {
  try {
    check_members(body, "template", {"settings", "mappings", "aliases"});
  } catch (const ApiError& error) {
    throw ApiError(parse_error(fmt::format("[1:1] [{}] failed to parse field [template]", outer)).rooted_in(error.error())
                       .caused_by(error.error()));
  }
  Json out = Json::object();
  if (body.contains("settings") && !body["settings"].is_null()) {
    const Json flat = IndexSettings::flatten(body["settings"]);
    collect_setting_problems(flat, problems);
    if (problems.empty()) IndexSettings::validate(flat);
    out["settings"] = IndexSettings::nest(flat);
  }
  if (body.contains("mappings") && !body["mappings"].is_null()) out["mappings"] = parse_mappings(body["mappings"]);
  if (body.contains("aliases") && !body["aliases"].is_null()) out["aliases"] = normalize_aliases(body["aliases"], check);
  return out;
}

void copy_version_and_meta(const Json& body, std::string_view parser, Json& out) {
  if (body.contains("version") && !body["version"].is_null()) out["version"] = whole_number(body["version"], "version", parser);
  if (body.contains("_meta") && !body["_meta"].is_null()) {
    if (!body["_meta"].is_object())
      throw ApiError(parse_error(fmt::format("[1:1] [{}] _meta doesn't support values of type: VALUE_STRING", parser)));
    out["_meta"] = body["_meta"];
  }
}

}  // namespace

Error invalid_template(std::string_view name, std::string_view cause) {
  return Error(400, "invalid_index_template_exception", fmt::format("index_template [{}] invalid, cause [{}]", name, cause));
}

Json normalize_alias(const std::string& name, const Json& definition, const FilterCheck& check) {
  Json out = Json::object();
  if (definition.is_null()) return out;
  if (!definition.is_object())
    throw ApiError(400, "parse_exception", fmt::format("alias [{}] should be a map", name));
  const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); };
  const auto set_text = [&](const char* key, const Json& value) {
    if (!value.is_null()) out[key] = text(value);
  };
  for (const auto& [key, value] : definition.items()) {
    if (key == "filter" && value.is_object() && !value.empty()) {
      try {
        if (check) check(value);
      } catch (const ApiError& error) {
        throw ApiError(illegal_argument(fmt::format("failed to parse filter for alias [{}]", name)).caused_by(error.error()));
      }
      out["filter"] = value;
    }
  }
  if (definition.contains("routing")) {   // the common value; the particular ones win wherever they stand
    set_text("index_routing", definition["routing"]);
    set_text("search_routing", definition["routing"]);
  }
  for (const auto& [key, value] : definition.items()) {
    if (key == "index_routing" || key == "indexRouting" || key == "index-routing") {
      set_text("index_routing", value);
    } else if (key == "search_routing" || key == "searchRouting" || key == "search-routing") {
      set_text("search_routing", value);
    }
  }
  for (const char* key : {"is_write_index", "is_hidden"})
    if (definition.contains(key) && !definition[key].is_null())
      out[key] = definition[key].is_boolean() ? definition[key].get<bool>() : text(definition[key]) == "true";
  if (out.contains("index_routing") && out["index_routing"].get<std::string>().find(',') != std::string::npos)
    throw ApiError(illegal_argument(fmt::format("alias [{}] has several index routing values associated with it", name)));
  return out;
}

namespace {

std::string_view token_of(const Json& value) {
  return value.is_object() ? "START_OBJECT" : value.is_array() ? "START_ARRAY" : value.is_string() ? "VALUE_STRING"
         : value.is_boolean() ? "VALUE_BOOLEAN" : value.is_null() ? "VALUE_NULL" : "VALUE_NUMBER";
}

/// {"timestamp_field": {"name": ..}}, also where the request leaves it out.
Json normalize_data_stream(const Json& value) {
  const auto wrong_type = [](const Json& at, std::string_view parser, std::string_view field) {
    return parse_error(fmt::format("{}[{}] {} doesn't support values of type: {}", value_location(at), parser, field, token_of(at)));
  };
  if (!value.is_object()) throw ApiError(wrong_type(value, "index_template", "data_stream"));
  std::string name = "@timestamp";
  if (const auto field = value.find("timestamp_field"); field != value.end()) {
    const auto fail = [&](const Error& inner) {
      throw ApiError(parse_error(fmt::format("{}[index_template] failed to parse field [data_stream]", value_location(*field)))
                         .rooted_in(inner).caused_by(inner));
    };
    if (!field->is_object()) fail(wrong_type(*field, "data_stream_template", "timestamp_field"));
    const auto given = field->find("name");
    if (given == field->end() || !given->is_string()) fail(illegal_argument("Required [name]"));
    name = given->get<std::string>();
  }
  return Json{{"timestamp_field", {{"name", name}}}};
}

}  // namespace

Json normalize_index_template(const std::string& name, const Json& body, const FilterCheck& check) {
  constexpr std::string_view kParser = "index_template";
  check_members(body, kParser, {"index_patterns", "template", "composed_of", "priority", "version", "_meta", "data_stream", "context"});
  if (!body.contains("index_patterns") || body["index_patterns"].is_null())
    throw ApiError(illegal_argument("Required [index_patterns]"));
  if (body.contains("context"))
    throw ApiError(501, "not_implemented_exception", "template contexts are not implemented in Tarn yet");
  Json out = Json::object();
  out["index_patterns"] = string_list(body["index_patterns"], "index_patterns", kParser);
  int64_t priority = 0;
  if (body.contains("priority") && !body["priority"].is_null()) {
    priority = whole_number(body["priority"], "priority", kParser);
    if (priority < 0)
      throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: index template priority must be >= 0;");
  }
  std::vector<std::string> setting_problems, problems = name_problems(name);
  add_pattern_problems(out["index_patterns"], problems);
  const bool has_template = body.contains("template") && !body["template"].is_null();
  if (has_template) out["template"] = normalize_template_object(body["template"], kParser, check, setting_problems);
  if (body.contains("composed_of") && !body["composed_of"].is_null())
    out["composed_of"] = string_list(body["composed_of"], "composed_of", kParser);
  else if (has_template)
    out["composed_of"] = Json::array();
  if (body.contains("priority") && !body["priority"].is_null()) out["priority"] = priority;
  copy_version_and_meta(body, kParser, out);
  if (body.contains("data_stream") && !body["data_stream"].is_null()) out["data_stream"] = normalize_data_stream(body["data_stream"]);
  problems.insert(problems.end(), setting_problems.begin(), setting_problems.end());
  throw_problems(name, problems);
  return out;
}

Json normalize_component_template(const std::string& name, const Json& body, const FilterCheck& check) {
  constexpr std::string_view kParser = "component_template";
  check_members(body, kParser, {"template", "version", "_meta"});
  if (!body.contains("template") || body["template"].is_null()) throw ApiError(illegal_argument("Required [template]"));
  Json out = Json::object();
  std::vector<std::string> problems = name_problems(name), setting_problems;
  if (body["template"].is_object() && body["template"].contains("settings")) {
    // Unlike an index template's, a component's bad values are the request's error.
    const Json flat = IndexSettings::flatten(body["template"]["settings"]);
    IndexSettings::validate(flat, /*allow_private=*/true);
  }
  out["template"] = normalize_template_object(body["template"], kParser, check, setting_problems);
  copy_version_and_meta(body, kParser, out);
  problems.insert(problems.end(), setting_problems.begin(), setting_problems.end());
  throw_problems(name, problems);
  return out;
}

Json normalize_legacy_template(const std::string& name, const Json& body, const FilterCheck& check) {
  if (!body.is_object()) throw ApiError(400, "parse_exception", "request body is required");
  Json patterns = Json::array(), settings, mappings = Json::object(), aliases = Json::object();
  int64_t order = 0;
  std::optional<Json> version;
  for (const auto& [key, value] : body.items()) {
    if (key == "template") {
      if (value.is_string()) patterns = Json::array({value});
    } else if (key == "index_patterns") {
      if (!value.is_string() && !value.is_array())
        throw ApiError(illegal_argument("Malformed [template] value, should be a string or a list of strings"));
      patterns = string_list(value, key, "template");
    } else if (key == "order") {
      order = whole_number(value, key, "template");
    } else if (key == "version") {
      if (!value.is_number_integer()) throw ApiError(illegal_argument("Malformed [version] value, should be an integer"));
      version = value;
    } else if (key == "settings") {
      if (!value.is_object()) throw ApiError(illegal_argument("Malformed [settings] section, should include an inner object"));
      settings = value;
    } else if (key == "mappings") {
      mappings = parse_mappings(value);
    } else if (key == "aliases") {
      aliases = normalize_aliases(value, check);
    } else {
      throw ApiError(400, "parse_exception", fmt::format("unknown key [{}] in the template ", key));
    }
  }
  if (patterns.empty())
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: index patterns are missing;");
  std::vector<std::string> problems = name_problems(name);
  add_pattern_problems(patterns, problems);
  const Json flat = IndexSettings::flatten(settings);
  IndexSettings::validate(flat, /*allow_private=*/true);
  collect_setting_problems(flat, problems);
  throw_problems(name, problems);
  check_index_definition(flat, mappings);
  Json out = Json::object();
  out["order"] = order;
  if (version) out["version"] = *version;
  out["index_patterns"] = std::move(patterns);
  out["settings"] = IndexSettings::nest(flat);
  out["mappings"] = std::move(mappings);
  out["aliases"] = std::move(aliases);
  return out;
}

}  // namespace tarn
