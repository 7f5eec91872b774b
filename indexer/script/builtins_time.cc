#include <algorithm>
#include <cmath>

#include "indexer/script/time_formatter.h"

namespace tarn::script {

namespace {

using C = ClassId;
using mapping::civil_from_days;
using mapping::days_from_civil;
using mapping::floor_div;
using mapping::floor_mod;

constexpr std::string_view kDays[] = {"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"};
constexpr std::string_view kFields[] = {"NANO_OF_SECOND", "MILLI_OF_SECOND", "SECOND_OF_MINUTE", "SECOND_OF_DAY", "MINUTE_OF_HOUR", "MINUTE_OF_DAY", "HOUR_OF_DAY", "DAY_OF_WEEK", "DAY_OF_MONTH",
                                        "DAY_OF_YEAR", "EPOCH_DAY", "MONTH_OF_YEAR", "YEAR", "INSTANT_SECONDS"};

template <int unit, int sign>
Value plus_unit(Run& run, Value* a, size_t) {
  checked(a[1].i, -INT64_MAX, INT64_MAX, "amount");
  return plus(run, time_of(a[0]), sign * a[1].i, unit);
}

Value enum_constant(Run& run, C cls, int ordinal, std::string_view name) { return Value::object(run.heap().make<EnumObject>(cls, ordinal, std::string(name))); }

int64_t field_value(const TimeObject& time, std::string_view field) {
  const Parts p = parts_of(time);
  if (field == "NANO_OF_SECOND") return time.nanos;
  if (field == "MILLI_OF_SECOND") return time.nanos / 1000000;
  if (field == "SECOND_OF_MINUTE") return p.second % 60;
  if (field == "SECOND_OF_DAY") return p.second;
  if (field == "MINUTE_OF_HOUR") return p.second / 60 % 60;
  if (field == "MINUTE_OF_DAY") return p.second / 60;
  if (field == "HOUR_OF_DAY") return p.second / 3600;
  if (field == "DAY_OF_WEEK") return mapping::day_of_week(p.day);
  if (field == "DAY_OF_MONTH") return p.date.day;
  if (field == "DAY_OF_YEAR") return p.day - days_from_civil(p.date.year, 1, 1) + 1;
  if (field == "EPOCH_DAY") return p.day;
  if (field == "MONTH_OF_YEAR") return p.date.month;
  if (field == "YEAR") return p.date.year;
  if (field == "WEEK_OF_WEEK_BASED_YEAR" || field == "WEEK_BASED_YEAR") {
    int64_t year = p.date.year;
    if (p.day >= mapping::week_year_start(year + 1)) ++year;
    if (p.day < mapping::week_year_start(year)) --year;
    return field == "WEEK_BASED_YEAR" ? year : (p.day - mapping::week_year_start(year)) / 7 + 1;
  }
  if (field == "QUARTER_OF_YEAR") return (p.date.month - 1) / 3 + 1;
  return time.seconds;
}

enum class With { kYear, kMonth, kDay, kDayOfYear, kHour, kMinute, kSecond, kNano };
template <With what>
Value with_field(Run& run, Value* a, size_t) {
  const TimeObject& time = time_of(a[0]);
  const Parts p = parts_of(time);
  const int64_t v = a[1].i;
  int64_t day = p.day, second = p.second, nanos = time.nanos;
  switch (what) {
    case With::kYear: day = days_from_civil(checked(v, -999999999, 999999999, "Year"), p.date.month, std::min(p.date.day, mapping::days_in_month(v, p.date.month))); break;
    case With::kMonth: {
      checked(v, 1, 12, "MonthOfYear");
      day = days_from_civil(p.date.year, static_cast<int>(v), std::min(p.date.day, mapping::days_in_month(p.date.year, static_cast<int>(v))));
      break;
    }
    case With::kDay: day = day_of(p.date.year, p.date.month, v); break;
    case With::kDayOfYear: day = days_from_civil(p.date.year, 1, 1) + checked(v, 1, mapping::is_leap(p.date.year) ? 366 : 365, "DayOfYear") - 1; break;
    case With::kHour: second = checked(v, 0, 23, "HourOfDay") * 3600 + second % 3600; break;
    case With::kMinute: second = second / 3600 * 3600 + checked(v, 0, 59, "MinuteOfHour") * 60 + second % 60; break;
    case With::kSecond: second = second / 60 * 60 + checked(v, 0, 59, "SecondOfMinute"); break;
    case With::kNano: nanos = checked(v, 0, 999999999, "NanoOfSecond"); break;
  }
  return at_local(run, time, day * 86400 + second, nanos);
}

std::string display_name(const EnumObject& constant, const Value& style, std::string_view full) {
  std::string name(full);
  std::transform(name.begin() + 1, name.end(), name.begin() + 1, [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  const std::string& how = enum_of(style, C::kTextStyle).name;
  if (how.starts_with("SHORT")) name.resize(3);
  if (how.starts_with("NARROW")) name.resize(1);
  static_cast<void>(constant);
  return name;
}

#define FIELD_GETTER(name) [](Run&, Value* a, size_t) { return Value::integer(field_value(time_of(a[0]), name)); }

void add_getters(std::vector<Method>& t) {
  for (const C cls : {C::kZonedDateTime, C::kLocalDateTime, C::kLocalDate, C::kLocalTime, C::kInstant}) {
    const bool date = cls != C::kLocalTime && cls != C::kInstant, clock = cls != C::kLocalDate && cls != C::kInstant;
    if (date) {
      t.insert(t.end(), {
          {cls, "getYear", "I:", FIELD_GETTER("YEAR")},
          {cls, "getMonthValue", "I:", FIELD_GETTER("MONTH_OF_YEAR")},
          {cls, "getDayOfMonth", "I:", FIELD_GETTER("DAY_OF_MONTH")},
          {cls, "getDayOfYear", "I:", FIELD_GETTER("DAY_OF_YEAR")},
          {cls, "getMonth", "O:", [](Run& r, Value* a, size_t) { const auto m = field_value(time_of(a[0]), "MONTH_OF_YEAR"); return enum_constant(r, C::kMonth, static_cast<int>(m), kMonths[m - 1]); }},
          {cls, "getDayOfWeek", "O:", [](Run& r, Value* a, size_t) { const auto d = field_value(time_of(a[0]), "DAY_OF_WEEK"); return enum_constant(r, C::kDayOfWeek, static_cast<int>(d), kDays[d - 1]); }},
          {cls, "getDayOfWeekEnum", "O:", [](Run& r, Value* a, size_t) { const auto d = field_value(time_of(a[0]), "DAY_OF_WEEK"); return enum_constant(r, C::kDayOfWeek, static_cast<int>(d), kDays[d - 1]); }},
          {cls, "plusDays", "O:J", plus_unit<7, 1>}, {cls, "minusDays", "O:J", plus_unit<7, -1>}, {cls, "plusWeeks", "O:J", plus_unit<8, 1>}, {cls, "minusWeeks", "O:J", plus_unit<8, -1>},
          {cls, "plusMonths", "O:J", plus_unit<9, 1>}, {cls, "minusMonths", "O:J", plus_unit<9, -1>}, {cls, "plusYears", "O:J", plus_unit<10, 1>}, {cls, "minusYears", "O:J", plus_unit<10, -1>},
          {cls, "withYear", "O:I", with_field<With::kYear>}, {cls, "withMonth", "O:I", with_field<With::kMonth>}, {cls, "withDayOfMonth", "O:I", with_field<With::kDay>}, {cls, "withDayOfYear", "O:I", with_field<With::kDayOfYear>},
      });
    }
    if (clock) {
      t.insert(t.end(), {
          {cls, "getHour", "I:", FIELD_GETTER("HOUR_OF_DAY")},
          {cls, "getMinute", "I:", FIELD_GETTER("MINUTE_OF_HOUR")},
          {cls, "getSecond", "I:", FIELD_GETTER("SECOND_OF_MINUTE")},
          {cls, "withHour", "O:I", with_field<With::kHour>}, {cls, "withMinute", "O:I", with_field<With::kMinute>}, {cls, "withSecond", "O:I", with_field<With::kSecond>}, {cls, "withNano", "O:I", with_field<With::kNano>},
          {cls, "plusHours", "O:J", plus_unit<5, 1>}, {cls, "minusHours", "O:J", plus_unit<5, -1>}, {cls, "plusMinutes", "O:J", plus_unit<4, 1>}, {cls, "minusMinutes", "O:J", plus_unit<4, -1>},
      });
    }
    if (cls != C::kLocalDate) {
      t.insert(t.end(), {
          {cls, "getNano", "I:", FIELD_GETTER("NANO_OF_SECOND")},
          {cls, "plusSeconds", "O:J", plus_unit<3, 1>}, {cls, "minusSeconds", "O:J", plus_unit<3, -1>}, {cls, "plusNanos", "O:J", plus_unit<0, 1>}, {cls, "minusNanos", "O:J", plus_unit<0, -1>},
          {cls, "truncatedTo", "O:O", [](Run& r, Value* a, size_t) { return truncated(r, time_of(a[0]), enum_of(a[1], C::kChronoUnit).ordinal); }},
      });
    }
    if (cls == C::kInstant) {
      t.insert(t.end(), {{cls, "plusMillis", "O:J", plus_unit<2, 1>}, {cls, "minusMillis", "O:J", plus_unit<2, -1>}});
    }
    t.insert(t.end(), {
        {cls, "plus", "O:JO", [](Run& r, Value* a, size_t) { return plus(r, time_of(a[0]), a[1].i, enum_of(a[2], C::kChronoUnit).ordinal); }},
        {cls, "minus", "O:JO", [](Run& r, Value* a, size_t) { return plus(r, time_of(a[0]), -a[1].i, enum_of(a[2], C::kChronoUnit).ordinal); }},
        {cls, "plus", "O:O", [](Run& r, Value* a, size_t) { return plus_amount(r, a[0], a[1], 1); }},
        {cls, "minus", "O:O", [](Run& r, Value* a, size_t) { return plus_amount(r, a[0], a[1], -1); }},
        {cls, "until", "J:OO", [](Run&, Value* a, size_t) { return Value::long_value(between(time_of(a[0]), time_of(a[1]), enum_of(a[2], C::kChronoUnit).ordinal)); }},
        {cls, "isBefore", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(java_compare(a[0], Value::object(&time_of(a[1]))) < 0); }},
        {cls, "isAfter", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(java_compare(a[0], Value::object(&time_of(a[1]))) > 0); }},
        {cls, "isEqual", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(java_compare(a[0], Value::object(&time_of(a[1]))) == 0); }},
        {cls, "get", "I:O", [](Run&, Value* a, size_t) { return Value::integer(field_value(time_of(a[0]), static_cast<const EnumObject&>(enum_of(a[1], C::kChronoField)).name)); }},
        {cls, "getLong", "J:O", [](Run&, Value* a, size_t) { return Value::long_value(field_value(time_of(a[0]), enum_of(a[1], C::kChronoField).name)); }},
        {cls, "format", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, format_with(time_of(a[0]), formatter_of(a[1]))); }},
    });
    constexpr auto kStatic = Method::kStatic;
    static constexpr auto parse = +[](Run& r, Value* a, size_t n, C cls) { return n == 2 ? parse_with(r, text_of(a[0]), formatter_of(a[1]), cls) : parse_iso(r, java_text(a[0]), cls); };
    switch (cls) {
      case C::kZonedDateTime:
        t.push_back({cls, "parse", "O:O", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kZonedDateTime); }, kStatic});
        t.push_back({cls, "parse", "O:OO", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kZonedDateTime); }, kStatic});
        break;
      case C::kLocalDateTime:
        t.push_back({cls, "parse", "O:O", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kLocalDateTime); }, kStatic});
        t.push_back({cls, "parse", "O:OO", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kLocalDateTime); }, kStatic});
        break;
      case C::kLocalDate:
        t.push_back({cls, "parse", "O:O", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kLocalDate); }, kStatic});
        t.push_back({cls, "parse", "O:OO", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kLocalDate); }, kStatic});
        break;
      case C::kLocalTime:
        t.push_back({cls, "parse", "O:O", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kLocalTime); }, kStatic});
        t.push_back({cls, "parse", "O:OO", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kLocalTime); }, kStatic});
        break;
      default: t.push_back({cls, "parse", "O:O", [](Run& r, Value* a, size_t n) { return parse(r, a, n, C::kInstant); }, kStatic});
    }
  }
}

void add_conversions(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kZonedDateTime, "of", "O:IIIIIIIO", [](Run& r, Value* a, size_t) {
         const auto zone = zone_of(a[7]);
         const int64_t local = day_of(a[0].i, a[1].i, a[2].i) * 86400 + second_of(a[3].i, a[4].i, a[5].i);
         return new_time(r, C::kZonedDateTime, floor_div(zone->local_to_utc_ms(local * 1000), 1000), checked(a[6].i, 0, 999999999, "NanoOfSecond"), zone);
       }, kStatic},
      {C::kZonedDateTime, "ofInstant", "O:OO", [](Run& r, Value* a, size_t) { return new_time(r, C::kZonedDateTime, time_of(a[0]).seconds, time_of(a[0]).nanos, zone_of(a[1])); }, kStatic},
      {C::kZonedDateTime, "of", "O:OO", [](Run& r, Value* a, size_t) {
         const auto zone = zone_of(a[1]);
         return new_time(r, C::kZonedDateTime, floor_div(zone->local_to_utc_ms(time_of(a[0]).seconds * 1000), 1000), time_of(a[0]).nanos, zone);
       }, kStatic},
      {C::kZonedDateTime, "toInstant", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kInstant, time_of(a[0]).seconds, time_of(a[0]).nanos); }},
      {C::kZonedDateTime, "toEpochSecond", "J:", [](Run&, Value* a, size_t) { return Value::long_value(time_of(a[0]).seconds); }},
      {C::kZonedDateTime, "getMillis", "J:", [](Run&, Value* a, size_t) { return Value::long_value(time_of(a[0]).epoch_ms()); }},
      {C::kZonedDateTime, "toLocalDate", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDate, parts_of(time_of(a[0])).day * 86400, 0); }},
      {C::kZonedDateTime, "toLocalTime", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalTime, parts_of(time_of(a[0])).second, time_of(a[0]).nanos); }},
      {C::kZonedDateTime, "toLocalDateTime", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDateTime, time_of(a[0]).local_seconds(), time_of(a[0]).nanos); }},
      {C::kZonedDateTime, "toOffsetDateTime", "O:", [](Run& r, Value* a, size_t) {
         std::string offset;
         append_offset(offset, time_of(a[0]).offset_seconds());
         return new_time(r, C::kOffsetDateTime, time_of(a[0]).seconds, time_of(a[0]).nanos, make_zone(offset));
       }},
      {C::kZonedDateTime, "withZoneSameInstant", "O:O", [](Run& r, Value* a, size_t) { return new_time(r, C::kZonedDateTime, time_of(a[0]).seconds, time_of(a[0]).nanos, zone_of(a[1])); }},
      {C::kZonedDateTime, "withZoneSameLocal", "O:O", [](Run& r, Value* a, size_t) {
         const auto zone = zone_of(a[1]);
         return new_time(r, C::kZonedDateTime, floor_div(zone->local_to_utc_ms(time_of(a[0]).local_seconds() * 1000), 1000), time_of(a[0]).nanos, zone);
       }},
      {C::kZonedDateTime, "getZone", "O:", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<ZoneObject>(time_of(a[0]).zone)); }},
      {C::kZonedDateTime, "getOffset", "O:", [](Run& r, Value* a, size_t) {
         std::string offset;
         append_offset(offset, time_of(a[0]).offset_seconds());
         return Value::object(r.heap().make<ZoneObject>(make_zone(offset)));
       }},
      {C::kInstant, "toEpochMilli", "J:", [](Run&, Value* a, size_t) { return Value::long_value(floor_div(time_of(a[0]).seconds * 1000 + time_of(a[0]).nanos / 1000000, 1)); }},
      {C::kInstant, "getEpochSecond", "J:", [](Run&, Value* a, size_t) { return Value::long_value(time_of(a[0]).seconds); }},
      {C::kInstant, "atZone", "O:O", [](Run& r, Value* a, size_t) { return new_time(r, C::kZonedDateTime, time_of(a[0]).seconds, time_of(a[0]).nanos, zone_of(a[1])); }},
      {C::kInstant, "atOffset", "O:O", [](Run& r, Value* a, size_t) { return new_time(r, C::kOffsetDateTime, time_of(a[0]).seconds, time_of(a[0]).nanos, zone_of(a[1])); }},
      {C::kInstant, "ofEpochMilli", "O:J", [](Run& r, Value* a, size_t) { return new_time(r, C::kInstant, floor_div(a[0].i, 1000), floor_mod(a[0].i, 1000) * 1000000); }, kStatic},
      {C::kInstant, "ofEpochSecond", "O:J", [](Run& r, Value* a, size_t) { return new_time(r, C::kInstant, a[0].i, 0); }, kStatic},
      {C::kInstant, "ofEpochSecond", "O:JJ", [](Run& r, Value* a, size_t) { return new_time(r, C::kInstant, a[0].i, a[1].i); }, kStatic},
      {C::kLocalDate, "of", "O:III", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDate, day_of(a[0].i, a[1].i, a[2].i) * 86400, 0); }, kStatic},
      {C::kLocalDate, "ofEpochDay", "O:J", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDate, checked(a[0].i, -365243219162LL, 365241780471LL, "EpochDay") * 86400, 0); }, kStatic},
      {C::kLocalDate, "toEpochDay", "J:", [](Run&, Value* a, size_t) { return Value::long_value(floor_div(time_of(a[0]).seconds, 86400)); }},
      {C::kLocalDate, "lengthOfMonth", "I:", [](Run&, Value* a, size_t) { const Parts p = parts_of(time_of(a[0])); return Value::integer(mapping::days_in_month(p.date.year, p.date.month)); }},
      {C::kLocalDate, "lengthOfYear", "I:", [](Run&, Value* a, size_t) { return Value::integer(mapping::is_leap(parts_of(time_of(a[0])).date.year) ? 366 : 365); }},
      {C::kLocalDate, "isLeapYear", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(mapping::is_leap(parts_of(time_of(a[0])).date.year)); }},
      {C::kLocalDate, "atStartOfDay", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDateTime, time_of(a[0]).seconds, 0); }},
      {C::kLocalDate, "atStartOfDay", "O:O", [](Run& r, Value* a, size_t) {
         const auto zone = zone_of(a[1]);
         return new_time(r, C::kZonedDateTime, floor_div(zone->local_to_utc_ms(time_of(a[0]).seconds * 1000), 1000), 0, zone);
       }},
      {C::kLocalDate, "atTime", "O:II", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDateTime, time_of(a[0]).seconds + second_of(a[1].i, a[2].i, 0), 0); }},
      {C::kLocalDateTime, "of", "O:IIIII", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDateTime, day_of(a[0].i, a[1].i, a[2].i) * 86400 + second_of(a[3].i, a[4].i, 0), 0); }, kStatic},
      {C::kLocalDateTime, "of", "O:IIIIII", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDateTime, day_of(a[0].i, a[1].i, a[2].i) * 86400 + second_of(a[3].i, a[4].i, a[5].i), 0); }, kStatic},
      {C::kLocalDateTime, "ofInstant", "O:OO", [](Run& r, Value* a, size_t) {
         TimeObject zoned(C::kZonedDateTime, time_of(a[0]).seconds, time_of(a[0]).nanos, zone_of(a[1]));
         return new_time(r, C::kLocalDateTime, zoned.local_seconds(), zoned.nanos);
       }, kStatic},
      {C::kLocalDateTime, "ofEpochSecond", "O:JIO", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDateTime, a[0].i + zone_of(a[2])->offset_seconds_at_utc(a[0].i * 1000), a[1].i); }, kStatic},
      {C::kLocalDateTime, "atZone", "O:O", [](Run& r, Value* a, size_t) {
         const auto zone = zone_of(a[1]);
         return new_time(r, C::kZonedDateTime, floor_div(zone->local_to_utc_ms(time_of(a[0]).seconds * 1000), 1000), time_of(a[0]).nanos, zone);
       }},
      {C::kLocalDateTime, "atOffset", "O:O", [](Run& r, Value* a, size_t) {
         const auto zone = zone_of(a[1]);
         return new_time(r, C::kOffsetDateTime, floor_div(zone->local_to_utc_ms(time_of(a[0]).seconds * 1000), 1000), time_of(a[0]).nanos, zone);
       }},
      {C::kLocalDateTime, "toInstant", "O:O", [](Run& r, Value* a, size_t) { return new_time(r, C::kInstant, floor_div(zone_of(a[1])->local_to_utc_ms(time_of(a[0]).seconds * 1000), 1000), time_of(a[0]).nanos); }},
      {C::kLocalDateTime, "toEpochSecond", "J:O", [](Run&, Value* a, size_t) { return Value::long_value(floor_div(zone_of(a[1])->local_to_utc_ms(time_of(a[0]).seconds * 1000), 1000)); }},
      {C::kLocalDateTime, "toLocalDate", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalDate, parts_of(time_of(a[0])).day * 86400, 0); }},
      {C::kLocalDateTime, "toLocalTime", "O:", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalTime, parts_of(time_of(a[0])).second, time_of(a[0]).nanos); }},
      {C::kLocalTime, "of", "O:II", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalTime, second_of(a[0].i, a[1].i, 0), 0); }, kStatic},
      {C::kLocalTime, "of", "O:III", [](Run& r, Value* a, size_t) { return new_time(r, C::kLocalTime, second_of(a[0].i, a[1].i, a[2].i), 0); }, kStatic},
      {C::kLocalTime, "toSecondOfDay", "I:", [](Run&, Value* a, size_t) { return Value::integer(time_of(a[0]).seconds); }},
      {C::kZoneId, "of", "O:S", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<ZoneObject>(make_zone(text_of(a[0])))); }, kStatic},
      {C::kZoneId, "getId", "S:", [](Run& r, Value* a, size_t) { return text_value(r, zone_of(a[0])->name()); }},
      {C::kZoneId, "systemDefault", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<ZoneObject>(utc())); }, kStatic},
      {C::kZoneOffset, "of", "O:S", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<ZoneObject>(make_zone(text_of(a[0])))); }, kStatic},
      {C::kZoneOffset, "ofHours", "O:I", [](Run& r, Value* a, size_t) {
         std::string offset;
         append_offset(offset, static_cast<int32_t>(checked(a[0].i, -18, 18, "hours")) * 3600);
         return Value::object(r.heap().make<ZoneObject>(make_zone(offset)));
       }, kStatic},
      {C::kZoneOffset, "getTotalSeconds", "I:", [](Run&, Value* a, size_t) { return Value::integer(zone_of(a[0])->offset_seconds_at_utc(0)); }},
      {C::kZoneOffset, "UTC", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<ZoneObject>(utc())); }, Method::kConstant},
  });
}

void add_amounts(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kDuration, "between", "O:OO", [](Run& r, Value* a, size_t) {
         return amount_value(r, static_cast<__int128>(time_of(a[1]).seconds - time_of(a[0]).seconds) * 1000000000 + time_of(a[1]).nanos - time_of(a[0]).nanos);
       }, kStatic},
      {C::kDuration, "ofMillis", "O:J", [](Run& r, Value* a, size_t) { return amount_value(r, static_cast<__int128>(a[0].i) * 1000000); }, kStatic},
      {C::kDuration, "ofSeconds", "O:J", [](Run& r, Value* a, size_t) { return amount_value(r, static_cast<__int128>(a[0].i) * 1000000000); }, kStatic},
      {C::kDuration, "ofMinutes", "O:J", [](Run& r, Value* a, size_t) { return amount_value(r, static_cast<__int128>(a[0].i) * 60000000000); }, kStatic},
      {C::kDuration, "ofHours", "O:J", [](Run& r, Value* a, size_t) { return amount_value(r, static_cast<__int128>(a[0].i) * 3600000000000); }, kStatic},
      {C::kDuration, "ofDays", "O:J", [](Run& r, Value* a, size_t) { return amount_value(r, static_cast<__int128>(a[0].i) * 86400000000000); }, kStatic},
      {C::kDuration, "ofNanos", "O:J", [](Run& r, Value* a, size_t) { return amount_value(r, a[0].i); }, kStatic},
      {C::kDuration, "toNanos", "J:", [](Run&, Value* a, size_t) { return Value::long_value(static_cast<int64_t>(nanos_of(amount_of(a[0])))); }},
      {C::kDuration, "toMillis", "J:", [](Run&, Value* a, size_t) { return Value::long_value(static_cast<int64_t>(nanos_of(amount_of(a[0])) / 1000000)); }},
      {C::kDuration, "getSeconds", "J:", [](Run&, Value* a, size_t) { return Value::long_value(amount_of(a[0]).seconds); }},
      {C::kDuration, "toMinutes", "J:", [](Run&, Value* a, size_t) { return Value::long_value(amount_of(a[0]).seconds / 60); }},
      {C::kDuration, "toHours", "J:", [](Run&, Value* a, size_t) { return Value::long_value(amount_of(a[0]).seconds / 3600); }},
      {C::kDuration, "toDays", "J:", [](Run&, Value* a, size_t) { return Value::long_value(amount_of(a[0]).seconds / 86400); }},
      {C::kDuration, "getNano", "I:", [](Run&, Value* a, size_t) { return Value::integer(amount_of(a[0]).nanos); }},
      {C::kDuration, "isNegative", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(amount_of(a[0]).seconds < 0); }},
      {C::kDuration, "isZero", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(amount_of(a[0]).seconds == 0 && amount_of(a[0]).nanos == 0); }},
      {C::kDuration, "plus", "O:O", [](Run& r, Value* a, size_t) { return amount_value(r, nanos_of(amount_of(a[0])) + nanos_of(amount_of(a[1]))); }},
      {C::kDuration, "minus", "O:O", [](Run& r, Value* a, size_t) { return amount_value(r, nanos_of(amount_of(a[0])) - nanos_of(amount_of(a[1]))); }},
      {C::kDuration, "abs", "O:", [](Run& r, Value* a, size_t) { const auto n = nanos_of(amount_of(a[0])); return amount_value(r, n < 0 ? -n : n); }},
      {C::kPeriod, "ofDays", "O:I", [](Run& r, Value* a, size_t) { auto* out = r.heap().make<AmountObject>(C::kPeriod); out->days = a[0].i; return Value::object(out); }, kStatic},
      {C::kPeriod, "ofMonths", "O:I", [](Run& r, Value* a, size_t) { auto* out = r.heap().make<AmountObject>(C::kPeriod); out->months = a[0].i; return Value::object(out); }, kStatic},
      {C::kPeriod, "ofYears", "O:I", [](Run& r, Value* a, size_t) { auto* out = r.heap().make<AmountObject>(C::kPeriod); out->years = a[0].i; return Value::object(out); }, kStatic},
      {C::kPeriod, "between", "O:OO", [](Run& r, Value* a, size_t) {
         const TimeObject &from = time_of(a[0]), &to = time_of(a[1]);
         auto* out = r.heap().make<AmountObject>(C::kPeriod);
         const int64_t months = between(from, to, 9);
         const Value moved = plus_months(r, from, months);
         out->years = months / 12;
         out->months = months % 12;
         out->days = between(time_of(moved), to, 7);
         return Value::object(out);
       }, kStatic},
      {C::kPeriod, "getDays", "I:", [](Run&, Value* a, size_t) { return Value::integer(amount_of(a[0]).days); }},
      {C::kPeriod, "getMonths", "I:", [](Run&, Value* a, size_t) { return Value::integer(amount_of(a[0]).months); }},
      {C::kPeriod, "getYears", "I:", [](Run&, Value* a, size_t) { return Value::integer(amount_of(a[0]).years); }},
      {C::kPeriod, "toTotalMonths", "J:", [](Run&, Value* a, size_t) { return Value::long_value(amount_of(a[0]).years * 12 + amount_of(a[0]).months); }},
      {C::kChronoUnit, "between", "J:OO", [](Run&, Value* a, size_t) { return Value::long_value(between(time_of(a[1]), time_of(a[2]), enum_of(a[0], C::kChronoUnit).ordinal)); }},
      {C::kDateTimeFormatter, "ofPattern", "O:S", [](Run& r, Value* a, size_t) -> Value {
         try {
           return Value::object(r.heap().make<FormatterObject>(DateFormat::create(text_of(a[0]))));
         } catch (const ApiError& error) {
           throw_java(C::kIllegalArgumentException, error.error().reason);
         }
       }, kStatic},
      {C::kDateTimeFormatter, "ofPattern", "O:SO", [](Run& r, Value* a, size_t) -> Value {
         try {
           return Value::object(r.heap().make<FormatterObject>(DateFormat::create(text_of(a[0]))));
         } catch (const ApiError& error) {
           throw_java(C::kIllegalArgumentException, error.error().reason);
         }
       }, kStatic},
      {C::kDateTimeFormatter, "withZone", "O:O", [](Run& r, Value* a, size_t) {
         const FormatterObject& from = formatter_of(a[0]);
         auto* out = r.heap().make<FormatterObject>(from.format, from.name);
         out->zone = zone_of(a[1]);
         return Value::object(out);
       }},
      {C::kDateTimeFormatter, "format", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, format_with(time_of(a[1]), formatter_of(a[0]))); }},
      {C::kDate, "new", "O:J", [](Run& r, Value* a, size_t) { return make_time(r.heap(), floor_div(a[0].i, 1000), static_cast<int32_t>(floor_mod(a[0].i, 1000) * 1000000)); }, kStatic},
      {C::kZonedDateTime, "getTime", "J:", [](Run&, Value* a, size_t) { return Value::long_value(time_of(a[0]).epoch_ms()); }},
  });
  static constexpr auto formatter = [](Run& r, std::string_view name) { return Value::object(r.heap().make<FormatterObject>(nullptr, std::string(name))); };
  t.insert(t.end(), {
      {C::kDateTimeFormatter, "ISO_LOCAL_DATE", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_LOCAL_DATE"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_LOCAL_TIME", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_LOCAL_TIME"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_LOCAL_DATE_TIME", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_LOCAL_DATE_TIME"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_DATE", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_DATE"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_TIME", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_TIME"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_DATE_TIME", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_DATE_TIME"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_OFFSET_DATE_TIME", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_OFFSET_DATE_TIME"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_ZONED_DATE_TIME", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_ZONED_DATE_TIME"); }, Method::kConstant},
      {C::kDateTimeFormatter, "ISO_INSTANT", "O:", [](Run& r, Value*, size_t) { return formatter(r, "ISO_INSTANT"); }, Method::kConstant},
      {C::kDateTimeFormatter, "BASIC_ISO_DATE", "O:", [](Run& r, Value*, size_t) { return formatter(r, "BASIC_ISO_DATE"); }, Method::kConstant},
  });
}

template <C cls, int n>
void add_constants(std::vector<Method>& t, const std::string_view* names, int first) {
  const auto one = [&]<int i>() {
    static int base = first;
    static std::string_view name = names[i];
    t.push_back({cls, names[i], "O:", [](Run& r, Value*, size_t) { return enum_constant(r, cls, base + i, name); }, Method::kConstant});
  };
  [&]<int... i>(std::integer_sequence<int, i...>) { (one.template operator()<i>(), ...); }(std::make_integer_sequence<int, n>());
}

void add_enums(std::vector<Method>& t) {
  static constexpr std::string_view kStyles[] = {"FULL", "FULL_STANDALONE", "SHORT", "SHORT_STANDALONE", "NARROW", "NARROW_STANDALONE"};
  static constexpr std::string_view kLocales[] = {"ROOT", "ENGLISH", "US", "UK", "GERMAN", "GERMANY", "FRENCH", "FRANCE"};
  static constexpr std::string_view kIso[] = {"WEEK_OF_WEEK_BASED_YEAR", "WEEK_BASED_YEAR", "QUARTER_OF_YEAR"};
  add_constants<C::kChronoUnit, 13>(t, kUnits, 0);
  add_constants<C::kDayOfWeek, 7>(t, kDays, 1);
  add_constants<C::kMonth, 12>(t, kMonths, 1);
  add_constants<C::kChronoField, 14>(t, kFields, 0);
  add_constants<C::kTextStyle, 6>(t, kStyles, 0);
  add_constants<C::kLocale, 8>(t, kLocales, 0);
  add_constants<C::kIsoFields, 3>(t, kIso, 0);
  constexpr auto kStatic = Method::kStatic;
  for (const C cls : {C::kDayOfWeek, C::kMonth, C::kChronoUnit, C::kChronoField, C::kTextStyle}) {
    t.push_back({cls, "name", "S:", [](Run& r, Value* a, size_t) { return text_value(r, static_cast<EnumObject*>(a[0].o)->name); }});
    t.push_back({cls, "ordinal", "I:", [](Run&, Value* a, size_t) {
                   const auto& e = *static_cast<EnumObject*>(a[0].o);
                   return Value::integer(e.ordinal - (e.cls == C::kDayOfWeek || e.cls == C::kMonth));
                 }});
  }
  t.insert(t.end(), {
      {C::kDayOfWeek, "getValue", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<EnumObject*>(a[0].o)->ordinal); }},
      {C::kMonth, "getValue", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<EnumObject*>(a[0].o)->ordinal); }},
      {C::kDayOfWeek, "getDisplayName", "S:OO", [](Run& r, Value* a, size_t) { const auto& e = *static_cast<EnumObject*>(a[0].o); return text_value(r, display_name(e, a[1], e.name)); }},
      {C::kMonth, "getDisplayName", "S:OO", [](Run& r, Value* a, size_t) { const auto& e = *static_cast<EnumObject*>(a[0].o); return text_value(r, display_name(e, a[1], e.name)); }},
      {C::kDayOfWeek, "of", "O:I", [](Run& r, Value* a, size_t) { checked(a[0].i, 1, 7, "DayOfWeek"); return enum_constant(r, C::kDayOfWeek, static_cast<int>(a[0].i), kDays[a[0].i - 1]); }, kStatic},
      {C::kMonth, "of", "O:I", [](Run& r, Value* a, size_t) { checked(a[0].i, 1, 12, "MonthOfYear"); return enum_constant(r, C::kMonth, static_cast<int>(a[0].i), kMonths[a[0].i - 1]); }, kStatic},
      {C::kDayOfWeek, "plus", "O:J", [](Run& r, Value* a, size_t) { const auto d = floor_mod(static_cast<EnumObject*>(a[0].o)->ordinal - 1 + a[1].i % 7, 7); return enum_constant(r, C::kDayOfWeek, static_cast<int>(d) + 1, kDays[d]); }},
  });
}

}  // namespace

void add_time_methods(std::vector<Method>& t) {
  add_getters(t);
  add_conversions(t);
  add_amounts(t);
  add_enums(t);
}

}  // namespace tarn::script
