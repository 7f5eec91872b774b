#include <charconv>

#include "indexer/mapping/calendar.h"
#include "indexer/mapping/date_format.h"

namespace tarn {
namespace {

using mapping::Civil;
using mapping::civil_from_days;
using mapping::days_from_civil;
using mapping::floor_div;
using mapping::floor_mod;

constexpr int64_t kDaySeconds = 86400;

[[noreturn]] void refuse(const std::string& reason) { throw ApiError(Error(400, "parse_exception", reason)); }

/// A moment as local date and time in a zone, as ZonedDateTime computes with it.
class LocalTime {
 public:
  LocalTime(DateFormat::Instant instant, const TimeZone* zone) : zone_(zone), utc_(instant.epoch_seconds), nanos_(instant.nanos) {}

  DateFormat::Instant instant() const { return {utc_, nanos_}; }

  void add_seconds(int64_t seconds) { utc_ += seconds; }
  void add_days(int64_t days) { set_local(local() + days * kDaySeconds); }
  void add_months(int64_t months) {
    const int64_t seconds = local();
    const Civil date = civil_from_days(floor_div(seconds, kDaySeconds));
    const int64_t index = date.year * 12 + date.month - 1 + months;
    const int64_t year = floor_div(index, 12);
    const int month = static_cast<int>(floor_mod(index, 12)) + 1;
    const int day = std::min(date.day, mapping::days_in_month(year, month));
    set_local(days_from_civil(year, month, day) * kDaySeconds + floor_mod(seconds, kDaySeconds));
  }

  void floor_to(char unit) {
    nanos_ = 0;
    const int64_t seconds = local();
    const int64_t days = floor_div(seconds, kDaySeconds);
    const Civil date = civil_from_days(days);
    switch (unit) {
      case 'y': return set_local(days_from_civil(date.year, 1, 1) * kDaySeconds);
      case 'M': return set_local(days_from_civil(date.year, date.month, 1) * kDaySeconds);
      case 'w': return set_local((days - (mapping::day_of_week(days) - 1)) * kDaySeconds);
      case 'd': return set_local(days * kDaySeconds);
      case 'h': utc_ -= floor_mod(seconds, 3600); return;
      case 'm': utc_ -= floor_mod(seconds, 60); return;
      default: return;
    }
  }

  void subtract_millisecond() {
    nanos_ -= 1000000;
    if (nanos_ < 0) nanos_ += 1000000000, --utc_;
  }

 private:
  int64_t local() const { return utc_ + (zone_ == nullptr ? 0 : zone_->offset_seconds_at_utc(utc_ * 1000)); }
  void set_local(int64_t seconds) { utc_ = zone_ == nullptr ? seconds : floor_div(zone_->local_to_utc_ms(seconds * 1000), 1000); }

  const TimeZone* zone_;
  int64_t utc_;
  int32_t nanos_;
};

void apply(LocalTime& time, char unit, int64_t count) {
  switch (unit) {
    case 'y': return time.add_months(12 * count);
    case 'M': return time.add_months(count);
    case 'w': return time.add_days(7 * count);
    case 'd': return time.add_days(count);
    case 'h': return time.add_seconds(3600 * count);
    case 'm': return time.add_seconds(60 * count);
    default: return time.add_seconds(count);
  }
}

DateFormat::Instant compute(const std::string& math, DateFormat::Instant anchor, bool round_up, const TimeZone* zone) {
  LocalTime time(anchor, zone);
  for (size_t i = 0; i < math.size();) {
    const char sign_or_slash = math[i++];
    const bool round = sign_or_slash == '/';
    if (!round && sign_or_slash != '+' && sign_or_slash != '-') refuse("operator not supported for date math [" + math + "]");
    if (i >= math.size()) refuse("truncated date math [" + math + "]");
    int64_t count = 1;
    if (math[i] >= '0' && math[i] <= '9') {
      int32_t parsed = 0;
      const auto [end, code] = std::from_chars(math.data() + i, math.data() + math.size(), parsed);
      if (code != std::errc()) refuse("truncated date math [" + math + "]");
      count = parsed;
      i = static_cast<size_t>(end - math.data());
      if (i >= math.size()) refuse("truncated date math [" + math + "]");
    }
    if (round && count != 1) refuse("rounding `/` can only be used on single unit types [" + math + "]");
    char unit = math[i++];
    if (std::string_view("yMwdhHms").find(unit) == std::string_view::npos) {
      refuse("unit [" + std::string(1, unit) + "] not supported for date math [" + math + "]");
    }
    if (unit == 'H') unit = 'h';
    if (!round) {
      apply(time, unit, sign_or_slash == '-' ? -count : count);
      continue;
    }
    time.floor_to(unit);
    if (round_up) {
      apply(time, unit, 1);
      time.subtract_millisecond();
    }
  }
  return time.instant();
}

DateFormat::Instant parse_anchor(std::string_view text, const DateFormat& format, bool round_up, const TimeZone* zone) {
  if (text.empty()) refuse("cannot parse empty datetime");
  if (const auto instant = format.parse(text, zone, round_up)) return *instant;
  const Error inner = date_parse_failure(text, format);
  const Error& cause = inner.cause ? *inner.cause : inner;
  Error error(400, "parse_exception",
              "failed to parse date field [" + std::string(text) + "] with format [" + format.pattern() + "]: [" + inner.reason + "]");
  error.caused_by(inner.cause ? inner : cause);
  throw ApiError(error);
}

}  // namespace

DateFormat::Instant parse_date_math(std::string_view expression, const DateFormat& format, int64_t now_ms, bool round_up, const TimeZone* zone) {
  if (expression.starts_with("now")) {
    const int64_t seconds = floor_div(now_ms, 1000);
    const DateFormat::Instant now{seconds, static_cast<int32_t>(now_ms - seconds * 1000) * 1000000};
    return compute(std::string(expression.substr(3)), now, round_up, zone);
  }
  const size_t bars = expression.find("||");
  if (bars == std::string_view::npos) return parse_anchor(expression, format, round_up, zone);
  return compute(std::string(expression.substr(bars + 2)), parse_anchor(expression.substr(0, bars), format, false, zone), round_up, zone);
}

}  // namespace tarn
