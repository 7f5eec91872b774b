#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/http/worker_pool.h"
#include "server/rest.h"

namespace tarn::http {

/// One pool of worker threads.
struct PoolOptions {
  std::string name;
  int threads = 2;
  size_t queue_max = 1000;  ///< requests that wait; beyond them 429
};

/// Every limit of the server, with the default of OpenSearch where it has one.
struct HttpOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 9200;  ///< 0: the system chooses; see HttpServer::port()
  int io_threads = 1;    ///< each owns its connections
  std::vector<PoolOptions> pools = {{"worker", 2, 1000}};

  size_t line_bytes_max = 4096;           ///< request line; 400 too_long_http_line_exception
  size_t header_bytes_max = 16 * 1024;    ///< all headers; 400 too_long_http_header_exception
  size_t body_bytes_max = 100 << 20;      ///< also after decompression; 413
  size_t body_bytes_in_flight_max = 512 << 20;  ///< of all requests together; 429 circuit_breaking_exception
  size_t connections_max = 20'000;        ///< beyond them, new ones wait in the listen queue

  int64_t idle_timeout_ms = 600'000;  ///< between requests
  int64_t read_timeout_ms = 60'000;   ///< within a request, without a byte
  int64_t write_timeout_ms = 60'000;  ///< within an answer, without a byte taken

  size_t compress_bytes_min = 1024;  ///< smaller answers are not worth a compressor
  int compression_level = 3;
  /// Sent with every answer, e.g. {"X-OpenSearch-Version", "OpenSearch/3.8.0 (opensearch)"}.
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Counters for stats endpoints.
struct HttpStats {
  size_t connections = 0;
  uint64_t connections_total = 0;
  uint64_t requests_total = 0;
  size_t body_bytes_in_flight = 0;
  std::vector<PoolStats> pools;
};

/// HTTP/1.1: keep-alive, pipelining (answers in order), chunked bodies, 100-continue, gzip and deflate both ways.
/// I/O threads parse and hand over; the handler runs on a worker of the pool that `classify` names, and may block.
///   Router router;  // filled by the API families
///   Dispatch dispatch(router);
///   options.pools = {{"search", 2}, {"write", 2}, {"get", 1}, {"management", 1}};  // in the order of WorkClass
///   HttpServer server(options, [&](RestRequest& request) { return dispatch(request); }, pool_of);
///   server.start();
/// A streamed answer holds its worker until the client has taken it.
/// Follows: OpenSearch's Netty transport; differential family `requests`.
class HttpServer {
 public:
  using Handler = std::function<server::RestResponse(server::RestRequest&)>;
  /// Called on an I/O thread with method, uri and headers set: the index of the pool in `options.pools`.
  using Classify = std::function<size_t(const server::RestRequest&)>;

  HttpServer(HttpOptions options, Handler handler, Classify classify = nullptr);
  /// Cuts what is left.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds, listens and starts the threads. Throws std::runtime_error if the address cannot be bound.
  void start();
  /// The bound port, after start().
  uint16_t port() const;
  /// Stops accepting, lets running requests finish for up to `grace_ms`, then sets their `cancelled`, cuts their
  /// connections, and waits for the handlers to return. Idempotent; not from a handler.
  void stop(int64_t grace_ms = 10'000);
  HttpStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::http
