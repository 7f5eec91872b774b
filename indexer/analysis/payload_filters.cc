#include <bit>
#include <charconv>

#include "indexer/analysis/filters.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

TokenExtra& extra_for(Token& token, TokenBuffer& tokens) {
  if (token.extra == 0) {
    tokens.extras.emplace_back();
  } else {
    tokens.extras.push_back(tokens.extras[token.extra - 1]);
  }
  token.extra = static_cast<uint32_t>(tokens.extras.size());
  return tokens.extras.back();
}

/// Cuts a term at the first delimiter; false if there is none.
bool split_at_delimiter(std::string_view delimiter, std::string_view& term, std::string_view& tail) {
  size_t at = term.find(delimiter);
  if (at == std::string_view::npos) return false;
  tail = term.substr(at + delimiter.size());
  term = term.substr(0, at);
  return true;
}

/// As ArrayUtil.parseInt, with its words.
int32_t parse_number(std::string_view text) {
  auto refuse = [](const char* why) { throw ApiError(400, "number_format_exception", why); };
  if (text.empty()) refuse("chars length is 0");
  if (text == "-") refuse("can't convert to an int");
  const bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  int64_t value = 0;
  for (const char *p = text.data(), *end = p + text.size(); p < end;) {
    const int digit = digit_value(next_code_point(p, end));
    if (digit < 0) refuse("Unable to parse");
    value = value * 10 + digit;
    if (value > int64_t{INT32_MAX} + (negative ? 1 : 0)) refuse("Unable to parse");
  }
  return static_cast<int32_t>(negative ? -value : value);
}

class DelimitedPayloadFilter final : public TokenFilter {
 public:
  enum class Encoding { kFloat, kInt, kIdentity };
  DelimitedPayloadFilter(char32_t delimiter, Encoding encoding) : encoding_(encoding) {
    append_code_point(delimiter_, delimiter);
  }

  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      std::string_view tail;
      if (split_at_delimiter(delimiter_, token.term, tail)) extra_for(token, tokens).payload = encode(tail);
    }
  }

 private:
  std::string encode(std::string_view text) const {
    if (encoding_ == Encoding::kIdentity) return std::string(text);
    uint32_t bits = 0;
    bool ok = false;
    if (encoding_ == Encoding::kFloat) {
      float value = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      ok = error == std::errc() && end == text.data() + text.size();
      bits = std::bit_cast<uint32_t>(value);
    } else {
      ok = true;
      bits = static_cast<uint32_t>(parse_number(text));
    }
    if (!ok) throw ApiError(400, "number_format_exception", "For input string: \"" + std::string(text) + "\"");
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift & 0xFF);
    return bytes;
  }

  std::string delimiter_;
  Encoding encoding_;
};

class DelimitedTermFrequencyFilter final : public TokenFilter {
 public:
  explicit DelimitedTermFrequencyFilter(char32_t delimiter) { append_code_point(delimiter_, delimiter); }

  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      std::string_view tail;
      if (!split_at_delimiter(delimiter_, token.term, tail)) continue;
      const int32_t frequency = parse_number(tail);
      if (frequency < 1) {
        throw ApiError(illegal_argument("Term frequency must be 1 or greater; got " + std::to_string(frequency)));
      }
      extra_for(token, tokens).term_frequency = frequency;
    }
  }

 private:
  std::string delimiter_;
};

class TypeAsPayloadFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) extra_for(token, tokens).payload = token.type;
  }
};

}  // namespace

TokenFilterPtr make_delimited_payload_filter(char32_t delimiter, const std::string& encoding) {
  using Encoding = DelimitedPayloadFilter::Encoding;
  Encoding e = encoding == "int" ? Encoding::kInt : encoding == "identity" ? Encoding::kIdentity : Encoding::kFloat;
  return std::make_shared<DelimitedPayloadFilter>(delimiter, e);
}

TokenFilterPtr make_delimited_term_frequency_filter(char32_t delimiter) {
  return std::make_shared<DelimitedTermFrequencyFilter>(delimiter);
}

TokenFilterPtr make_type_as_payload_filter() { return std::make_shared<TypeAsPayloadFilter>(); }

}  // namespace tarn::analysis
