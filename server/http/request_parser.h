#pragma once

#include <atomic>
#include <boost/beast/http/basic_parser.hpp>
#include <string>

#include "server/http/http_server.h"

namespace tarn::http {

/// Bytes of request bodies that all connections hold together.
class BodyBudget {
 public:
  explicit BodyBudget(size_t max) : max_(max) {}
  bool reserve(size_t bytes) {
    const size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= max_) return true;
    release(bytes);
    return false;
  }
  void release(size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  size_t used() const { return used_.load(std::memory_order_relaxed); }
  size_t max() const { return max_; }

 private:
  const size_t max_;
  std::atomic<size_t> used_{0};
};

/// A share of the budget, given back when it dies.
class BodyShare {
 public:
  BodyShare() = default;
  explicit BodyShare(BodyBudget& budget) : budget_(&budget) {}
  BodyShare(BodyShare&& other) noexcept { *this = std::move(other); }
  BodyShare& operator=(BodyShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~BodyShare() {
    if (budget_) budget_->release(bytes_);
  }
  /// Makes the share at least `bytes` large.
  bool grow_to(size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!budget_->reserve(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }

 private:
  BodyBudget* budget_ = nullptr;
  size_t bytes_ = 0;
};

/// What is wrong with a request that is well-formed; its body is dropped from then on.
enum class Verdict { kGood, kLineTooLong, kBodyTooLarge, kTooBusy, kBadExpectation };

/// Beast's grammar of one request, filling a RestRequest as it goes. Not reusable.
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(const HttpOptions& options, BodyBudget& budget);

  server::RestRequest& request() { return request_; }
  BodyShare& share() { return share_; }
  Verdict verdict() const { return verdict_; }
  bool wants_continue() const { return wants_continue_ && verdict_ == Verdict::kGood; }
  void continue_sent() { wants_continue_ = false; }
  size_t body_bytes() const { return body_bytes_; }
  bool http10() const { return version_ < 11; }

 private:
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(verb, string_view method, string_view target, int version, error_code&) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field, string_view name, string_view value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(error_code&) override {}

  const HttpOptions& options_;
  server::RestRequest request_;
  BodyShare share_;
  Verdict verdict_ = Verdict::kGood;
  bool wants_continue_ = false;
  size_t body_bytes_ = 0;
  int version_ = 11;
};

}  // namespace tarn::http
