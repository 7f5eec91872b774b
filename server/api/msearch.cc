// _msearch: several searches in one request, each with a line of its own for where and how.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "indexer/base/deprecation.h"
#include "server/api/search_open.h"

namespace tarn::server {
namespace {

/// A header's boolean, as Java's nodeBooleanValue reads it.
bool read_flag(const std::string& key, const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string() && (value == "true" || value == "false")) return value == "true";
  throw ApiError(Error(illegal_argument(fmt::format("Could not convert [{}] to boolean", key)))
                     .caused_by(illegal_argument(fmt::format("Failed to parse value [{}] as only [true] or [false] are allowed.",
                                                             value.is_string() ? value.get<std::string>() : to_text(value)))));
}

std::string read_string(const Json& value) {
  return value.is_null() ? std::string() : value.is_string() ? value.get<std::string>() : to_text(value);
}

std::string read_names(const Json& value) {
  if (!value.is_array()) return read_string(value);
  std::string out;
  for (const Json& item : value) (out += out.empty() ? "" : ",") += read_string(item);
  return out;
}

/// "ignore_unavailable" and "ignoreUnavailable" are the same key.
std::string snake_case(const std::string& key) {
  std::string out;
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z') (out += '_') += static_cast<char>(c - 'A' + 'a');
    else out += c;
  }
  return out;
}

std::vector<std::string> split(const std::string& text) {
  RestRequest request;
  request.parameters["list"] = text;
  return request.get_list("list");
}

void read_header(const Json& header, SearchCall& call) {
  if (!header.is_object()) throw ApiError(parsing_exception("Expected [START_OBJECT] in the metadata line"));
  for (const auto& [key, value] : header.items()) {
    const std::string name = snake_case(key);
    if (name == "index" || name == "indices") {
      call.scope.indices = read_names(value);
    } else if (name == "search_type") {
      if (!value.is_null()) call.parameters["search_type"] = read_string(value);
    } else if (name == "request_cache" || name == "allow_partial_search_results" || name == "ccs_minimize_roundtrips") {
      call.parameters[name] = read_flag(key, value) ? "true" : "false";
    } else if (name == "preference") {
      call.scope.preference = read_string(value);
    } else if (name == "routing") {
      call.scope.routing = split(read_string(value));
    } else if (name == "expand_wildcards") {
      read_expand_wildcards(split(read_names(value)), call.scope.options);
    } else if (name == "ignore_unavailable") {
      call.scope.options.ignore_unavailable = read_flag(key, value);
      if (call.scope.options.ignore_unavailable) call.scope.options.forbid_closed = false;
    } else if (name == "allow_no_indices") {
      call.scope.options.allow_no_indices = read_flag(key, value);
    } else if (name == "ignore_throttled") {
      read_flag(key, value);
    } else if (name == "cancel_after_time_interval") {
      RestRequest time;
      time.parameters[name] = read_string(value);
      time.get_time_ms(name, -1);
    } else {
      throw ApiError(illegal_argument(fmt::format("key [{}] is not supported in the metadata section", key)));
    }
  }
}

Json answer_item(Services& services, const ParsedCall& call, const RestRequest& rest, std::string& body) {
  try {
    body = run_search(services, call, rest);
    return Json();
  } catch (const ApiError& error) {
    return error.error().to_body();
  }
}

}  // namespace

void read_search_lines(const RestRequest& request, const std::function<void(SearchCall, std::string_view)>& visit) {
  SearchCall common = read_search_call(request, Json());
  std::string text = request.body;
  if (text.empty() && request.has("source")) text = request.get("source");
  std::string_view rest = text;
  if (rest.empty()) throw ApiError(400, "parse_exception", "request body or source parameter is required");
  const auto next_line = [&](std::string_view& line) {
    const size_t end = rest.find('\n');
    if (end == rest.npos) {
      if (rest.empty()) return false;
      throw ApiError(illegal_argument("The msearch request must be terminated by a newline [\n]"));
    }
    line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    rest.remove_prefix(end + 1);
    return true;
  };
  std::string_view header, body;
  bool first = true;
  while (next_line(header)) {
    if (std::exchange(first, false) && header.empty()) {  // one empty line in front is forgiven
      Deprecations::add("support for empty first line before any action metadata in msearch API is deprecated and will be removed in the next major version");
      continue;
    }
    SearchCall call = common;
    if (!header.empty()) read_header(parse_json(header), call);
    if (!next_line(body)) break;
    visit(std::move(call), body);
  }
}

RestResponse answer_searches(Services& services, const std::vector<SearchItem>& items, const RestRequest& request) {
  if (items.empty()) throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: no requests added;");
  const auto begin = std::chrono::steady_clock::now();
  std::string responses;
  for (const SearchItem& item : items) {
    std::string body;
    const Json error = item.error.is_null() ? answer_item(services, item.call, request, body) : item.error;
    if (!responses.empty()) responses += ',';
    if (error.is_null()) {
      body.pop_back();  // the brace
      (responses += body) += ",\"status\":200}";
    } else {
      responses += to_text(error);
    }
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  RestResponse response;
  response.body = fmt::format("{{\"took\":{},\"responses\":[{}]}}", took, responses);
  return response;
}

namespace {

RestResponse msearch(Services& services, RestRequest& request) {
  if (request.has("max_concurrent_searches") && request.get_int("max_concurrent_searches", 1) < 1) {
    throw ApiError(illegal_argument("maxConcurrentSearchRequests must be positive"));
  }
  request.consume({"source_content_type"});
  std::vector<SearchItem> items;
  read_search_lines(request, [&](SearchCall call, std::string_view body) {
    call.body = body.empty() ? Json() : parse_json(body);
    items.push_back({parse_search_call(services, std::move(call)), Json()});
  });
  request.check_parameters();
  return answer_searches(services, items, request);
}

}  // namespace

void register_msearch_handlers(Router& router, Services& services) {
  for (const char* path : {"/_msearch", "/{index}/_msearch"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return msearch(services, request); });
  }
}

}  // namespace tarn::server
