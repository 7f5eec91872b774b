#include "server/rest.h"

#include <algorithm>
#include <charconv>

#include "indexer/base/ascii.h"
#include "indexer/base/did_you_mean.h"
#include "indexer/base/json_location.h"
#include "server/render/yaml.h"

namespace tarn::server {
namespace {

constexpr std::pair<Method, std::string_view> kMethodNames[] = {
    {Method::kGet, "GET"},     {Method::kHead, "HEAD"},       {Method::kPost, "POST"},
    {Method::kPut, "PUT"},     {Method::kDelete, "DELETE"},   {Method::kOptions, "OPTIONS"},
    {Method::kPatch, "PATCH"}, {Method::kTrace, "TRACE"},     {Method::kConnect, "CONNECT"}};

/// Java's parseInt and parseLong: an optional sign, then digits only.
template <class Int>
std::optional<Int> parse_java_integer(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error number_format(std::string_view text) {
  return Error(400, "number_format_exception", "For input string: \"" + std::string(text) + "\"");
}

template <class Int>
Int parse_parameter(std::string_view kind, std::string_view name, std::string_view text) {
  if (const auto value = parse_java_integer<Int>(text)) return *value;
  throw ApiError(illegal_argument("Failed to parse " + std::string(kind) + " parameter [" + std::string(name) +
                                  "] with value [" + std::string(text) + "]")
                     .caused_by(number_format(text)));
}

bool is_double(std::string_view text) {
  double value;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

/// Milliseconds of "<number><unit>" whose unit has been found.
int64_t parse_duration(std::string_view name, std::string_view text, std::string_view number, double unit_ms) {
  number = trim(number);
  const auto value = parse_java_integer<int64_t>(number);
  if (!value) {
    std::string reason = "failed to parse [" + std::string(text) + "]";
    if (is_double(number)) reason += ", fractional time values are not supported";
    throw ApiError(illegal_argument(std::move(reason)).caused_by(number_format(number)));
  }
  if (*value < -1) {
    throw ApiError(illegal_argument("failed to parse setting [" + std::string(name) + "] with value [" +
                                    std::string(text) + "] as a time value: negative durations are not supported"));
  }
  if (*value == -1) return -1;
  const double milliseconds = static_cast<double>(*value) * unit_ms;
  constexpr double kMax = 9.2e18;
  return milliseconds > kMax ? static_cast<int64_t>(kMax) : static_cast<int64_t>(milliseconds);
}

int64_t parse_time_ms(std::string_view name, std::string_view text) {
  // Longest suffix first, so that "5nanos" is not read as seconds.
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"nanos", 1e-6}, {"micros", 1e-3}, {"ms", 1.0}, {"s", 1e3}, {"m", 6e4}, {"h", 36e5}, {"d", 864e5}};
  const std::string normalized = lower_ascii(trim(text));
  for (const auto& [suffix, unit_ms] : kUnits) {
    if (!normalized.ends_with(suffix)) continue;
    if (suffix == "m" && !trim(text).ends_with('m')) break;  // "M" would be months
    return parse_duration(name, text, std::string_view(normalized).substr(0, normalized.size() - suffix.size()),
                          unit_ms);
  }
  const auto zeros_then = [&](std::string_view rest, std::string_view last) {
    return rest.ends_with(last) && rest.substr(0, rest.size() - last.size()).find_first_not_of('0') == rest.npos;
  };
  if (normalized.starts_with('-') && zeros_then(std::string_view(normalized).substr(1), "1")) return -1;
  if (!normalized.empty() && zeros_then(normalized, "")) return 0;
  throw ApiError(illegal_argument("failed to parse setting [" + std::string(name) + "] with value [" +
                                  std::string(text) + "] as a time value: unit is missing or unrecognized"));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Bytes that are no UTF-8 become U+FFFD, as in Java's decoder.
std::string valid_utf8(std::string text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return text;
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
    const unsigned lead = byte(i);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3
                                                                       : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    size_t good = length > 0 ? 1 : 0;
    while (good > 0 && good < length && (byte(i + good) & 0xC0) == 0x80) ++good;
    const bool overlong = (lead == 0xE0 && byte(i + 1) < 0xA0) || (lead == 0xF0 && byte(i + 1) < 0x90) ||
                          (lead == 0xED && byte(i + 1) > 0x9F) || (lead == 0xF4 && byte(i + 1) > 0x8F);
    if (length == 0 || good < length || overlong) {
      out += "\xEF\xBF\xBD";
      i += overlong ? 1 : std::max<size_t>(good, 1);
    } else {
      out.append(text, i, length);
      i += length;
    }
  }
  return out;
}

/// Query parameters as OpenSearch splits them: '&' or ';' between, a name without '=' is empty, the last one wins.
void decode_query(std::string_view query, std::map<std::string, std::string, std::less<>>& out) {
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const size_t end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = part.find('=');
    if (part.empty() || equals == 0) continue;
    std::string name = decode_uri_component(part.substr(0, equals), true);
    out[std::move(name)] = equals == part.npos ? "" : decode_uri_component(part.substr(equals + 1), true);
  }
}

std::string suggestion(const std::string& wrong, const std::map<std::string, bool, std::less<>>& known) {
  std::vector<std::string_view> names;
  for (const auto& [name, consumed] : known) names.push_back(name);
  const std::string hint = did_you_mean(wrong, names);
  return hint.empty() ? "" : " ->" + hint;
}

}  // namespace

std::string_view method_name(Method method) {
  for (const auto& [value, name] : kMethodNames) {
    if (value == method) return name;
  }
  return "UNKNOWN";
}

Method method_from_name(std::string_view name) {
  for (const auto& [value, text] : kMethodNames) {
    if (text == name) return value;
  }
  return Method::kUnknown;
}

std::string decode_uri_component(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else if (i + 1 == text.size()) {
      throw ApiError(illegal_argument("unterminated escape sequence at end of string: " + std::string(text)));
    } else if (text[i + 1] == '%') {
      out += '%';
      ++i;
    } else if (i + 2 >= text.size()) {
      throw ApiError(illegal_argument("partial escape sequence at end of string: " + std::string(text)));
    } else {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) {
        throw ApiError(illegal_argument("invalid escape sequence `" + std::string(text.substr(i, 3)) + "' at index " +
                                        std::to_string(i) + " of: " + std::string(text)));
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return valid_utf8(std::move(out));
}

RestRequest RestRequest::make(Method method, std::string uri, std::string body,
                              std::vector<std::pair<std::string, std::string>> headers) {
  RestRequest request;
  request.method = method;
  request.body = std::move(body);
  for (auto& [name, value] : headers) request.headers.emplace_back(lower_ascii(name), std::move(value));
  const bool typed = std::any_of(request.headers.begin(), request.headers.end(),
                                 [](const auto& header) { return header.first == "content-type"; });
  if (!typed && request.has_body()) request.headers.emplace_back("content-type", "application/json");
  request.content_type = lower_ascii(trim(request.header("content-type").substr(0, request.header("content-type").find(';'))));
  request.set_uri(std::move(uri));
  return request;
}

void RestRequest::set_uri(std::string new_uri) {
  uri = std::move(new_uri);
  // The absolute form that proxies send (RFC 9112, 3.2.2).
  if (uri.starts_with("http://") || uri.starts_with("https://")) {
    const size_t slash = uri.find('/', uri.find("://") + 3);
    uri = slash == std::string::npos ? "/" : uri.substr(slash);
  }
  const size_t question = uri.find('?');
  raw_path = uri.substr(0, question);
  path = raw_path;
  try {
    if (question != std::string::npos) decode_query(std::string_view(uri).substr(question + 1), parameters);
    path = decode_uri_component(raw_path, false);
  } catch (const ApiError& wrong) {
    throw ApiError(Error(400, "bad_parameter_exception",
                         "java.lang.IllegalArgumentException: " + wrong.error().reason)
                       .caused_by(wrong.error()));
  }
}

bool RestRequest::has(std::string_view name) const {
  const auto it = parameters.find(name);
  if (it == parameters.end()) return false;
  // An absent name is not noted: OpenSearch's hasParam adds nothing to the suggestions either.
  consumed_[it->first] = true;
  return true;
}

std::optional<std::string> RestRequest::find(std::string_view name) const {
  consumed_[std::string(name)] = true;
  const auto it = parameters.find(name);
  if (it == parameters.end()) return std::nullopt;
  return it->second;
}

std::string RestRequest::get(std::string_view name, std::string_view fallback) const {
  auto value = find(name);
  return value ? *std::move(value) : std::string(fallback);
}

bool RestRequest::get_bool(std::string_view name, bool fallback) const {
  const auto value = find(name);
  if (!value) return fallback;
  if (value->empty() || *value == "true") return true;
  if (*value == "false") return false;
  throw ApiError(
      illegal_argument("Failed to parse value [" + *value + "] as only [true] or [false] are allowed."));
}

int RestRequest::get_int(std::string_view name, int fallback) const {
  const auto value = find(name);
  return value ? parse_parameter<int>("int", name, *value) : fallback;
}

int64_t RestRequest::get_long(std::string_view name, int64_t fallback) const {
  const auto value = find(name);
  return value ? parse_parameter<int64_t>("long", name, *value) : fallback;
}

int64_t RestRequest::get_time_ms(std::string_view name, int64_t fallback) const {
  const auto value = find(name);
  return value ? parse_time_ms(name, *value) : fallback;
}

std::vector<std::string> RestRequest::get_list(std::string_view name) const {
  std::vector<std::string> out;
  const std::string value = get(name);
  for (size_t start = 0; start <= value.size();) {
    const size_t end = std::min(value.find(',', start), value.size());
    if (end > start) out.push_back(value.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::string RestRequest::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return "";
}

Json RestRequest::json_body() const {
  if (has_body()) return parse_request_json(body);  // a parameter `source` beside a body stays unread, and is refused
  if (!has("source")) throw ApiError(400, "parse_exception", "request body is required");
  const auto type = find("source_content_type");
  if (!type) {
    throw ApiError(500, "illegal_state_exception", "source and source_content_type parameters are required");
  }
  if (type->find('/') == std::string::npos) {
    throw ApiError(illegal_argument("invalid Content-Type header [" + *type + "]"));
  }
  const std::string media_type = lower_ascii(trim(type->substr(0, type->find(';'))));
  if (media_type == "application/yaml") return parse_json(yaml_to_json(get("source")));
  if (media_type != "application/json" && media_type != "application/x-ndjson") {
    throw ApiError(500, "illegal_state_exception", "Unknown value for source_content_type [" + *type + "]");
  }
  return parse_request_json(get("source"));
}

Json RestRequest::json_body_or_empty() const {
  return has_body() || has("source") ? json_body() : Json::object();
}

std::vector<std::string> RestRequest::unconsumed() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : parameters) {
    if (!consumed_.contains(name)) out.push_back(name);
  }
  return out;
}

void RestRequest::consume(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) consumed_[std::string(name)] = true;
}

void RestRequest::check_parameters() const {
  const std::vector<std::string> wrong = unconsumed();
  if (wrong.empty()) return;
  std::string reason = "request [" + path + "] contains unrecognized parameter" + (wrong.size() > 1 ? "s: " : ": ");
  for (size_t i = 0; i < wrong.size(); ++i) {
    reason += (i ? ", [" : "[") + wrong[i] + "]" + suggestion(wrong[i], consumed_);
  }
  throw ApiError(illegal_argument(std::move(reason)));
}

RestResponse RestResponse::json(const Json& body, int status) {
  RestResponse response;
  response.status = status;
  response.body = to_text(body);
  return response;
}

RestResponse RestResponse::text(std::string body, int status) {
  RestResponse response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = "text/plain; charset=UTF-8";
  return response;
}

}  // namespace tarn::server
