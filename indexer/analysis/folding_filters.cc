#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "indexer/analysis/filters.h"

namespace tarn::analysis {

namespace {

class AsciiFoldingFilter final : public TokenFilter {
 public:
  explicit AsciiFoldingFilter(bool preserve_original) : preserve_(preserve_original) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> with_originals;
    std::string folded;
    for (Token& token : tokens.tokens) {
      Token original = token;
      bool changed = false;
      if (!is_ascii(token.term)) {
        folded.clear();
        for (const char *p = token.term.data(), *end = p + token.term.size(); p < end;) {
          char32_t c = next_code_point(p, end);
          if (fold_to_ascii(c, folded)) changed = true;
          else append_code_point(folded, c);
        }
        if (changed) token.term = tokens.keep(folded);
      }
      if (!preserve_) continue;
      with_originals.push_back(token);
      if (changed) with_originals.push_back(original);
    }
    if (preserve_) tokens.tokens = std::move(with_originals);
  }

 private:
  bool preserve_;
};

// Full-width ASCII and half-width Katakana become what they are compatible with.
class CjkWidthFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    if (is_ascii(term)) return false;
    std::u32string folded;
    for (char32_t c : to_utf32(term)) {
      if (c >= 0xFF01 && c <= 0xFF5E) {
        folded += c - 0xFEE0;
      } else if (c == 0xFF9E || c == 0xFF9F) {
        char32_t mark = c == 0xFF9E ? 0x3099 : 0x309A;
        if (!folded.empty() && folded.back() >= 0x30A6 && folded.back() <= 0x30FD) {
          if (char32_t voiced = compose(folded.back(), mark)) {
            folded.back() = voiced;
            continue;
          }
        }
        folded += mark;
      } else if (c >= 0xFF65 && c <= 0xFF9D) {
        folded += half_width(c);
      } else {
        folded += c;
      }
    }
    out = to_utf8(folded);
    return out != term;
  }

 private:
  static char32_t compose(char32_t kana, char32_t mark) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    UChar32 composed = nfc->composePair(static_cast<UChar32>(kana), static_cast<UChar32>(mark));
    return composed < 0 ? 0 : static_cast<char32_t>(composed);
  }
  static char32_t half_width(char32_t c) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString full;
    icu::Normalizer2::getNFKCInstance(status)->getDecomposition(static_cast<UChar32>(c), full);
    return full.isEmpty() ? c : static_cast<char32_t>(full.char32At(0));
  }
};

class DecimalDigitFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    if (is_ascii(term)) return false;
    for (const char *p = term.data(), *end = p + term.size(); p < end;) {
      char32_t c = next_code_point(p, end);
      append_code_point(out, c >= 0x80 && is_digit(c) ? U'0' + static_cast<char32_t>(digit_value(c)) : c);
    }
    return out != term;
  }
};

bool any_of(char32_t c, std::u32string_view set) { return set.find(c) != std::u32string_view::npos; }

class ScandinavianFoldingFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u32string in = to_utf32(term);
    for (size_t i = 0; i < in.size(); ++i) {
      char32_t c = in[i];
      char32_t next = i + 1 < in.size() ? in[i + 1] : 0;
      if (any_of(c, U"åäæ")) c = 'a';
      else if (any_of(c, U"ÅÄÆ")) c = 'A';
      else if (any_of(c, U"øö")) c = 'o';
      else if (any_of(c, U"ØÖ")) c = 'O';
      else if ((any_of(c, U"aA") && any_of(next, U"aAeEoO")) || (any_of(c, U"oO") && any_of(next, U"eEoO"))) ++i;
      append_code_point(out, c);
    }
    return out != term;
  }
};

class ScandinavianNormalizationFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u32string in = to_utf32(term);
    for (size_t i = 0; i < in.size(); ++i) {
      char32_t c = in[i];
      char32_t next = i + 1 < in.size() ? in[i + 1] : 0;
      bool upper = c == 'A' || c == 'O';
      if (c == U'ä') c = U'æ';
      else if (c == U'Ä') c = U'Æ';
      else if (c == U'ö') c = U'ø';
      else if (c == U'Ö') c = U'Ø';
      else if (any_of(c, U"aA") && any_of(next, U"aAoO")) c = upper ? U'Å' : U'å', ++i;
      else if (any_of(c, U"aA") && any_of(next, U"eE")) c = upper ? U'Æ' : U'æ', ++i;
      else if (any_of(c, U"oO") && any_of(next, U"eEoO")) c = upper ? U'Ø' : U'ø', ++i;
      append_code_point(out, c);
    }
    return out != term;
  }
};

}  // namespace

TokenFilterPtr make_ascii_folding_filter(bool preserve_original) {
  return std::make_shared<AsciiFoldingFilter>(preserve_original);
}
TokenFilterPtr make_cjk_width_filter() { return std::make_shared<CjkWidthFilter>(); }
TokenFilterPtr make_decimal_digit_filter() { return std::make_shared<DecimalDigitFilter>(); }
TokenFilterPtr make_scandinavian_folding_filter() { return std::make_shared<ScandinavianFoldingFilter>(); }
TokenFilterPtr make_scandinavian_normalization_filter() { return std::make_shared<ScandinavianNormalizationFilter>(); }

}  // namespace tarn::analysis
