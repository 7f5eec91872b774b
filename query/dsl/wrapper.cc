#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

std::string decode_base64(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    uint32_t value;
    if (c >= 'A' && c <= 'Z') value = static_cast<uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z') value = static_cast<uint32_t>(c - 'a') + 26;
    else if (c >= '0' && c <= '9') value = static_cast<uint32_t>(c - '0') + 52;
    else if (c == '+') value = 62;
    else if (c == '/') value = 63;
    else if (c == '=') break;
    else throw ApiError(illegal_argument("Illegal base64 character " + fmt::format("{:x}", static_cast<unsigned char>(c))));
    bits = bits << 6 | value;
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8));
  }
  return out;
}

struct WrapperQuery final : Query {
  QueryPtr inner;
  PlanPtr bind(Binder& binder, float boost) const override { return tarn::query::bind(*inner, binder, boost); }
};

}  // namespace

std::shared_ptr<Query> parse_wrapper(const Json& body) {
  if (body.size() != 1 || body.begin().key() != "query") {
    fail_parse(body.empty() ? "[wrapper] query malformed" : "[wrapper] query malformed, expected `query` but was " + body.begin().key());
  }
  auto query = std::make_shared<WrapperQuery>();
  query->inner = parse_query(parse_json(decode_base64(read_text(body.begin().value()))));
  return query;
}

}  // namespace tarn::query
