// Searches whose body is made from a Mustache template.
#include "server/api/search_templates.h"

#include <algorithm>

#include "indexer/base/deprecation.h"
#include "indexer/base/json_location.h"
#include "indexer/script/template_script.h"
#include "query/dsl/clause.h"
#include "server/api/search_open.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

constexpr const char* kParser = "search_template";

bool read_flag(const std::string& key, const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (!value.is_string()) throw ApiError(query::unsupported_value(kParser, key, value));
  const std::string& text = value.get_ref<const std::string&>();
  if (text == "true" || text == "false") return text == "true";
  throw ApiError(Error(400, "x_content_parse_exception", value_location(value) + "[search_template] failed to parse field [" + key + "]")
                     .caused_by(illegal_argument("Failed to parse value [" + text + "] as only [true] or [false] are allowed.")));
}

void read_source(const std::string& key, const Json& value, script::ScriptSpec& out) {
  if (!value.is_string() && !value.is_object()) throw ApiError(query::unsupported_value(kParser, key == "source" ? key : "source", value));
  if (key != "source") {
    const JsonLocation at = JsonLocations::of_this_thread().value(value);
    Deprecations::add("[search_template][" + std::to_string(at.line) + ":" + std::to_string(at.column) + "] Deprecated field [" + key +
                      "] used, expected [source] instead");
  }
  out.source = value.is_string() ? value.get<std::string>() : to_text(value);
  out.id.clear();
}

/// A text in memory has no byte offsets to OpenSearch.
std::string without_offsets(const std::string& reason) {
  constexpr std::string_view kMark = "byte offset: #";
  std::string out;
  size_t from = 0;
  for (size_t at; (at = reason.find(kMark, from)) != reason.npos;) {
    out.append(reason, from, at + kMark.size() - from) += "UNKNOWN";
    from = reason.find_first_not_of("0123456789UNKOW", at + kMark.size());
    if (from == reason.npos) return out;
  }
  return out.append(reason, from);
}

Error without_offsets(const Error& error) {
  Error out = error;
  out.reason = without_offsets(error.reason);
  if (error.cause) {
    out.cause = nullptr;
    out.caused_by(without_offsets(*error.cause));
  }
  for (Error& root : out.root_causes) root.reason = without_offsets(root.reason);
  return out;
}

/// What validate() of the request says before anything is rendered.
void check_call(const TemplateCall& call) {
  std::string problems;
  if (call.script.source.empty() && call.script.id.empty()) problems = " 1: template is missing;";
  if (!call.has_script) problems += "2: template's script type is missing;";
  if (!problems.empty()) throw ApiError(400, "action_request_validation_exception", "Validation Failed:" + problems);
}

const Json& required_body(const RestRequest& request, Json& body) {
  if (!request.has_body() && !request.has("source")) throw ApiError(400, "parse_exception", "request body or source parameter is required");
  return body = request.json_body();
}

/// What of the URL describes the search itself: the template decides that, but wrong values are refused.
void drop_source_parameters(SearchCall& call) {
  static constexpr std::string_view kKept[] = {"rest_total_hits_as_int", "typed_keys", "scroll", "search_pipeline", "search_type", "request_cache",
                                               "allow_partial_search_results", "ccs_minimize_roundtrips", "max_concurrent_shard_requests",
                                               "pre_filter_shard_size", "batched_reduce_size", "phase_took"};
  std::erase_if(call.parameters, [](const auto& entry) { return std::find(std::begin(kKept), std::end(kKept), entry.first) == std::end(kKept); });
}

/// The search that a template makes of `call`.
ParsedCall parse_template_search(Services& services, SearchCall call, const TemplateCall& wanted) {
  const std::string text = script::render_template(wanted.script, &services.scripts);
  call.body = parse_rendered_search(text);
  call.explain = wanted.explain;
  call.profile = wanted.profile;
  return parse_search_call(services, std::move(call));
}

RestResponse search_template(Services& services, RestRequest& request) {
  SearchCall call = read_search_call(request, Json());
  auto url = call.parameters;
  url.erase("search_pipeline");
  query::parse_search_request(Json(), url);
  drop_source_parameters(call);
  Json body;
  const TemplateCall wanted = read_template_call(required_body(request, body));
  request.check_parameters();
  check_call(wanted);
  RestResponse response;
  response.body = run_search(services, parse_template_search(services, std::move(call), wanted), request);
  response.body.pop_back();  // the brace
  response.body += ",\"status\":200}";
  return response;
}

RestResponse multi_search_template(Services& services, RestRequest& request) {
  if (request.has("max_concurrent_searches") && request.get_int("max_concurrent_searches", 1) < 1) {
    throw ApiError(illegal_argument("maxConcurrentSearchRequests must be positive"));
  }
  request.consume({"source_content_type"});
  struct Line {
    SearchCall call;
    TemplateCall wanted;
  };
  std::vector<Line> lines;
  read_search_lines(request, [&](SearchCall call, std::string_view text) {
    if (text.find_first_not_of(" \t\r") == text.npos) {
      throw ApiError(400, "x_content_parse_exception", "[1:0] [search_template] Expected START_OBJECT but was: null");
    }
    Line line{std::move(call), read_template_call(parse_request_json(text))};
    Deprecations::take();  // of names in lines OpenSearch says nothing
    if (!line.wanted.has_script) throw ApiError(illegal_argument("Malformed search template"));
    lines.push_back(std::move(line));
  });
  request.check_parameters();
  std::vector<SearchItem> items;
  for (Line& line : lines) {
    SearchItem item;
    check_call(line.wanted);
    try {
      item.call = parse_template_search(services, std::move(line.call), line.wanted);
    } catch (const ApiError& error) {
      item.error = error.error().to_body();
    }
    items.push_back(std::move(item));
  }
  // Templates that fail are answered in their places, but never alone.
  if (std::all_of(items.begin(), items.end(), [](const SearchItem& item) { return !item.error.is_null(); })) items.clear();
  return answer_searches(services, items, request);
}

RestResponse render(Services& services, RestRequest& request) {
  Json body;
  TemplateCall wanted = read_template_call(required_body(request, body));
  if (const auto id = request.find("id")) {
    wanted.script.id = *id;
    wanted.script.source.clear();
    wanted.has_script = true;
  }
  request.check_parameters();
  check_call(wanted);
  RestResponse response;
  // The text goes out as it is: people look at it to see why it is no JSON.
  const std::string text = script::render_template(wanted.script, &services.scripts);
  response.raw = !request.has("filter_path") && !request.has("format");
  const bool pretty = response.raw && request.get_bool("pretty", false);
  response.body = pretty ? "{\n  \"template_output\":" + text + "\n}\n" : "{\"template_output\":" + text + "}";
  return response;
}

}  // namespace

TemplateCall read_template_call(const Json& body) {
  static const std::vector<std::string_view> kMembers = {"id", "source", "params", "explain", "profile"};
  if (!body.is_object()) {
    throw ApiError(400, "x_content_parse_exception",
                   "[1:1] [search_template] Expected START_OBJECT but was: " + std::string(query::token_name(body)));
  }
  TemplateCall out;
  out.script.lang = "mustache";
  for (const auto& [key, value] : body.items()) {
    if (key == "id") {
      if (!value.is_string()) throw ApiError(query::unsupported_value(kParser, key, value));
      out.script.id = value.get<std::string>();
      out.script.source.clear();
      out.has_script = true;
    } else if (key == "source" || key == "inline" || key == "template") {
      read_source(key, value, out.script);
      out.has_script = true;
    } else if (key == "params") {
      if (!value.is_object()) throw ApiError(query::unsupported_value(kParser, key, value));
      out.script.params = value;
    } else if (key == "explain") {
      out.explain = read_flag(key, value);
    } else if (key == "profile") {
      out.profile = read_flag(key, value);
    } else {
      throw ApiError(query::unknown_member(kParser, key, value, kMembers));
    }
  }
  return out;
}

Json parse_rendered_search(std::string_view text) {
  JsonPrefix parsed = parse_request_prefix(text);
  if (parsed.failure) {
    // OpenSearch reads while it parses: what stands in front and is wrong comes first.
    if (parsed.value.is_object()) query::parse_search_request(parsed.value, {});
    throw ApiError(without_offsets(*parsed.failure));
  }
  if (parsed.value.is_null()) {
    const bool empty = text.find_first_not_of(" \t\r\n") == text.npos;
    throw ApiError(parsing_exception(empty ? "Expected [START_OBJECT] but found [null]" : "Expected [START_OBJECT] but found [VALUE_NULL]")
                       .with("line", 1).with("col", empty ? 0 : 1));
  }
  if (!parsed.value.is_object()) {
    throw ApiError(parsing_exception("Expected [START_OBJECT] but found [" + std::string(query::token_name(parsed.value)) + "]")
                       .with("line", 1).with("col", 1));
  }
  return std::move(parsed.value);
}

void register_search_template_handlers(Router& router, Services& services) {
  const auto add = [&](const char* path, RestResponse (*handler)(Services&, RestRequest&)) {
    router.add({Method::kGet, Method::kPost}, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  add("/_search/template", search_template);
  add("/{index}/_search/template", search_template);
  add("/_msearch/template", multi_search_template);
  add("/{index}/_msearch/template", multi_search_template);
  add("/_render/template", render);
  add("/_render/template/{id}", render);
}

}  // namespace tarn::server
