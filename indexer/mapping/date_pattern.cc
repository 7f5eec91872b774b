#include "indexer/mapping/date_pattern.h"

#include <algorithm>
#include <charconv>

#include "indexer/mapping/calendar.h"

namespace tarn::mapping {
namespace {

using Kind = DateElement::Kind;

// The texts of Locale.ROOT, whose full names are as short as the short ones.
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

// Offset styles: how hours, minutes and seconds are written.
enum OffsetStyle { kHHmmNoColonOptional, kHHMM, kHHcolonMM, kHHMMss, kHHcolonMMcolonss, kLocalized, kZoneName };

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

DateElement offset_element(int style, std::string zero) {
  DateElement out;
  out.kind = Kind::kOffset;
  out.style = style;
  out.literal = std::move(zero);
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
    case 'E': case 'e': case 'c': return DateField::kDayOfWeek;
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
    case 'Y': return DateField::kWeekYear;
    case 'w': return DateField::kWeek;
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
      return text_element(field, count == 3 ? 1 : count);
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
      // Week fields of Locale.ROOT begin on Sunday; the ISO ones below would be silently wrong.
      if (c == 'p' || c == 'Y' || c == 'w' || c == 'W' || c == 'e' || c == 'c') {
        throw ApiError(Error(501, "not_implemented_exception", std::string("the date pattern letter [") + c + "] is not implemented"));
      }
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

// ---- Parsing ----

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int parse_number(const DateElement& element, std::string_view text, int position, ParsedDate& out) {
  const int length = static_cast<int>(text.size());
  if (position >= length) return -1 - position;
  bool negative = false, positive = false;
  const int start = position;
  if (text[position] == '+' || text[position] == '-') {
    const bool plus = text[position] == '+';
    const bool allowed = element.sign == SignStyle::kExceedsPad || (element.sign == SignStyle::kNormal && !plus);
    if (!allowed) return -1 - position;
    (plus ? positive : negative) = true;
    ++position;
  }
  const int min_end = position + element.min_width;
  if (min_end > length) return -1 - start;
  int width_max = element.max_width + element.subsequent_width;
  int at = position;
  int64_t total = 0;
  for (int pass = 0; pass < 2; ++pass) {
    at = position;
    total = 0;
    const int max_end = std::min(position + width_max, length);
    while (at < max_end && is_digit(text[at])) {
      total = total * 10 + (text[at] - '0');
      if (++at - position >= 18) break;
    }
    if (at < min_end) return -1 - start;
    if (element.subsequent_width == 0 || pass == 1) break;
    width_max = std::max(element.min_width, at - position - element.subsequent_width);
  }
  if (negative) {
    if (total == 0) return -1 - start;
    total = -total;
  } else if (element.sign == SignStyle::kExceedsPad) {
    const int digits = at - position;
    if (positive ? digits <= element.min_width : digits > element.min_width) return -1 - start;
  }
  return out.put(element.field, total) ? at : -1 - start;
}

int parse_reduced_year(const DateElement& element, std::string_view text, int position, ParsedDate& out) {
  if (position + 2 > static_cast<int>(text.size()) || !is_digit(text[position]) || !is_digit(text[position + 1])) return -1 - position;
  const int64_t year = 2000 + (text[position] - '0') * 10 + (text[position + 1] - '0');
  return out.put(element.field, year) ? position + 2 : -1 - position;
}

int parse_fraction(const DateElement& element, std::string_view text, int position, ParsedDate& out) {
  const int length = static_cast<int>(text.size());
  int at = position;
  if (element.point) {
    if (at >= length || text[at] != '.') return element.min_width > 0 ? -1 - position : position;
    ++at;
  }
  const int from = at;
  int64_t nanos = 0;
  while (at < length && at - from < element.max_width && is_digit(text[at])) nanos = nanos * 10 + (text[at++] - '0');
  if (at - from < element.min_width) return -1 - position;
  for (int digits = at - from; digits < 9; ++digits) nanos *= 10;
  return out.put(element.field, nanos) ? at : -1 - position;
}

int parse_text(const DateElement& element, std::string_view text, int position, ParsedDate& out) {
  const std::string_view rest = text.substr(static_cast<size_t>(position));
  const auto try_names = [&](std::span<const std::string_view> names, int base) {
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string_view name = element.style == 1 ? names[i].substr(0, 3) : element.style == 5 ? names[i].substr(0, 1) : names[i];
      if (rest.substr(0, name.size()) == name) {
        return out.put(element.field, static_cast<int64_t>(i) + base) ? position + static_cast<int>(name.size()) : -1 - position;
      }
    }
    return -1 - position;
  };
  switch (element.field) {
    case DateField::kMonth: return try_names(kMonths, 1);
    case DateField::kDayOfWeek: return try_names(kDays, 1);
    case DateField::kAmPm:
      for (const auto& [word, value] : {std::pair<std::string_view, int>{"AM", 0}, {"PM", 1}}) {
        if (rest.substr(0, 2) == word) return out.put(element.field, value) ? position + 2 : -1 - position;
      }
      return -1 - position;
    case DateField::kEra:
      for (const auto& [word, value] : {std::pair<std::string_view, int>{"CE", 1}, {"BCE", 0}}) {
        if (rest.starts_with(word)) return out.put(element.field, value) ? position + static_cast<int>(word.size()) : -1 - position;
      }
      return -1 - position;
    case DateField::kQuarter:
      if (rest.size() >= 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '4') {
        return out.put(element.field, rest[1] - '0') ? position + 2 : -1 - position;
      }
      return -1 - position;
    default: return -1 - position;
  }
}

/// Two digits at `at`; -1 if there are none or they exceed `max`.
int two_digits(std::string_view text, int at, int max) {
  if (at + 2 > static_cast<int>(text.size()) || !is_digit(text[at]) || !is_digit(text[at + 1])) return -1;
  const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return value <= max ? value : -1;
}

int set_offset(ParsedDate& out, int32_t seconds, int end, int position) {
  if (out.offset_seconds && *out.offset_seconds != seconds) return -1 - position;
  out.offset_seconds = seconds;
  return end;
}

int parse_offset(const DateElement& element, std::string_view text, int position, ParsedDate& out) {
  const int length = static_cast<int>(text.size());
  if (position >= length) return element.literal.empty() ? set_offset(out, 0, position, position) : -1 - position;
  const std::string_view rest = text.substr(static_cast<size_t>(position));
  int at = position;
  if (element.style == kLocalized) {
    if (!rest.starts_with("GMT")) return -1 - position;
    at += 3;
    if (at >= length || (text[at] != '+' && text[at] != '-')) return set_offset(out, 0, at, position);
  } else if (!element.literal.empty() && rest.starts_with(element.literal)) {
    return set_offset(out, 0, position + static_cast<int>(element.literal.size()), position);
  }
  if (text[at] != '+' && text[at] != '-') return -1 - position;
  const int sign = text[at++] == '-' ? -1 : 1;
  const int hours = two_digits(text, at, 18);
  if (hours < 0) return -1 - position;
  at += 2;
  const bool colon = element.style == kHHcolonMM || element.style == kHHcolonMMcolonss || element.style == kLocalized;
  const bool minutes_optional = element.style == kHHmmNoColonOptional || element.style == kLocalized;
  int minutes = 0, seconds = 0;
  const bool has_separator = !colon || (at < length && text[at] == ':');
  const int found = has_separator ? two_digits(text, at + (colon ? 1 : 0), 59) : -1;
  if (found < 0) {
    if (!minutes_optional) return -1 - position;
  } else {
    minutes = found;
    at += colon ? 3 : 2;
    if (element.style == kHHMMss || element.style == kHHcolonMMcolonss) {
      const bool more = !colon || (at < length && text[at] == ':');
      const int found_seconds = more ? two_digits(text, at + (colon ? 1 : 0), 59) : -1;
      if (found_seconds >= 0) {
        seconds = found_seconds;
        at += colon ? 3 : 2;
      }
    }
  }
  return set_offset(out, sign * (hours * 3600 + minutes * 60 + seconds), at, position);
}

int parse_zone_id(std::string_view text, int position, ParsedDate& out) {
  const int length = static_cast<int>(text.size());
  if (position >= length) return -1 - position;
  if (text[position] == 'Z' && (position + 1 == length || !std::isalnum(static_cast<unsigned char>(text[position + 1])))) {
    return set_offset(out, 0, position + 1, position);
  }
  if (text[position] == '+' || text[position] == '-') {
    return parse_offset(offset_element(kHHcolonMMcolonss, "Z"), text, position, out);
  }
  int end = position;
  while (end < length && (std::isalnum(static_cast<unsigned char>(text[end])) || std::string_view("/_+-:").find(text[end]) != std::string_view::npos)) ++end;
  for (; end > position; --end) {
    try {
      out.zone = TimeZone::create(text.substr(static_cast<size_t>(position), static_cast<size_t>(end - position)));
      return end;
    } catch (const ApiError&) {
      // A shorter prefix may be a zone.
    }
  }
  return -1 - position;
}

int parse_element(const DateElement& element, std::string_view text, int position, ParsedDate& out) {
  switch (element.kind) {
    case Kind::kLiteral:
      return text.substr(static_cast<size_t>(position), element.literal.size()) == element.literal
                 ? position + static_cast<int>(element.literal.size())
                 : -1 - position;
    case Kind::kNumber: return parse_number(element, text, position, out);
    case Kind::kReducedYear: return parse_reduced_year(element, text, position, out);
    case Kind::kFraction: return parse_fraction(element, text, position, out);
    case Kind::kText: return parse_text(element, text, position, out);
    case Kind::kOffset: return parse_offset(element, text, position, out);
    case Kind::kZoneId:
    case Kind::kZoneOrOffset: return parse_zone_id(text, position, out);
    case Kind::kOptional: {
      ParsedDate saved = out;
      const int end = parse_sequence(element.children, text, position, out);
      if (end >= 0) return end;
      out = std::move(saved);
      return position;
    }
  }
  return -1 - position;
}

// ---- Printing ----

std::string padded(int64_t value, int width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (static_cast<int>(digits.size()) < width) digits.insert(0, static_cast<size_t>(width) - digits.size(), '0');
  return (value < 0 ? "-" : "") + digits;
}

struct Fields {
  Civil date;
  int64_t days, seconds_of_day;
  int32_t nanos, offset;
  const TimeZone* zone;

  int64_t get(DateField field) const {
    const int64_t hour = seconds_of_day / 3600;
    switch (field) {
      case DateField::kEra: return date.year > 0 ? 1 : 0;
      case DateField::kYear: return date.year;
      case DateField::kYearOfEra: return date.year > 0 ? date.year : 1 - date.year;
      case DateField::kQuarter: return (date.month + 2) / 3;
      case DateField::kMonth: return date.month;
      case DateField::kDay: return date.day;
      case DateField::kDayOfYear: return days - days_from_civil(date.year, 1, 1) + 1;
      case DateField::kWeekYear: return week_year();
      case DateField::kWeek: return (days - week_year_start(week_year())) / 7 + 1;
      case DateField::kWeekOfMonth: return (date.day + 6 + (day_of_week(days_from_civil(date.year, date.month, 1)) - 1)) / 7;
      case DateField::kDayOfWeek: return day_of_week(days);
      case DateField::kAmPm: return hour / 12;
      case DateField::kHour: return hour;
      case DateField::kClockHour: return hour == 0 ? 24 : hour;
      case DateField::kHourOfAmPm: return hour % 12;
      case DateField::kClockHourOfAmPm: return hour % 12 == 0 ? 12 : hour % 12;
      case DateField::kMinute: return seconds_of_day / 60 % 60;
      case DateField::kSecond: return seconds_of_day % 60;
      case DateField::kNano: return nanos;
      case DateField::kMilliOfDay: return seconds_of_day * 1000 + nanos / 1000000;
      case DateField::kNanoOfDay: return seconds_of_day * 1000000000 + nanos;
      case DateField::kCount: break;
    }
    return 0;
  }

  int64_t week_year() const {
    if (days < week_year_start(date.year)) return date.year - 1;
    return days >= week_year_start(date.year + 1) ? date.year + 1 : date.year;
  }
};

std::string print_offset(const DateElement& element, int32_t offset) {
  if (element.style == kLocalized) {
    if (offset == 0) return "GMT";
  } else if (offset == 0) {
    return element.literal;
  }
  const int32_t size = offset < 0 ? -offset : offset;
  const int32_t hours = size / 3600, minutes = size / 60 % 60, seconds = size % 60;
  std::string out = offset < 0 ? "-" : "+";
  if (element.style == kLocalized) {
    out = "GMT" + out + std::to_string(hours);
    if (minutes != 0) out += ":" + padded(minutes, 2);
    return out;
  }
  const bool colon = element.style == kHHcolonMM || element.style == kHHcolonMMcolonss;
  out += padded(hours, 2);
  if (element.style == kHHmmNoColonOptional && minutes == 0) return out;
  out += (colon ? ":" : "") + padded(minutes, 2);
  if ((element.style == kHHMMss || element.style == kHHcolonMMcolonss) && seconds != 0) out += (colon ? ":" : "") + padded(seconds, 2);
  return out;
}

void print(const DateSequence& sequence, const Fields& fields, std::string& out) {
  for (const DateElement& element : sequence) {
    const int64_t value = fields.get(element.field);
    switch (element.kind) {
      case Kind::kLiteral: out += element.literal; break;
      case Kind::kNumber: {
        std::string digits = padded(value, element.min_width);
        if (element.sign == SignStyle::kExceedsPad && value >= 0 && static_cast<int>(digits.size()) > element.min_width) digits.insert(0, "+");
        out += digits;
        break;
      }
      case Kind::kReducedYear: out += padded(floor_mod(value, 100), 2); break;
      case Kind::kFraction: {
        std::string digits = padded(fields.nanos, 9).substr(0, static_cast<size_t>(element.max_width));
        while (static_cast<int>(digits.size()) > element.min_width && digits.back() == '0') digits.pop_back();
        if (!digits.empty()) out += (element.point ? "." : "") + digits;
        break;
      }
      case Kind::kText: {
        std::string name;
        if (element.field == DateField::kMonth) name = kMonths[value - 1];
        if (element.field == DateField::kDayOfWeek) name = kDays[value - 1];
        if (element.field == DateField::kQuarter) name = "Q" + std::to_string(value);
        if (element.field == DateField::kAmPm) name = value == 0 ? "AM" : "PM";
        if (element.field == DateField::kEra) name = value == 0 ? "BCE" : "CE";
        if (element.field == DateField::kMonth || element.field == DateField::kDayOfWeek) {
          if (element.style == 1) name.resize(3);
          if (element.style == 5) name.resize(1);
        }
        out += name;
        break;
      }
      case Kind::kOffset: out += print_offset(element, fields.offset); break;
      case Kind::kZoneId:
      case Kind::kZoneOrOffset:
        if (fields.zone == nullptr) {
          out += "Z";
        } else {
          out += fields.zone->name();
        }
        break;
      case Kind::kOptional: print(element.children, fields, out); break;
    }
  }
}

}  // namespace

bool ParsedDate::put(DateField field, int64_t value) {
  if (has(field) && get(field) != value) return false;
  set |= 1u << static_cast<int>(field);
  values[static_cast<size_t>(field)] = value;
  return true;
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

int parse_sequence(const DateSequence& sequence, std::string_view text, int position, ParsedDate& out) {
  for (const DateElement& element : sequence) {
    position = parse_element(element, text, position, out);
    if (position < 0) return position;
  }
  return position;
}

std::string print_sequence(const DateSequence& sequence, DateFormat::Instant instant, const TimeZone* zone) {
  Fields fields;
  fields.zone = zone;
  fields.nanos = instant.nanos;
  fields.offset = zone == nullptr ? 0 : zone->offset_seconds_at_utc(instant.epoch_ms());
  const int64_t local = instant.epoch_seconds + fields.offset;
  fields.days = floor_div(local, 86400);
  fields.seconds_of_day = floor_mod(local, 86400);
  fields.date = civil_from_days(fields.days);
  std::string out;
  print(sequence, fields, out);
  return out;
}

}  // namespace tarn::mapping
