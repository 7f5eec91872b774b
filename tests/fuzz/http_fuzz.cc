// Raw bytes on a connection: the server answers or hangs up, and goes on serving others.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

#include "server/http/http_server.h"
#include "tests/fuzz/target.h"

namespace {

tarn::http::HttpServer& server() {
  static tarn::http::HttpServer* const instance = [] {
    tarn::http::HttpOptions options;
    options.port = 0;
    options.read_timeout_ms = 50;
    auto* made = new tarn::http::HttpServer(options, [](tarn::server::RestRequest& request) {
      return tarn::server::RestResponse::text(std::to_string(request.body.size()));
    });
    made->start();
    return made;
  }();
  return *instance;
}

int connect_to(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  const timeval timeout{2, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  return socket;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /y HTTP/1.1\r\nHost: a\r\n\r\n",
          "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n\r\n\x1f", "HEAD /%zz?a=%f HTTP/1.0\r\n\r\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int socket = connect_to(server().port());
  (void)!::send(socket, data, size, MSG_NOSIGNAL);
  ::shutdown(socket, SHUT_WR);
  char buffer[4096];
  while (::recv(socket, buffer, sizeof buffer, 0) > 0) {
  }
  ::close(socket);
  // Whatever came, the next client is served.
  const int next = connect_to(server().port());
  constexpr char kProbe[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  if (::send(next, kProbe, sizeof kProbe - 1, MSG_NOSIGNAL) <= 0 || ::recv(next, buffer, sizeof buffer, 0) < 12) std::abort();
  ::close(next);
  return 0;
}
