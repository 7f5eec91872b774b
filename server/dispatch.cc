#include "server/dispatch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>

#include "indexer/base/ascii.h"
#include "indexer/base/deprecation.h"
#include "server/render/filter_path.h"
#include "server/render/pretty.h"
#include "server/render/yaml.h"

namespace tarn::server {
namespace {

constexpr std::string_view kJsonType = "application/json; charset=UTF-8";
constexpr std::string_view kRetryAfterSeconds = "1";

enum class Media { kJson, kYaml, kCbor, kSmile };

std::string lower_trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  std::string out = lower_ascii(text);
  return out;
}

/// Of a Content-Type or an Accept header; parameters after ';' are ignored.
std::optional<Media> media_of_type(std::string_view header) {
  const std::string type = lower_trimmed(header.substr(0, header.find(';')));
  if (type == "application/json" || type == "application/x-ndjson" || type == "application/*" ||
      type == "application/vnd.opensearch+json") {
    return Media::kJson;
  }
  if (type == "application/yaml") return Media::kYaml;
  if (type == "application/cbor") return Media::kCbor;
  if (type == "application/smile") return Media::kSmile;
  return std::nullopt;
}

std::optional<Media> media_of_format(const std::string& format) {
  const std::string name = lower_trimmed(format);
  if (name == "json") return Media::kJson;
  if (name == "yaml") return Media::kYaml;
  if (name == "cbor") return Media::kCbor;
  if (name == "smile") return Media::kSmile;
  return media_of_type(format);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~[]\\").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// "type/subtype", as OpenSearch demands of a Content-Type before it looks what it says.
bool is_media_type(std::string_view header) {
  const std::string type = lower_trimmed(header.substr(0, header.find(';')));
  const size_t slash = type.find('/');
  return slash != type.npos && is_token(std::string_view(type).substr(0, slash)) &&
         is_token(std::string_view(type).substr(slash + 1));
}

RestResponse simple_error(int status, std::string reason) {
  return RestResponse::json(Json{{"error", std::move(reason)}, {"status", status}}, status);
}

std::vector<std::string> header_values(const RestRequest& request, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : request.headers) {
    if (key == name) out.push_back(value);
  }
  return out;
}

/// Sets request.content_type; nothing if the header is missing or names a type that is not ours.
std::optional<Media> read_content_type(RestRequest& request) {
  const std::vector<std::string> values = header_values(request, "content-type");
  request.content_type.clear();
  if (values.empty()) return std::nullopt;
  std::string reason;
  if (values.size() > 1) reason = "only one Content-Type header should be provided";
  if (values.size() == 1 && !is_media_type(values[0])) reason = "invalid Content-Type header [" + values[0] + "]";
  if (!reason.empty()) {
    throw ApiError(Error(400, "content_type_header_exception", "java.lang.IllegalArgumentException: " + reason)
                       .caused_by(illegal_argument(reason)));
  }
  request.content_type = lower_trimmed(values[0].substr(0, values[0].find(';')));
  return media_of_type(values[0]);
}

/// Endpoints that read their body line by line.
bool reads_lines(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.ends_with("/_bulk") || path.ends_with("/_msearch") || path.ends_with("/_msearch/template");
}

/// Brings a YAML or CBOR body to JSON, so that no handler meets anything else.
void body_to_json(RestRequest& request, Media media) {
  if (media == Media::kYaml) {
    request.body = yaml_to_json(request.body);
  } else if (media == Media::kCbor) {
    try {
      request.body = to_text(Json::from_cbor(request.body));
    } catch (const Json::exception& wrong) {
      throw ApiError(400, "parse_exception", std::string("malformed CBOR: ") + wrong.what());
    }
  }
  request.content_type = "application/json";
}

/// The simple class name that Java would print: index_not_found_exception is IndexNotFoundException.
std::string java_name(std::string_view type) {
  std::string out;
  bool upper = true;
  for (const char c : type) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

/// `error_trace`: each error names itself as the first line of a Java trace does. There are no frames to show.
void add_stack_traces(Json& error) {
  if (!error.is_object()) return;
  if (error.contains("type") && error.contains("reason") && error["type"].is_string()) {
    const std::string reason = error["reason"].is_string() ? error["reason"].get<std::string>() : "";
    error["stack_trace"] = java_name(error["type"].get<std::string>()) + "[" + reason + "]";
  }
  if (error.contains("root_cause")) {
    for (Json& cause : error["root_cause"]) add_stack_traces(cause);
  }
  if (error.contains("caused_by")) add_stack_traces(error["caused_by"]);
}

RestResponse error_response(const Error& error, bool error_trace) {
  Json body = error.to_body();
  if (error_trace) add_stack_traces(body["error"]);
  RestResponse response = RestResponse::json(body, error.status);
  if (error.status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Tarn\", charset=\"UTF-8\"");
  return response;
}

/// What java.net.URI refuses; OpenSearch does not repeat such a URI.
bool is_java_uri(std::string_view uri) {
  const size_t question = std::min(uri.find('?'), uri.size());
  for (size_t i = 0; i < uri.size(); ++i) {
    const auto c = static_cast<unsigned char>(uri[i]);
    if (c <= 0x20 || c == 0x7F || std::string_view("\"<>\\^`{|}").find(uri[i]) != std::string_view::npos) return false;
    if ((c == '[' || c == ']') && i < question) return false;
  }
  return true;
}

RestResponse no_such_path(const RestRequest& request) {
  std::string path = request.path;
  if (path.starts_with("//")) {  // what follows is a host to java.net.URI
    const size_t slash = path.find('/', 2);
    path = slash == path.npos ? "" : path.substr(slash);
  }
  std::string reason = "no handler found for uri [" + path + "] and method [" +
                       std::string(method_name(request.method)) + "]";
  if (!is_java_uri(request.uri)) reason = "invalid uri has been requested";
  return RestResponse::json(Json{{"error", std::move(reason)}}, 400);
}

RestResponse no_handler(const RestRequest& request, const Router::Match& match) {
  std::string allowed_text;
  std::string allowed_header;
  for (const Method method : match.allowed) {
    allowed_text += (allowed_text.empty() ? "" : ", ") + std::string(method_name(method));
    allowed_header += (allowed_header.empty() ? "" : ",") + std::string(method_name(method));
  }
  RestResponse response;
  if (request.method == Method::kOptions) {
    response = RestResponse::text("");
  } else if (match.allowed.empty()) {
    response = no_such_path(request);
  } else if (request.method == Method::kUnknown) {
    response = simple_error(405, "Unexpected HTTP method, allowed: [" + allowed_text + "]");
  } else {
    response = simple_error(405, "Incorrect HTTP method for uri [" + request.uri + "] and method [" +
                                     std::string(method_name(request.method)) + "], allowed: [" + allowed_text + "]");
  }
  if (!match.allowed.empty()) response.headers.emplace_back("Allow", allowed_header);
  return response;
}

}  // namespace

/// The value of a `Warning` header as OpenSearch 3.8.0 writes it.
static std::string deprecation_warning(std::string_view text) {
  std::string out = "299 OpenSearch-3.8.0-e5a3c5691be87af6c12dbe3e158c59c04ee72973 \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

/// What the parameters ask of the answer's looks.
struct Dispatch::Rendering {
  Media media = Media::kJson;
  bool pretty = false;
  bool error_trace = false;
  bool is_error = false;  // error bodies are not filtered
  FilterPath filter;

  void read(const RestRequest& request, std::optional<Media> content_type) {
    request.consume({"format", "filter_path", "pretty", "human", "error_trace"});
    const auto format = request.find("format");
    std::optional<Media> asked = media_of_format(format ? *format : request.header("accept"));
    if (!asked) asked = content_type;
    media = asked.value_or(Media::kJson);
    if (request.parameters.empty()) return;
    filter = FilterPath::parse(request.get("filter_path"));
    pretty = request.get_bool("pretty", false);
    request.get_bool("human", false);
    error_trace = request.get_bool("error_trace", false);
  }

  void apply(RestResponse& response) const {
    if (response.raw || response.stream || !response.content_type.starts_with("application/json")) return;
    const bool filtered = !is_error && !filter.empty();
    if (filtered) response.body = filter.apply(response.body);
    if (media == Media::kYaml) {
      response.body = json_to_yaml(response.body);
      response.content_type = "application/yaml";
    } else if (media == Media::kCbor) {
      const std::vector<uint8_t> bytes = Json::to_cbor(Json::parse(response.body, nullptr, true, true));
      response.body.assign(bytes.begin(), bytes.end());
      response.content_type = "application/cbor";
    } else if (pretty) {
      response.body = pretty_json(response.body, !filtered);
    }
  }
};

RestResponse Dispatch::operator()(RestRequest& request) const {
  Rendering rendering;
  RestResponse response;
  Deprecations::take();  // what a request before this one left on the thread
  try {
    response = answer(request, rendering);
  } catch (const ApiError& error) {
    rendering.is_error = true;
    response = error_response(error.error(), rendering.error_trace);
  } catch (const std::bad_alloc&) {
    rendering.is_error = true;
    response = error_response(Error(429, "circuit_breaking_exception", "not enough memory for this request")
                                  .with("durability", "TRANSIENT"),
                              false);
  } catch (const std::exception& error) {
    rendering.is_error = true;
    spdlog::error("{} {} failed: {}", method_name(request.method), request.uri, error.what());
    response = error_response(Error(500, "exception", error.what()), rendering.error_trace);
  }
  try {
    rendering.apply(response);
  } catch (const std::exception& error) {
    spdlog::error("cannot render the answer to {}: {}", request.uri, error.what());
    response = error_response(Error(500, "exception", error.what()), false);
  }
  for (const std::string& text : Deprecations::take()) response.headers.emplace_back("Warning", deprecation_warning(text));
  if (response.status == 429) response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  if (std::string id = request.header("x-opaque-id"); !id.empty()) {
    response.headers.emplace_back("X-Opaque-Id", std::move(id));
  }
  return response;
}

RestResponse Dispatch::answer(RestRequest& request, Rendering& rendering) const {
  request.set_uri(std::move(request.uri));
  const std::optional<Media> content_type = read_content_type(request);
  rendering.read(request, content_type);
  const std::vector<std::string> ids = header_values(request, "x-opaque-id");
  if (std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return id != ids[0]; })) {
    rendering.is_error = true;
    return simple_error(400, "multiple values for single-valued header [X-Opaque-Id].");
  }
  Router::Match match = router_.match(request.method, request.raw_path);
  if (!match.handler) {
    rendering.is_error = true;
    return no_handler(request, match);
  }
  if (request.has_body()) {
    rendering.is_error = true;
    if (!content_type || content_type == Media::kSmile) {
      return simple_error(406, "Content-Type header [" + request.header("content-type") + "] is not supported");
    }
    if (content_type != Media::kJson && reads_lines(request.raw_path)) {
      const std::string name = content_type == Media::kYaml ? "YAML" : "CBOR";
      return simple_error(406, "Content-Type [" + name + "] does not support stream parsing. Use JSON or SMILE instead");
    }
    if (content_type != Media::kJson) body_to_json(request, *content_type);
    rendering.is_error = false;
  }
  if (rendering.media == Media::kSmile) {
    rendering.is_error = true;
    rendering.media = Media::kJson;
    return simple_error(406, "the response format [smile] is not supported");
  }
  for (auto& [name, value] : match.path_parameters) request.parameters[name] = std::move(value);
  RestResponse response = (*match.handler)(request);
  request.check_parameters();
  return response;
}

std::string_view work_class_name(WorkClass work_class) {
  switch (work_class) {
    case WorkClass::kSearch: return "search";
    case WorkClass::kWrite: return "write";
    case WorkClass::kGet: return "get";
    case WorkClass::kManagement: return "management";
    case WorkClass::kWaiting: return "waiting";
  }
  return "management";
}

WorkClass classify(Method method, std::string_view raw_path) {
  static constexpr std::string_view kSearches[] = {"_search",  "_msearch",       "_count",      "_validate", "_explain",
                                                   "_rank_eval", "_sql",         "_ppl",        "_pit",      "_field_caps",
                                                   "_termvectors", "_mtermvectors", "_render",  "_async_search"};
  static constexpr std::string_view kWrites[] = {"_bulk", "_create", "_update"};
  static constexpr std::string_view kWaiting[] = {"_delete_by_query", "_update_by_query", "_reindex", "_tasks", "_snapshot"};
  bool document = false;
  while (!raw_path.empty()) {
    raw_path.remove_prefix(1);
    const size_t end = std::min(raw_path.find('/'), raw_path.size());
    const std::string_view segment = raw_path.substr(0, end);
    raw_path.remove_prefix(end);
    if (!segment.starts_with('_')) continue;
    if (std::find(std::begin(kSearches), std::end(kSearches), segment) != std::end(kSearches)) return WorkClass::kSearch;
    if (std::find(std::begin(kWrites), std::end(kWrites), segment) != std::end(kWrites)) return WorkClass::kWrite;
    if (std::find(std::begin(kWaiting), std::end(kWaiting), segment) != std::end(kWaiting)) return WorkClass::kWaiting;
    if (segment == "_mget") return WorkClass::kGet;
    document = segment == "_doc" || segment == "_source";
    if (document) break;  // what follows is an id
    if (segment == "_cat" || segment == "_cluster" || segment == "_nodes") break;
  }
  if (!document) return WorkClass::kManagement;
  return method == Method::kGet || method == Method::kHead ? WorkClass::kGet : WorkClass::kWrite;
}

size_t pool_of(const RestRequest& request) {
  const std::string_view uri = request.uri;
  return static_cast<size_t>(classify(request.method, uri.substr(0, uri.find('?'))));
}

}  // namespace tarn::server
