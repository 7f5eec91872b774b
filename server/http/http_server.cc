#include "server/http/http_server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <thread>

#include "indexer/base/ascii.h"
#include "server/http/compression.h"
#include "server/http/session.h"

namespace tarn::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kSweepInterval = std::chrono::seconds(1);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // out of descriptors, or connections_max reached

/// Sessions catch what they can; whatever else a callback throws must not end the server.
void run_context(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& error) {
      spdlog::error("an I/O callback threw: {}", error.what());
    }
  }
}

struct RequestJob : Job {
  std::function<void(RequestJob&)> runner;
  std::shared_ptr<Session> session;
  server::RestRequest request;
  BodyShare share;
  void run() override { runner(*this); }
};

}  // namespace

class HttpServer::Impl : public SessionHost {
 public:
  Impl(const HttpOptions& options, Handler handler, Classify classify)
      : SessionHost(options), handler_(std::move(handler)), classify_(std::move(classify)) {}
  ~Impl() override { stop(0); }

  void start();
  void stop(int64_t grace_ms);
  HttpStats stats() const;
  uint16_t port() const { return port_; }

  bool submit(std::shared_ptr<Session> session, server::RestRequest& request, BodyShare& share) override;
  void closed() override { connections_.fetch_sub(1); }

 private:
  void accept();
  void adopt(tcp::socket socket, IoThread& io);
  void pause_accepting();
  void sweep(IoThread& io);
  void run(RequestJob& job);
  bool decode_body(RequestJob& job, server::RestResponse& refusal);
  void encode_body(const std::string& accept_encoding, server::RestResponse& response);
  void on_all(const std::function<void(IoThread&)>& what);
  void wait_for_sessions(int64_t timeout_ms);

  const HttpOptions& options_ = options;  // the base owns them
  const Handler handler_;
  const Classify classify_;
  std::vector<std::unique_ptr<WorkerPool>> pools_;
  std::vector<std::unique_ptr<IoThread>> io_;
  std::vector<std::thread> threads_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<asio::steady_timer> accept_timer_;
  size_t next_io_ = 0;
  uint16_t port_ = 0;
  bool started_ = false;
  std::atomic<size_t> connections_{0};
  std::atomic<uint64_t> connections_total_{0};
};

void HttpServer::Impl::start() {
  for (const PoolOptions& pool : options_.pools) {
    pools_.push_back(std::make_unique<WorkerPool>(pool.name, pool.threads, pool.queue_max));
  }
  for (int i = 0; i < std::max(options_.io_threads, 1); ++i) io_.push_back(std::make_unique<IoThread>());
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(options_.address), options_.port);
    acceptor_ = std::make_unique<tcp::acceptor>(io_[0]->context);
    acceptor_->open(endpoint.protocol());
    acceptor_->set_option(tcp::acceptor::reuse_address(true));
    acceptor_->bind(endpoint);
    acceptor_->listen(4096);
    port_ = acceptor_->local_endpoint().port();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + options_.address + ":" + std::to_string(options_.port) + ": " +
                             error.code().message());
  }
  accept_timer_ = std::make_unique<asio::steady_timer>(io_[0]->context);
  started_ = true;
  accept();
  for (auto& io : io_) {
    guards_.push_back(asio::make_work_guard(io->context));
    sweep(*io);
    threads_.emplace_back([&context = io->context] { run_context(context); });
    pthread_setname_np(threads_.back().native_handle(), "http-io");
  }
}

void HttpServer::Impl::accept() {
  if (stopping.load()) return;
  if (connections_.load() >= options_.connections_max) {
    pause_accepting();
    return;
  }
  IoThread& io = *io_[next_io_++ % io_.size()];
  acceptor_->async_accept(io.context, [this, &io](const boost::system::error_code& code, tcp::socket socket) {
    if (code == asio::error::operation_aborted) return;
    if (code) {
      spdlog::warn("accept failed: {}", code.message());
      pause_accepting();
      return;
    }
    connections_.fetch_add(1);
    connections_total_.fetch_add(1, std::memory_order_relaxed);
    auto holder = std::make_shared<tcp::socket>(std::move(socket));
    asio::post(io.context, [this, &io, holder] { adopt(std::move(*holder), io); });
    accept();
  });
}

void HttpServer::Impl::pause_accepting() {
  accept_timer_->expires_after(kAcceptPause);
  accept_timer_->async_wait([this](const boost::system::error_code& code) {
    if (!code) accept();
  });
}

void HttpServer::Impl::adopt(tcp::socket socket, IoThread& io) {
  const auto session = std::make_shared<Session>(*this, io, std::move(socket));
  io.sessions.emplace(session.get(), session);
  session->start();
  if (stopping.load()) session->stop_when_idle();
}

void HttpServer::Impl::sweep(IoThread& io) {
  io.sweeper.expires_after(kSweepInterval);
  io.sweeper.async_wait([this, &io](const boost::system::error_code& code) {
    if (code) return;
    const int64_t now = steady_now_ms();
    for (auto it = io.sessions.begin(); it != io.sessions.end();) {
      const std::shared_ptr<Session> session = (it++)->second;  // closing erases it
      session->sweep(now);
    }
    sweep(io);
  });
}

bool HttpServer::Impl::submit(std::shared_ptr<Session> session, server::RestRequest& request, BodyShare& share) {
  const size_t chosen = classify_ ? classify_(request) : 0;
  auto job = std::make_unique<RequestJob>();
  job->runner = [this](RequestJob& ready) { run(ready); };
  job->session = std::move(session);
  job->request = std::move(request);
  job->share = std::move(share);
  std::unique_ptr<Job> handed = std::move(job);
  return pools_[std::min(chosen, pools_.size() - 1)]->submit(handed);
}

void HttpServer::Impl::run(RequestJob& job) {
  server::RestResponse response;
  const std::string accept_encoding = job.request.header("accept-encoding");
  try {
    if (decode_body(job, response)) response = handler_(job.request);
    encode_body(accept_encoding, response);
  } catch (const std::exception& error) {  // the dispatch catches its own; this keeps a worker alive
    spdlog::error("handler of {} threw: {}", job.request.uri, error.what());
    response = {500, to_text(Error(500, "exception", error.what()).to_body())};
  } catch (...) {
    spdlog::error("handler of {} threw something that is no exception", job.request.uri);
    response = {500, to_text(Error(500, "exception", "unknown failure").to_body())};
  }
  job.request.body = std::string();
  job.share = BodyShare();
  job.session->respond(std::move(response));
}

/// Decompresses the body. False if it cannot be, with the answer in `refusal`.
bool HttpServer::Impl::decode_body(RequestJob& job, server::RestResponse& refusal) {
  std::string name = job.request.header("content-encoding");
  if (name.empty() || name == "identity" || job.request.body.empty()) return true;
  name = lower_ascii(name);
  Coding coding = Coding::kIdentity;
  if (name == "gzip" || name == "x-gzip") coding = Coding::kGzip;
  if (name == "deflate") coding = Coding::kDeflate;
  const auto refuse = [&](Error error) {
    refusal.status = error.status;
    refusal.body = to_text(error.to_body());
    return false;
  };
  if (coding == Coding::kIdentity) {
    return refuse(Error(415, "illegal_argument_exception", "Content-Encoding [" + name + "] is not supported"));
  }
  std::string plain;
  bool busy = false;
  const auto allow = [&](size_t bytes) {
    if (bytes > options_.body_bytes_max) return false;
    busy = !job.share.grow_to(bytes);
    return !busy;
  };
  switch (decompress(job.request.body, coding, allow, plain)) {
    case Inflation::kDone: break;
    case Inflation::kMalformed:
      return refuse(Error(400, "illegal_argument_exception", "the body is not valid " + name));
    case Inflation::kTooLarge:
      if (busy) {
        refusal.headers.emplace_back("Retry-After", "1");
        return refuse(Error(429, "circuit_breaking_exception",
                            "[in_flight_requests] Data too large, data for [<http_request>] would be larger than the "
                            "limit of [" + std::to_string(budget.max()) + "b]")
                          .with("durability", "TRANSIENT"));
      }
      refusal.status = 413;
      refusal.content_type.clear();
      return false;
  }
  job.request.body = std::move(plain);
  return true;
}

void HttpServer::Impl::encode_body(const std::string& accept_encoding, server::RestResponse& response) {
  if (accept_encoding.empty() || response.stream || response.body.size() < options_.compress_bytes_min) return;
  const Coding coding = accepted_coding(accept_encoding);
  if (coding == Coding::kIdentity) return;
  std::string packed = compress(response.body, coding, options_.compression_level);
  if (packed.empty() || packed.size() >= response.body.size()) return;
  response.body = std::move(packed);
  response.headers.emplace_back("content-encoding", coding_name(coding));
}

void HttpServer::Impl::on_all(const std::function<void(IoThread&)>& what) {
  for (auto& io : io_) asio::post(io->context, [&io = *io, what] { what(io); });
}

void HttpServer::Impl::wait_for_sessions(int64_t timeout_ms) {
  const int64_t end = steady_now_ms() + timeout_ms;
  while (connections_.load() > 0 && steady_now_ms() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

void HttpServer::Impl::stop(int64_t grace_ms) {
  if (!started_) return;
  started_ = false;
  stopping.store(true);
  asio::post(io_[0]->context, [this] {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    accept_timer_->cancel();
  });
  const auto each = [](void (Session::*what)()) {
    return [what](IoThread& io) {
      for (auto it = io.sessions.begin(); it != io.sessions.end();) {
        const std::shared_ptr<Session> session = (it++)->second;
        ((*session).*what)();
      }
    };
  };
  on_all(each(&Session::stop_when_idle));
  wait_for_sessions(grace_ms);
  if (connections_.load() > 0) on_all(each(&Session::cut));
  for (auto& pool : pools_) pool->stop();
  on_all([](IoThread& io) { io.context.stop(); });
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

HttpStats HttpServer::Impl::stats() const {
  HttpStats out;
  out.connections = connections_.load();
  out.connections_total = connections_total_.load();
  out.requests_total = requests_total.load();
  out.body_bytes_in_flight = budget.used();
  for (const auto& pool : pools_) out.pools.push_back(pool->stats());
  return out;
}

HttpServer::HttpServer(HttpOptions options, Handler handler, Classify classify)
    : impl_(std::make_unique<Impl>(options, std::move(handler), std::move(classify))) {}
HttpServer::~HttpServer() = default;
void HttpServer::start() { impl_->start(); }
uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::stop(int64_t grace_ms) { impl_->stop(grace_ms); }
HttpStats HttpServer::stats() const { return impl_->stats(); }

}  // namespace tarn::http
