#include <functional>
#include <unordered_map>

#include "indexer/mapping/date_pattern.h"

namespace tarn::mapping {
namespace {

using Kind = DateElement::Kind;
using F = DateField;

// The pieces that OpenSearch's DateFormatters are built from, by the names it gives them.

DateElement num(F field, int low, int high, SignStyle sign = SignStyle::kNotNegative) {
  DateElement out{.kind = Kind::kNumber, .field = field, .min_width = low, .max_width = high, .sign = sign};
  return out;
}
DateElement lit(const char* text) { return {.kind = Kind::kLiteral, .literal = text}; }
DateElement opt(DateSequence children) {
  DateElement out{.kind = Kind::kOptional};
  out.children = std::move(children);
  return out;
}
DateElement fraction(int low, int high, bool point) {
  DateElement out{.kind = Kind::kFraction, .field = F::kNano, .min_width = low, .max_width = high};
  out.point = point;
  return out;
}
DateElement zone_or_offset() { return {.kind = Kind::kZoneOrOffset}; }
DateElement compact_offset() {  // appendOffset("+HHmm", "Z")
  DateElement out{.kind = Kind::kOffset, .literal = "Z"};
  out.style = 0;
  return out;
}

DateSequence operator+(DateSequence a, const DateSequence& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Strict pieces: every number has its full width. Lenient ones: one digit will do.
struct Pieces {
  bool strict;

  DateElement year() const { return strict ? num(F::kYear, 4, 10, SignStyle::kExceedsPad) : num(F::kYear, 1, 5, SignStyle::kNormal); }
  DateElement two(F field) const { return num(field, strict ? 2 : 1, 2); }
  DateElement week_year() const { return num(F::kWeekYear, 4, 10, SignStyle::kExceedsPad); }

  DateSequence date() const { return {year(), lit("-"), two(F::kMonth), lit("-"), two(F::kDay)}; }
  DateSequence hour() const { return {two(F::kHour)}; }
  DateSequence hour_minute() const { return {two(F::kHour), lit(":"), two(F::kMinute)}; }
  DateSequence hour_minute_second() const { return hour_minute() + DateSequence{lit(":"), two(F::kSecond)}; }
  DateSequence with_millis() const { return hour_minute_second() + DateSequence{fraction(strict ? 3 : 1, strict ? 3 : 3, true)}; }
  DateSequence with_fraction() const { return hour_minute_second() + DateSequence{fraction(strict ? 3 : 1, 9, true)}; }
  DateSequence time() const { return hour_minute_second() + DateSequence{fraction(1, 9, true)}; }
  DateSequence ordinal_date() const { return {year(), lit("-"), strict ? num(F::kDayOfYear, 3, 3) : num(F::kDayOfYear, 1, 3)}; }
  DateSequence week_date() const {
    return {week_year(), lit("-W"), two(F::kWeek), lit("-"), num(F::kDayOfWeek, 1, 1)};
  }
};

DateSequence time_of_optional(const Pieces& p) {
  return {opt({p.two(F::kHour),
               opt({lit(":"), p.two(F::kMinute),
                    opt({lit(":"), p.two(F::kSecond), opt({fraction(1, 9, true)}), opt({lit(","), fraction(1, 9, false)})})}),
               opt({zone_or_offset()}), opt({compact_offset()})})};
}

DateSequence date_optional_time(bool strict) {
  const Pieces p{strict};
  const DateElement year = strict ? p.year() : num(F::kYear, 1, 5, SignStyle::kNormal);
  return {year, opt({lit("-"), p.two(F::kMonth), opt({lit("-"), p.two(F::kDay), opt(DateSequence{lit("T")} + time_of_optional(p))})})};
}

NamedFormat same(const DateSequence& sequence) { return {{sequence}, sequence}; }

/// A sequence that ends with a zone: read with or without a colon, printed with one.
NamedFormat zoned(const DateSequence& parse, const DateSequence& print) {
  return {{parse + DateSequence{zone_or_offset()}, parse + DateSequence{compact_offset()}}, print + DateSequence{zone_or_offset()}};
}

DateSequence print_time() { return Pieces{true}.hour_minute_second() + DateSequence{fraction(3, 9, true)}; }

const DateSequence kBasicDate = {num(F::kYear, 4, 4, SignStyle::kNormal), num(F::kMonth, 2, 2), num(F::kDay, 2, 2)};
const DateSequence kBasicDateParse = {num(F::kYear, 4, 4), num(F::kMonth, 2, 2), num(F::kDay, 2, 2)};
const DateSequence kBasicHms = {num(F::kHour, 2, 2), num(F::kMinute, 2, 2), num(F::kSecond, 2, 2)};
const DateSequence kBasicOrdinal = {num(F::kYear, 4, 4), num(F::kDayOfYear, 3, 3)};
const DateSequence kBasicWeek = {num(F::kWeekYear, 4, 4), lit("W"), num(F::kWeek, 2, 2), num(F::kDayOfWeek, 1, 1)};

using Table = std::unordered_map<std::string, NamedFormat>;

void add_basic(Table& table) {
  const DateSequence millis = kBasicHms + DateSequence{fraction(1, 9, true)};
  const DateSequence print_millis = kBasicHms + DateSequence{fraction(3, 9, true)};
  const DateSequence t = {lit("T")};
  const auto add = [&](const std::string& name, const NamedFormat& format) { table[name] = format; };
  add("basic_date", {{kBasicDateParse}, kBasicDateParse});
  add("basic_time", zoned(millis, print_millis));
  add("basic_time_no_millis", zoned(kBasicHms, kBasicHms));
  add("basic_t_time", zoned(t + millis, t + print_millis));
  add("basic_t_time_no_millis", zoned(t + kBasicHms, t + kBasicHms));
  add("basic_date_time", zoned(kBasicDateParse + t + millis, kBasicDateParse + t + print_millis));
  add("basic_date_time_no_millis", zoned(kBasicDateParse + t + kBasicHms, kBasicDateParse + t + kBasicHms));
  add("basic_ordinal_date", same(kBasicOrdinal));
  add("basic_ordinal_date_time", zoned(kBasicOrdinal + t + millis, kBasicOrdinal + t + print_millis));
  add("basic_ordinal_date_time_no_millis", zoned(kBasicOrdinal + t + kBasicHms, kBasicOrdinal + t + kBasicHms));
  for (const char* prefix : {"", "strict_"}) {
    const std::string s = prefix;
    add(s + "basic_week_date", same(kBasicWeek));
    add(s + "basic_week_date_time", zoned(kBasicWeek + t + millis, kBasicWeek + t + print_millis));
    add(s + "basic_week_date_time_no_millis", zoned(kBasicWeek + t + kBasicHms, kBasicWeek + t + kBasicHms));
  }
}

/// The formats that exist strict and lenient.
void add_pairs(Table& table, bool strict) {
  const Pieces p{strict}, full{true};
  const std::string s = strict ? "strict_" : "";
  const DateSequence t = {lit("T")};
  const auto add = [&](const std::string& name, const NamedFormat& format) { table[s + name] = format; };
  const auto pair = [](const DateSequence& parse, const DateSequence& print) { return NamedFormat{{parse}, print}; };
  add("date", pair(p.date(), full.date()));
  add("year_month_day", pair(p.date(), full.date()));
  add("year_month", pair({p.year(), lit("-"), p.two(F::kMonth)}, {full.year(), lit("-"), full.two(F::kMonth)}));
  add("year", pair({p.year()}, {full.year()}));
  add("hour", pair(p.hour(), full.hour()));
  add("hour_minute", pair(p.hour_minute(), full.hour_minute()));
  add("hour_minute_second", pair(p.hour_minute_second(), full.hour_minute_second()));
  add("hour_minute_second_millis", pair(p.with_millis(), full.with_millis()));
  add("hour_minute_second_fraction", pair(p.with_fraction(), print_time()));
  add("date_hour", pair(p.date() + t + p.hour(), full.date() + t + full.hour()));
  add("date_hour_minute", pair(p.date() + t + p.hour_minute(), full.date() + t + full.hour_minute()));
  add("date_hour_minute_second", pair(p.date() + t + p.hour_minute_second(), full.date() + t + full.hour_minute_second()));
  add("date_hour_minute_second_millis", pair(p.date() + t + p.with_millis(), full.date() + t + full.with_millis()));
  add("date_hour_minute_second_fraction", pair(p.date() + t + p.with_fraction(), full.date() + t + print_time()));
  add("time", zoned(p.time(), print_time()));
  add("time_no_millis", zoned(p.hour_minute_second(), full.hour_minute_second()));
  add("t_time", zoned(t + p.time(), t + print_time()));
  add("t_time_no_millis", zoned(t + p.hour_minute_second(), t + full.hour_minute_second()));
  const DateSequence no_millis = strict ? p.hour_minute_second() : p.hour() + DateSequence{lit(":"), p.two(F::kMinute), opt({lit(":"), p.two(F::kSecond)})};
  add("date_time", zoned(p.date() + t + p.time(), full.date() + t + print_time()));
  if (strict) {
    table["strict_date_time"].parsers.push_back(p.date() + t + p.hour_minute_second() + DateSequence{zone_or_offset()});
  }
  add("date_time_no_millis", zoned(p.date() + t + no_millis, full.date() + t + full.hour_minute_second()));
  add("ordinal_date", pair(p.ordinal_date(), full.ordinal_date()));
  add("ordinal_date_time", zoned(p.ordinal_date() + t + p.time(), full.ordinal_date() + t + print_time()));
  add("ordinal_date_time_no_millis", zoned(p.ordinal_date() + t + p.hour_minute_second(), full.ordinal_date() + t + full.hour_minute_second()));
  add("week_date", pair(p.week_date(), full.week_date()));
  add("week_date_time", zoned(p.week_date() + t + p.time(), full.week_date() + t + print_time()));
  add("week_date_time_no_millis", zoned(p.week_date() + t + p.hour_minute_second(), full.week_date() + t + full.hour_minute_second()));
  const DateSequence week_year = {p.week_year()};
  add("weekyear", same(week_year));
  add("week_year", same(week_year));
  add("weekyear_week", pair({p.week_year(), lit("-W"), p.two(F::kWeek)}, {p.week_year(), lit("-W"), full.two(F::kWeek)}));
  add("weekyear_week_day", pair(p.week_date(), full.week_date()));
  const DateSequence print_optional = full.date() + t + print_time() + DateSequence{zone_or_offset()};
  add("date_optional_time", {{date_optional_time(strict)}, print_optional});
}

/// "basicDate" as "basic_date": the older spelling of the names.
std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out += '_';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

Table make_table() {
  Table table;
  add_basic(table);
  add_pairs(table, true);
  add_pairs(table, false);
  table["strict_date_optional_time_nanos"] = table["strict_date_optional_time"];
  table["iso8601"] = table["strict_date_optional_time"];
  const Pieces p{true};
  table["rfc3339_lenient"] = {{{p.year(), opt({lit("-"), p.two(F::kMonth),
                                               opt({lit("-"), p.two(F::kDay),
                                                    opt(DateSequence{lit("T")} + p.hour_minute() +
                                                        DateSequence{opt({lit(":"), p.two(F::kSecond), opt({fraction(1, 9, true)}), opt({lit(","), fraction(1, 9, false)})}),
                                                                     zone_or_offset()})})})}},
                              table["strict_date_optional_time"].printer};
  for (auto& [name, format] : table) {
    for (DateSequence& parser : format.parsers) link_adjacent(parser);
  }
  return table;
}

}  // namespace

std::optional<NamedFormat> named_format(std::string_view name) {
  static const Table table = make_table();
  auto found = table.find(std::string(name));
  if (found == table.end()) found = table.find(snake_case(name));
  if (found == table.end()) return std::nullopt;
  return found->second;
}

}  // namespace tarn::mapping
