#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "indexer/mapping/calendar.h"
#include "indexer/script/builtins.h"
#include "indexer/script/time_text.h"

/// Sums over java.time's objects. All throw what Java would: date_time_exception and its kin. Private to the method tables.
namespace tarn::script {

/// The constants of ChronoUnit; the functions below take a unit as its place here.
inline constexpr std::string_view kUnits[] = {"NANOS", "MICROS", "MILLIS", "SECONDS", "MINUTES", "HOURS", "HALF_DAYS", "DAYS", "WEEKS", "MONTHS", "YEARS", "DECADES", "CENTURIES"};
/// The names of months, from January.
inline constexpr std::string_view kMonths[] = {"JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"};

// Values as what they must be: class_cast_exception or null_pointer_exception.
TimeObject& time_of(const Value& value);
AmountObject& amount_of(const Value& value);
const EnumObject& enum_of(const Value& value, ClassId cls);
std::shared_ptr<const TimeZone> zone_of(const Value& value);

std::shared_ptr<const TimeZone> make_zone(const std::string& name);
/// `seconds` since 1970, of the local clock for local times; `nanos` of any size.
Value new_time(Run& run, ClassId cls, int64_t seconds, int64_t nanos, std::shared_ptr<const TimeZone> zone = nullptr);
bool has_zone(const TimeObject& time);
/// The same kind of time, at another moment of its own clock.
Value at_local(Run& run, const TimeObject& like, int64_t local_seconds, int64_t nanos);

/// A time by its own clock: date, days since 1970, second of the day.
struct Parts {
  mapping::Civil date;
  int64_t day, second;
};
Parts parts_of(const TimeObject& time);

/// `value` if it is within [low, high].
int64_t checked(int64_t value, int64_t low, int64_t high, std::string_view field);
/// Days since 1970 of a date, and seconds since midnight of a clock.
int64_t day_of(int64_t year, int64_t month, int64_t day);
int64_t second_of(int64_t hour, int64_t minute, int64_t second);

Value plus_months(Run& run, const TimeObject& time, int64_t months);
Value plus(Run& run, const TimeObject& time, int64_t amount, int unit);
/// `sign` is 1 or -1; the amount is a Duration or a Period.
Value plus_amount(Run& run, const Value& time, const Value& amount, int sign);
/// Whole units from `a` to `b`.
int64_t between(const TimeObject& a, const TimeObject& b, int unit);
Value truncated(Run& run, const TimeObject& time, int unit);

/// A Duration of that many nanoseconds, and back.
Value amount_value(Run& run, __int128 nanos);
__int128 nanos_of(const AmountObject& amount);

}  // namespace tarn::script
