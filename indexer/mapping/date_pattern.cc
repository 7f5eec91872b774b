#include "indexer/mapping/date_pattern.h"

#include <algorithm>
#include <charconv>

#include "indexer/mapping/calendar.h"

namespace tarn::mapping {
namespace {

using Kind = DateElement::Kind;

[[noreturn]] void refuse(std::string reason) { throw ApiError(illegal_argument(std::move(reason))); }

DateElement number(DateField field, int min_width, int max_width, SignStyle sign) {
  DateElement out;
  out.kind = Kind::kNumber;
  out.field = field;
  out.min_width = min_width;
  out.max_width = max_width;
  out.sign = sign;
  return out;
}

DateElement text_element(DateField field, int style) {
  DateElement out;
  out.kind = Kind::kText;
  out.field = field;
  out.style = style;
  return out;
}

std::optional<DateField> field_of(char letter) {
  switch (letter) {
    case 'G': return DateField::kEra;
    case 'y': return DateField::kYearOfEra;
    case 'u': return DateField::kYear;
    case 'Q': case 'q': return DateField::kQuarter;
    case 'M': case 'L': return DateField::kMonth;
    case 'D': return DateField::kDayOfYear;
    case 'd': return DateField::kDay;
    case 'E': return DateField::kDayOfWeek;
    case 'e': case 'c': return DateField::kLocalDay;
    case 'a': return DateField::kAmPm;
    case 'H': return DateField::kHour;
    case 'k': return DateField::kClockHour;
    case 'K': return DateField::kHourOfAmPm;
    case 'h': return DateField::kClockHourOfAmPm;
    case 'm': return DateField::kMinute;
    case 's': return DateField::kSecond;
    case 'A': return DateField::kMilliOfDay;
    case 'n': return DateField::kNano;
    case 'N': return DateField::kNanoOfDay;
    case 'Y': return DateField::kLocalWeekYear;
    case 'w': return DateField::kLocalWeek;
    case 'W': return DateField::kWeekOfMonth;
    default: return std::nullopt;
  }
}

void too_many(char letter) { refuse(std::string("Too many pattern letters: ") + letter); }

DateElement year_element(DateField field, int count) {
  if (count == 2) {
    DateElement out = number(field, 2, 2, SignStyle::kNotNegative);
    out.kind = Kind::kReducedYear;
    return out;
  }
  return number(field, count, 19, count < 4 ? SignStyle::kNormal : SignStyle::kExceedsPad);
}

DateElement letter_element(char letter, int count) {
  const DateField field = field_of(letter).value_or(DateField::kYear);
  switch (letter) {
    case 'u': case 'y': case 'Y': return year_element(field, count);
    case 'M': case 'L': case 'Q': case 'q': case 'e': case 'c':
      if (count > 5) too_many(letter);
      if (count <= 2) return number(field, count, count == 1 ? 19 : 2, count == 1 ? SignStyle::kNormal : SignStyle::kNotNegative);
      return text_element(field == DateField::kLocalDay ? DateField::kDayOfWeek : field, count == 3 ? 1 : count);
    case 'E':
      if (count > 5) too_many(letter);
      return text_element(field, count <= 3 ? 1 : count);
    case 'a':
      if (count > 1) too_many(letter);
      return text_element(field, 1);
    case 'G':
      if (count > 5) too_many(letter);
      return text_element(field, count <= 3 ? 1 : count);
    case 'S': {
      DateElement out = number(DateField::kNano, count, count, SignStyle::kNotNegative);
      out.kind = Kind::kFraction;
      return out;
    }
    case 'd': case 'h': case 'H': case 'k': case 'K': case 'm': case 's': case 'w':
      if (count > 2) too_many(letter);
      return count == 1 ? number(field, 1, 19, SignStyle::kNormal) : number(field, 2, 2, SignStyle::kNotNegative);
    case 'D':
      if (count > 3) too_many(letter);
      return count == 1   ? number(field, 1, 19, SignStyle::kNormal)
             : count == 2 ? number(field, 2, 3, SignStyle::kNotNegative)
                          : number(field, 3, 3, SignStyle::kNotNegative);
    case 'W':
      if (count > 1) too_many(letter);
      return number(field, 1, 19, SignStyle::kNormal);
    case 'V':
      if (count != 2) refuse("Pattern letter count must be 2: V");
      return DateElement{.kind = Kind::kZoneId};
    case 'z':
      if (count > 4) too_many(letter);
      return DateElement{.kind = Kind::kZoneId, .style = kZoneName};
    case 'Z':
      if (count > 5) too_many(letter);
      if (count == 4) return offset_element(kLocalized, "GMT");
      return count == 5 ? offset_element(kHHcolonMMcolonss, "Z") : offset_element(kHHMM, "+0000");
    case 'O':
      if (count != 1 && count != 4) refuse("Pattern letter count must be 1 or 4: O");
      return offset_element(kLocalized, "GMT");
    case 'X': case 'x': {
      if (count > 5) too_many(letter);
      constexpr int kStyles[] = {kHHmmNoColonOptional, kHHMM, kHHcolonMM, kHHMMss, kHHcolonMMcolonss};
      constexpr const char* kZeros[] = {"+00", "+0000", "+00:00", "+0000", "+00:00"};
      return offset_element(kStyles[count - 1], letter == 'X' ? "Z" : kZeros[count - 1]);
    }
    default: return number(field, count, 19, SignStyle::kNotNegative);
  }
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

class PatternCompiler {
 public:
  explicit PatternCompiler(std::string_view pattern) : pattern_(pattern) { open_.emplace_back(); }

  DateSequence compile() {
    while (at_ < pattern_.size()) step();
    while (open_.size() > 1) close();  // java.time closes what is left open
    DateSequence out = std::move(open_.back());
    link_adjacent(out);
    return out;
  }

 private:
  void add(DateElement element) { open_.back().push_back(std::move(element)); }

  void literal(std::string text) {
    if (!text.empty()) add({.kind = Kind::kLiteral, .literal = std::move(text)});
  }

  void close() {
    DateElement optional{.kind = Kind::kOptional};
    optional.children = std::move(open_.back());
    open_.pop_back();
    add(std::move(optional));
  }

  void step() {
    const char c = pattern_[at_];
    if (is_letter(c)) {
      size_t end = at_;
      while (end < pattern_.size() && pattern_[end] == c) ++end;
      const int count = static_cast<int>(end - at_);
      at_ = end;
      if (c == 'p') throw ApiError(Error(501, "not_implemented_exception", "the date pattern letter [p] is not implemented"));
      if (!field_of(c) && std::string_view("SVzZOXx").find(c) == std::string_view::npos) {
        refuse(std::string("Unknown pattern letter: ") + c);
      }
      add(letter_element(c, count));
    } else if (c == '\'') {
      quoted();
    } else if (c == '[') {
      open_.emplace_back();
      ++at_;
    } else if (c == ']') {
      if (open_.size() == 1) refuse("Pattern invalid as it contains ] without previous [");
      close();
      ++at_;
    } else if (c == '{' || c == '}' || c == '#') {
      refuse(std::string("Pattern includes reserved character: '") + c + "'");
    } else {
      literal(std::string(1, c));
      ++at_;
    }
  }

  void quoted() {
    std::string text;
    size_t at = at_ + 1;
    for (; at < pattern_.size(); ++at) {
      if (pattern_[at] == '\'') {
        if (at + 1 < pattern_.size() && pattern_[at + 1] == '\'') {
          ++at;
        } else {
          break;
        }
      }
      text += pattern_[at];
    }
    if (at >= pattern_.size()) refuse("Pattern ends with an incomplete string literal: " + std::string(pattern_));
    literal(text.empty() ? "'" : text);
    at_ = at + 1;
  }

  std::string_view pattern_;
  size_t at_ = 0;
  std::vector<DateSequence> open_;
};

}  // namespace

DateElement offset_element(int style, std::string zero) {
  DateElement out;
  out.kind = Kind::kOffset;
  out.style = style;
  out.literal = std::move(zero);
  return out;
}

DateSequence compile_pattern(std::string_view pattern) { return PatternCompiler(pattern).compile(); }

void link_adjacent(DateSequence& sequence) {
  for (size_t i = 0; i < sequence.size(); ++i) {
    DateElement& element = sequence[i];
    if (element.kind == Kind::kOptional) link_adjacent(element.children);
    if (element.kind != Kind::kNumber || element.min_width == element.max_width) continue;
    for (size_t j = i + 1; j < sequence.size(); ++j) {
      const DateElement& next = sequence[j];
      const bool fixed = (next.kind == Kind::kNumber || next.kind == Kind::kReducedYear || (next.kind == Kind::kFraction && !next.point)) &&
                         next.min_width == next.max_width;
      if (!fixed) break;
      element.subsequent_width += next.min_width;
    }
  }
}

}  // namespace tarn::mapping
