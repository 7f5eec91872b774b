#include <unicode/uchar.h>

#include <map>

#include "indexer/analysis/filters.h"
#include "indexer/analysis/rule_text.h"
#include "indexer/analysis/text.h"
#include "indexer/analysis/word_delimiter.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

int type_of(char16_t c) {
  using I = WordDelimiterIterator;
  switch (u_charType(c)) {
    case U_UPPERCASE_LETTER: return I::kUpper;
    case U_LOWERCASE_LETTER: return I::kLower;
    case U_TITLECASE_LETTER:
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK: return I::kAlpha;
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER:
    case U_OTHER_NUMBER: return I::kDigit;
    case U_SURROGATE: return I::kAlpha | I::kDigit;
    default: return I::kDelimiter;
  }
}

// Lucene's default table knows the case of Latin-1 by Character.isLowerCase, which counts ª and º as lower case.
uint8_t default_type(char16_t c) {
  using I = WordDelimiterIterator;
  if (u_isULowercase(c)) return I::kLower;
  if (u_isUUppercase(c)) return I::kUpper;
  return u_isdigit(c) ? I::kDigit : I::kDelimiter;
}

}  // namespace

std::vector<uint8_t> WordDelimiterIterator::type_table(const std::map<char16_t, int>& rules) {
  std::vector<uint8_t> table;
  if (rules.empty()) {
    for (char16_t c = 0; c < 256; ++c) table.push_back(default_type(c));
    return table;
  }
  const size_t size = std::max<size_t>(256, rules.rbegin()->first + 1);
  for (size_t c = 0; c < size; ++c) table.push_back(static_cast<uint8_t>(type_of(static_cast<char16_t>(c))));
  for (const auto& [c, type] : rules) table[c] = static_cast<uint8_t>(type);
  return table;
}

void add_type_rule(std::map<char16_t, int>& table, const std::string& rule) {
  using I = WordDelimiterIterator;
  static const std::map<std::string_view, int> names = {{"LOWER", I::kLower}, {"UPPER", I::kUpper},       {"ALPHA", I::kAlpha},
                                                        {"DIGIT", I::kDigit}, {"ALPHANUM", I::kAlphanum}, {"SUBWORD_DELIM", I::kDelimiter}};
  auto refuse = [&rule](const char* why) { throw ApiError(500, "runtime_exception", "Invalid mapping rule: [" + rule + "]" + why); };
  const auto sides = split_rule(rule);
  if (!sides) refuse("");
  const std::u16string left = unescape_rule(sides->first);
  if (left.size() != 1) refuse(". Only a single character is allowed.");
  const auto type = names.find(sides->second);
  if (type == names.end()) refuse(". Illegal type.");
  table[left[0]] = type->second;
}

int WordDelimiterIterator::char_type(int i) const {
  char16_t c = text_[static_cast<size_t>(i)];
  return c < options_.types.size() ? options_.types[c] : type_of(c);
}

bool WordDelimiterIterator::is_break(int last, int type) const {
  if ((type & last) != 0) return false;
  bool alpha_before = last & kAlpha, alpha = type & kAlpha;
  if (!options_.split_on_case_change && alpha_before && alpha) return false;
  if ((last & kUpper) && alpha) return false;
  if (!options_.split_on_numerics && ((alpha_before && (type & kDigit)) || ((last & kDigit) && alpha))) return false;
  return true;
}

bool WordDelimiterIterator::ends_with_possessive(int at) const {
  if (!options_.stem_english_possessive || at <= 2) return false;
  auto i = static_cast<size_t>(at);
  return text_[i - 2] == '\'' && (text_[i - 1] | 32) == 's' && (char_type(at - 3) & kAlpha) &&
         (at == end_bounds_ || (char_type(at) & kDelimiter));
}

void WordDelimiterIterator::set_text(std::u16string_view text) {
  text_ = text;
  current = start_bounds_ = end = 0;
  end_bounds_ = static_cast<int>(text.size());
  has_final_possessive_ = skip_possessive_ = false;
  while (start_bounds_ < end_bounds_ && (char_type(start_bounds_) & kDelimiter)) ++start_bounds_;
  while (end_bounds_ > start_bounds_ && (char_type(end_bounds_ - 1) & kDelimiter)) --end_bounds_;
  has_final_possessive_ = ends_with_possessive(end_bounds_);
  current = end = start_bounds_;
}

void WordDelimiterIterator::next() {
  current = end;
  if (current == kDone) return;
  if (skip_possessive_) {
    current += 2;
    skip_possessive_ = false;
  }
  int last = 0;
  while (current < end_bounds_ && ((last = char_type(current)) & kDelimiter)) ++current;
  if (current >= end_bounds_) {
    end = kDone;
    return;
  }
  for (end = current + 1; end < end_bounds_; ++end) {
    int type = char_type(end);
    if (is_break(last, type)) break;
    last = type;
  }
  if (end < end_bounds_ - 1 && ends_with_possessive(end + 2)) skip_possessive_ = true;
}

int WordDelimiterIterator::type() const {
  if (end == kDone) return 0;
  int type = char_type(current);
  return type == kLower || type == kUpper ? kAlpha : type;
}

bool WordDelimiterIterator::is_single_word() const {
  return current == start_bounds_ && end == (has_final_possessive_ ? end_bounds_ - 2 : end_bounds_);
}

}  // namespace tarn::analysis
