#include <charconv>
#include <functional>
#include <set>

#include <unicode/uchar.h>

#include "indexer/analysis/text.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

/// Runs of characters for which `IsTokenChar` holds, cut at a maximal length (Lucene's CharTokenizer).
template <class IsTokenChar>
class CharTokenizer final : public Tokenizer {
 public:
  CharTokenizer(IsTokenChar is_token_char, int max_token_length, bool lower_case = false, bool packed = true)
      : is_token_char_(std::move(is_token_char)), max_units_(max_token_length), lower_case_(lower_case), packed_(packed) {}
  bool shows_term_frequency() const override { return packed_; }

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    const char* begin = text.data();
    const char* end = begin + text.size();
    const char* start = nullptr;
    int units = 0;
    auto finish = [&](const char* at) {
      if (start == nullptr) return;
      Token token;
      token.term = {start, static_cast<size_t>(at - start)};
      if (lower_case_) token.term = out.keep(lower(token.term));
      token.position = out.end_position++;
      token.start_offset = static_cast<uint32_t>(start - begin);
      token.end_offset = static_cast<uint32_t>(at - begin);
      out.tokens.push_back(token);
      start = nullptr;
      units = 0;
    };
    for (const char* p = begin; p < end;) {
      const char* at = p;
      char32_t c = next_code_point(p, end);
      if (!is_token_char_(c)) {
        finish(at);
        continue;
      }
      if (start == nullptr) start = at;
      units += c > 0xFFFF ? 2 : 1;
      if (units >= max_units_) finish(p);
    }
    finish(end);
  }

 private:
  IsTokenChar is_token_char_;
  int max_units_;
  bool lower_case_;
  bool packed_;
};

template <class F>
TokenizerPtr char_tokenizer(F f, int max, bool lower_case = false, bool packed = true) {
  check_char_tokenizer_length(max);
  return std::make_shared<CharTokenizer<F>>(std::move(f), max, lower_case, packed);
}

bool letter_fast(char32_t c) { return c < 0x80 ? ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') : is_letter(c); }

class KeywordTokenizer final : public Tokenizer {
 public:
  void tokenize(std::string_view text, TokenBuffer& out) const override {
    Token token;
    token.term = text;
    token.position = out.end_position++;
    token.end_offset = static_cast<uint32_t>(text.size());
    out.tokens.push_back(token);
  }
};

bool is_punctuation(char32_t c) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & U_GC_P_MASK) != 0; }
bool is_symbol(char32_t c) {
  int type = u_charType(static_cast<UChar32>(c));
  return (U_MASK(type) & U_GC_S_MASK) != 0;
}

using CharClass = bool (*)(char32_t);

template <int kCategory>
bool in_category(char32_t c) {
  return u_charType(static_cast<UChar32>(c)) == kCategory;
}

/// The names of java.lang.Character's constants.
CharClass find_category(std::string_view name) {
  static const std::map<std::string_view, CharClass> categories = {
      {"combining_spacing_mark", in_category<U_COMBINING_SPACING_MARK>}, {"connector_punctuation", in_category<U_CONNECTOR_PUNCTUATION>},
      {"control", in_category<U_CONTROL_CHAR>}, {"currency_symbol", in_category<U_CURRENCY_SYMBOL>},
      {"dash_punctuation", in_category<U_DASH_PUNCTUATION>}, {"decimal_digit_number", in_category<U_DECIMAL_DIGIT_NUMBER>},
      {"enclosing_mark", in_category<U_ENCLOSING_MARK>}, {"end_punctuation", in_category<U_END_PUNCTUATION>},
      {"final_quote_punctuation", in_category<U_FINAL_PUNCTUATION>}, {"format", in_category<U_FORMAT_CHAR>},
      {"initial_quote_punctuation", in_category<U_INITIAL_PUNCTUATION>}, {"letter_number", in_category<U_LETTER_NUMBER>},
      {"line_separator", in_category<U_LINE_SEPARATOR>}, {"lowercase_letter", in_category<U_LOWERCASE_LETTER>},
      {"math_symbol", in_category<U_MATH_SYMBOL>}, {"modifier_letter", in_category<U_MODIFIER_LETTER>},
      {"modifier_symbol", in_category<U_MODIFIER_SYMBOL>}, {"non_spacing_mark", in_category<U_NON_SPACING_MARK>},
      {"other_letter", in_category<U_OTHER_LETTER>}, {"other_number", in_category<U_OTHER_NUMBER>},
      {"other_punctuation", in_category<U_OTHER_PUNCTUATION>}, {"other_symbol", in_category<U_OTHER_SYMBOL>},
      {"paragraph_separator", in_category<U_PARAGRAPH_SEPARATOR>}, {"private_use", in_category<U_PRIVATE_USE_CHAR>},
      {"space_separator", in_category<U_SPACE_SEPARATOR>}, {"start_punctuation", in_category<U_START_PUNCTUATION>},
      {"surrogate", in_category<U_SURROGATE>}, {"titlecase_letter", in_category<U_TITLECASE_LETTER>},
      {"unassigned", in_category<U_UNASSIGNED>}, {"uppercase_letter", in_category<U_UPPERCASE_LETTER>}};
  const auto it = categories.find(name);
  return it == categories.end() ? nullptr : it->second;
}

CharClass find_char_class(std::string_view name) {
  if (name == "letter") return is_letter;
  if (name == "digit") return is_digit;
  if (name == "whitespace") return is_java_whitespace;
  if (name == "punctuation") return is_punctuation;
  if (name == "symbol") return is_symbol;
  return nullptr;
}

class NGramTokenizer final : public Tokenizer {
 public:
  NGramTokenizer(const GramSettings& s, std::vector<CharClass> classes)
      : settings_(s), classes_(std::move(classes)), custom_(s.custom_chars.begin(), s.custom_chars.end()) {}

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    // Code points of the present run of token characters, as byte offsets, and the end of the run.
    std::vector<uint32_t> at;
    const char* begin = text.data();
    const char* end = begin + text.size();
    for (const char* p = begin; p <= end;) {
      auto here = static_cast<uint32_t>(p - begin);
      if (p < end && is_token_char(next_code_point(p, end))) {
        at.push_back(here);
        continue;
      }
      at.push_back(here);
      emit(text, at, out);
      at.clear();
      if (here == text.size()) break;
    }
  }

 private:
  bool is_token_char(char32_t c) const {
    if (classes_.empty() && custom_.empty()) return true;
    for (CharClass in_class : classes_) {
      if (in_class(c)) return true;
    }
    return custom_.contains(c);
  }

  void emit(std::string_view text, const std::vector<uint32_t>& at, TokenBuffer& out) const {
    size_t count = at.size() - 1;
    size_t starts = settings_.edges_only ? std::min<size_t>(count, 1) : count;
    for (size_t i = 0; i < starts; ++i) {
      for (size_t n = static_cast<size_t>(settings_.min); n <= static_cast<size_t>(settings_.max) && i + n <= count; ++n) {
        Token token;
        token.start_offset = at[i];
        token.end_offset = at[i + n];
        token.term = text.substr(at[i], at[i + n] - at[i]);
        token.position = out.end_position++;
        out.tokens.push_back(token);
      }
    }
  }

  GramSettings settings_;
  std::vector<CharClass> classes_;
  std::set<char32_t> custom_;
};

char32_t parse_hexadecimal(std::string_view digits) {
  uint16_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw ApiError(400, "number_format_exception", "For input string: \"" + std::string(digits) + "\" under radix 16");
  }
  return value;
}

char32_t parse_escaped_char(std::string_view text) {
  std::u32string chars = to_utf32(text);
  if (chars.size() == 1) return chars[0];
  if (chars.size() >= 2 && chars[0] == '\\') {
    switch (chars[1]) {
      case '\\': return '\\';
      case 'n': return '\n';
      case 't': return '\t';
      case 'r': return '\r';
      case 'b': return '\b';
      case 'f': return '\f';
      case 'u':
        if (text.size() <= 6) return parse_hexadecimal(text.substr(2));
        throw ApiError(500, "runtime_exception", "Invalid escaped char in [" + std::string(text) + "]");
      default:
        throw ApiError(500, "runtime_exception", "Invalid escaped char " + to_utf8(chars.substr(1, 1)) + " in [" + std::string(text) + "]");
    }
  }
  throw ApiError(500, "runtime_exception", "Invalid escaped char in [" + std::string(text) + "]");
}

}  // namespace

void check_char_tokenizer_length(int length) {
  constexpr int kMost = 1024 * 1024;
  if (length >= 1 && length <= kMost) return;
  throw ApiError(illegal_argument("maxTokenLen must be greater than 0 and less than 1048576 passed: " + std::to_string(length)));
}

TokenizerPtr make_letter_tokenizer() { return char_tokenizer(letter_fast, 255); }
TokenizerPtr make_lowercase_tokenizer() { return char_tokenizer(letter_fast, 255, true); }

TokenizerPtr make_whitespace_tokenizer(int max_token_length) {
  return char_tokenizer([](char32_t c) { return c > ' ' && c < 0x7F ? true : !is_java_whitespace(c); }, max_token_length);
}

TokenizerPtr make_keyword_tokenizer() { return std::make_shared<KeywordTokenizer>(); }

TokenizerPtr make_char_group_tokenizer(const ComponentSettings& settings) {
  std::set<char32_t> chars;
  std::vector<CharClass> classes;
  for (const std::string& name : settings.list("tokenize_on_chars")) {
    if (name.empty()) throw ApiError(500, "runtime_exception", "[tokenize_on_chars] cannot contain empty characters");
    if (utf16_length(name) == 1) {
      chars.insert(to_utf32(name)[0]);
    } else if (name[0] == '\\') {
      chars.insert(parse_escaped_char(name));
    } else if (CharClass in_class = find_char_class(name)) {
      classes.push_back(in_class);
    } else {
      throw ApiError(500, "runtime_exception", "Invalid escaped char in [" + name + "]");
    }
  }
  int max = settings.integer("max_token_length", 255);
  return char_tokenizer(
      [chars, classes](char32_t c) {
        for (CharClass in_class : classes) {
          if (in_class(c)) return false;
        }
        return !chars.contains(c);
      },
      max, false, false);
}

TokenizerPtr make_ngram_tokenizer(const GramSettings& settings) {
  if (settings.min < 1) throw ApiError(illegal_argument("minGram must be greater than zero"));
  if (settings.min > settings.max) throw ApiError(illegal_argument("minGram must not be greater than maxGram"));
  std::vector<CharClass> classes;
  for (const std::string& name : settings.token_chars) {
    const std::string wanted = lower(trim(name));
    if (wanted == "custom") continue;
    CharClass in_class = find_char_class(wanted);
    if (in_class == nullptr) in_class = find_category(wanted);
    if (in_class == nullptr) {
      throw ApiError(illegal_argument("Unknown token type: '" + lower(name) +
                                      "', must be one of [symbol, private_use, paragraph_separator, start_punctuation, "
                                      "unassigned, enclosing_mark, connector_punctuation, letter_number, other_number, "
                                      "math_symbol, lowercase_letter, space_separator, surrogate, initial_quote_punctuation, "
                                      "decimal_digit_number, digit, other_punctuation, dash_punctuation, currency_symbol, "
                                      "non_spacing_mark, custom, format, modifier_letter, control, uppercase_letter, other_symbol, "
                                      "end_punctuation, modifier_symbol, other_letter, line_separator, titlecase_letter, "
                                      "letter, punctuation, combining_spacing_mark, final_quote_punctuation, whitespace]"));
    }
    classes.push_back(in_class);
  }
  return std::make_shared<NGramTokenizer>(settings, std::move(classes));
}

}  // namespace tarn::analysis
