#include "indexer/analysis/lucene_regexp.h"

#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view pattern) : in_(to_utf32(pattern)) {}

  Re parse() {
    if (in_.empty()) return re_seq({});
    Re all = parse_union();
    if (at_ < in_.size()) fail("end-of-string expected");
    return all;
  }

 private:
  static constexpr std::string_view kEnd = "unexpected end-of-string";
  [[noreturn]] void fail(std::string_view text) const {
    const std::string what(text);
    throw ApiError(illegal_argument(what + (what == kEnd ? std::string() : " at position " + std::to_string(at_))));
  }
  bool more() const { return at_ < in_.size(); }
  bool peek(char32_t c) const { return more() && in_[at_] == c; }
  bool accept(char32_t c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  void expect(char32_t c, const char* what) {
    if (!accept(c)) fail(std::string("expected ") + what);
  }
  char32_t take() {
    if (!more()) fail(kEnd);
    return in_[at_++];
  }

  Re parse_union() {
    // Nesting is bounded, because the parser calls itself.
    if (++depth_ > 1000) throw ApiError(illegal_argument("regular expression is nested too deeply"));
    std::vector<Re> choices = {parse_concatenation()};
    while (accept('|')) choices.push_back(parse_concatenation());
    --depth_;
    return choices.size() == 1 ? choices[0] : re_alt(std::move(choices));
  }

  Re parse_concatenation() {
    std::vector<Re> parts;
    while (more() && !peek(')') && !peek('|')) {
      if (peek('&')) {
        throw ApiError(501, "not_implemented_exception", "[&] is not supported in regular expressions");
      }
      parts.push_back(parse_repeat());
    }
    if (parts.empty()) {
      if (!more()) fail(kEnd);
      fail("unexpected end-of-string");
    }
    return parts.size() == 1 ? parts[0] : re_seq(std::move(parts));
  }

  int number() {
    size_t start = at_;
    int value = 0;
    while (more() && in_[at_] >= '0' && in_[at_] <= '9') {
      value = value * 10 + static_cast<int>(in_[at_++] - '0');
      if (value > 100000) fail("integer expected");
    }
    if (at_ == start) fail("integer expected");
    return value;
  }

  Re parse_repeat() {
    Re what = parse_simple();
    while (more()) {
      if (accept('?')) what = re_optional(what);
      else if (accept('*')) what = re_star(what);
      else if (accept('+')) what = re_plus(what);
      else if (accept('{')) {
        int min = number();
        int max = min;
        if (accept(',')) max = peek('}') ? -1 : number();
        expect('}', "'}'");
        if (max >= 0 && min > max) throw ApiError(illegal_argument("invalid repetition range(out of order): " + std::to_string(min) + ".." + std::to_string(max)));
        what = re_repeat(what, min, max);
      } else break;
    }
    return what;
  }

  static bool class_of_escape(char32_t c, CharSet& set) {
    switch (c) {
      case 'd': set = {{'0', '9'}}; return true;
      case 'D': set = CharSet{{'0', '9'}}.complement(); return true;
      case 's': set = {{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}}; return true;
      case 'S': set = CharSet{{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}}.complement(); return true;
      case 'w': set = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}; return true;
      case 'W': set = CharSet{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}.complement(); return true;
      default: return false;
    }
  }

  Re parse_class() {
    bool negated = accept('^');
    CharSet set;
    do {
      CharSet predefined;
      if (peek('\\') && at_ + 1 < in_.size() && class_of_escape(in_[at_ + 1], predefined)) {
        at_ += 2;
        for (auto [from, to] : predefined.ranges()) set.add(from, to);
        continue;
      }
      accept('\\');
      char32_t from = take();
      char32_t to = from;
      if (accept('-')) {
        accept('\\');
        to = take();
        if (from > to) throw ApiError(illegal_argument("invalid range: from (" + std::to_string(from) + ") cannot be > to (" + std::to_string(to) + ")"));
      }
      set.add(from, to);
    } while (more() && !peek(']'));
    expect(']', "']'");
    return re_set(negated ? set.complement() : set);
  }

  Re parse_simple() {
    if (accept('.')) return re_set(CharSet::all());
    if (accept('#')) return re_alt({});
    if (accept('@')) return re_star(re_set(CharSet::all()));
    if (accept('"')) {
      std::u32string literal;
      while (more() && !peek('"')) literal += take();
      expect('"', "'\"'");
      return re_text(to_utf8(literal));
    }
    if (accept('(')) {
      if (accept(')')) return re_seq({});
      Re inner = parse_union();
      expect(')', "')'");
      return inner;
    }
    if (accept('<')) return parse_interval();
    if (accept('[')) return parse_class();
    CharSet predefined;
    if (peek('\\') && at_ + 1 < in_.size() && class_of_escape(in_[at_ + 1], predefined)) {
      at_ += 2;
      return re_set(predefined);
    }
    accept('\\');
    return re_set(CharSet::of(std::u32string(1, take())));
  }

  // <n-m>: every decimal number between, as many digits as the shorter bound has when both have the same count.
  Re parse_interval() {
    size_t close = in_.find(U'>', at_);
    size_t dash = in_.find(U'-', at_);
    if (close == std::u32string::npos || dash == std::u32string::npos || dash > close) fail("expected '>'");
    size_t from_digits = dash - at_;
    int from = number();
    ++at_;
    size_t to_digits = close - at_;
    int to = number();
    expect('>', "'>'");
    if (from > to) std::swap(from, to);
    if (to - from > 10000) throw ApiError(501, "not_implemented_exception", "numeric interval is too wide");
    size_t width = from_digits == to_digits ? from_digits : 0;
    std::vector<Re> choices;
    for (int n = from; n <= to; ++n) {
      std::string digits = std::to_string(n);
      if (width > digits.size()) digits.insert(0, width - digits.size(), '0');
      choices.push_back(width ? re_text(digits) : re_seq({re_star(re_text("0")), re_text(digits)}));
    }
    return re_alt(std::move(choices));
  }

  std::u32string in_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Re parse_lucene_regexp(std::string_view pattern) { return Parser(pattern).parse(); }

}  // namespace tarn::analysis
