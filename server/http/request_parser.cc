#include "server/http/request_parser.h"

#include <boost/beast/http/field.hpp>

namespace tarn::http {

RequestParser::RequestParser(const HttpOptions& options, BodyBudget& budget) : options_(options), share_(budget) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(options.header_bytes_max + options.line_bytes_max));
  body_limit(boost::none);  // judged in on_header_impl and on_body_impl, as a verdict and not as a syntax error
}

void RequestParser::on_request_impl(verb, string_view method, string_view target, int version,
                                    error_code&) {
  version_ = version;
  constexpr size_t kVersionBytes = sizeof(" HTTP/1.1") - 1;
  if (method.size() + 1 + target.size() + kVersionBytes > options_.line_bytes_max) verdict_ = Verdict::kLineTooLong;
  request_.method = server::method_from_name({method.data(), method.size()});
  request_.uri.assign(target.data(), target.size());
}

void RequestParser::on_field_impl(field name, string_view name_text, string_view value, error_code&) {
  auto& [key, text] = request_.headers.emplace_back();
  key.resize(name_text.size());
  for (size_t i = 0; i < name_text.size(); ++i) {
    const char c = name_text[i];
    key[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  text.assign(value.data(), value.size());
  if (name == field::expect) {
    wants_continue_ = boost::beast::iequals(value, "100-continue");
    if (!wants_continue_ && verdict_ == Verdict::kGood) verdict_ = Verdict::kBadExpectation;
  }
}

// Judged here, and not when the body begins, because a client that waits for 100-continue sends no body.
void RequestParser::on_header_impl(error_code&) {
  const auto length = content_length();
  if (!length || verdict_ != Verdict::kGood) return;
  if (*length > options_.body_bytes_max) {
    verdict_ = Verdict::kBodyTooLarge;
  } else if (!share_.grow_to(*length)) {
    verdict_ = Verdict::kTooBusy;
  } else {
    request_.body.reserve(*length);
  }
}

std::size_t RequestParser::on_body_impl(string_view body, error_code&) {
  body_bytes_ += body.size();
  if (verdict_ == Verdict::kGood) {
    if (body_bytes_ > options_.body_bytes_max) verdict_ = Verdict::kBodyTooLarge;
    else if (!share_.grow_to(body_bytes_)) verdict_ = Verdict::kTooBusy;
  }
  if (verdict_ == Verdict::kGood) {
    request_.body.append(body.data(), body.size());
  } else if (!request_.body.empty()) {
    request_.body = std::string();
    share_ = BodyShare();
  }
  return body.size();
}

}  // namespace tarn::http
