// The processors of search pipelines: one class each, a table of their names at the end.
#include "server/api/search_processors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "indexer/pipeline/config.h"
#include "indexer/pipeline/regex.h"
#include "indexer/script/java_map.h"
#include "indexer/script/nodes.h"
#include "query/dsl/clause.h"

namespace tarn::server {
namespace {

int64_t to_int(ProcessorConfig& config, std::string_view name, int64_t fallback) {
  const auto value = config.optional_value(name);
  if (!value) return fallback;
  const std::string text = java_text(*value);
  char* end = nullptr;
  const long long number = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || number < INT32_MIN || number > INT32_MAX) {
    throw ApiError(config.error(name, fmt::format("property cannot be converted to an int [{}]", text)));
  }
  return number;
}

double to_double(ProcessorConfig& config, std::string_view name) {
  const std::string text = java_text(config.value(name));
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') throw ApiError(config.error(name, fmt::format("property cannot be converted to a double [{}]", text)));
  return number;
}

std::string context_key(const std::string& prefix) { return prefix.empty() ? "original_size" : prefix + ".original_size"; }

/// Calls `change` with each part of a hit ("fields", then "_source") that has the field.
template <class Change>
void each_part(Json& hit, const std::string& field, Change&& change) {
  for (const char* name : {"fields", "_source"}) {
    if (!hit.contains(name) || !hit[name].is_object() || !hit[name].contains(field)) continue;
    change(hit[name], std::string_view(name) == "fields");
  }
}

struct FilterQuery final : SearchProcessor {
  Json query;
  FilterQuery(ProcessorConfig& config, const script::StoredScripts*) {
    const auto given = config.optional_value("query");
    if (!given || !given->is_object()) {
      throw ApiError(illegal_argument("Did not specify the query property in processor of type filter_query"));
    }
    query = *given;
    query::parse_query(query);
  }
  void change_request(Json& body, PipelineContext&) const override {
    Json clause = Json{{"filter", Json::array({query})}};
    if (body.contains("query")) clause["must"] = Json::array({body["query"]});
    body["query"] = Json{{"bool", std::move(clause)}};
  }
};

struct Oversample final : SearchProcessor {
  double factor;
  std::string prefix;
  Oversample(ProcessorConfig& config, const script::StoredScripts*) : factor(to_double(config, "sample_factor")) {
    if (factor < 1) throw ApiError(config.error("sample_factor", "Value must be >= 1.0"));
    prefix = config.text("context_prefix", "");
  }
  void change_request(Json& body, PipelineContext& context) const override {
    const int64_t size = body.contains("size") && body["size"].is_number_integer() ? body["size"].get<int64_t>() : 10;
    context[context_key(prefix)] = size;
    body["size"] = static_cast<int64_t>(std::min(std::ceil(static_cast<double>(size) * factor), static_cast<double>(INT32_MAX)));
  }
};

/// The properties of a search that scripts may read and set.
constexpr std::pair<const char*, const char*> kScriptProperties[] = {
    {"from", "0"}, {"size", "10"}, {"explain", "null"}, {"version", "null"}, {"seq_no_primary_term", "null"}, {"track_scores", "false"},
    {"track_total_hits", "null"}, {"min_score", "null"}, {"terminate_after", "0"}, {"profile", "false"}};

struct ScriptRequest final : SearchProcessor {
  script::ScriptSpec spec;
  std::shared_ptr<const script::Script> compiled;
  ScriptRequest(ProcessorConfig& config, const script::StoredScripts* scripts) {
    Json script = Json::object();
    for (const char* key : {"id", "source", "inline", "lang", "params", "options"}) {
      if (auto value = config.optional_value(key)) script[key] = std::move(*value);
    }
    spec = script::parse_script(script);
    try {
      compiled = script::compile(spec, script::Context::kUpdate, scripts);
    } catch (const ApiError& failure) {
      Error error = failure.error();
      throw ApiError(error.type == "script_exception" ? error.with("processor_type", "script") : error);
    }
  }
  void change_request(Json& body, PipelineContext&) const override {
    Json source = Json::object();
    for (const auto& [name, fallback] : kScriptProperties) source[name] = body.contains(name) ? body[name] : parse_json(fallback);
    const Json before = source;
    script::Run run(compiled, spec.params);
    script::Heap& heap = run.heap();
    auto* ctx = heap.make<script::MapObject>(script::ClassId::kHashMap);
    const script::Value map = script::from_json(heap, source);
    ctx->put(script::make_text(heap, "_source"), map);
    run.set_variable(script::Variable::kCtx, script::Value::object(ctx));
    run.execute();
    const Json after = script::to_json(map);
    for (const auto& [name, value] : after.items()) {
      const auto known = std::find_if(std::begin(kScriptProperties), std::end(kScriptProperties), [&n = name](const auto& p) { return n == p.first; });
      if (known == std::end(kScriptProperties)) throw ApiError(400, "search_request_map_processing_exception", "Unsupported key: " + name);
      if (value != before[name]) body[name] = value;
    }
  }
};

struct RenameField final : SearchProcessor {
  std::string field, target;
  bool ignore_missing;
  RenameField(ProcessorConfig& config, const script::StoredScripts*)
      : field(config.text("field")), target(config.text("target_field")), ignore_missing(config.boolean("ignore_missing", false)) {}
  void change_response(Json& answer, const PipelineContext&) const override {
    bool found = false;  // one hit that has the field is enough
    for (Json& hit : answer["hits"]["hits"]) {
      each_part(hit, field, [&](Json& part, bool) {
        Json value = std::move(part[field]);
        part.erase(field);
        part[target] = std::move(value);
        found = true;
      });
      if (!found && !ignore_missing) {
        throw ApiError(illegal_argument(fmt::format("Document with id {} is missing field {}", java_text(hit["_id"]), field)));
      }
    }
  }
};

struct TruncateHits final : SearchProcessor {
  int64_t size;
  std::string prefix;
  TruncateHits(ProcessorConfig& config, const script::StoredScripts*)
      : size(to_int(config, "target_size", -1)), prefix(config.text("context_prefix", "")) {}
  void change_response(Json& answer, const PipelineContext& context) const override {
    int64_t wanted = size;
    if (wanted < 0) {
      const auto found = context.find(context_key(prefix));
      if (found == context.end()) {
        throw ApiError(500, "illegal_state_exception", "Must specify target_size unless an earlier processor set " + context_key(prefix));
      }
      wanted = found->second;
    }
    auto& hits = answer["hits"]["hits"].get_ref<Json::array_t&>();
    if (hits.size() > static_cast<size_t>(wanted)) hits.resize(static_cast<size_t>(wanted));
  }
};

/// The best hit of each value, best first; what scores the same stands in the order of Java's map of the values.
struct Collapse final : SearchProcessor {
  std::string field;
  Collapse(ProcessorConfig& config, const script::StoredScripts*) : field(config.text("field")) {}
  void change_response(Json& answer, const PipelineContext&) const override {
    const auto score = [](const Json& hit) {
      return hit.contains("_score") && hit["_score"].is_number() ? hit["_score"].get<double>() : std::numeric_limits<double>::quiet_NaN();
    };
    Json best = Json::object();
    for (Json& hit : answer["hits"]["hits"]) {
      const std::string value = value_of(hit);
      if (!best.contains(value) || score(hit) > score(best[value])) best[value] = std::move(hit);
    }
    std::vector<Json> kept;
    for (const auto& [value, hit] : script::hash_map_order(best)) kept.push_back(*hit);
    std::stable_sort(kept.begin(), kept.end(), [&](const Json& a, const Json& b) { return score(a) > score(b); });
    answer["hits"]["hits"] = Json(std::move(kept));
  }
  std::string value_of(const Json& hit) const {
    if (hit.contains("fields") && hit["fields"].contains(field) && hit["fields"][field].is_array() && !hit["fields"][field].empty()) {
      const Json& values = hit["fields"][field];
      if (values.size() > 1) {
        throw ApiError(500, "illegal_state_exception", fmt::format("Document {} has multiple values for field {}", java_text(hit["_id"]), field));
      }
      return java_text(values[0]);
    }
    if (hit.contains("_source") && hit["_source"].is_object() && hit["_source"].contains(field) && !hit["_source"][field].is_null()) {
      return java_text(hit["_source"][field]);
    }
    return "<missing>";
  }
};

struct SortValues final : SearchProcessor {
  std::string field, target;
  bool descending = false;
  SortValues(ProcessorConfig& config, const script::StoredScripts*) : field(config.text("field")), target(config.text("target_field", field)) {
    const std::string order = config.text("order", "asc");
    if (order != "asc" && order != "desc") {
      throw ApiError(config.error("order", fmt::format("Sort direction [{}] not recognized. Valid values are: [asc, desc]", order)));
    }
    descending = order == "desc";
  }
  void change_response(Json& answer, const PipelineContext&) const override {
    for (Json& hit : answer["hits"]["hits"]) {
      each_part(hit, field, [&](Json& part, bool) {
        if (part[field].is_array()) part[target] = sorted(part[field]);
      });
    }
  }
  Json sorted(const Json& values) const {
    std::vector<Json> items;
    for (const Json& value : values) {
      if (value.is_null()) throw ApiError(illegal_argument(fmt::format("field [{}] contains a null value.]", field)));
      if (value.is_structured()) {
        throw ApiError(illegal_argument(fmt::format("field [{}] of type [{}] is not comparable.]", field, java_type(value))));
      }
      if (!items.empty() && java_type(value) != java_type(items[0])) {
        throw ApiError(500, "class_cast_exception", fmt::format("class {} cannot be cast to class {}", java_type(value), java_type(items[0])));
      }
      items.push_back(value);
    }
    std::stable_sort(items.begin(), items.end(), [&](const Json& a, const Json& b) { return descending ? b < a : a < b; });
    return Json(std::move(items));
  }
};

struct Split final : SearchProcessor {
  std::string field, target;
  Regex separator;
  bool keep_trailing;
  Split(ProcessorConfig& config, const script::StoredScripts*)
      : field(config.text("field")), target(config.text("target_field", field)), separator(config.text("separator")),
        keep_trailing(config.boolean("preserve_trailing", false)) {}
  void change_response(Json& answer, const PipelineContext&) const override {
    for (Json& hit : answer["hits"]["hits"]) {
      each_part(hit, field, [&](Json& part, bool is_fields) {
        const Json value = is_fields && part[field].is_array() && !part[field].empty() ? part[field][0] : part[field];
        if (value.is_string()) part[target] = separator.split(value.get_ref<const std::string&>(), keep_trailing ? -1 : 0);
        else if (is_fields) throw ApiError(illegal_argument(fmt::format("field [{}] is not a string, cannot split", field)));
      });
    }
  }
};

using Make = std::unique_ptr<SearchProcessor> (*)(ProcessorConfig&, const script::StoredScripts*);
template <class T>
std::unique_ptr<SearchProcessor> make(ProcessorConfig& config, const script::StoredScripts* scripts) {
  return std::make_unique<T>(config, scripts);
}

struct ProcessorType {
  std::string_view name;
  bool request;
  Make make;
};
constexpr ProcessorType kTypes[] = {{"filter_query", true, make<FilterQuery>}, {"oversample", true, make<Oversample>},
                                    {"script", true, make<ScriptRequest>},     {"truncate_hits", false, make<TruncateHits>},
                                    {"rename_field", false, make<RenameField>}, {"collapse", false, make<Collapse>},
                                    {"sort", false, make<SortValues>},         {"split", false, make<Split>}};

}  // namespace

std::unique_ptr<SearchProcessor> make_search_processor(bool request, const std::string& type, const Json& config, const script::StoredScripts* scripts) {
  const auto known = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const ProcessorType& t) { return t.name == type && t.request == request; });
  if (known == std::end(kTypes)) throw ApiError(illegal_argument(fmt::format("Invalid processor type {}", type)));
  if (!config.is_object()) {
    throw ApiError(500, "class_cast_exception", fmt::format("class {} cannot be cast to class java.util.Map", java_type(config)));
  }
  ProcessorConfig members(type, config);
  members.set_tag(members.text("tag", ""));
  members.text("description", "");
  const bool ignore_failure = members.boolean("ignore_failure", false);
  std::unique_ptr<SearchProcessor> out = known->make(members, scripts);
  members.refuse_the_rest();
  out->ignore_failure = ignore_failure;
  return out;
}

}  // namespace tarn::server
