// The body of _reindex.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "indexer/base/json_location.h"
#include "indexer/index_names.h"
#include "query/dsl/clause.h"
#include "server/api/by_query_request.h"

namespace tarn::server {
namespace {

Error parse_error(const std::string& location, std::string_view object, const std::string& what) {
  return Error(400, "x_content_parse_exception", fmt::format("{}[{}] {}", location, object, what));
}

Error failed_field(const std::string& location, std::string_view object, std::string_view field, Error cause) {
  Error out = parse_error(location, object, fmt::format("failed to parse field [{}]", field));
  return out.caused_by(std::move(cause));
}

[[noreturn]] void wrong_type(const Json& value, std::string_view object, std::string_view field) {
  throw ApiError(parse_error(value_location(value), object, fmt::format("{} doesn't support values of type: {}", field, query::token_name(value))));
}

/// Runs `read` on a member; what it throws is wrapped as Java's ObjectParser does, `location` being where its reader stood.
template <class Read>
void read_field(std::string_view object, std::string_view field, const std::string& location, Read&& read) {
  try {
    read();
  } catch (const ApiError& error) {
    Error out = failed_field(location, object, field, error.error());
    const Error& inner = error.error();
    if (!inner.root_causes.empty()) out.root_causes = inner.root_causes;
    else if (inner.type == "parsing_exception" || inner.type == "x_content_parse_exception" || inner.type == "script_exception") {
      Error root = inner;
      root.cause = nullptr;
      out.rooted_in(std::move(root));
    }
    throw ApiError(out);
  }
}

std::string java_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

std::vector<std::string> take_strings(Json& source, const char* name) {
  std::vector<std::string> out;
  const auto it = source.find(name);
  if (it == source.end()) return out;
  if (it->is_string()) {
    out.push_back(it->get<std::string>());
  } else if (it->is_array()) {
    for (const Json& item : *it) out.push_back(java_text(item));
  } else if (!it->is_null()) {
    throw ApiError(illegal_argument(fmt::format("Expected [{}] to be a list or a string but was [{}]", name, java_text(*it))));
  }
  source.erase(it);
  return out;
}

std::optional<std::string> take_text(Json& from, const char* name) {
  const auto it = from.find(name);
  if (it == from.end() || it->is_null()) return std::nullopt;
  if (!it->is_string()) {
    throw ApiError(illegal_argument(fmt::format("Expected [{}] to be a string but was [{}]", name, java_text(*it))));
  }
  std::string out = it->get<std::string>();
  from.erase(it);
  return out;
}

int64_t take_time_ms(Json& from, const char* name, int64_t fallback) {
  const auto text = take_text(from, name);
  if (!text) return fallback;
  RestRequest request;
  request.parameters[name] = *text;
  return request.get_time_ms(name, fallback);
}

/// "[scheme]://[host]:[port](/[pathPrefix])?".
void parse_host(const std::string& text, RemoteSource& out) {
  const auto fail = [&] {
    Error error = illegal_argument(fmt::format("[host] must be of the form [scheme]://[host]:[port](/[pathPrefix])? but was [{}]", text));
    error.caused_by(Error(400, "u_r_i_syntax_exception", fmt::format("The port was not defined in the [host]: {}", text)));
    throw ApiError(error);
  };
  const size_t scheme_end = text.find("://");
  if (scheme_end == 0 || scheme_end == std::string::npos) fail();
  out.scheme = text.substr(0, scheme_end);
  std::string rest = text.substr(scheme_end + 3);
  if (const size_t slash = rest.find('/'); slash != std::string::npos) {
    out.prefix = rest.substr(slash);
    while (out.prefix.ends_with('/')) out.prefix.pop_back();
    rest.resize(slash);
  }
  const size_t colon = rest.rfind(':');
  if (colon == std::string::npos || colon == 0) fail();
  out.host = rest.substr(0, colon);
  const std::string_view port = std::string_view(rest).substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) fail();
}

std::shared_ptr<const RemoteSource> take_remote(Json& source) {
  const auto it = source.find("remote");
  if (it == source.end()) return nullptr;
  if (!it->is_object()) throw ApiError(illegal_argument(fmt::format("Expected [remote] to be a map but was [{}]", java_text(*it))));
  Json remote = *it;
  source.erase(it);
  auto out = std::make_shared<RemoteSource>();
  out->username = take_text(remote, "username").value_or("");
  out->password = take_text(remote, "password").value_or("");
  const auto host = take_text(remote, "host");
  if (!host) throw ApiError(400, "null_pointer_exception", "[host] must be specified to reindex from a remote cluster");
  parse_host(*host, *out);
  if (const auto headers = remote.find("headers"); headers != remote.end()) {
    if (!headers->is_object()) throw ApiError(illegal_argument("[headers] is not a map"));
    for (const auto& [name, value] : headers->items()) out->headers.emplace_back(name, java_text(value));
    remote.erase(headers);
  }
  out->socket_timeout_ms = take_time_ms(remote, "socket_timeout", out->socket_timeout_ms);
  out->connect_timeout_ms = take_time_ms(remote, "connect_timeout", out->connect_timeout_ms);
  if (!remote.empty()) {
    std::string names;
    for (const auto& [name, value] : remote.items()) names += (names.empty() ? "" : ",") + name;
    throw ApiError(illegal_argument(fmt::format("Unsupported fields in [remote]: [{}]", names)));
  }
  out->query = Json{{"match_all", Json::object()}};
  if (const auto query = source.find("query"); query != source.end()) {
    if (!query->is_object()) throw ApiError(illegal_argument(fmt::format("Expected [query] to be a map but was [{}]", java_text(*query))));
    out->query = *query;
    source.erase(query);
  }
  out->search = source;
  return out;
}

class ReindexParser {
 public:
  ReindexParser(ByQueryRequest& out, const RestRequest& request) : out_(out), request_(request) {}

  void parse(const Json& body) {
    if (!body.is_object()) {
      throw ApiError(parse_error(value_location(body), "reindex", fmt::format("Expected START_OBJECT but was: {}", query::token_name(body))));
    }
    for (const auto& [key, value] : body.items()) {
      if (key == "source" || key == "dest" || key == "script") {
        if (!value.is_object()) wrong_type(value, "reindex", key);
        read_object(key, value);
      } else if (key == "max_docs" || key == "size") {
        if (!value.is_number() && !value.is_string()) wrong_type(value, "reindex", "max_docs");
        read_field("reindex", "max_docs", value_location(value), [&] { set_max_docs(out_, integer(value)); });
      } else if (key == "conflicts") {
        if (!value.is_string()) wrong_type(value, "reindex", key);
        read_field("reindex", key, value_location(value), [&] { set_conflicts(out_, value.get<std::string>()); });
      } else {
        throw ApiError(parse_error(name_location(value), "reindex", fmt::format("unknown field [{}]", key)));
      }
    }
  }

  const Json& search() const { return search_; }

 private:
  void read_object(const std::string& key, const Json& value) {
    if (key == "source") {
      read_field("reindex", key, end_location(value), [&] { read_source(value); });
    } else if (key == "dest") {
      read_dest(value);
    } else {
      read_field("reindex", key, value_location(value), [&] { out_.script = script::parse_script(value); });
    }
  }

  void read_source(const Json& value) {
    Json source = value;
    for (const std::string& names : take_strings(source, "index")) {
      for (std::string& name : split_commas(names)) out_.indices.push_back(std::move(name));
    }
    out_.remote = take_remote(source);
    // Read anew: places in error messages are those of what is left.
    const JsonLocations before = JsonLocations::of_this_thread();
    search_ = parse_request_json(to_text(source));
    std::map<std::string, std::string, std::less<>> parameters{{"scroll", request_.parameters.contains("scroll") ? request_.get("scroll") : "5m"}};
    out_.search = parse_scrolled_search(search_, std::move(parameters), complaints);
    JsonLocations::of_this_thread() = before;
  }

  void read_dest(const Json& dest) {
    for (const auto& [key, value] : dest.items()) {
      const std::string at = value_location(value);
      read_field("reindex", "dest", at, [&] {
        static constexpr std::string_view kKnown[] = {"index", "routing", "op_type", "pipeline", "version_type"};
        if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
          throw ApiError(parse_error(name_location(value), "dest", fmt::format("unknown field [{}]", key)));
        }
        if (!value.is_string()) wrong_type(value, "dest", key);
        const std::string text = value.get<std::string>();
        read_field("dest", key, at, [&] { read_dest_member(key, text); });
      });
    }
  }

  void read_dest_member(const std::string& key, const std::string& text) {
    if (key == "index") out_.destination = text;
    else if (key == "routing") out_.routing = text;
    else if (key == "pipeline") out_.pipeline = text;
    else if (key == "version_type") out_.version_type = parse_version_type(text);
    else if (text == "create" || text == "index") out_.create_only = text == "create";
    else throw ApiError(illegal_argument(fmt::format("opType must be 'create' or 'index', found: [{}]", text)));
  }

  static int64_t integer(const Json& value) {
    if (value.is_number_integer()) return value.get<int64_t>();
    if (value.is_number_float()) return static_cast<int64_t>(std::clamp(value.get<double>(), -2e9, 2e9));
    const std::string& text = value.get_ref<const std::string&>();
    int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      throw ApiError(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text)));
    }
    return out;
  }

  ByQueryRequest& out_;
  const RestRequest& request_;
  Json search_;

 public:
  Validation complaints;
};

}  // namespace

std::shared_ptr<const ByQueryRequest> parse_reindex(const RestRequest& request) {
  auto out = std::make_shared<ByQueryRequest>();
  out->kind = ByQueryRequest::Kind::kReindex;
  if (request.parameters.contains("scroll")) request.get_time_ms("scroll", 0);
  const Json body = request.json_body();
  ReindexParser parser(*out, request);
  parser.parse(body);
  out->require_alias = request.get_bool("require_alias", false);
  read_common_options(request, *out);
  if (!out->search && !body.contains("source")) out->search = parse_scrolled_search(Json(), {{"scroll", "5m"}}, parser.complaints);
  Validation& complaints = parser.complaints;
  if (out->search && out->search->slice && out->slices != 1) {
    complaints.add("can't specify both manual and automatic slicing at the same time");
  }
  if (out->indices.empty()) complaints.add("use _all if you really want to copy from all existing indexes");
  if (out->destination.empty()) complaints.add("index must be specified");
  if (out->routing && *out->routing != "keep" && *out->routing != "discard" && !out->routing->starts_with('=')) {
    complaints.add("routing must be unset, [keep], [discard] or [=<some new value>]");
  }
  if (out->remote && out->slices != 1) {
    complaints.add(fmt::format("reindex from remote sources doesn't support slices > 1 but was [{}]", out->slices));
  }
  if (out->remote && out->search && out->search->slice) {
    complaints.add("reindex from remote sources doesn't support source.slice");
  }
  request.check_parameters();
  complaints.throw_if_any();
  for (const std::string& name : out->indices) out->scope.indices += (out->scope.indices.empty() ? "" : ",") + name;
  return out;
}

}  // namespace tarn::server
