#include "server/render/json_scanner.h"

#include <charconv>
#include <cmath>

#include "indexer/base/json.h"

namespace tarn::server {
namespace {

bool is_scalar_end(char c) {
  return c == ',' || c == '}' || c == ']' || c == ':' || c == '/' || static_cast<unsigned char>(c) <= ' ';
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 63));
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

uint32_t hex4(std::string_view text, size_t position) {
  uint32_t value = 0;
  if (position + 4 <= text.size()) {
    std::from_chars(text.data() + position, text.data() + position + 4, value, 16);
  }
  return value;
}

}  // namespace

void JsonScanner::skip_blanks() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (static_cast<unsigned char>(c) <= ' ') {
      ++position_;
    } else if (c == '/' && text_.substr(position_, 2) == "/*") {
      const size_t end = text_.find("*/", position_ + 2);
      position_ = end == text_.npos ? text_.size() : end + 2;
    } else if (c == '/' && text_.substr(position_, 2) == "//") {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else if (position_ == 0 && text_.starts_with("\xEF\xBB\xBF")) {
      position_ = 3;
    } else {
      return;
    }
  }
}

char JsonScanner::peek() {
  skip_blanks();
  return position_ < text_.size() ? text_[position_] : '\0';
}

bool JsonScanner::accept(char c) {
  if (peek() != c || c == '\0') return false;
  ++position_;
  return true;
}

std::string_view JsonScanner::scalar() {
  const size_t start = (skip_blanks(), position_);
  if (start < text_.size() && text_[start] == '"') {
    ++position_;
    while (position_ < text_.size() && text_[position_] != '"') position_ += text_[position_] == '\\' ? 2 : 1;
    position_ = std::min(position_ + 1, text_.size());
  } else {
    while (position_ < text_.size() && !is_scalar_end(text_[position_])) ++position_;
    // A stray character would make no progress; it cannot occur in valid text.
    if (position_ == start && position_ < text_.size()) ++position_;
  }
  return text_.substr(start, position_ - start);
}

std::string_view JsonScanner::value() {
  const char first = peek();
  const size_t start = position_;
  if (first != '{' && first != '[') return scalar();
  int depth = 0;
  do {
    const char c = peek();
    if (c == '\0') break;
    if (c == '"') {
      scalar();
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++position_;
  } while (depth > 0);
  return text_.substr(start, position_ - start);
}

std::string unquote_json(std::string_view quoted) {
  if (quoted.size() >= 2) quoted = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(quoted.size());
  for (size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 1 == quoted.size()) {
      out += quoted[i];
      continue;
    }
    switch (const char c = quoted[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'u': {
        uint32_t code = hex4(quoted, i + 1);
        i += 4;
        if (code >= 0xD800 && code < 0xDC00 && quoted.substr(std::min(i + 1, quoted.size()), 2) == "\\u") {
          const uint32_t low = hex4(quoted, i + 3);
          if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
          }
        }
        append_utf8(out, code);
        break;
      }
      default: out += c;
    }
  }
  return out;
}

void append_scalar(std::string& out, std::string_view scalar) {
  if (scalar.starts_with('"')) {
    if (scalar.find('\\') == scalar.npos) {
      out += scalar;
    } else {
      append_json_string(out, unquote_json(scalar));
    }
    return;
  }
  const bool number = !scalar.empty() && (scalar[0] == '-' || (scalar[0] >= '0' && scalar[0] <= '9'));
  if (!number || scalar.find_first_of(".eE") == scalar.npos) {
    out += scalar;
    return;
  }
  double value = 0;
  const auto [end, code] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
  if (code != std::errc() || !std::isfinite(value)) {
    out += scalar;  // beyond a double; better exact than "Infinity"
    return;
  }
  append_double(out, value);
}

void append_value(std::string& out, JsonScanner& scanner) {
  const char first = scanner.peek();
  if (first != '{' && first != '[') {
    append_scalar(out, scanner.scalar());
    return;
  }
  const bool object = first == '{';
  const char close = object ? '}' : ']';
  scanner.accept(first);
  out += first;
  while (!scanner.at_end() && !scanner.accept(close)) {
    if (object) {
      append_scalar(out, scanner.scalar());
      scanner.accept(':');
      out += ':';
    }
    append_value(out, scanner);
    if (scanner.accept(',')) out += ',';
  }
  out += close;
}

}  // namespace tarn::server
