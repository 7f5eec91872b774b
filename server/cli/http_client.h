#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::cli {

/// http://[user:password@]host[:port][/prefix]
struct Url {
  std::string host;
  std::string port = "9200";
  std::string prefix;         ///< goes before every target; no slash at the end
  std::string authorization;  ///< value of the header, or empty
  /// Throws CliError kUsage. A bare host:port is taken as http; https is refused.
  static Url parse(std::string_view text);
  std::string text() const { return "http://" + host + ":" + port + prefix; }
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::string_view header(std::string_view name) const;
  bool ok() const { return status >= 200 && status < 300; }
};

/// The connection broke or was never made; the request may or may not have been carried out.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One keep-alive HTTP/1.1 connection, opened when first needed and again when the server has
/// closed it. Blocking; one thread at a time.
class HttpClient {
 public:
  explicit HttpClient(Url url, std::chrono::seconds timeout = std::chrono::seconds(300));
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// `target` is the path with query. A body is sent as JSON unless `headers` names a content-type.
  /// Throws ConnectionError.
  HttpResponse request(std::string_view method, const std::string& target,
                       std::string_view body = {}, const Headers& headers = {});
  const Url& url() const { return url_; }

 private:
  void connect();
  void disconnect();
  void send(std::string_view head, std::string_view body);
  bool fill();  // reads more into buffer_; false: the peer has closed
  HttpResponse receive(bool head_only);
  void receive_chunks(std::string& body);
  std::string take_line();
  void take(size_t count, std::string& out);

  Url url_;
  std::chrono::seconds timeout_;
  int socket_ = -1;
  std::string buffer_;
  size_t read_at_ = 0;
};

/// Percent-encodes what may not stand in a path segment or query value.
std::string url_encode(std::string_view text);

}  // namespace tarn::cli
