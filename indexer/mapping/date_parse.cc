#include <algorithm>
#include <span>

#include "indexer/mapping/date_pattern.h"

namespace tarn::mapping {
namespace {

using Kind = DateElement::Kind;

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
    case DateField::kMonth: return try_names(kMonthNames, 1);
    case DateField::kDayOfWeek: return try_names(kDayNames, 1);
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

}  // namespace

bool ParsedDate::put(DateField field, int64_t value) {
  if (has(field) && get(field) != value) return false;
  set |= 1u << static_cast<int>(field);
  values[static_cast<size_t>(field)] = value;
  return true;
}

int parse_sequence(const DateSequence& sequence, std::string_view text, int position, ParsedDate& out) {
  for (const DateElement& element : sequence) {
    position = parse_element(element, text, position, out);
    if (position < 0) return position;
  }
  return position;
}

}  // namespace tarn::mapping
