#include "server/cli/http_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "indexer/base/ascii.h"
#include "indexer/base/base64.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
            text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Url Url::parse(std::string_view text) {
  const std::string whole(text);
  if (text.starts_with("https://")) {
    throw CliError(kUsage,
                   "https is not supported yet; put a proxy before it, or use http: " + whole);
  }
  if (text.starts_with("http://")) text.remove_prefix(7);
  Url url;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    url.prefix = text.substr(slash);
    while (url.prefix.ends_with('/')) url.prefix.pop_back();
    text = text.substr(0, slash);
  }
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    url.authorization = "Basic " + encode_base64(percent_decode(text.substr(0, at)));
    text = text.substr(at + 1);
  }
  const size_t bracket = text.rfind(']');  // [::1]:9200
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    url.port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  url.host = text;
  if (url.host.empty() || url.port.empty() ||
      url.port.find_first_not_of("0123456789") != std::string::npos) {
    throw CliError(kUsage, "not a URL: " + whole);
  }
  return url;
}

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

HttpClient::HttpClient(Url url, std::chrono::seconds timeout)
    : url_(std::move(url)), timeout_(timeout) {}
HttpClient::~HttpClient() { disconnect(); }

void HttpClient::connect() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(url_.host.c_str(), url_.port.c_str(), &hints, &found);
      error != 0) {
    throw ConnectionError("cannot resolve " + url_.host + ": " + gai_strerror(error));
  }
  std::string reason = "no address";
  for (addrinfo* at = found; at != nullptr && socket_ < 0; at = at->ai_next) {
    socket_ = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (socket_ < 0) continue;
    const timeval limit{static_cast<time_t>(timeout_.count()), 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, at->ai_addr, at->ai_addrlen) != 0) {
      reason = std::strerror(errno);
      disconnect();
    }
  }
  freeaddrinfo(found);
  if (socket_ < 0) throw ConnectionError("cannot connect to " + url_.text() + ": " + reason);
}

void HttpClient::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  buffer_.clear();
  read_at_ = 0;
}

void HttpClient::send(std::string_view head, std::string_view body) {
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  while (parts[0].iov_len + parts[1].iov_len > 0) {
    const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      throw ConnectionError(std::string("cannot send: ") + std::strerror(errno));
    }
    auto rest = static_cast<size_t>(sent);
    for (iovec& part : parts) {
      const size_t step = std::min(rest, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + step;
      part.iov_len -= step;
      rest -= step;
    }
  }
}

bool HttpClient::fill() {
  if (read_at_ == buffer_.size()) {
    buffer_.clear();
    read_at_ = 0;
  }
  constexpr size_t kStep = 64 * 1024;
  const size_t before = buffer_.size();
  buffer_.resize(before + kStep);
  ssize_t count = 0;
  do {
    count = ::recv(socket_, buffer_.data() + before, kStep, 0);
  } while (count < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) {
    throw ConnectionError(errno == EAGAIN ? std::string("no answer in time")
                                          : std::string("cannot read: ") + std::strerror(errno));
  }
  return count > 0;
}

std::string HttpClient::take_line() {
  while (true) {
    const size_t end = buffer_.find("\r\n", read_at_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(read_at_, end - read_at_);
      read_at_ = end + 2;
      return line;
    }
    if (buffer_.size() - read_at_ > 1 << 20) throw ConnectionError("the answer is not HTTP");
    if (!fill()) throw ConnectionError("the server has closed the connection");
  }
}

void HttpClient::take(size_t count, std::string& out) {
  while (count > 0) {
    if (read_at_ == buffer_.size() && !fill()) throw ConnectionError("the answer ends too early");
    const size_t step = std::min(count, buffer_.size() - read_at_);
    out.append(buffer_, read_at_, step);
    read_at_ += step;
    count -= step;
  }
}

void HttpClient::receive_chunks(std::string& body) {
  while (true) {
    const std::string line = take_line();
    size_t size = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), size, 16).ptr == line.data()) {
      throw ConnectionError("the answer has a broken chunk");
    }
    if (size == 0) break;
    take(size, body);
    take_line();
  }
  while (!take_line().empty()) {
  }
}

HttpResponse HttpClient::receive(bool head_only) {
  HttpResponse out;
  do {
    const std::string status = take_line();
    if (!status.starts_with("HTTP/1.") || status.size() < 12)
      throw ConnectionError("the answer is not HTTP");
    std::from_chars(status.data() + 9, status.data() + 12, out.status);
    out.headers.clear();
    for (std::string line = take_line(); !line.empty(); line = take_line()) {
      const size_t colon = line.find(':');
      if (colon == std::string::npos) continue;
      const size_t value = line.find_first_not_of(" \t", colon + 1);
      out.headers.emplace_back(lower_ascii(line.substr(0, colon)),
                               value == std::string::npos ? "" : line.substr(value));
    }
  } while (out.status == 100);
  bool close = lower_ascii(out.header("connection")) == "close";
  if (!head_only && out.status != 204 && out.status != 304) {
    if (lower_ascii(out.header("transfer-encoding")).find("chunked") != std::string::npos) {
      receive_chunks(out.body);
    } else if (const auto length = out.header("content-length"); !length.empty()) {
      size_t size = 0;
      std::from_chars(length.data(), length.data() + length.size(), size);
      out.body.reserve(size);
      take(size, out.body);
    } else {
      out.body = buffer_.substr(read_at_);
      read_at_ = buffer_.size();
      while (fill()) {
        out.body.append(buffer_, read_at_);
        read_at_ = buffer_.size();
      }
      close = true;
    }
  }
  if (close) disconnect();
  return out;
}

HttpResponse HttpClient::request(std::string_view method, const std::string& target,
                                 std::string_view body, const Headers& headers) {
  std::string head;
  head.append(method).append(" ").append(url_.prefix).append(target).append(" HTTP/1.1\r\nHost: ");
  head.append(url_.host).append(":").append(url_.port).append("\r\nUser-Agent: tarn\r\n");
  if (!url_.authorization.empty())
    head.append("Authorization: ").append(url_.authorization).append("\r\n");
  bool typed = body.empty();
  for (const auto& [name, value] : headers) {
    if (lower_ascii(name) == "content-type") typed = true;
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!typed) head += "Content-Type: application/json\r\n";
  if (!body.empty() || method == "POST" || method == "PUT")
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  head += "\r\n";

  for (bool reused = socket_ >= 0;; reused = false) {
    if (socket_ < 0) connect();
    try {
      send(head, body);
      return receive(method == "HEAD");
    } catch (const ConnectionError&) {
      const bool answered = !buffer_.empty();
      disconnect();
      // An idle connection that the server has closed meanwhile says nothing about this request.
      if (!reused || answered) throw;
    }
  }
}

std::string url_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~' || c == ',' ||
        c == '*') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace tarn::cli
