#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn::server {

/// kUnknown stands for a method that HTTP does not know; no route can have it.
enum class Method { kGet, kHead, kPost, kPut, kDelete, kOptions, kPatch, kTrace, kConnect, kUnknown };

std::string_view method_name(Method method);     ///< "GET" ...
Method method_from_name(std::string_view name);  ///< of upper-case names; else kUnknown

/// Percent decoding of a path segment, or of a query component, where a plus is a blank.
/// Throws 400 illegal_argument_exception "invalid escape sequence `%ZZ' at index 0 of: %ZZ".
std::string decode_uri_component(std::string_view text, bool plus_is_blank);

/// One call of the REST API after routing: path parameters and query parameters in one table, headers, body.
/// Every parameter that a handler reads is marked as consumed; the dispatch refuses what nobody consumed
/// ("request [/x] contains unrecognized parameter: [y]" with "did you mean" suggestions), as OpenSearch does.
class RestRequest {
 public:
  Method method = Method::kGet;
  std::string path;                                            ///< decoded, without the query string
  std::string raw_path;                                        ///< as sent, without the query string; for messages
  std::map<std::string, std::string, std::less<>> parameters;  ///< decoded; path parameters win over query ones
  std::vector<std::pair<std::string, std::string>> headers;    ///< names in lower case
  std::string body;                                            ///< decompressed
  std::string content_type;                                    ///< media type without parameters, lower case
  std::string uri;                                             ///< path and query as sent; for messages
  std::string remote_address;                                  ///< of the client, without the port; "" in tests
  /// Set to true when the client has gone: whoever works long looks at it and gives up. Null: nobody will.
  std::shared_ptr<std::atomic<bool>> cancelled;

  /// A request as the HTTP layer hands it over, its path and query parameters decoded; for tests and internal calls.
  /// Header names may have any case; without a Content-Type, a body counts as application/json.
  static RestRequest make(Method method, std::string uri, std::string body = "",
                          std::vector<std::pair<std::string, std::string>> headers = {});
  /// Sets path, raw_path, and parameters from `uri`; throws 400 bad_parameter_exception.
  void set_uri(std::string new_uri);

  bool has(std::string_view name) const;                       ///< marks as consumed
  std::optional<std::string> find(std::string_view name) const;
  std::string get(std::string_view name, std::string_view fallback = "") const;
  /// "true", "false" or "" (which is true); else throws 400 illegal_argument_exception
  /// "Failed to parse value [x] as only [true] or [false] are allowed."
  bool get_bool(std::string_view name, bool fallback) const;
  /// Throws 400 illegal_argument_exception "Failed to parse int parameter [size] with value [x]".
  int get_int(std::string_view name, int fallback) const;
  int64_t get_long(std::string_view name, int64_t fallback) const;
  /// Milliseconds of "5s", "100ms", "1m" ...; throws OpenSearch's error for what has no unit.
  int64_t get_time_ms(std::string_view name, int64_t fallback) const;
  /// Comma-separated values; empty if absent.
  std::vector<std::string> get_list(std::string_view name) const;
  std::string header(std::string_view lower_name) const;       ///< "" if absent
  bool has_body() const { return !body.empty(); }
  /// The body (or the parameter `source`, with source_content_type) parsed; throws 400 parse_exception
  /// "request body is required" if there is none.
  Json json_body() const;
  /// The same, but an empty object where no body was sent.
  Json json_body_or_empty() const;
  std::vector<std::string> unconsumed() const;                 ///< names that no handler read
  /// Marks parameters that only shape the answer, as if they had been read.
  void consume(std::initializer_list<std::string_view> names) const;
  /// Throws 400 "request [/x] contains unrecognized parameter: [y]" if one is left unread. The dispatch does so after
  /// the handler; a handler that changes something calls it itself, after its last get and before the change.
  void check_parameters() const;
  bool is_cancelled() const { return cancelled && cancelled->load(std::memory_order_relaxed); }

 private:
  mutable std::map<std::string, bool, std::less<>> consumed_;
};

/// The answer. `body` is compact JSON unless content_type says otherwise; pretty, filter_path, format=yaml and human are
/// applied to it by the dispatch.
struct RestResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=UTF-8";
  std::vector<std::pair<std::string, std::string>> headers;
  /// The body is sent as it is: no pretty, filter_path or format (GET /x/_source/1).
  bool raw = false;
  /// If set, the body (`body` first, then what this yields) goes out in chunks of unknown total length. Called again
  /// and again on one worker thread: appends the next bytes to `chunk` and returns true, or returns false at the end.
  /// Throwing cuts the connection. Nothing is rendered; a slow client makes it wait.
  std::function<bool(std::string& chunk)> stream;

  static RestResponse json(const Json& body, int status = 200);
  static RestResponse text(std::string body, int status = 200);  ///< text/plain; charset=UTF-8
};

/// Runs on a worker thread, may block; throws ApiError for what OpenSearch answers with an error body.
using Handler = std::function<RestResponse(RestRequest&)>;

/// Paths of the REST API. Templates such as "/{index}/_doc/{id}"; a literal segment wins over a parameter.
class Router {
 public:
  void add(Method method, std::string_view path_template, Handler handler);
  void add(std::initializer_list<Method> methods, std::string_view path_template, Handler handler);

  struct Match {
    const Handler* handler = nullptr;             ///< null: no such path, or not with this method
    std::vector<Method> allowed;                  ///< methods that the path has, for 405 and Allow; empty: no such path
    std::map<std::string, std::string, std::less<>> path_parameters;
  };
  /// `raw_path` is still percent-encoded (an id may hold %2F); parameters are decoded.
  Match match(Method method, std::string_view raw_path) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::map<Method, std::pair<Handler, std::vector<std::string>>> handlers;  // with the parameters' names
  };
  Node root_;
};

}  // namespace tarn::server
