#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tarn::cli {

/// A server that answers every request with what a function says; for tests of clients.
class FakeServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };
  struct Answer {
    int status = 200;
    std::string body = "{}";
    std::string headers;   // further lines, each with its line end
    bool hang_up = false;  // close instead of answering
    bool chunked = false;
  };
  using Handler = std::function<Answer(const Request&)>;

  explicit FakeServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 64);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~FakeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& one : sessions_) one.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void accept_all() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      sessions_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    std::string buffer;
    const auto fill = [&] {
      char bytes[65536];
      const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
      if (count > 0) buffer.append(bytes, static_cast<size_t>(count));
      return count > 0;
    };
    while (true) {
      size_t head_end = 0;
      while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return;
      }
      Request request = parse_head(buffer.substr(0, head_end));
      buffer.erase(0, head_end + 4);
      const size_t length = request.headers.contains("content-length")
                                ? std::stoul(request.headers["content-length"])
                                : 0;
      while (buffer.size() < length) {
        if (!fill()) return;
      }
      request.body = buffer.substr(0, length);
      buffer.erase(0, length);
      const Answer answer = handler_(request);
      if (answer.hang_up) {
        ::shutdown(socket, SHUT_RDWR);
        return;
      }
      std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " X\r\n" + answer.headers;
      const std::string body = request.method == "HEAD" ? "" : answer.body;
      if (answer.chunked) {
        out += "Transfer-Encoding: chunked\r\n\r\n";
        for (size_t at = 0; at < body.size(); at += 7) {
          const std::string piece = body.substr(at, 7);
          out += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
        }
        out += "0\r\n\r\n";
      } else {
        out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      }
      if (::send(socket, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size()))
        return;
    }
  }

  static Request parse_head(const std::string& head) {
    Request out;
    size_t at = head.find("\r\n");
    const std::string line = head.substr(0, at);
    out.method = line.substr(0, line.find(' '));
    out.target = line.substr(out.method.size() + 1, line.rfind(' ') - out.method.size() - 1);
    while (at != std::string::npos) {
      const size_t start = at + 2;
      at = head.find("\r\n", start);
      const std::string header = head.substr(start, at == std::string::npos ? at : at - start);
      std::string name = header.substr(0, header.find(':'));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      out.headers[name] = header.substr(header.find(':') + 2);
    }
    return out;
  }

  Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> sessions_;
};

/// The lines of a `_bulk` body.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace tarn::cli
