#include "indexer/script/time_arithmetic.h"

#include <algorithm>
#include <tuple>

namespace tarn::script {

namespace {

using C = ClassId;
using mapping::civil_from_days;
using mapping::days_from_civil;
using mapping::floor_div;
using mapping::floor_mod;

constexpr std::string_view kUnitTexts[] = {"Nanos", "Micros", "Millis", "Seconds", "Minutes", "Hours", "HalfDays", "Days", "Weeks", "Months", "Years", "Decades", "Centuries"};
constexpr int64_t kUnitSeconds[] = {0, 0, 0, 1, 60, 3600, 43200, 86400, 604800};
constexpr int64_t kSecondsMax = 31556889864403199;  // of java.time

}  // namespace

TimeObject& time_of(const Value& value) {
  auto* time = value.is_object() ? dynamic_cast<TimeObject*>(value.o) : nullptr;
  if (time == nullptr) {
    if (value.is_null()) throw_null();
    throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(value)) + " to java.time.temporal.Temporal");
  }
  return *time;
}
AmountObject& amount_of(const Value& value) {
  auto* amount = value.is_object() ? dynamic_cast<AmountObject*>(value.o) : nullptr;
  if (amount == nullptr) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(value)) + " to java.time.temporal.TemporalAmount");
  return *amount;
}
const EnumObject& enum_of(const Value& value, C cls) {
  if (class_of(value) != cls) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(value)) + " to " + std::string(class_info(cls).java_name));
  return *static_cast<EnumObject*>(value.o);
}
std::shared_ptr<const TimeZone> zone_of(const Value& value) {
  const auto* zone = value.is_object() ? dynamic_cast<const ZoneObject*>(value.o) : nullptr;
  if (zone == nullptr) throw_java(C::kNullPointerException, "zone");
  return zone->zone;
}

std::shared_ptr<const TimeZone> make_zone(const std::string& name) {
  try {
    return TimeZone::create(name);
  } catch (const ApiError& error) {
    throw_java(C::kDateTimeException, error.error().reason);
  }
}

Value new_time(Run& run, C cls, int64_t seconds, int64_t nanos, std::shared_ptr<const TimeZone> zone) {
  seconds += floor_div(nanos, 1000000000);
  nanos = floor_mod(nanos, 1000000000);
  if (seconds > kSecondsMax || seconds < -kSecondsMax) throw_java(C::kDateTimeException, "Instant exceeds minimum or maximum instant");
  return Value::object(run.heap().make<TimeObject>(cls, seconds, static_cast<int32_t>(nanos), std::move(zone)));
}
bool has_zone(const TimeObject& time) { return time.cls == C::kZonedDateTime || time.cls == C::kOffsetDateTime; }

Value at_local(Run& run, const TimeObject& like, int64_t local_seconds, int64_t nanos) {
  if (!has_zone(like)) return new_time(run, like.cls, like.cls == C::kLocalTime ? floor_mod(local_seconds, 86400) : local_seconds, nanos);
  const int64_t seconds = floor_div(like.zone->local_to_utc_ms(local_seconds * 1000), 1000);
  return new_time(run, like.cls, seconds, nanos, like.zone);
}

Parts parts_of(const TimeObject& time) {
  const int64_t local = time.local_seconds();
  return {civil_from_days(floor_div(local, 86400)), floor_div(local, 86400), floor_mod(local, 86400)};
}

int64_t checked(int64_t value, int64_t low, int64_t high, std::string_view field) {
  if (value < low || value > high) {
    throw_java(C::kDateTimeException, "Invalid value for " + std::string(field) + " (valid values " + std::to_string(low) + " - " + std::to_string(high) + "): " + std::to_string(value));
  }
  return value;
}
int64_t day_of(int64_t year, int64_t month, int64_t day) {
  checked(year, -999999999, 999999999, "Year");
  checked(month, 1, 12, "MonthOfYear");
  checked(day, 1, 31, day > 28 ? "DayOfMonth" : "DayOfMonth (valid values 1 - 28/31)");
  if (day > mapping::days_in_month(year, static_cast<int>(month))) {
    if (day == 29) throw_java(C::kDateTimeException, "Invalid date 'February 29' as '" + std::to_string(year) + "' is not a leap year");
    throw_java(C::kDateTimeException, "Invalid date '" + std::string(kMonths[month - 1]) + " " + std::to_string(day) + "'");
  }
  return days_from_civil(year, static_cast<int>(month), static_cast<int>(day));
}
int64_t second_of(int64_t hour, int64_t minute, int64_t second) {
  return checked(hour, 0, 23, "HourOfDay") * 3600 + checked(minute, 0, 59, "MinuteOfHour") * 60 + checked(second, 0, 59, "SecondOfMinute");
}

Value plus_months(Run& run, const TimeObject& time, int64_t months) {
  const Parts p = parts_of(time);
  checked(months, -12000000000LL, 12000000000LL, "Months");
  const int64_t all = p.date.year * 12 + (p.date.month - 1) + months;
  const int64_t year = checked(floor_div(all, 12), -999999999, 999999999, "Year");
  const int month = static_cast<int>(floor_mod(all, 12)) + 1;
  const int day = std::min(p.date.day, mapping::days_in_month(year, month));
  return at_local(run, time, days_from_civil(year, month, day) * 86400 + p.second, time.nanos);
}

Value plus(Run& run, const TimeObject& time, int64_t amount, int unit) {
  if (unit >= 9) {
    constexpr int64_t kMonthsOf[] = {1, 12, 120, 1200};
    if (time.cls == C::kInstant || time.cls == C::kLocalTime) throw_java(C::kUnsupportedTemporalTypeException, "Unsupported unit: " + std::string(kUnitTexts[unit]));
    checked(amount, -12000000000LL, 12000000000LL, "amount");
    return plus_months(run, time, amount * kMonthsOf[unit - 9]);
  }
  if (unit <= 2) {
    constexpr int64_t kNanos[] = {1, 1000, 1000000};
    const int64_t per_second = 1000000000 / kNanos[unit];
    const int64_t seconds = floor_div(amount, per_second), nanos = time.nanos + floor_mod(amount, per_second) * kNanos[unit];
    if (time.cls == C::kLocalTime) return at_local(run, time, time.seconds + floor_mod(seconds, 86400) + nanos / 1000000000, nanos % 1000000000);
    return new_time(run, time.cls, time.seconds + seconds, nanos, time.zone);
  }
  checked(amount, -kSecondsMax / kUnitSeconds[unit], kSecondsMax / kUnitSeconds[unit], "amount");
  if (unit >= 7 || !has_zone(time)) return at_local(run, time, time.local_seconds() + amount * kUnitSeconds[unit], time.nanos);
  return new_time(run, time.cls, time.seconds + amount * kUnitSeconds[unit], time.nanos, time.zone);
}

Value plus_amount(Run& run, const Value& time, const Value& amount, int sign) {
  const AmountObject& by = amount_of(amount);
  if (by.cls == C::kPeriod) {
    const Value moved = plus_months(run, time_of(time), sign * (by.years * 12 + by.months));
    return plus(run, time_of(moved), sign * by.days, 7);
  }
  const TimeObject& t = time_of(time);
  if (t.cls == C::kLocalTime) return at_local(run, t, t.seconds + sign * by.seconds, t.nanos);
  return new_time(run, t.cls, t.seconds + sign * by.seconds, static_cast<int64_t>(t.nanos) + sign * by.nanos, t.zone);
}

static int64_t month_index(const Parts& p) { return p.date.year * 12 + p.date.month - 1; }

int64_t between(const TimeObject& a, const TimeObject& b, int unit) {
  if (unit >= 9) {
    constexpr int64_t kMonthsOf[] = {1, 12, 120, 1200};
    const Parts p = parts_of(a), q = parts_of(b);
    int64_t months = month_index(q) - month_index(p);
    const auto rest = [](const Parts& x, const TimeObject& t) { return std::tuple(x.date.day, x.second, t.nanos); };
    if (months > 0 && rest(q, b) < rest(p, a)) --months;
    if (months < 0 && rest(q, b) > rest(p, a)) ++months;
    return months / kMonthsOf[unit - 9];
  }
  int64_t seconds = unit >= 7 ? b.local_seconds() - a.local_seconds() : b.seconds - a.seconds;
  int64_t nanos = b.nanos - a.nanos;
  if (unit <= 2) {
    constexpr int64_t kNanos[] = {1, 1000, 1000000};
    const __int128 all = static_cast<__int128>(seconds) * 1000000000 + nanos;
    return static_cast<int64_t>(all / kNanos[unit]);
  }
  if (seconds > 0 && nanos < 0) --seconds;
  if (seconds < 0 && nanos > 0) ++seconds;
  return seconds / kUnitSeconds[unit];
}

Value truncated(Run& run, const TimeObject& time, int unit) {
  if (unit > 7) throw_java(C::kUnsupportedTemporalTypeException, "Unit is too large to be used for truncation");
  constexpr int64_t kNanos[] = {1, 1000, 1000000};
  const int64_t local = time.local_seconds();
  if (unit <= 2) return at_local(run, time, local, time.nanos / kNanos[unit] * kNanos[unit]);
  return at_local(run, time, floor_div(local, kUnitSeconds[unit]) * kUnitSeconds[unit], 0);
}

Value amount_value(Run& run, __int128 nanos) {
  auto* out = run.heap().make<AmountObject>(C::kDuration);
  __int128 seconds = nanos / 1000000000;
  __int128 rest = nanos % 1000000000;
  if (rest < 0) rest += 1000000000, --seconds;
  out->seconds = static_cast<int64_t>(seconds);
  out->nanos = static_cast<int32_t>(rest);
  return Value::object(out);
}
__int128 nanos_of(const AmountObject& amount) { return static_cast<__int128>(amount.seconds) * 1000000000 + amount.nanos; }

std::string unit_text(const EnumObject& unit) {
  return unit.ordinal >= 0 && unit.ordinal < 13 ? std::string(kUnitTexts[unit.ordinal]) : unit.name;
}

}  // namespace tarn::script
