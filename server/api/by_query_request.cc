#include "server/api/by_query_request.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "indexer/base/json_location.h"
#include "indexer/index_names.h"

namespace tarn::server {
namespace {

constexpr const char* kBatchSize = "1000";   // scroll_size
constexpr const char* kScroll = "5m";

[[noreturn]] void fail_cast(const Json& value, std::string_view wanted) {
  const std::string_view have = value.is_string()            ? "java.lang.String"
                                : value.is_boolean()         ? "java.lang.Boolean"
                                : value.is_object()          ? "java.util.HashMap"
                                : value.is_array()           ? "java.util.ArrayList"
                                : value.is_number_float()    ? "java.lang.Double"
                                                             : "java.lang.Integer";
  throw ApiError(500, "class_cast_exception",
                 fmt::format("class {0} cannot be cast to class {1} ({0} and {1} are in module java.base of loader 'bootstrap')", have, wanted));
}

/// Parameters of the URL that a search reads; "size" and "timeout" mean something else here.
std::map<std::string, std::string, std::less<>> search_parameters(const RestRequest& request) {
  static constexpr std::string_view kWithQ[] = {"df", "analyzer", "analyze_wildcard", "default_operator", "lenient"};
  std::map<std::string, std::string, std::less<>> out;
  const bool has_q = request.has("q");
  for (const std::string& name : query::search_parameter_names()) {
    if (name == "size" || name == "timeout") continue;
    if (!has_q && std::find(std::begin(kWithQ), std::end(kWithQ), name) != std::end(kWithQ)) continue;
    if (const auto value = request.find(name)) out.emplace(name, *value);
  }
  request.consume({"stats"});
  if (const auto value = request.find("scroll_size")) out["size"] = std::to_string(request.get_int("scroll_size", 0));
  if (const auto value = request.find("search_timeout")) {
    request.get_time_ms("search_timeout", 0);
    out["timeout"] = *value;
  }
  out.try_emplace("scroll", kScroll);
  request.get_time_ms("scroll", 0);
  return out;
}

/// Takes conflicts, max_docs and script out of the body; the rest is the search.
Json read_body(const RestRequest& request, ByQueryRequest& out) {
  if (!request.has_body() && !request.has("source")) return Json();
  Json body = request.json_body();
  if (!body.is_object()) return Json::object();
  const bool update = out.kind == ByQueryRequest::Kind::kUpdate;
  for (const char* key : {"conflicts", "max_docs", "script"}) {  // null is as good as absent
    if (const auto it = body.find(key); it != body.end() && it->is_null() && (update || key != std::string_view("script"))) body.erase(it);
  }
  if (const auto it = body.find("conflicts"); it != body.end()) {
    if (!it->is_string()) fail_cast(*it, "java.lang.String");
    set_conflicts(out, it->get<std::string>());
    body.erase(it);
  }
  if (update) {
    if (const auto it = body.find("script"); it != body.end()) {
      if (!it->is_string() && !it->is_object()) throw ApiError(illegal_argument("Script value should be a String or a Map"));
      out.script = script::parse_script(*it);
      body.erase(it);
    }
  }
  if (const auto it = body.find("max_docs"); it != body.end()) {
    if (!it->is_number()) fail_cast(*it, "java.lang.Number");
    set_max_docs(out, it->is_number_float() ? static_cast<int64_t>(std::clamp(it->get<double>(), -2e9, 2e9)) : it->get<int64_t>());
    body.erase(it);
  }
  return body;
}

std::string joined(const std::vector<std::string>& names, const char* separator) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : separator) + name;
  return out;
}

/// A JSON value as Java's collections print it.
std::string java_map_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string out;
    for (const Json& item : value) out += (out.empty() ? "" : ", ") + java_map_text(item);
    return "[" + out + "]";
  }
  if (!value.is_object()) return to_text(value);
  std::string out;
  for (const auto& [key, member] : value.items()) out += (out.empty() ? "" : ", ") + key + "=" + java_map_text(member);
  return "{" + out + "}";
}

std::string script_text(const script::ScriptSpec& spec) {
  const bool stored = !spec.id.empty();
  return fmt::format("Script{{type={}, lang='{}', idOrCode='{}', options={}, params={}}}", stored ? "stored" : "inline",
                     stored ? "null" : spec.lang, stored ? spec.id : spec.source,
                     stored ? "null" : spec.options.is_null() ? "{}" : java_map_text(spec.options), java_map_text(spec.params));
}

int parse_slices(const std::string& text) {
  if (text == "auto") return 0;
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  Error wrong = illegal_argument(fmt::format("[slices] must be a positive integer or the string \"auto\", but was [{}]", text));
  if (error != std::errc() || end != text.data() + text.size()) {
    wrong.caused_by(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text)));
    throw ApiError(wrong);
  }
  if (out < 1) throw ApiError(wrong);
  return out;
}

}  // namespace

std::string ByQueryRequest::action() const {
  switch (kind) {
    case Kind::kDelete: return "indices:data/write/delete/byquery";
    case Kind::kUpdate: return "indices:data/write/update/byquery";
    case Kind::kReindex: return "indices:data/write/reindex";
  }
  return "";
}

std::string ByQueryRequest::description() const {
  if (kind == Kind::kDelete) return "delete-by-query [" + joined(indices, ", ") + "]";
  const std::string updated = script ? " updated with " + script_text(*script) : std::string();
  if (kind == Kind::kUpdate) return "update-by-query [" + joined(indices, ", ") + "]" + updated;
  std::string from;
  if (remote) {
    from = fmt::format("[scheme={} host={} port={}{} query={}{}{}]", remote->scheme, remote->host, remote->port,
                       remote->prefix.empty() ? "" : " pathPrefix=" + remote->prefix, to_text(remote->query),
                       remote->username.empty() ? "" : " username=" + remote->username, remote->password.empty() ? "" : " password=<<>>");
  }
  return "reindex from " + from + "[" + joined(indices, ", ") + "]" + updated + " to [" + destination + "]";
}

void set_conflicts(ByQueryRequest& out, const std::string& text) {
  if (text != "proceed" && text != "abort") {
    throw ApiError(illegal_argument(fmt::format("conflicts may only be \"proceed\" or \"abort\" but was [{}]", text)));
  }
  out.abort_on_conflict = text == "abort";
}

void set_max_docs(ByQueryRequest& out, int64_t max_docs) {
  if (out.max_docs != -1 && out.max_docs != max_docs) {
    throw ApiError(illegal_argument(fmt::format("[max_docs] set to two different values [{}] and [{}]", out.max_docs, max_docs)));
  }
  if (max_docs < 0) throw ApiError(illegal_argument(fmt::format("[max_docs] parameter cannot be negative, found [{}]", max_docs)));
  if (max_docs < out.slices || max_docs == 0) throw ApiError(illegal_argument("[max_docs] should be >= [slices]"));
  out.max_docs = max_docs;
}

std::optional<float> parse_requests_per_second(const RestRequest& request) {
  const auto text = request.find("requests_per_second");
  if (!text) return std::nullopt;
  Error wrong = illegal_argument("[requests_per_second] must be a float greater than 0. Use -1 to disable throttling.");
  float value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (text->empty() || error != std::errc() || end != text->data() + text->size()) {
    wrong.caused_by(Error(400, "number_format_exception", text->empty() ? "empty String" : fmt::format("For input string: \"{}\"", *text)));
    throw ApiError(wrong);
  }
  if (value == -1) return std::numeric_limits<float>::infinity();
  if (!(value > 0)) throw ApiError(wrong);
  return value;
}

void read_common_options(const RestRequest& request, ByQueryRequest& out) {
  out.refresh = request.get_bool("refresh", false);
  out.active_shards = parse_active_shards(request);
  if (const auto slices = request.find("slices")) {
    out.slices = parse_slices(*slices);
    if (out.max_docs != -1 && out.max_docs < out.slices) throw ApiError(illegal_argument("[max_docs] should be >= [slices]"));
  }
  if (const auto rate = parse_requests_per_second(request)) out.requests_per_second = *rate;
  if (request.has("max_docs")) set_max_docs(out, request.get_int("max_docs", -1));
  out.wait_for_completion = request.get_bool("wait_for_completion", true);
}

std::shared_ptr<const query::SearchRequest> parse_scrolled_search(
    const Json& body, std::map<std::string, std::string, std::less<>> parameters, Validation& validation) {
  const bool sized = body.is_object() && body.contains("size");
  if (!sized) parameters.try_emplace("size", kBatchSize);
  const bool has_from = parameters.contains("from") || (body.is_object() && body.contains("from"));
  std::shared_ptr<const query::SearchRequest> out;
  try {
    out = query::parse_search_request(body, parameters);
  } catch (const ApiError& error) {
    // Its complaints come first, and ours go on counting.
    if (error.error().type != "action_request_validation_exception") throw;
    validation.add_all(error.error().reason);
  }
  if (has_from) validation.add("from is not supported in this context");
  if (parameters.contains("stored_fields") || (body.is_object() && body.contains("stored_fields"))) {
    validation.add("stored_fields is not supported in this context");
  }
  return out;
}

std::shared_ptr<const ByQueryRequest> parse_by_query(const RestRequest& request, ByQueryRequest::Kind kind) {
  auto out = std::make_shared<ByQueryRequest>();
  out->kind = kind;
  const std::string indices = request.get("index");
  out->indices = split_commas(indices);
  const Json search = read_body(request, *out);
  if (request.has("size")) set_max_docs(*out, request.get_int("size", -1));
  const auto parameters = search_parameters(request);
  out->scope = read_scope(request);
  if (const auto conflicts = request.find("conflicts")) set_conflicts(*out, *conflicts);
  Validation validation;
  // Read anew, so that places in error messages are those of a body of its own.
  const Json body = search.is_null() ? search : parse_request_json(to_text(search));
  out->search = parse_scrolled_search(body, parameters, validation);
  read_common_options(request, *out);
  if (kind == ByQueryRequest::Kind::kUpdate) out->pipeline = request.find("pipeline");
  if (kind == ByQueryRequest::Kind::kDelete && out->search && !out->search->query) validation.add("query is missing");
  if (out->search && out->search->slice && out->slices != 1) {
    validation.add("can't specify both manual and automatic slicing at the same time");
  }
  request.check_parameters();
  validation.throw_if_any();
  return out;
}

}  // namespace tarn::server
