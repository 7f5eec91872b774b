#include "indexer/base/json_cursor.h"

#include <emmintrin.h>
#include <fmt/format.h>

#include <cstring>

#include "indexer/base/json.h"

namespace tarn {
namespace {

constexpr size_t kPadding = 64;
constexpr size_t kNumberBytesMax = 1000;
constexpr const char* kSource = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); byte offset: #";

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// The first byte from `p` that ends or complicates a string: quote, backslash, control, or beyond ASCII.
inline const char* find_special(const char* p) {
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), limit = _mm_set1_epi8(0x20);
  for (;; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed comparison: bytes beyond ASCII are negative, hence below 0x20 too.
    const __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                      _mm_cmplt_epi8(bytes, limit));
    const int mask = _mm_movemask_epi8(hits);
    if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string character(unsigned char c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return fmt::format("(CTRL-CHAR, code {})", c);
  return fmt::format("'{}' (code {})", static_cast<char>(c), c);
}

}  // namespace

std::string_view token_name(JsonToken token) {
  switch (token) {
    case JsonToken::kStartObject: return "START_OBJECT";
    case JsonToken::kEndObject: return "END_OBJECT";
    case JsonToken::kStartArray: return "START_ARRAY";
    case JsonToken::kEndArray: return "END_ARRAY";
    case JsonToken::kFieldName: return "FIELD_NAME";
    case JsonToken::kString: return "VALUE_STRING";
    case JsonToken::kInteger: return "VALUE_NUMBER_INT";
    case JsonToken::kFloat: return "VALUE_NUMBER_FLOAT";
    case JsonToken::kTrue: return "VALUE_TRUE";
    case JsonToken::kFalse: return "VALUE_FALSE";
    case JsonToken::kNull: return "VALUE_NULL";
    default: return "null";
  }
}

std::string_view xcontent_token_name(JsonToken token) {
  if (token == JsonToken::kInteger || token == JsonToken::kFloat) return "VALUE_NUMBER";
  if (token == JsonToken::kTrue || token == JsonToken::kFalse) return "VALUE_BOOLEAN";
  return token_name(token);
}

uint64_t JsonCursor::hash_name(std::string_view name) {
  uint64_t a = 0, b = 0;
  const size_t n = name.size();
  if (n >= 8) {
    std::memcpy(&a, name.data(), 8);
    std::memcpy(&b, name.data() + n - 8, 8);
    for (size_t i = 8; i + 8 < n; i += 8) {
      uint64_t c;
      std::memcpy(&c, name.data() + i, 8);
      a = (a ^ c) * 0x9e3779b97f4a7c15ULL;
      a ^= a >> 29;
    }
  } else if (n >= 4) {
    uint32_t x, y;
    std::memcpy(&x, name.data(), 4);
    std::memcpy(&y, name.data() + n - 4, 4);
    a = x, b = y;
  } else if (n > 0) {
    a = static_cast<unsigned char>(name[0]) | (static_cast<uint64_t>(static_cast<unsigned char>(name[n / 2])) << 8) |
        (static_cast<uint64_t>(static_cast<unsigned char>(name[n - 1])) << 16);
  }
  const unsigned __int128 product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15ULL) *
                                    ((b ^ 0xe7037ed1a0b428dbULL) + (static_cast<uint64_t>(n) << 1 | 1));
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

void JsonCursor::reset(std::string_view source) {
  if (source.starts_with("\xef\xbb\xbf")) source.remove_prefix(3);
  if (buffer_.size() < source.size() + kPadding) buffer_.resize(source.size() + source.size() / 2 + kPadding);
  std::memcpy(buffer_.data(), source.data(), source.size());
  std::memset(buffer_.data() + source.size(), 0, kPadding);
  begin_ = at_ = start_ = buffer_.data();
  end_ = begin_ + source.size();
  token_ = JsonToken::kNone;
  name_pending_ = false;
  failed_in_string_ = in_string_value_ = false;
  text_ = {};
  unescaped_.clear();
  frames_.clear();
  names_.clear();
}

Error JsonCursor::located(const char* type, const char* cause_type, const std::string& message, size_t offset) const {
  const std::string reason = message + kSource + std::to_string(offset) + "]";
  Error error(400, type, reason);
  error.caused_by(Error(400, cause_type, reason));
  return error;
}

Error JsonCursor::coercion(const std::string& message) const {
  return located("input_coercion_exception", "input_coercion_exception", message, position());
}

void JsonCursor::fail(const std::string& message, size_t offset) const {
  const_cast<JsonCursor*>(this)->failed_in_string_ = in_string_value_;
  throw ApiError(located("json_parse_exception", "stream_read_exception", message, offset));
}

void JsonCursor::fail_end(const std::string& message) const {
  const_cast<JsonCursor*>(this)->failed_in_string_ = in_string_value_;
  throw ApiError(located("unexpected_end_of_input_exception", "unexpected_end_of_input_exception", message,
                         static_cast<size_t>(end_ - begin_)));
}

void JsonCursor::unexpected(const std::string& expected) const {
  fail("Unexpected character (" + character(static_cast<unsigned char>(*at_)) + "): " + expected, position());
}

void JsonCursor::bad_token() const {
  const char* p = at_;
  while (p < end_ && (std::isalnum(static_cast<unsigned char>(*p)) || *p == '_' || *p == '$')) ++p;
  const std::string word(at_, p);
  if (word == "NaN" || word == "Infinity") {
    fail("Non-standard token '" + word + "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
         static_cast<size_t>(p - begin_));
  }
  if (word.empty()) unexpected("expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')");
  fail("Unrecognized token '" + word + "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
       position());
}

std::pair<int, int> JsonCursor::token_line_column() const {
  int line = 1;
  const char* line_start = begin_;
  for (const char* p = begin_; p < start_; ++p) {
    if (*p == '\n' || (*p == '\r' && p[1] != '\n')) {
      ++line;
      line_start = p + 1;
    }
  }
  return {line, static_cast<int>(start_ - line_start) + 1};
}

inline void JsonCursor::skip_space() {
  while (true) {
    while (is_space(*at_)) ++at_;
    if (*at_ != '/' || at_ >= end_) return;
    skip_comment();
  }
}

void JsonCursor::skip_comment() {
  if (at_[1] == '*') {
    const char* p = at_ + 2;
    while (p + 1 < end_ && !(p[0] == '*' && p[1] == '/')) ++p;
    if (p + 1 >= end_) fail_end("Unexpected end-of-input in a comment");
    at_ = p + 2;
  } else if (at_[1] == '/') {
    while (at_ < end_ && *at_ != '\n' && *at_ != '\r') ++at_;
  } else {
    ++at_;
    unexpected("was expecting either '*' or '/' for a comment");
  }
}

JsonToken JsonCursor::next() {
  in_string_value_ = false;
  skip_space();
  if (frames_.empty()) {
    if (at_ >= end_) return token_ = JsonToken::kEnd;
    if (*at_ == '}' || *at_ == ']') {
      fail(fmt::format("Unexpected close marker '{}': no open {} to close", *at_, *at_ == ']' ? "Array" : "Object"), position());
    }
    return begin_value();
  }
  if (at_ >= end_ && name_pending_) fail_end("Unexpected end-of-input within/between Object entries");
  if (at_ >= end_) {
    fail_end(fmt::format("Unexpected end-of-input: expected close marker for {} (start marker at [Source: REDACTED "
                         "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); byte offset: #UNKNOWN])",
                         frames_.back().object ? "Object" : "Array"));
  }
  if (name_pending_) {
    name_pending_ = false;
    return begin_value();
  }
  Frame& frame = frames_.back();
  if (*at_ == '}' || *at_ == ']') return pop(*at_ == '}');
  if (!frame.first) {
    if (*at_ != ',') {
      unexpected(frame.object ? "was expecting comma to separate Object entries" : "was expecting comma to separate Array entries");
    }
    ++at_;
    skip_space();
    if (at_ >= end_) {
      fail_end(frame.object ? "Unexpected end-of-input within/between Object entries" : "Unexpected end-of-input within/between Array entries");
    }
  }
  frame.first = false;
  return frame.object ? read_name() : begin_value();
}

JsonToken JsonCursor::pop(bool object) {
  Frame& frame = frames_.back();
  if (frame.object != object) {
    fail(fmt::format("Unexpected close marker '{}': expected '{}' (for {} starting at [Source: REDACTED "
                     "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); byte offset: #UNKNOWN])",
                     *at_, frame.object ? '}' : ']', frame.object ? "Object" : "Array"),
         position());
  }
  start_ = at_++;
  if (object) names_.resize(frame.names_begin);
  frames_.pop_back();
  return token_ = object ? JsonToken::kEndObject : JsonToken::kEndArray;
}

JsonToken JsonCursor::read_name() {
  start_ = at_;
  if (*at_ != '"') unexpected("was expecting double-quote to start property name");
  ++at_;
  text_ = read_string();
  name_hash_ = hash_name(text_);
  Frame& frame = frames_.back();
  const uint64_t bit = 1ULL << (name_hash_ & 63);
  uint64_t& word = frame.bloom[(name_hash_ >> 6) & 3];
  if (word & bit) check_duplicate(frame);
  word |= bit;
  names_.push_back({name_hash_, text_});
  skip_space();
  if (*at_ != ':') {
    if (at_ >= end_) fail_end("Unexpected end-of-input within/between Object entries");
    unexpected("was expecting a colon to separate property name and value");
  }
  ++at_;
  name_pending_ = true;
  return token_ = JsonToken::kFieldName;
}

void JsonCursor::check_duplicate(Frame& frame) {
  for (size_t i = frame.names_begin; i < names_.size(); ++i) {
    if (names_[i].hash == name_hash_ && names_[i].text == text_) {
      fail("Duplicate Object property \"" + std::string(text_) + "\"", position());
    }
  }
}

JsonToken JsonCursor::begin_value() {
  start_ = at_;
  switch (*at_) {
    case '"':
      ++at_;
      in_string_value_ = true;
      text_ = read_string();
      in_string_value_ = false;
      return token_ = JsonToken::kString;
    case '{':
    case '[':
      if (frames_.size() >= static_cast<size_t>(kJsonDepthMax)) {
        throw ApiError(Error(400, "stream_constraints_exception",
                             "Document nesting depth (1001) exceeds the maximum allowed (1000, from "
                             "`StreamReadConstraints.getMaxNestingDepth()`)"));
      }
      frames_.push_back({*at_ == '{', true, static_cast<uint32_t>(names_.size())});
      return token_ = *at_++ == '{' ? JsonToken::kStartObject : JsonToken::kStartArray;
    case 't': return read_literal("true", JsonToken::kTrue);
    case 'f': return read_literal("false", JsonToken::kFalse);
    case 'n': return read_literal("null", JsonToken::kNull);
    case '-':
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': return read_number();
    case '}':
    case ']':
      unexpected("expected a value");
    case '+':
      ++at_;
      fail("Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: enable "
           "`JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow",
           position());
    default: break;
  }
  if (at_ >= end_) fail_end("Unexpected end-of-input within/between Object entries");
  bad_token();
}

JsonToken JsonCursor::read_literal(const char* word, JsonToken token) {
  const size_t size = std::strlen(word);
  if (std::memcmp(at_, word, size) != 0 || std::isalnum(static_cast<unsigned char>(at_[size])) || at_[size] == '_') bad_token();
  text_ = {at_, size};
  at_ += size;
  return token_ = token;
}

JsonToken JsonCursor::read_number() {
  const char* p = at_;
  const bool negative = *p == '-';
  if (negative) ++p;
  if (!is_digit(*p)) {
    at_ = p;
    if (p >= end_) fail_end("Unexpected end-of-input in numeric value");
    if (std::memcmp(p, "Infinity", 8) == 0) {
      fail("Non-standard token '-Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", position() + 8);
    }
    fail("Unexpected character (" + character(static_cast<unsigned char>(*p)) +
             ") in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
         position());
  }
  const char* digits = p;
  uint64_t value = 0;
  while (is_digit(*p)) value = value * 10 + static_cast<uint64_t>(*p++ - '0');
  const size_t digit_count = static_cast<size_t>(p - digits);
  if (*digits == '0' && digit_count > 1) {
    at_ = digits + 1;
    fail("Invalid numeric value: Leading zeroes not allowed", position());
  }
  bool integral = true;
  if (*p == '.') {
    integral = false;
    ++p;
    if (!is_digit(*p)) {
      at_ = p;
      fail("Unexpected character (" + character(static_cast<unsigned char>(*p)) + ") in numeric value: Decimal point not followed by a digit",
           position());
    }
    while (is_digit(*p)) ++p;
  }
  if (*p == 'e' || *p == 'E') {
    integral = false;
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!is_digit(*p)) {
      at_ = p;
      fail("Unexpected character (" + character(static_cast<unsigned char>(*p)) +
               ") in numeric value: Exponent indicator not followed by a digit",
           position());
    }
    while (is_digit(*p)) ++p;
  }
  text_ = {at_, static_cast<size_t>(p - at_)};
  at_ = p;
  if (text_.size() > kNumberBytesMax) {
    const std::string reason = fmt::format(
        "Number value length ({}) exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNumberLength()`)", text_.size());
    throw ApiError(Error(400, "stream_constraints_exception", reason));
  }
  if (!integral) return token_ = JsonToken::kFloat;
  // 19 digits cannot overflow 64 unsigned bits; more cannot fit 63.
  fits_int64_ = digit_count <= 19 && value <= (negative ? 1ULL << 63 : (1ULL << 63) - 1);
  integer_ = static_cast<int64_t>(negative ? 0 - value : value);
  return token_ = JsonToken::kInteger;
}

std::string_view JsonCursor::read_string() {
  const char* from = at_;
  const char* p = at_;
  while (true) {
    p = find_special(p);
    if (*p == '"') {
      at_ = p + 1;
      return {from, static_cast<size_t>(p - from)};
    }
    if (static_cast<signed char>(*p) < 0) {
      p = check_utf8(p);
      continue;
    }
    at_ = p;
    return read_escaped(from);
  }
}

std::string_view JsonCursor::read_escaped(const char* from) {
  // An unescaped text is never longer than its source, so the views handed out before stay valid.
  if (unescaped_.capacity() < static_cast<size_t>(end_ - begin_) && unescaped_.empty()) {
    unescaped_.reserve(static_cast<size_t>(end_ - begin_) + 64);
  }
  const size_t begin = unescaped_.size();
  const char* p = at_;
  const char* plain = from;
  while (true) {
    p = find_special(p);
    if (static_cast<signed char>(*p) < 0) {
      p = check_utf8(p);
      continue;
    }
    unescaped_.append(plain, p);
    at_ = p;
    if (*p == '"') {
      at_ = p + 1;
      return std::string_view(unescaped_).substr(begin);
    }
    if (*p != '\\') {
      if (p >= end_) fail_end(in_string_value_ ? "Unexpected end-of-input in VALUE_STRING" : "Unexpected end-of-input in field name");
      fail("Illegal unquoted character (" + character(static_cast<unsigned char>(*p)) +
               "): has to be escaped using backslash to be included in " + (in_string_value_ ? "string value" : "name"),
           position());
    }
    ++p;
    switch (*p) {
      case '"': unescaped_ += '"'; break;
      case '\\': unescaped_ += '\\'; break;
      case '/': unescaped_ += '/'; break;
      case 'b': unescaped_ += '\b'; break;
      case 'f': unescaped_ += '\f'; break;
      case 'n': unescaped_ += '\n'; break;
      case 'r': unescaped_ += '\r'; break;
      case 't': unescaped_ += '\t'; break;
      case 'u': {
        const auto unit_at = [&](const char* digits) {
          uint32_t unit = 0;
          for (int i = 0; i < 4; ++i) {
            const int digit = hex_digit(digits[i]);
            if (digit < 0) {
              at_ = digits + i;
              if (at_ >= end_) fail_end("Unexpected end-of-input in character escape sequence");
              fail("Unexpected character (" + character(static_cast<unsigned char>(*at_)) +
                       "): expected a hex-digit for character escape sequence",
                   position());
            }
            unit = unit << 4 | static_cast<uint32_t>(digit);
          }
          return unit;
        };
        uint32_t c = unit_at(p + 1);
        p += 4;
        if (c >= 0xd800 && c < 0xdc00 && p[1] == '\\' && p[2] == 'u') {
          const uint32_t low = unit_at(p + 3);
          if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
          }
        }
        // A lone surrogate has no UTF-8; Lucene writes U+FFFD for it.
        append_utf8(unescaped_, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
        break;
      }
      default:
        at_ = p;
        if (p >= end_) fail_end("Unexpected end-of-input in character escape sequence");
        fail("Unrecognized character escape " + character(static_cast<unsigned char>(*p)), position());
    }
    plain = ++p;
  }
}

const char* JsonCursor::check_utf8(const char* p) {
  const auto lead = static_cast<unsigned char>(*p);
  int more;
  if (lead >= 0xc2 && lead < 0xe0) {
    more = 1;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    more = 2;
  } else if (lead >= 0xf0 && lead < 0xf5) {
    more = 3;
  } else {
    fail(fmt::format("Invalid UTF-8 start byte 0x{:x}", lead), static_cast<size_t>(p - begin_) + 1);
  }
  for (int i = 1; i <= more; ++i) {
    const auto next = static_cast<unsigned char>(p[i]);
    const bool bad = (next & 0xc0) != 0x80 || (i == 1 && ((lead == 0xe0 && next < 0xa0) || (lead == 0xf0 && next < 0x90) ||
                                                          (lead == 0xf4 && next > 0x8f)));
    if (bad) fail(fmt::format("Invalid UTF-8 middle byte 0x{:x}", next), static_cast<size_t>(p - begin_) + i + 1);
  }
  return p + more + 1;
}

void JsonCursor::skip_children() {
  if (token_ != JsonToken::kStartObject && token_ != JsonToken::kStartArray) return;
  const size_t depth = frames_.size() - 1;
  while (frames_.size() > depth) next();
}

}  // namespace tarn
