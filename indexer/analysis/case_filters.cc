#include "indexer/analysis/filters.h"
#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {

// A term of ASCII without capitals stays a view; that is most of the work of an analyzer.
class LowercaseFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      unsigned char any_high = 0;
      bool any_upper = false;
      for (char b : token.term) {
        any_high |= static_cast<unsigned char>(b);
        any_upper |= static_cast<unsigned char>(b - 'A') < 26;
      }
      if (any_high >= 0x80) {
        lower_unicode(token, tokens);
      } else if (any_upper) {
        char* copy = tokens.arena().allocate(token.term.size());
        for (size_t i = 0; i < token.term.size(); ++i) {
          char b = token.term[i];
          copy[i] = static_cast<char>(b | (static_cast<unsigned char>(b - 'A') < 26 ? 0x20 : 0));
        }
        token.term = {copy, token.term.size()};
      }
    }
  }

 private:
  static void lower_unicode(Token& token, TokenBuffer& tokens) {
    std::string lowered = lower(token.term);
    if (lowered != token.term) token.term = tokens.keep(lowered);
  }
};

/// Maps code points one by one.
template <class Map>
class CodePointFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    for (const char *p = term.data(), *end = p + term.size(); p < end;) append_code_point(out, Map()(next_code_point(p, end)));
    return true;
  }
};

struct Upper {
  char32_t operator()(char32_t c) const { return to_upper(c); }
};

struct GreekLower {
  char32_t operator()(char32_t c) const {
    switch (c) {
      case 0x3C2: return 0x3C3;                       // final sigma
      case 0x386: case 0x3AC: return 0x3B1;           // alpha with tonos
      case 0x388: case 0x3AD: return 0x3B5;           // epsilon
      case 0x389: case 0x3AE: return 0x3B7;           // eta
      case 0x38A: case 0x3AA: case 0x3AF: case 0x3CA: case 0x390: return 0x3B9;  // iota
      case 0x38E: case 0x3AB: case 0x3CD: case 0x3CB: case 0x3B0: return 0x3C5;  // upsilon
      case 0x38C: case 0x3CC: return 0x3BF;           // omicron
      case 0x38F: case 0x3CE: return 0x3C9;           // omega
      case 0x3A2: return 0x3C2;                       // reserved
      default: return to_lower(c);
    }
  }
};

// nAthair becomes n-athair: a prefixed n or t before a capital vowel keeps a hyphen.
class IrishLowercaseFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u32string chars = to_utf32(term);
    size_t i = 0;
    if (chars.size() > 1 && (chars[0] == 'n' || chars[0] == 't') && is_upper_vowel(chars[1])) {
      append_code_point(out, chars[0]);
      out += '-';
      i = 1;
    }
    for (; i < chars.size(); ++i) append_code_point(out, to_lower(chars[i]));
    return true;
  }

 private:
  static bool is_upper_vowel(char32_t c) {
    return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U' || c == 0xC1 || c == 0xC9 || c == 0xCD ||
           c == 0xD3 || c == 0xDA;
  }
};

// I is dotless in Turkish, unless a combining dot follows.
class TurkishLowercaseFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u32string chars = to_utf32(term);
    bool in_i = false;  // behind an I, with nothing but marks since
    for (size_t i = 0; i < chars.size(); ++i) {
      char32_t c = chars[i];
      in_i = c == 'I' || (in_i && is_mark(c));
      if (c == 0x307 && in_i) continue;
      if (c == 'I') {
        append_code_point(out, dot_follows(chars, i + 1) ? U'i' : U'\u0131');
      } else {
        append_code_point(out, to_lower(c));
      }
    }
    return true;
  }

 private:
  static bool is_mark(char32_t c) { return is_nonspacing_mark(c); }
  static bool dot_follows(const std::u32string& chars, size_t i) {
    for (; i < chars.size() && is_mark(chars[i]); ++i) {
      if (chars[i] == 0x307) return true;
    }
    return false;
  }
};

}  // namespace

TokenFilterPtr make_lowercase_filter() { return std::make_shared<LowercaseFilter>(); }
TokenFilterPtr make_greek_lowercase_filter() { return std::make_shared<CodePointFilter<GreekLower>>(); }
TokenFilterPtr make_irish_lowercase_filter() { return std::make_shared<IrishLowercaseFilter>(); }
TokenFilterPtr make_turkish_lowercase_filter() { return std::make_shared<TurkishLowercaseFilter>(); }
TokenFilterPtr make_uppercase_filter() { return std::make_shared<CodePointFilter<Upper>>(); }

}  // namespace tarn::analysis
