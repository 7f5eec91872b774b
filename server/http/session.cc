#include "server/http/session.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>

#include "server/http/compression.h"

namespace tarn::http {
namespace {

namespace asio = boost::asio;
using server::RestResponse;

constexpr size_t kReadBufferBytes = 256 * 1024;     // one a thread, not one a connection
constexpr size_t kPendingMax = 64 * 1024;           // pipelined input kept while a request runs
constexpr size_t kDrainBytesMax = 256 * 1024 * 1024;
constexpr int64_t kDrainTimeoutMs = 10'000;
constexpr size_t kStreamChunkBytes = 64 * 1024;

RestResponse error_answer(const Error& error) { return RestResponse{error.status, to_text(error.to_body())}; }

/// An answer without body, such as Netty's own 413 and 417.
RestResponse bare_answer(int status) {
  RestResponse response;
  response.status = status;
  response.content_type.clear();
  return response;
}

}  // namespace

int64_t steady_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Session::Session(SessionHost& host, IoThread& io, asio::ip::tcp::socket socket)
    : host_(host), io_(io), socket_(std::move(socket)), descriptor_(socket_.native_handle()) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  if (!ignored) remote_address_ = peer.address().to_string();
}

void Session::start() {
  set_deadline(host_.options.idle_timeout_ms);
  arm_read();
}

void Session::set_deadline(int64_t timeout_ms) {
  deadline_ms_.store(timeout_ms <= 0 ? 0 : steady_now_ms() + timeout_ms, std::memory_order_relaxed);
}

// ---- reading ----

/// Too little memory for a request ends its connection, not the server.
template <class Call>
void Session::guarded(const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    spdlog::error("connection of {} is cut: {}", remote_address_, error.what());
    cut();
  }
}

void Session::arm_read() {
  if (reading_armed_ || !socket_.is_open()) return;
  reading_armed_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& code) {
                       self->reading_armed_ = false;
                       if (!code) self->guarded([&] { self->on_readable(); });
                     });
}

void Session::on_readable() {
  static thread_local const std::unique_ptr<char[]> buffer(new char[kReadBufferBytes]);
  constexpr int kRoundsMax = 8;  // then the other connections of this thread have their turn
  for (int round = 0; round < kRoundsMax && socket_.is_open(); ++round) {
    const ssize_t count = ::recv(descriptor_, buffer.get(), kReadBufferBytes, MSG_DONTWAIT);
    if (count > 0) {
      if (!take({buffer.get(), static_cast<size_t>(count)})) return;
      if (static_cast<size_t>(count) < kReadBufferBytes) break;
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      break;
    } else {
      on_peer_closed();
      return;
    }
  }
  arm_read();
}

bool Session::take(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    switch (state_) {
      case State::kReading: break;
      case State::kRunning:
      case State::kWriting:
        pending_ += bytes;
        resume_needed_ = true;
        return pending_.size() <= kPendingMax;  // else the client waits: resume() reads on
      case State::kDraining:
        drained_bytes_ += bytes.size();
        // Who sends that much more is cut by the deadline.
        return drained_bytes_ <= kDrainBytesMax;
      case State::kClosed: return false;
    }
  }
  if (pending_.empty()) return parse(bytes);
  pending_ += bytes;
  const std::string kept = std::exchange(pending_, {});
  return parse(kept);
}

bool Session::parse(std::string_view bytes) {
  // Some clients send an empty line after a body (RFC 9112, 2.2).
  while (!parser_ && (bytes.starts_with('\r') || bytes.starts_with('\n'))) bytes.remove_prefix(1);
  if (bytes.empty()) return true;
  if (!parser_) parser_.emplace(host_.options, host_.budget);
  boost::beast::error_code code;
  while (!bytes.empty() && !parser_->is_done() && !code) {
    bytes.remove_prefix(parser_->put(asio::const_buffer(bytes.data(), bytes.size()), code));
  }
  if (code && code != boost::beast::http::error::need_more) {
    refuse_malformed(code);
    return true;
  }
  if (parser_->is_header_done() && refuse_by_verdict()) return true;
  pending_.assign(bytes);
  if (parser_->is_done()) {
    run_request();
    return true;
  }
  if (parser_->is_header_done() && parser_->wants_continue()) {
    parser_->continue_sent();
    std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string_view none;
    send_some(line, none);
  }
  set_deadline(host_.options.read_timeout_ms);
  return true;
}

/// Answers at once what need not be read to its end. True if the request ended here.
bool Session::refuse_by_verdict() {
  switch (parser_->verdict()) {
    case Verdict::kGood: return false;
    case Verdict::kTooBusy: return false;  // read to its end, then answered in run_request: the client can go on
    case Verdict::kLineTooLong:
      refuse(Error(400, "too_long_http_line_exception", "An HTTP line is larger than " +
                                                            std::to_string(host_.options.line_bytes_max) + " bytes."));
      return true;
    case Verdict::kBodyTooLarge: answer_and_drain(bare_answer(413)); return true;
    case Verdict::kBadExpectation: answer_and_drain(bare_answer(417)); return true;
  }
  return false;
}

void Session::run_request() {
  server::RestRequest request = std::move(parser_->request());
  BodyShare share = std::move(parser_->share());
  const Verdict verdict = parser_->verdict();
  const size_t body_bytes = parser_->body_bytes();
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  request.cancelled = cancelled_;
  request.remote_address = remote_address_;
  host_.requests_total.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    style_ = {parser_->keep_alive(), request.method == server::Method::kHead, parser_->http10()};
    close_after_ = !style_.keep_alive;
    state_ = State::kRunning;
    resume_needed_ = !pending_.empty();
  }
  parser_.reset();
  set_deadline(0);
  if (verdict == Verdict::kTooBusy) {
    const size_t wanted = host_.budget.used() + body_bytes;
    Error error(429, "circuit_breaking_exception",
                "[in_flight_requests] Data too large, data for [<http_request>] would be [" + std::to_string(wanted) +
                    "b], which is larger than the limit of [" + std::to_string(host_.budget.max()) + "b]");
    error.with("bytes_wanted", wanted).with("bytes_limit", host_.budget.max()).with("durability", "TRANSIENT");
    RestResponse response = error_answer(error);
    response.headers.emplace_back("Retry-After", "1");
    respond(std::move(response));
    return;
  }
  if (!host_.submit(shared_from_this(), request, share)) {
    RestResponse response =
        error_answer(Error(429, "rejected_execution_exception", "rejected execution: the queue of this kind of work is full"));
    response.headers.emplace_back("Retry-After", "1");
    respond(std::move(response));
  }
}

void Session::on_peer_closed() {
  {
    const std::lock_guard lock(mutex_);
    peer_closed_ = true;
    if (state_ == State::kRunning) {
      cancelled_->store(true, std::memory_order_relaxed);
      return;  // the worker still has the descriptor; the answer may reach a client that only closed its half
    }
    if (state_ == State::kWriting) return;
  }
  close();
}

/// After an answer, on the I/O thread: what came meanwhile, then what comes.
void Session::resume() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kReading) return;
  }
  std::string kept = std::move(pending_);
  pending_.clear();
  if (!kept.empty()) parse(kept);
  arm_read();
}

// ---- refusals before a request is complete ----

void Session::refuse(const Error& error) { answer_and_drain(error_answer(error)); }

void Session::refuse_malformed(const boost::beast::error_code& code) {
  using http_error = boost::beast::http::error;
  if (code == http_error::header_limit) {
    const bool line = parser_->request().uri.empty();  // the limit was met before the first line ended
    const size_t limit = line ? host_.options.line_bytes_max : host_.options.header_bytes_max;
    refuse(Error(400, line ? "too_long_http_line_exception" : "too_long_http_header_exception",
                 std::string(line ? "An HTTP line" : "HTTP header") + " is larger than " + std::to_string(limit) +
                     " bytes."));
    return;
  }
  refuse(Error(400, "illegal_argument_exception", "malformed HTTP request: " + code.message()));
}

void Session::answer_and_drain(RestResponse response) {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::kRunning;
    style_ = {};
    style_.keep_alive = false;
    close_after_ = true;
    drain_after_ = true;
  }
  pending_.clear();
  parser_.reset();
  respond(std::move(response));
}

// ---- writing ----

void Session::respond(RestResponse response) {
  bool closing = false;
  {
    const std::lock_guard lock(mutex_);
    if (host_.stopping.load(std::memory_order_relaxed) || (response.stream && style_.http10)) close_after_ = true;
    closing = close_after_;
  }
  std::string head = response_head(response, style_, closing, host_.options);
  if (response.stream && !style_.head) {
    stream(response, head);
    return;
  }
  write(head, style_.head ? std::string() : std::move(response.body));
}

/// Writes without waiting, taking off what the socket took.
Session::Sent Session::send_some(std::string_view& first, std::string_view& second) {
  while (!first.empty() || !second.empty()) {
    iovec parts[2] = {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = second.empty() ? 1 : 2;
    const ssize_t count = ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::kSome : Sent::kFailed;
    const size_t of_first = std::min(static_cast<size_t>(count), first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(static_cast<size_t>(count) - of_first);
  }
  return Sent::kAll;
}

void Session::write(const std::string& head, std::string body) {
  std::unique_lock lock(mutex_);
  if (state_ == State::kClosed) return;
  std::string_view first = head;
  std::string_view second = body;
  switch (send_some(first, second)) {
    case Sent::kAll: finish_answer(lock); return;
    case Sent::kFailed:
      close_after_ = true;
      drain_after_ = false;
      finish_answer(lock);
      return;
    case Sent::kSome: break;
  }
  if (first.empty()) {
    out_offset_ = body.size() - second.size();
    out_ = std::move(body);
  } else {
    out_ = std::string(first) + body;
    out_offset_ = 0;
  }
  state_ = State::kWriting;
  set_deadline(host_.options.write_timeout_ms);
  asio::post(io_.context, [self = shared_from_this()] { self->arm_write(); });
}

/// The answer is out: back to reading, or to the end.
void Session::finish_answer(std::unique_lock<std::mutex>& lock) {
  if (close_after_ || peer_closed_) {
    state_ = drain_after_ && !peer_closed_ ? State::kDraining : State::kClosed;
    if (state_ == State::kDraining) {
      ::shutdown(descriptor_, SHUT_WR);
      set_deadline(kDrainTimeoutMs);
      lock.unlock();
      asio::post(io_.context, [self = shared_from_this()] { self->arm_read(); });
      return;
    }
    lock.unlock();
    asio::post(io_.context, [self = shared_from_this()] { self->close(); });
    return;
  }
  state_ = State::kReading;
  set_deadline(host_.options.idle_timeout_ms);
  const bool resume_now = resume_needed_;
  resume_needed_ = false;
  lock.unlock();
  if (resume_now) asio::post(io_.context, [self = shared_from_this()] { self->guarded([&] { self->resume(); }); });
}

void Session::arm_write() {
  if (!socket_.is_open()) return;
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& code) {
                       if (!code) self->on_writable();
                     });
}

void Session::on_writable() {
  std::unique_lock lock(mutex_);
  if (state_ != State::kWriting) return;
  std::string_view rest = std::string_view(out_).substr(out_offset_);
  std::string_view none;
  const Sent sent = send_some(rest, none);
  if (sent == Sent::kSome) {
    const size_t offset = out_.size() - rest.size();
    if (offset != out_offset_) set_deadline(host_.options.write_timeout_ms);
    out_offset_ = offset;
    lock.unlock();
    arm_write();
    return;
  }
  out_ = std::string();
  out_offset_ = 0;
  if (sent == Sent::kFailed) {
    close_after_ = true;
    drain_after_ = false;
  }
  finish_answer(lock);
}

/// Writes all of `bytes`, waiting for the client; on a worker only. False if the client is gone or too slow.
bool Session::send_waiting(std::string_view bytes) {
  std::string_view none;
  const auto timeout = static_cast<int>(host_.options.write_timeout_ms);
  for (;;) {
    const size_t before = bytes.size();
    const Sent sent = send_some(bytes, none);
    if (sent != Sent::kSome) return sent == Sent::kAll;
    pollfd wait{descriptor_, POLLOUT, 0};
    if (::poll(&wait, 1, timeout) <= 0 && before == bytes.size()) return false;
  }
}

void Session::stream(const RestResponse& response, const std::string& head) {
  const auto framed = [&](const std::string& data) {
    if (style_.http10) return data;
    return data.empty() ? std::string() : fmt::format("{:x}\r\n", data.size()) + data + "\r\n";
  };
  // The state is kRunning, so nobody closes the descriptor under us.
  bool good = send_waiting(head + framed(response.body));
  std::string chunk;
  try {
    bool more = true;
    while (good && more) {
      chunk.clear();
      while (more && chunk.size() < kStreamChunkBytes && !cancelled_->load(std::memory_order_relaxed)) {
        more = response.stream(chunk);
      }
      if (cancelled_->load(std::memory_order_relaxed)) good = false;
      if (good && !chunk.empty()) good = send_waiting(framed(chunk));
    }
  } catch (const std::exception& error) {
    spdlog::error("a streamed answer failed half-way: {}", error.what());
    good = false;  // no last chunk: the client can tell that the answer is not whole
  }
  if (good && !style_.http10) good = send_waiting("0\r\n\r\n");
  std::unique_lock lock(mutex_);
  if (state_ == State::kClosed) return;
  if (!good) close_after_ = true;
  finish_answer(lock);
}

// ---- the end ----

void Session::sweep(int64_t now_ms) {
  const int64_t deadline = deadline_ms_.load(std::memory_order_relaxed);
  if (deadline == 0 || now_ms < deadline) return;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kRunning) return;
    state_ = State::kClosed;
  }
  close();
}

void Session::stop_when_idle() {
  {
    const std::lock_guard lock(mutex_);
    close_after_ = true;
    if (state_ == State::kRunning || state_ == State::kWriting) return;
    if (state_ == State::kReading && parser_ && parser_->is_header_done()) return;  // half a request: let it come
    state_ = State::kClosed;
  }
  close();
}

void Session::cut() {
  {
    const std::lock_guard lock(mutex_);
    close_after_ = true;
    if (state_ == State::kRunning) {
      cancelled_->store(true, std::memory_order_relaxed);
      ::shutdown(descriptor_, SHUT_RDWR);
      return;
    }
    state_ = State::kClosed;
  }
  close();
}

void Session::close() {
  const std::lock_guard lock(mutex_);
  state_ = State::kClosed;
  if (!socket_.is_open()) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  parser_.reset();
  const auto self = shared_from_this();  // the map may hold the last reference
  io_.sessions.erase(this);
  host_.closed();
}

}  // namespace tarn::http

