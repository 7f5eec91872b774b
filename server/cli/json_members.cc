#include "server/cli/json_members.h"

#include <cstring>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn::cli {
namespace {

constexpr size_t kNone = std::string_view::npos;

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
    ++at;
  return at;
}

/// Behind the closing quote of the text that begins at `at`.
size_t text_end(std::string_view text, size_t at) {
  size_t from = at + 1;
  while (from < text.size()) {
    const void* found = std::memchr(text.data() + from, '"', text.size() - from);
    if (found == nullptr) return kNone;
    const auto quote = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    size_t slashes = 0;
    while (quote - slashes > at + 1 && text[quote - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return quote + 1;
    from = quote + 1;
  }
  return kNone;
}

size_t structure_end(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = text_end(text, at);
        if (at == kNone) return kNone;
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return at + 1;
        break;
      default:
        break;
    }
    ++at;
  }
  return kNone;
}

}  // namespace

size_t value_end(std::string_view text, size_t at) {
  if (at >= text.size()) return kNone;
  if (text[at] == '"') return text_end(text, at);
  if (text[at] == '{' || text[at] == '[') return structure_end(text, at);
  const size_t start = at;
  while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) ||
                              text[at] == '-' || text[at] == '+' || text[at] == '.'))
    ++at;
  return at == start ? kNone : at;
}

bool scan_members(std::string_view text, std::vector<JsonMember>& members) {
  members.clear();
  size_t at = skip_blanks(text, 0);
  if (at == text.size() || (text[at] != '{' && text[at] != '[')) return false;
  const bool object = text[at] == '{';
  const char close = object ? '}' : ']';
  at = skip_blanks(text, at + 1);
  if (at < text.size() && text[at] == close) return skip_blanks(text, at + 1) == text.size();
  while (at < text.size()) {
    JsonMember member;
    if (object) {
      if (text[at] != '"') return false;
      const size_t key_end = text_end(text, at);
      if (key_end == kNone) return false;
      member.key = text.substr(at + 1, key_end - at - 2);
      at = skip_blanks(text, key_end);
      if (at >= text.size() || text[at] != ':') return false;
      at = skip_blanks(text, at + 1);
    }
    const size_t end = value_end(text, at);
    if (end == kNone) return false;
    member.value = text.substr(at, end - at);
    members.push_back(member);
    at = skip_blanks(text, end);
    if (at >= text.size()) return false;
    if (text[at] == close) return skip_blanks(text, at + 1) == text.size();
    if (text[at] != ',') return false;
    at = skip_blanks(text, at + 1);
  }
  return false;
}

std::string_view find_member(const std::vector<JsonMember>& members, std::string_view key) {
  for (const JsonMember& member : members) {
    if (member.key == key) return member.value;
  }
  return {};
}

std::string unescape_json(std::string_view inside) {
  if (inside.find('\\') == std::string_view::npos) return std::string(inside);
  try {
    return parse_json('"' + std::string(inside) + '"').get<std::string>();
  } catch (const ApiError&) {
    return std::string(inside);  // broken escapes stay as they are; the server will say so
  }
}

}  // namespace tarn::cli
