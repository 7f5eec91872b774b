#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace tarn::http {

/// An answer as it came off the wire, chunks joined.
struct WireAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// A client that says exactly what it is told, byte for byte.
class WireClient {
 public:
  explicit WireClient(uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~WireClient() { close(); }
  WireClient(const WireClient&) = delete;

  bool connected() const { return connected_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  /// False if the server closed before all was sent.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  /// Reads until `end` is there; false at the end of the stream or after the timeout.
  bool read_until(std::string_view end, int timeout_ms = 5000) {
    while (input_.find(end) == input_.npos) {
      if (!read_more(timeout_ms)) return false;
    }
    return true;
  }
  /// The next answer; status 0 if none came.
  WireAnswer answer(bool of_head = false, int timeout_ms = 5000) {
    WireAnswer out;
    if (!read_until("\r\n\r\n", timeout_ms)) return out;
    size_t at = input_.find("\r\n");
    out.status = std::atoi(input_.substr(9, 3).c_str());
    const size_t head_end = input_.find("\r\n\r\n");
    while (at < head_end) {
      const size_t next = input_.find("\r\n", at + 2);
      const std::string line = input_.substr(at + 2, next - at - 2);
      const size_t colon = line.find(": ");
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      out.headers[name] = line.substr(colon + 2);
      at = next;
    }
    input_.erase(0, head_end + 4);
    if (of_head || out.status == 100) return out;
    if (out.headers.contains("transfer-encoding")) {
      read_chunks(out, timeout_ms);
    } else if (out.headers.contains("content-length")) {
      const size_t length = std::strtoul(out.headers["content-length"].c_str(), nullptr, 10);
      while (input_.size() < length && read_more(timeout_ms)) {
      }
      out.body = input_.substr(0, length);
      input_.erase(0, length);
    } else {
      while (read_more(timeout_ms)) {
      }
      out.body.swap(input_);
    }
    return out;
  }
  /// Whether the server closes within the time, sending nothing more.
  bool closed(int timeout_ms = 5000) {
    while (read_more(timeout_ms)) {
    }
    return ended_;
  }

 private:
  bool read_more(int timeout_ms) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (::poll(&wait, 1, timeout_ms) <= 0) return false;
    char buffer[65536];
    const ssize_t count = ::recv(descriptor_, buffer, sizeof buffer, 0);
    ended_ = count <= 0;
    if (count > 0) input_.append(buffer, static_cast<size_t>(count));
    return count > 0;
  }
  void read_chunks(WireAnswer& out, int timeout_ms) {
    for (;;) {
      if (!read_until("\r\n", timeout_ms)) return;
      const size_t size = std::strtoul(input_.c_str(), nullptr, 16);
      input_.erase(0, input_.find("\r\n") + 2);
      while (input_.size() < size + 2 && read_more(timeout_ms)) {
      }
      out.body += input_.substr(0, size);
      input_.erase(0, size + 2);
      if (size == 0) {
        out.headers["complete"] = "yes";
        return;
      }
    }
  }

  int descriptor_;
  bool connected_ = false;
  bool ended_ = false;
  std::string input_;
};

}  // namespace tarn::http
