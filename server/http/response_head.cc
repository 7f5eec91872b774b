#include "server/http/response_head.h"

namespace tarn::http {
namespace {

std::string_view status_text(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Request Entity Too Large";
    case 414: return "Request-URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Entity";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Unknown";
  }
}

}  // namespace

std::string response_head(const server::RestResponse& response, const AnswerStyle& style, bool closing, const HttpOptions& options) {
  std::string head = style.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += status_text(response.status);
  head += "\r\n";
  const auto field = [&](std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    // A line break in a value (an echoed id, say) would be a header of its own.
    for (const char c : value) head += c == '\r' || c == '\n' ? ' ' : c;
    head += "\r\n";
  };
  for (const auto& [name, value] : response.headers) field(name, value);
  for (const auto& [name, value] : options.headers) field(name, value);
  if (!response.content_type.empty()) field("content-type", response.content_type);
  if (response.stream) {
    if (!style.http10) field("transfer-encoding", "chunked");
  } else {
    field("content-length", std::to_string(response.body.size()));
  }
  if (closing) {
    field("connection", "close");
  } else if (style.http10) {
    field("connection", "keep-alive");
  }
  head += "\r\n";
  return head;
}

}  // namespace tarn::http
