#include "query/lucene/query_string_lexer.h"

#include <array>
#include <cstdio>

#include "indexer/analysis/text.h"

namespace tarn::query {

namespace {

using Text = std::u16string_view;
using Kind = SyntaxKind;
constexpr size_t kNone = 0;  // a matcher's length where it does not match

bool is_blank(char16_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x3000; }
bool is_digit(char16_t c) { return c >= '0' && c <= '9'; }
bool starts_term(char16_t c) { return !is_blank(c) && Text(u"+-!():^[]\"{}~*?\\/").find(c) == Text::npos; }

/// Length of a term character at `at` (2 where escaped), or 0. `first`: only those that may begin a term.
size_t term_char(Text in, size_t at, bool first) {
  if (at >= in.size()) return 0;
  if (in[at] == '\\') return at + 1 < in.size() ? 2 : 0;
  if (starts_term(in[at])) return 1;
  return !first && (in[at] == '-' || in[at] == '+') ? 1 : 0;
}

size_t term_chars(Text in, size_t at) {
  const size_t begin = at;
  while (const size_t n = term_char(in, at, false)) at += n;
  return at - begin;
}

size_t match_term(Text in, size_t at) {
  const size_t first = term_char(in, at, true);
  return first == 0 ? kNone : first + term_chars(in, at + first);
}

size_t match_prefix(Text in, size_t at) {
  if (in[at] == '*') return 1;
  const size_t term = match_term(in, at);
  return term > 0 && at + term < in.size() && in[at + term] == '*' ? term + 1 : kNone;
}

size_t match_wild(Text in, size_t at) {
  const auto wild = [&](size_t i) { return i < in.size() && (in[i] == '*' || in[i] == '?'); };
  size_t end = at;
  if (const size_t first = term_char(in, at, true)) {
    end += first;
  } else if (wild(at)) {
    end += 1;
  } else {
    return kNone;
  }
  while (true) {
    const size_t n = wild(end) ? 1 : term_char(in, end, false);
    if (n == 0) return end - at;
    end += n;
  }
}

size_t match_quoted(Text in, size_t at) {
  if (in[at] != '"') return kNone;
  for (size_t i = at + 1; i < in.size(); ++i) {
    if (in[i] == '"') return i + 1 - at;
    if (in[i] == '\\' && ++i >= in.size()) return kNone;
  }
  return kNone;
}

/// A slash ends it; one after a backslash may as well not, and the longest match wins.
size_t match_regexp(Text in, size_t at) {
  if (in[at] != '/') return kNone;
  size_t longest = kNone;
  for (size_t i = at + 1; i < in.size(); ++i) {
    if (in[i] != '/') continue;
    longest = i + 1 - at;
    if (in[i - 1] != '\\' || i - 1 == at) break;
  }
  return longest;
}

size_t match_fuzzy(Text in, size_t at) {
  if (in[at] != '~') return kNone;
  size_t end = at + 1;
  while (end < in.size() && is_digit(in[end])) ++end;
  if (end > at + 1 && end + 1 < in.size() && in[end] == '.' && is_digit(in[end + 1])) {
    ++end;
    while (end < in.size() && is_digit(in[end])) ++end;
  }
  return end + term_chars(in, end) - at;
}

size_t literal(Text in, size_t at, Text text) { return in.substr(at).starts_with(text) ? text.size() : kNone; }

size_t match_bare(Text in, size_t at) {
  const bool sign = in[at] == '+' || in[at] == '-' || in[at] == '!';
  return sign && at + 1 < in.size() && is_blank(in[at + 1]) ? 2 : kNone;
}

size_t match_range_quoted(Text in, size_t at) {
  if (in[at] != '"') return kNone;
  size_t longest = kNone;
  for (size_t i = at + 1; i < in.size(); ++i) {
    if (in[i] != '"') continue;
    if (i > at + 1) longest = i + 1 - at;
    if (in[i - 1] != '\\' || i - 1 == at) break;
  }
  return longest;
}

size_t match_goop(Text in, size_t at) {
  size_t end = at;
  while (end < in.size() && in[end] != ' ' && in[end] != ']' && in[end] != '}') ++end;
  return end - at;
}

size_t match_number(Text in, size_t at) {
  size_t end = at;
  while (end < in.size() && is_digit(in[end])) ++end;
  if (end == at) return kNone;
  if (end + 1 < in.size() && in[end] == '.' && is_digit(in[end + 1])) {
    ++end;
    while (end < in.size() && is_digit(in[end])) ++end;
  }
  return end - at;
}

struct Rule {
  Kind kind;
  size_t (*match)(Text in, size_t at);
};

// In the order of the grammar: of matches of one length the first rule wins.
constexpr Rule kDefaultRules[] = {
    {Kind::kAnd, [](Text in, size_t at) { return std::max(literal(in, at, u"AND"), literal(in, at, u"&&")); }},
    {Kind::kOr, [](Text in, size_t at) { return std::max(literal(in, at, u"OR"), literal(in, at, u"||")); }},
    {Kind::kNot, [](Text in, size_t at) { return std::max(literal(in, at, u"NOT"), literal(in, at, u"!")); }},
    {Kind::kPlus, [](Text in, size_t at) { return literal(in, at, u"+"); }},
    {Kind::kMinus, [](Text in, size_t at) { return literal(in, at, u"-"); }},
    {Kind::kBareOperator, match_bare},
    {Kind::kOpen, [](Text in, size_t at) { return literal(in, at, u"("); }},
    {Kind::kClose, [](Text in, size_t at) { return literal(in, at, u")"); }},
    {Kind::kColon, [](Text in, size_t at) { return literal(in, at, u":"); }},
    {Kind::kStar, [](Text in, size_t at) { return literal(in, at, u"*"); }},
    {Kind::kCaret, [](Text in, size_t at) { return literal(in, at, u"^"); }},
    {Kind::kQuoted, match_quoted},
    {Kind::kTerm, match_term},
    {Kind::kFuzzySlop, match_fuzzy},
    {Kind::kPrefixTerm, match_prefix},
    {Kind::kWildTerm, match_wild},
    {Kind::kRegexpTerm, match_regexp},
    {Kind::kRangeInStart, [](Text in, size_t at) { return literal(in, at, u"["); }},
    {Kind::kRangeExStart, [](Text in, size_t at) { return literal(in, at, u"{"); }},
};
constexpr Rule kRangeRules[] = {
    {Kind::kRangeTo, [](Text in, size_t at) { return literal(in, at, u"TO"); }},
    {Kind::kRangeInEnd, [](Text in, size_t at) { return literal(in, at, u"]"); }},
    {Kind::kRangeExEnd, [](Text in, size_t at) { return literal(in, at, u"}"); }},
    {Kind::kRangeQuoted, match_range_quoted},
    {Kind::kRangeGoop, match_goop},
};
constexpr Rule kBoostRules[] = {{Kind::kNumber, match_number}};

enum class State { kBoost = 0, kRange = 1, kDefault = 2 };

class Lexer {
 public:
  explicit Lexer(Text in) : in_(in) {}
  std::vector<SyntaxToken> run() {
    std::vector<SyntaxToken> out;
    while (true) {
      out.push_back(next());
      if (out.back().kind == Kind::kEnd || !out.back().error.empty()) return out;
    }
  }

 private:
  SyntaxToken next() {
    while (true) {
      if (at_ >= in_.size()) return {Kind::kEnd, {}, at_, {}};
      Kind kind = Kind::kEnd;
      size_t longest = 0;
      const auto try_rules = [&](const auto& rules) {
        for (const Rule& rule : rules) {
          const size_t n = rule.match(in_, at_);
          if (n > longest) longest = n, kind = rule.kind;
        }
      };
      if (state_ == State::kDefault) try_rules(kDefaultRules);
      if (state_ == State::kRange) try_rules(kRangeRules);
      if (state_ == State::kBoost) try_rules(kBoostRules);
      if (longest <= 1 && state_ != State::kBoost && is_blank(in_[at_])) {
        ++at_;
        continue;
      }
      if (longest == 0) return lexical_error();
      SyntaxToken token{kind, std::u16string(in_.substr(at_, longest)), at_, {}};
      at_ += longest;
      if (kind == Kind::kCaret) state_ = State::kBoost;
      if (kind == Kind::kRangeInStart || kind == Kind::kRangeExStart) state_ = State::kRange;
      if (kind == Kind::kNumber || kind == Kind::kRangeInEnd || kind == Kind::kRangeExEnd) state_ = State::kDefault;
      return token;
    }
  }
  SyntaxToken lexical_error() const {
    // Where a quote or a slash stays open, the whole rest was read before the end came.
    const bool to_end = in_[at_] == '"' || in_[at_] == '/' || at_ + 1 >= in_.size();
    const std::string prefix = escaped_image(in_.substr(at_));
    std::string message = "Lexical error at line 1, column ";
    if (to_end && state_ != State::kBoost) {
      message += std::to_string(in_.size() + 1) + ".  Encountered: <EOF>";
      if (!prefix.empty()) message += " after prefix \"" + prefix + "\"";
    } else {
      const char16_t c = in_[at_];
      message += std::to_string(at_ + 1) + ".  Encountered: '" + escaped_image(in_.substr(at_, 1)) + "' (" +
                 std::to_string(static_cast<unsigned>(c)) + "),";
    }
    message += " (in lexical state " + std::to_string(static_cast<int>(state_)) + ")";
    return {Kind::kEnd, {}, at_, message};
  }

  Text in_;
  size_t at_ = 0;
  State state_ = State::kDefault;
};

}  // namespace

std::string_view syntax_image(SyntaxKind kind) {
  static constexpr std::array<std::string_view, 33> kImages = {
      "<EOF>",        "<_NUM_CHAR>",   "<_ESCAPED_CHAR>", "<_TERM_START_CHAR>", "<_TERM_CHAR>", "<_WHITESPACE>", "<_QUOTED_CHAR>",
      "<token of kind 7>", "<AND>",    "<OR>",            "<NOT>",              "\"+\"",        "\"-\"",         "<BAREOPER>",
      "\"(\"",        "\")\"",         "\":\"",           "\"*\"",              "\"^\"",        "<QUOTED>",      "<TERM>",
      "<FUZZY_SLOP>", "<PREFIXTERM>",  "<WILDTERM>",      "<REGEXPTERM>",       "\"[\"",        "\"{\"",         "<NUMBER>",
      "\"TO\"",       "\"]\"",         "\"}\"",           "<RANGE_QUOTED>",     "<RANGE_GOOP>"};
  return kImages[static_cast<size_t>(kind)];
}

std::vector<SyntaxToken> lex_query_string(std::u16string_view text) { return Lexer(text).run(); }

std::string escaped_image(std::u16string_view text) {
  std::string out;
  for (const char16_t c : text) {
    switch (c) {
      case '\b': out += "\\b"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\f': out += "\\f"; break;
      case '\r': out += "\\r"; break;
      case '"': out += "\\\""; break;
      case '\'': out += "\\'"; break;
      case '\\': out += "\\\\"; break;
      default:
        if (c < 0x20 || c > 0x7e) {
          char buffer[8];
          std::snprintf(buffer, sizeof(buffer), "\\u%04x", static_cast<unsigned>(c));
          out += buffer;
        } else {
          out += static_cast<char>(c);
        }
    }
  }
  return out;
}

}  // namespace tarn::query
