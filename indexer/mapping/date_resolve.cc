#include <fmt/format.h>

#include <algorithm>

#include "indexer/mapping/calendar.h"
#include "indexer/mapping/date_pattern.h"

namespace tarn::mapping {
namespace {

constexpr int64_t kYearMax = 292278994;  // what epoch milliseconds can hold

struct Range {
  DateField field;
  int64_t low, high;
  const char* name;
};
constexpr Range kRanges[] = {
    {DateField::kMonth, 1, 12, "MonthOfYear"},       {DateField::kDay, 1, 31, "DayOfMonth"},
    {DateField::kDayOfYear, 1, 366, "DayOfYear"},    {DateField::kWeek, 1, 53, "WeekOfWeekBasedYear"},
    {DateField::kDayOfWeek, 1, 7, "DayOfWeek"},      {DateField::kHour, 0, 23, "HourOfDay"},
    {DateField::kClockHour, 1, 24, "ClockHourOfDay"}, {DateField::kHourOfAmPm, 0, 11, "HourOfAmPm"},
    {DateField::kClockHourOfAmPm, 1, 12, "ClockHourOfAmPm"}, {DateField::kMinute, 0, 59, "MinuteOfHour"},
    {DateField::kSecond, 0, 59, "SecondOfMinute"},   {DateField::kQuarter, 1, 4, "QuarterOfYear"},
    {DateField::kLocalWeek, 1, 54, "WeekOfWeekBasedYear"}, {DateField::kLocalDay, 1, 7, "DayOfWeek"},
    {DateField::kMilliOfDay, 0, 86399999, "MilliOfDay"}, {DateField::kNano, 0, 999999999, "NanoOfSecond"},
};

constexpr const char* kMonthNames[] = {"JANUARY", "FEBRUARY", "MARCH",     "APRIL",   "MAY",      "JUNE",
                                       "JULY",    "AUGUST",   "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"};

/// Days since the epoch from whatever fields of a date there are; parts that are missing are the first of their kind.
std::optional<int64_t> resolve_days(const ParsedDate& parsed, std::string& problem) {
  std::optional<int64_t> year;
  if (parsed.has(DateField::kYear)) year = parsed.get(DateField::kYear);
  if (parsed.has(DateField::kYearOfEra)) {
    const bool before = parsed.has(DateField::kEra) && parsed.get(DateField::kEra) == 0;
    year = before ? 1 - parsed.get(DateField::kYearOfEra) : parsed.get(DateField::kYearOfEra);
  }
  if (!year && parsed.has(DateField::kWeekYear)) {
    if (!parsed.has(DateField::kDayOfWeek)) {
      problem = "a week-based year without a day cannot be converted to zoned date time";
      return std::nullopt;
    }
    const int64_t start = week_year_start(parsed.get(DateField::kWeekYear));
    const int64_t week = parsed.has(DateField::kWeek) ? parsed.get(DateField::kWeek) : 1;
    const int64_t day = parsed.has(DateField::kDayOfWeek) ? parsed.get(DateField::kDayOfWeek) : 1;
    if (week == 53 && start + 52 * 7 >= week_year_start(parsed.get(DateField::kWeekYear) + 1)) {
      problem = "Invalid value for WeekOfWeekBasedYear (valid values 1 - 52): 53";
      return std::nullopt;
    }
    return start + (week - 1) * 7 + day - 1;
  }
  if (!year && parsed.has(DateField::kLocalWeekYear)) {
    const int64_t week = parsed.has(DateField::kLocalWeek) ? parsed.get(DateField::kLocalWeek) : 1;
    const int64_t day = parsed.has(DateField::kLocalDay) ? parsed.get(DateField::kLocalDay) : parsed.has(DateField::kDayOfWeek) ? parsed.get(DateField::kDayOfWeek) % 7 + 1 : 1;
    return local_year_start(std::clamp(parsed.get(DateField::kLocalWeekYear), -kYearMax, kYearMax)) + (week - 1) * 7 + day - 1;
  }
  const int64_t y = year.value_or(1970);
  if (y > kYearMax || y < -kYearMax) {
    problem = fmt::format("Invalid value for Year: {}", y);
    return std::nullopt;
  }
  if (parsed.has(DateField::kDayOfYear) && !parsed.has(DateField::kMonth)) {
    const int64_t day = parsed.get(DateField::kDayOfYear);
    if (day == 366 && !is_leap(y)) {
      problem = fmt::format("Invalid date 'DayOfYear 366' as '{}' is not a leap year", y);
      return std::nullopt;
    }
    return days_from_civil(y, 1, 1) + day - 1;
  }
  int64_t month = parsed.has(DateField::kMonth) ? parsed.get(DateField::kMonth) : 1;
  if (!parsed.has(DateField::kMonth) && parsed.has(DateField::kQuarter)) month = parsed.get(DateField::kQuarter) * 3 - 2;
  const int64_t day = parsed.has(DateField::kDay) ? parsed.get(DateField::kDay) : 1;
  if (day > days_in_month(y, static_cast<int>(month))) {
    problem = day == 29 ? fmt::format("Invalid date 'February 29' as '{}' is not a leap year", y)
                        : fmt::format("Invalid date '{} {}'", kMonthNames[month - 1], day);
    return std::nullopt;
  }
  const int64_t days = days_from_civil(y, static_cast<int>(month), static_cast<int>(day));
  if (parsed.has(DateField::kDayOfWeek) && parsed.has(DateField::kDay) && !parsed.has(DateField::kYearOfEra) && day_of_week(days) != parsed.get(DateField::kDayOfWeek)) {
    problem = fmt::format("Conflict found: Field DayOfWeek {} differs from DayOfWeek {} derived from {:04}-{:02}-{:02}", day_of_week(days),
                          parsed.get(DateField::kDayOfWeek), y, month, day);
    return std::nullopt;
  }
  return days;
}

std::optional<int64_t> hour_of(const ParsedDate& parsed) {
  if (parsed.has(DateField::kHour)) return parsed.get(DateField::kHour);
  if (parsed.has(DateField::kClockHour)) return parsed.get(DateField::kClockHour) % 24;
  const int64_t half = parsed.has(DateField::kAmPm) ? parsed.get(DateField::kAmPm) * 12 : 0;
  if (parsed.has(DateField::kHourOfAmPm)) return parsed.get(DateField::kHourOfAmPm) + half;
  if (parsed.has(DateField::kClockHourOfAmPm)) return parsed.get(DateField::kClockHourOfAmPm) % 12 + half;
  return std::nullopt;
}

}  // namespace

std::optional<DateFormat::Instant> resolve_date(const ParsedDate& parsed, const TimeZone* zone, bool round_up, std::string& problem) {
  for (const Range& range : kRanges) {
    if (parsed.has(range.field) && (parsed.get(range.field) < range.low || parsed.get(range.field) > range.high)) {
      problem = fmt::format("Invalid value for {} (valid values {} - {}): {}", range.name, range.low,
                            range.field == DateField::kDay ? "28/31" : range.field == DateField::kDayOfYear ? "365/366" : std::to_string(range.high),
                            parsed.get(range.field));
      return std::nullopt;
    }
  }
  const std::optional<int64_t> days = resolve_days(parsed, problem);
  if (!days) return std::nullopt;
  const auto part = [&](DateField field, int64_t largest) { return parsed.has(field) ? parsed.get(field) : round_up ? largest : 0; };
  int64_t seconds_of_day, nanos;
  if (parsed.has(DateField::kMilliOfDay)) {
    seconds_of_day = parsed.get(DateField::kMilliOfDay) / 1000;
    nanos = parsed.get(DateField::kMilliOfDay) % 1000 * 1000000;
  } else if (parsed.has(DateField::kNanoOfDay)) {
    seconds_of_day = parsed.get(DateField::kNanoOfDay) / 1000000000;
    nanos = parsed.get(DateField::kNanoOfDay) % 1000000000;
  } else {
    seconds_of_day = hour_of(parsed).value_or(round_up ? 23 : 0) * 3600 + part(DateField::kMinute, 59) * 60 + part(DateField::kSecond, 59);
    nanos = part(DateField::kNano, 999999999);
  }
  const int64_t local = *days * 86400 + seconds_of_day;
  DateFormat::Instant out;
  out.nanos = static_cast<int32_t>(nanos);
  if (parsed.offset_seconds) {
    out.epoch_seconds = local - *parsed.offset_seconds;
  } else if (const TimeZone* own = parsed.zone ? parsed.zone.get() : zone) {
    out.epoch_seconds = floor_div(own->local_to_utc_ms(local * 1000), 1000);
  } else {
    out.epoch_seconds = local;
  }
  return out;
}

}  // namespace tarn::mapping
