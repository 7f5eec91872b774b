#include "server/http/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "server/http/compression.h"
#include "tests/http/http_client.h"

namespace tarn::http {
namespace {

using server::Method;
using server::RestRequest;
using server::RestResponse;
using namespace std::chrono_literals;

/// Answers by path: /echo the body, /slow waits for release(), /big 8 MB, /stream lines, /id the query, /wait until cancelled.
class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    options_.port = 0;
    options_.pools = {{"fast", 2, 100}, {"slow", 1, 1}};
    options_.body_bytes_max = 1 << 20;
    options_.body_bytes_in_flight_max = 4 << 20;
    options_.headers = {{"X-Test", "yes"}};
  }
  ~HttpServerTest() override {
    release();
    if (server_) server_->stop(1000);
  }

  void start() {
    server_ = std::make_unique<HttpServer>(
        options_, [this](RestRequest& request) { return handle(request); },
        [](const RestRequest& request) { return request.uri == "/slow" ? size_t{1} : size_t{0}; });
    server_->start();
  }
  void release() {
    if (!released_.exchange(true)) gate_.count_down();
  }

  RestResponse handle(RestRequest& request) {
    RestResponse response;
    response.content_type = "text/plain";
    if (request.uri == "/echo") response.body = std::move(request.body);
    if (request.uri.starts_with("/id")) response.body = request.uri;
    if (request.uri == "/slow") {
      running_.fetch_add(1);
      gate_.wait();
      response.body = "done";
    }
    if (request.uri == "/wait") {
      running_.fetch_add(1);
      for (int i = 0; i < 1000 && !request.is_cancelled(); ++i) std::this_thread::sleep_for(5ms);
      cancelled_seen_ = request.is_cancelled();
    }
    if (request.uri == "/big") response.body.assign(8 << 20, 'b');
    if (request.uri == "/text") response.body = std::string(5000, 't');
    if (request.uri == "/throw") throw std::runtime_error("oops");
    if (request.uri == "/stream") {
      response.stream = [i = 0](std::string& chunk) mutable {
        chunk += "line " + std::to_string(i) + "\n";
        return ++i < 20000;
      };
    }
    if (request.uri == "/broken-stream") {
      response.stream = [](std::string&) -> bool { throw std::runtime_error("half-way"); };
    }
    return response;
  }

  template <class Condition>
  static bool eventually(const Condition& condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }


  HttpOptions options_;
  std::unique_ptr<HttpServer> server_;
  std::latch gate_{1};
  std::atomic<bool> released_{false};
  std::atomic<int> running_{0};
  std::atomic<bool> cancelled_seen_{false};
};

std::string post(const std::string& uri, const std::string& body, const std::string& headers = "") {
  return "POST " + uri + " HTTP/1.1\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& uri, const std::string& headers = "") {
  return "GET " + uri + " HTTP/1.1\r\n" + headers + "\r\n";
}

}  // namespace

TEST_F(HttpServerTest, answers_many_requests_on_one_connection) {
  start();
  WireClient client(server_->port());
  for (int i = 0; i < 50; ++i) {
    client.send(post("/echo", "body " + std::to_string(i)));
    const WireAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "body " + std::to_string(i));
    EXPECT_EQ(answer.headers.at("x-test"), "yes");
  }
  EXPECT_EQ(server_->stats().requests_total, 50U);
}

TEST_F(HttpServerTest, answers_pipelined_requests_in_order) {
  start();
  WireClient client(server_->port());
  std::string burst;
  for (int i = 0; i < 200; ++i) burst += i % 3 ? get("/id?" + std::to_string(i)) : post("/echo", std::string(i, 'e'));
  client.send(burst);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(client.answer().body, i % 3 ? "/id?" + std::to_string(i) : std::string(i, 'e'));
  }
}

TEST_F(HttpServerTest, takes_a_request_in_single_bytes) {
  start();
  WireClient client(server_->port());
  const std::string bytes = "\r\n" + post("/echo", "hello") + get("/id");
  for (const char c : bytes) {
    client.send({&c, 1});
    if (c == '\n') std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(client.answer().body, "/id");
}

TEST_F(HttpServerTest, reads_chunked_bodies) {
  start();
  WireClient client(server_->port());
  client.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  std::this_thread::sleep_for(10ms);
  client.send("1;ext=1\r\nd\r\n0\r\nTrailer: x\r\n\r\n" + get("/id"));
  EXPECT_EQ(client.answer().body, "abcd");
  EXPECT_EQ(client.answer().body, "/id");
}

TEST_F(HttpServerTest, asks_a_waiting_client_to_continue) {
  start();
  WireClient client(server_->port());
  client.send("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send("hello");
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(HttpServerTest, refuses_large_bodies_with_413_before_they_are_sent) {
  start();
  WireClient waiting(server_->port());
  waiting.send("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9000000\r\n\r\n");
  EXPECT_EQ(waiting.answer().status, 413);
  WireClient pushing(server_->port());
  pushing.send("POST /echo HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n" + std::string(9000000, 'x'));
  EXPECT_EQ(pushing.answer().status, 413);
  WireClient chunking(server_->port());
  chunking.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + std::string(0x200000, 'x'));
  EXPECT_EQ(chunking.answer().status, 413);
}

TEST_F(HttpServerTest, refuses_long_lines_and_headers_and_nonsense) {
  start();
  const auto refusal = [&](const std::string& bytes) {
    WireClient client(server_->port());
    client.send(bytes);
    const WireAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(client.closed());
    return answer.body;
  };
  EXPECT_NE(refusal(get("/" + std::string(5000, 'x'))).find("too_long_http_line_exception"), std::string::npos);
  EXPECT_NE(refusal(get("/" + std::string(100000, 'x'))).find("too_long_http_line_exception"), std::string::npos);
  EXPECT_NE(refusal(get("/", "X: " + std::string(30000, 'x') + "\r\n")).find("too_long_http_header_exception"),
            std::string::npos);
  EXPECT_NE(refusal("nonsense\r\n\r\n").find("illegal_argument_exception"), std::string::npos);
  refusal("POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}");
  refusal("POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}");
}

TEST_F(HttpServerTest, compresses_large_answers_if_asked) {
  start();
  WireClient client(server_->port());
  for (const auto& [accept, coding] : {std::pair{"gzip, deflate", Coding::kGzip}, {"deflate", Coding::kDeflate}}) {
    client.send(get("/text", std::string("Accept-Encoding: ") + accept + "\r\n"));
    const WireAnswer answer = client.answer();
    EXPECT_EQ(answer.headers.at("content-encoding"), coding_name(coding));
    std::string plain;
    EXPECT_EQ(decompress(answer.body, coding, [](size_t) { return true; }, plain), Inflation::kDone);
    EXPECT_EQ(plain, std::string(5000, 't'));
  }
  client.send(get("/id", "Accept-Encoding: gzip\r\n"));
  EXPECT_FALSE(client.answer().headers.contains("content-encoding"));
  client.send(get("/text", "Accept-Encoding: gzip;q=0, br\r\n"));
  EXPECT_EQ(client.answer().body.size(), 5000U);
}

TEST_F(HttpServerTest, reads_compressed_bodies) {
  start();
  WireClient client(server_->port());
  const std::string text(300000, 'z');
  client.send(post("/echo", compress(text, Coding::kGzip, 6), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.answer().body, text);
  client.send(post("/echo", compress(text, Coding::kDeflate, 6), "Content-Encoding: deflate\r\n"));
  EXPECT_EQ(client.answer().body, text);
  client.send(post("/echo", "no gzip", "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.answer().status, 400);
  client.send(post("/echo", "x", "Content-Encoding: br\r\n"));
  EXPECT_EQ(client.answer().status, 415);
  client.send(post("/echo", compress(std::string(20 << 20, 'z'), Coding::kGzip, 6), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.answer().status, 413) << "a small body that grows beyond the limit";
  client.send(get("/id"));
  EXPECT_EQ(client.answer().body, "/id");
}

TEST_F(HttpServerTest, head_has_the_length_of_the_body_and_no_body) {
  start();
  WireClient client(server_->port());
  client.send("HEAD /text HTTP/1.1\r\n\r\n" + get("/id"));
  EXPECT_EQ(client.answer(true).headers.at("content-length"), "5000");
  EXPECT_EQ(client.answer().body, "/id");
}

TEST_F(HttpServerTest, closes_when_the_client_wants_it) {
  start();
  WireClient close(server_->port());
  close.send(get("/id", "Connection: close\r\n"));
  EXPECT_EQ(close.answer().status, 200);
  EXPECT_TRUE(close.closed());
  WireClient old(server_->port());
  old.send("GET /id HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.answer().body, "/id");
  EXPECT_TRUE(old.closed());
}

TEST_F(HttpServerTest, writes_large_answers_to_a_slow_reader_and_goes_on) {
  start();
  WireClient client(server_->port());
  client.send(get("/big") + get("/id"));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(client.answer().body.size(), size_t{8} << 20);
  EXPECT_EQ(client.answer().body, "/id");
}

TEST_F(HttpServerTest, streams_in_chunks_and_goes_on) {
  start();
  WireClient client(server_->port());
  client.send(get("/stream") + get("/id"));
  const WireAnswer answer = client.answer();
  EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(std::count(answer.body.begin(), answer.body.end(), '\n'), 20000);
  EXPECT_EQ(client.answer().body, "/id");
  client.send(get("/broken-stream"));
  EXPECT_FALSE(client.answer().headers.contains("complete"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, a_full_queue_answers_429_while_other_pools_work) {
  start();
  WireClient running(server_->port());
  running.send(get("/slow"));
  ASSERT_TRUE(eventually([&] { return running_ == 1; }));
  WireClient queued(server_->port());
  queued.send(get("/slow"));
  ASSERT_TRUE(eventually([&] { return server_->stats().pools[1].queued == 1; }));
  WireClient refused(server_->port());
  refused.send(get("/slow") + get("/id"));
  const WireAnswer answer = refused.answer();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
  EXPECT_NE(answer.body.find("rejected_execution_exception"), std::string::npos);
  EXPECT_EQ(refused.answer().body, "/id") << "the connection and the other pool go on";
  release();
  EXPECT_EQ(running.answer().body, "done");
  EXPECT_EQ(queued.answer().body, "done");
}

TEST_F(HttpServerTest, bodies_beyond_the_budget_answer_429_and_it_is_given_back) {
  options_.body_bytes_in_flight_max = 100000;
  start();
  WireClient half(server_->port());
  half.send("POST /echo HTTP/1.1\r\nContent-Length: 90000\r\n\r\nxxx");
  ASSERT_TRUE(eventually([&] { return server_->stats().body_bytes_in_flight == 90000; }));
  WireClient client(server_->port());
  client.send(post("/echo", std::string(20000, 'x')));
  const WireAnswer answer = client.answer();
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.body.find("circuit_breaking_exception"), std::string::npos);
  half.close();
  ASSERT_TRUE(eventually([&] { return server_->stats().body_bytes_in_flight == 0; }));
  client.send(post("/echo", std::string(20000, 'x')));
  EXPECT_EQ(client.answer().body.size(), 20000U);
  EXPECT_EQ(server_->stats().body_bytes_in_flight, 0U);
}

TEST_F(HttpServerTest, tells_the_handler_that_the_client_has_gone) {
  start();
  WireClient client(server_->port());
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return running_ == 1; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return cancelled_seen_.load(); }));
  EXPECT_TRUE(eventually([&] { return server_->stats().connections == 0; }));
}

TEST_F(HttpServerTest, cuts_slow_and_idle_clients) {
  options_.read_timeout_ms = 100;
  options_.idle_timeout_ms = 200;
  start();
  WireClient slow(server_->port());
  slow.send("GET /id HTT");
  WireClient idle(server_->port());
  idle.send(get("/id"));
  EXPECT_EQ(idle.answer().status, 200);
  EXPECT_TRUE(slow.closed());
  EXPECT_TRUE(idle.closed());
}

TEST_F(HttpServerTest, a_handler_that_throws_is_a_500) {
  start();
  WireClient client(server_->port());
  client.send(get("/throw") + get("/id"));
  EXPECT_EQ(client.answer().status, 500);
  EXPECT_EQ(client.answer().body, "/id");
}

TEST_F(HttpServerTest, stop_lets_running_requests_finish_and_closes_the_rest) {
  start();
  WireClient running(server_->port());
  running.send(get("/slow"));
  ASSERT_TRUE(eventually([&] { return running_ == 1; }));
  WireClient idle(server_->port());
  idle.send(get("/id"));
  EXPECT_EQ(idle.answer().status, 200);
  std::thread stopping([&] { server_->stop(5000); });
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(WireClient(server_->port()).connected());
  release();
  const WireAnswer answer = running.answer();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  stopping.join();
  EXPECT_EQ(server_->stats().connections, 0U);
}

TEST_F(HttpServerTest, stop_cancels_and_cuts_what_does_not_finish) {
  start();
  WireClient client(server_->port());
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return running_ == 1; }));
  server_->stop(50);
  EXPECT_TRUE(cancelled_seen_);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, serves_many_clients_on_two_io_threads) {
  options_.io_threads = 2;
  start();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int c = 0; c < 5; ++c) {
        WireClient client(server_->port());
        for (int i = 0; i < 40; ++i) {
          const std::string body(static_cast<size_t>((t * 7919 + i * 104729) % 70000), 'x');
          client.send(post("/echo", body));
          if (client.answer().body == body) good.fetch_add(1);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8 * 5 * 40);
}

TEST_F(HttpServerTest, an_address_in_use_is_an_error) {
  start();
  HttpOptions same = options_;
  same.port = server_->port();
  HttpServer second(same, [](RestRequest&) { return RestResponse(); });
  EXPECT_THROW(second.start(), std::runtime_error);
}

}  // namespace tarn::http
