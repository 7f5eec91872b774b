#include "query/highlight/boundaries.h"

#include <unicode/uchar.h>

#include <algorithm>

namespace tarn::query {

int Boundaries::preceding(int offset) const {
  const auto it = std::lower_bound(places_.begin(), places_.end(), offset);
  return it == places_.begin() ? kDone : *(it - 1);
}

int Boundaries::following(int offset) const {
  const auto it = std::upper_bound(places_.begin(), places_.end(), offset);
  return it == places_.end() ? kDone : *it;
}

namespace {

// The classes and rules below are those of sun.text.resources.BreakIteratorRules.

enum class WordClass { kIgnored, kLetter, kDigit, kKanji, kKatakana, kHiragana, kBlank, kReturn, kLineEnd, kOther };

bool is_one_of(char16_t c, std::u16string_view set) { return set.find(c) != set.npos; }

WordClass word_class(char16_t c) {
  if ((c >= 0x4E00 && c <= 0x9FA5) || (c >= 0xF900 && c <= 0xFA2D) || c == 0x3005) return WordClass::kKanji;
  if ((c >= 0x30A1 && c <= 0x30FE) || (c >= 0x3099 && c <= 0x309C)) return WordClass::kKatakana;
  if (c >= 0x3041 && c <= 0x309E) return WordClass::kHiragana;
  if (c == '\r') return WordClass::kReturn;
  if (c == '\n' || c == '\f' || c == 0x2028 || c == 0x2029) return WordClass::kLineEnd;
  if (c == '\t') return WordClass::kBlank;
  if (U16_IS_SURROGATE(c)) return WordClass::kLetter;
  switch (u_charType(c)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR: return WordClass::kIgnored;
    case U_UPPERCASE_LETTER:
    case U_LOWERCASE_LETTER:
    case U_TITLECASE_LETTER:
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
    case U_COMBINING_SPACING_MARK: return WordClass::kLetter;
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER:
    case U_OTHER_NUMBER: return WordClass::kDigit;
    case U_SPACE_SEPARATOR: return WordClass::kBlank;
    default: return WordClass::kOther;
  }
}

bool joins_letters(char16_t c) { return u_charType(c) == U_DASH_PUNCTUATION || is_one_of(c, u"\u00AD\u2027\"'."); }
bool joins_digits(char16_t c) { return is_one_of(c, u"\"',\u066B."); }
bool before_number(char16_t c) { return (u_charType(c) == U_CURRENCY_SYMBOL && c != 0xA2) || c == '#' || c == '.'; }
bool after_number(char16_t c) { return is_one_of(c, u"\u00A2%\u066A\u2030\u2031&"); }

class WordScanner {
 public:
  explicit WordScanner(std::u16string_view text) : text_(text) {}

  /// The end of the unit that begins at `at`.
  size_t end_of(size_t at) const {
    const WordClass kind = class_at(at);
    switch (kind) {
      case WordClass::kLetter: return numbers_and_words(word(at));
      case WordClass::kDigit: return numbers_and_words(at);
      case WordClass::kKanji:
      case WordClass::kKatakana:
      case WordClass::kHiragana: return run(at, kind);
      case WordClass::kBlank:
      case WordClass::kReturn:
      case WordClass::kLineEnd: return blanks(at);
      default: break;
    }
    if (before_number(text_[at]) && class_at(at + 1) == WordClass::kDigit) return numbers_and_words(at + 1);
    return skip_ignored(at + 1);
  }

 private:
  WordClass class_at(size_t at) const { return at < text_.size() ? word_class(text_[at]) : WordClass::kOther; }
  size_t skip_ignored(size_t at) const {
    while (at < text_.size() && class_at(at) == WordClass::kIgnored) ++at;
    return at;
  }
  size_t run(size_t at, WordClass kind) const {
    while (at < text_.size() && (class_at(at) == kind || class_at(at) == WordClass::kIgnored)) ++at;
    return at;
  }
  /// Runs of `kind` joined by single marks for which `joins` holds.
  template <class Joins>
  size_t joined(size_t at, WordClass kind, Joins&& joins) const {
    at = run(at, kind);
    while (at < text_.size() && joins(text_[at]) && class_at(at + 1) == kind) at = run(at + 1, kind);
    return at;
  }
  size_t word(size_t at) const { return joined(at, WordClass::kLetter, joins_letters); }
  /// Numbers with words between them; a sign may follow the last number.
  size_t numbers_and_words(size_t at) const {
    while (class_at(at) == WordClass::kDigit) {
      at = joined(at, WordClass::kDigit, joins_digits);
      if (class_at(at) != WordClass::kLetter) {
        if (at < text_.size() && after_number(text_[at])) ++at;
        return at;
      }
      at = word(at);
    }
    return at;
  }
  size_t blanks(size_t at) const {
    while (class_at(at) == WordClass::kBlank) ++at;
    if (at < text_.size() && class_at(at) == WordClass::kReturn) ++at;
    if (at < text_.size() && class_at(at) == WordClass::kLineEnd) ++at;
    return at;
  }
  std::u16string_view text_;
};

bool is_space(char16_t c) { return c == '\t' || c == '\r' || c == '\f' || c == '\n' || c == 0x2028 || u_charType(c) == U_SPACE_SEPARATOR; }
bool is_quote(char16_t c) { return c == '"' || c == '\''; }
bool opens(char16_t c) { return u_charType(c) == U_START_PUNCTUATION || is_quote(c); }
bool closes(char16_t c) { return u_charType(c) == U_END_PUNCTUATION || is_quote(c); }
bool is_period(char16_t c) { return c == '.' || c == 0xFF0E; }
bool is_terminator(char16_t c) { return is_one_of(c, u"!?\u3002\uFF01\uFF1F"); }
bool is_danda(char16_t c) { return c == 0x0964 || c == 0x0965; }
/// Anything but small letters, digits and what the other classes hold.
bool starts_sentence(char16_t c) {
  const int8_t type = u_charType(c);
  if (type == U_LOWERCASE_LETTER || type == U_DECIMAL_DIGIT_NUMBER || type == U_LETTER_NUMBER || type == U_OTHER_NUMBER) return false;
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return false;
  return !is_space(c) && !opens(c) && !closes(c) && !is_terminator(c) && !is_period(c) && c != 0x2029;
}

/// Behind a period at `at`: where the next sentence begins, or 0 if it does not.
size_t behind_period(std::u16string_view text, size_t at) {
  while (at < text.size() && (is_period(text[at]) || closes(text[at]))) ++at;
  while (at < text.size() && is_space(text[at])) ++at;
  if (at >= text.size()) return text.size();
  if (text[at] == 0x2029) return at + 1;
  size_t first = at;
  while (first < text.size() && opens(text[first])) ++first;
  return first < text.size() && starts_sentence(text[first]) ? at : 0;
}

size_t behind_terminator(std::u16string_view text, size_t at) {
  while (at < text.size() && (is_terminator(text[at]) || is_period(text[at]) || closes(text[at]))) ++at;
  while (at < text.size() && is_space(text[at])) ++at;
  if (at < text.size() && text[at] == 0x2029) ++at;
  return at;
}

}  // namespace

Boundaries word_boundaries(std::u16string_view text) {
  std::vector<int> places = {0};
  const WordScanner scanner(text);
  for (size_t at = 0; at < text.size();) {
    at = std::max(at + 1, scanner.end_of(at));
    places.push_back(static_cast<int>(at));
  }
  return Boundaries(std::move(places));
}

Boundaries sentence_boundaries(std::u16string_view text) {
  std::vector<int> places = {0};
  const auto cut = [&](size_t at) {
    if (at > static_cast<size_t>(places.back())) places.push_back(static_cast<int>(at));
  };
  for (size_t at = 0; at < text.size();) {
    size_t next = at + 1;
    if (text[at] == 0x2029) {
      cut(next);
    } else if (is_danda(text[at])) {
      while (next < text.size() && is_danda(text[next])) ++next;
      cut(next);
    } else if (is_terminator(text[at])) {
      next = behind_terminator(text, next);
      cut(next);
    } else if (is_period(text[at])) {
      if (const size_t begin = behind_period(text, next); begin > 0) {
        next = begin;
        cut(next);
      }
    }
    at = next;
  }
  cut(text.size());
  return Boundaries(std::move(places));
}

}  // namespace tarn::query
