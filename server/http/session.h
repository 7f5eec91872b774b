#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/http/request_parser.h"
#include "server/http/response_head.h"

namespace tarn::http {

class Session;

/// What sessions need of the server.
class SessionHost {
 public:
  explicit SessionHost(const HttpOptions& host_options)
      : options(host_options), budget(host_options.body_bytes_in_flight_max) {}
  virtual ~SessionHost() = default;
  /// Hands a request to its pool; false if the pool is full, and the request is lost.
  virtual bool submit(std::shared_ptr<Session> session, server::RestRequest& request, BodyShare& share) = 0;
  /// The session is gone; on its I/O thread.
  virtual void closed() = 0;

  const HttpOptions options;
  BodyBudget budget;
  std::atomic<bool> stopping{false};
  std::atomic<uint64_t> requests_total{0};
};

/// One I/O thread: its event loop and the sessions that live on it.
struct IoThread {
  boost::asio::io_context context{1};
  boost::asio::steady_timer sweeper{context};
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions;  // touched on this thread only
};

/// One connection. Everything but respond() runs on its I/O thread. One request runs at a time; what the client sends
/// meanwhile is kept (up to kPendingMax) and read when the answer is out, so answers keep their order.
///
/// The answer is written by the worker itself, straight to the socket: a wake-up of the I/O thread less. Only what the
/// socket does not take at once is left to the I/O thread. `mutex_` makes sure that the descriptor stays open meanwhile.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(SessionHost& host, IoThread& io, boost::asio::ip::tcp::socket socket);

  void start();
  /// Writes the answer to the request that runs. On a worker, or on the I/O thread. REQUIRES: called once a request.
  void respond(server::RestResponse response);
  /// Closes if a deadline is over.
  void sweep(int64_t now_ms);
  /// Closes if no request runs; else closes after it.
  void stop_when_idle();
  /// Sets `cancelled` and cuts the connection.
  void cut();

 private:
  enum class State {
    kReading,   ///< waiting for a request, or within one
    kRunning,   ///< a worker has a request; it may use the descriptor
    kWriting,   ///< the I/O thread writes what the worker could not
    kDraining,  ///< the last answer is out; what still comes is thrown away, so that no reset destroys the answer
    kClosed
  };
  /// Outcome of a write that does not wait.
  enum class Sent { kAll, kSome, kFailed };

  template <class Call>
  void guarded(const Call& call);
  void arm_read();
  void on_readable();
  /// Takes bytes that were received; false if reading must pause or ended.
  bool take(std::string_view bytes);
  /// Feeds the parser; what it does not take becomes pending_, so `bytes` may not lie there.
  bool parse(std::string_view bytes);
  bool refuse_by_verdict();
  void run_request();
  void on_peer_closed();
  void resume();
  void refuse(const Error& error);
  void refuse_malformed(const boost::beast::error_code& code);
  void answer_and_drain(server::RestResponse response);

  Sent send_some(std::string_view& first, std::string_view& second);
  void write(const std::string& head, std::string body);
  void stream(const server::RestResponse& response, const std::string& head);
  bool send_waiting(std::string_view bytes);
  void finish_answer(std::unique_lock<std::mutex>& lock);
  void on_writable();
  void arm_write();
  void close();
  void set_deadline(int64_t timeout_ms);

  SessionHost& host_;
  IoThread& io_;
  boost::asio::ip::tcp::socket socket_;
  const int descriptor_;
  std::string remote_address_;

  // Of the I/O thread alone.
  std::optional<RequestParser> parser_;
  std::string pending_;  // received, not parsed yet
  bool reading_armed_ = false;
  size_t drained_bytes_ = 0;

  std::atomic<int64_t> deadline_ms_{0};  // steady clock; 0: none. Workers set it too.
  std::shared_ptr<std::atomic<bool>> cancelled_;  // of the running request; set before it runs

  std::mutex mutex_;
  State state_ = State::kReading;   // guarded by mutex_, like all below
  bool resume_needed_ = false;      // pending_ holds something, or reading is paused
  bool close_after_ = false;        // the answer that is being written is the last
  bool drain_after_ = false;        // ... and input must be thrown away behind it
  bool peer_closed_ = false;
  AnswerStyle style_;
  std::string out_;                 // what kWriting still has to write, from out_offset_ on
  size_t out_offset_ = 0;
};

int64_t steady_now_ms();

}  // namespace tarn::http
