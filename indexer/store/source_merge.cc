#include "indexer/store/source_merge.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace tarn {
namespace {

constexpr int kDepthMax = 1000;

/// Bytes that end a number or a literal.
constexpr auto kEndsScalar = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {',', '}', ']', ' ', '\t', '\r', '\n', '\0'}) table[c] = true;
  return table;
}();

/// Walks JSON text that was parsed before; only as strict as it must be to stay inside its bounds.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  size_t position() const { return at_; }
  bool at_end() {
    skip_space();
    return at_ >= text_.size();
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  /// The bytes between the quotes, escapes and all.
  bool string(std::string_view& raw) {
    if (!take('"')) return false;
    const size_t begin = at_;
    for (size_t from = begin;;) {
      const size_t quote = text_.find('"', from);
      if (quote == std::string_view::npos) return false;
      // A quote behind an odd number of backslashes is a part of the string.
      size_t backslashes = 0;
      while (quote - backslashes > begin && text_[quote - backslashes - 1] == '\\') ++backslashes;
      from = quote + 1;
      if (backslashes % 2 != 0) continue;
      raw = text_.substr(begin, quote - begin);
      at_ = quote + 1;
      return true;
    }
  }
  /// Any value; `value` is its text.
  bool value(std::string_view& value) {
    const char first = peek();
    const size_t begin = at_;
    std::string_view ignored;
    if (first == '"') {
      if (!string(ignored)) return false;
    } else if (first == '{' || first == '[') {
      int depth = 0;
      do {
        if (at_ >= text_.size()) return false;
        const char c = text_[at_];
        if (c == '"') {
          if (!string(ignored)) return false;
          continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at_;
      } while (depth > 0);
    } else {
      while (at_ < text_.size() && !kEndsScalar[static_cast<unsigned char>(text_[at_])]) ++at_;
      if (at_ == begin) return false;
    }
    value = text_.substr(begin, at_ - begin);
    return true;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  std::string_view text_;
  size_t at_ = 0;
};

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 63)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 63)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 63)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  }
}

uint32_t hex4(std::string_view raw, size_t at) {
  uint32_t code = 0;
  if (at + 4 <= raw.size()) std::from_chars(raw.data() + at, raw.data() + at + 4, code, 16);
  return code;
}

std::string unescape(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 >= raw.size()) {
      out.push_back(raw[i]);
      continue;
    }
    switch (raw[++i]) {
      case 'n': out.push_back('\n'); break;
      case 't': out.push_back('\t'); break;
      case 'r': out.push_back('\r'); break;
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case 'u': {
        uint32_t code = hex4(raw, i + 1);
        i += 4;
        if (code >= 0xD800 && code < 0xDC00 && i + 2 < raw.size() && raw[i + 1] == '\\' && raw[i + 2] == 'u') {
          code = 0x10000 + ((code - 0xD800) << 10) + (hex4(raw, i + 3) - 0xDC00);
          i += 6;
        }
        append_utf8(out, code);
        break;
      }
      default: out.push_back(raw[i]);
    }
  }
  return out;
}

bool same_string(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (!a.empty() && !b.empty() && a.front() != b.front() && a.front() != '\\' && b.front() != '\\') return false;
  if (a.find('\\') == a.npos && b.find('\\') == b.npos) return false;
  return unescape(a) == unescape(b);
}

struct Member {
  std::string_view key, value;
  bool used = false;
};

bool members_of(std::string_view object, std::vector<Member>& out) {
  Scanner in(object);
  if (!in.take('{')) return false;
  if (in.take('}')) return in.at_end();
  do {
    Member member;
    if (!in.string(member.key) || !in.take(':') || !in.value(member.value)) return false;
    out.push_back(member);
  } while (in.take(','));
  return in.take('}') && in.at_end();
}

Member* find_member(std::vector<Member>& members, std::string_view key) {
  for (Member& member : members) {
    if (same_string(member.key, key)) return &member;
  }
  return nullptr;
}

bool is_integer(std::string_view number) { return number.find_first_of(".eE") == number.npos; }

bool same_number(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (is_integer(a) != is_integer(b)) return false;
  if (is_integer(a)) return (a == "-0" ? "0" : a) == (b == "-0" ? "0" : b);
  return std::strtod(std::string(a).c_str(), nullptr) == std::strtod(std::string(b).c_str(), nullptr);
}

bool starts_number(std::string_view value) {
  return !value.empty() && (value.front() == '-' || (value.front() >= '0' && value.front() <= '9'));
}

bool same_value(std::string_view a, std::string_view b, int depth);

bool same_object(std::string_view a, std::string_view b, int depth) {
  std::vector<Member> left, right;
  if (!members_of(a, left) || !members_of(b, right) || left.size() != right.size()) return false;
  for (const Member& member : left) {
    Member* other = find_member(right, member.key);
    if (other == nullptr || !same_value(member.value, other->value, depth + 1)) return false;
  }
  return true;
}

bool elements_of(std::string_view array, std::vector<std::string_view>& out) {
  Scanner in(array);
  if (!in.take('[')) return false;
  if (in.take(']')) return true;
  do {
    std::string_view element;
    if (!in.value(element)) return false;
    out.push_back(element);
  } while (in.take(','));
  return in.take(']');
}

bool same_array(std::string_view a, std::string_view b, int depth) {
  std::vector<std::string_view> left, right;
  if (!elements_of(a, left) || !elements_of(b, right) || left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!same_value(left[i], right[i], depth + 1)) return false;
  }
  return true;
}

bool same_value(std::string_view a, std::string_view b, int depth) {
  if (a == b) return true;
  if (a.empty() || b.empty() || depth > kDepthMax) return false;
  const char left = a.front(), right = b.front();
  if (left == '{') return right == '{' && same_object(a, b, depth);
  if (left == '[') return right == '[' && same_array(a, b, depth);
  if (left == '"') return right == '"' && same_string(a.substr(1, a.size() - 2), b.substr(1, b.size() - 2));
  return starts_number(a) && starts_number(b) && same_number(a, b);
}

bool holds_object(std::string_view value) { return value.find('{') != value.npos; }

void diff_objects(std::string_view document, std::vector<Member>& partial, SourceDiff& diff, int depth) {
  Scanner in(document);
  if (!in.take('{') || depth > kDepthMax) {
    diff.valid = false;
    return;
  }
  for (const Member& member : partial) {
    if (member.key.find_first_of(".\\") != member.key.npos) diff.plain = false;
  }
  bool more = in.peek() != '}';
  while (more) {
    std::string_view key, value;
    if (!in.string(key) || !in.take(':') || !in.value(value)) {
      diff.valid = false;
      return;
    }
    more = in.take(',');
    if (std::memchr(key.data(), '.', key.size()) != nullptr || std::memchr(key.data(), '\\', key.size()) != nullptr) {
      diff.plain = false;
    }
    Member* update = find_member(partial, key);
    if (update == nullptr) continue;
    update->used = true;
    const bool both_objects = value.front() == '{' && update->value.front() == '{';
    if (both_objects) {
      std::vector<Member> inner;
      if (!members_of(update->value, inner)) diff.valid = false;
      if (diff.valid) diff_objects(value, inner, diff, depth + 1);
    } else {
      const bool into_nothing = value == "null" || value == "[]";
      if (holds_object(value) || (holds_object(update->value) && !into_nothing)) diff.plain = false;
      if (!diff.changed && !same_value(value, update->value, depth)) diff.changed = true;
    }
    if (!diff.valid) return;
  }
  for (const Member& member : partial) {
    if (!member.used) diff.changed = true;
  }
}

bool merge_objects(std::string_view document, std::vector<Member>& partial, std::string& out, int depth) {
  if (depth > kDepthMax) return false;
  Scanner in(document);
  if (!in.take('{')) return false;
  size_t copied = 0;
  bool empty = true;
  bool more = in.peek() != '}';
  while (more) {
    empty = false;
    std::string_view key, value;
    if (!in.string(key) || !in.take(':') || !in.value(value)) return false;
    if (Member* update = find_member(partial, key); update != nullptr) {
      update->used = true;
      const size_t begin = static_cast<size_t>(value.data() - document.data());
      out.append(document, copied, begin - copied);
      if (value.front() == '{' && update->value.front() == '{') {
        std::vector<Member> inner;
        if (!members_of(update->value, inner) || !merge_objects(value, inner, out, depth + 1)) return false;
      } else {
        out.append(update->value);
      }
      copied = begin + value.size();
    }
    more = in.take(',');
  }
  const size_t last_value_end = in.position();
  if (!in.take('}')) return false;
  if (copied < last_value_end) {
    out.append(document, copied, last_value_end - copied);
    copied = last_value_end;
  }
  for (const Member& member : partial) {
    if (member.used) continue;
    if (!empty) out.push_back(',');
    empty = false;
    out.push_back('"');
    out.append(member.key).append("\":").append(member.value);
  }
  out.append(document, copied);
  return true;
}

}  // namespace

SourceDiff diff_source(std::string_view document, std::string_view partial) {
  SourceDiff diff;
  std::vector<Member> members;
  if (!members_of(partial, members)) {
    diff.valid = false;
    return diff;
  }
  diff_objects(document, members, diff, 0);
  return diff;
}

bool is_flat_numbers(std::string_view partial) {
  Scanner in(partial);
  if (!in.take('{')) return false;
  do {
    std::string_view key, value;
    if (!in.string(key) || !in.take(':') || !in.value(value) || !starts_number(value)) return false;
    if (key.find_first_of(".\\") != key.npos) return false;
  } while (in.take(','));
  return in.take('}') && in.at_end();
}

bool holds_numbers(std::string_view document, std::string_view partial) {
  std::vector<Member> members, given;
  if (!members_of(document, members) || !members_of(partial, given)) return false;
  for (const Member& member : given) {
    const Member* found = find_member(members, member.key);
    if (found == nullptr || !starts_number(found->value)) return false;
  }
  return true;
}

bool merge_source(std::string_view document, std::string_view partial, std::string& out) {
  out.clear();
  out.reserve(document.size() + partial.size());
  std::vector<Member> members;
  return members_of(partial, members) && merge_objects(document, members, out, 0);
}

}  // namespace tarn
