#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/mapping/date_format.h"

namespace tarn::mapping {

/// The fields of java.time that patterns read and write.
enum class DateField : uint8_t {
  kEra, kYear, kYearOfEra, kQuarter, kMonth, kDay, kDayOfYear, kWeekYear, kWeek, kWeekOfMonth, kDayOfWeek,
  kLocalWeekYear, kLocalWeek, kLocalDay,   ///< weeks of Locale.ROOT: from Sunday, the first one holds January 1
  kAmPm, kHour, kClockHour, kHourOfAmPm, kClockHourOfAmPm, kMinute, kSecond, kNano, kMilliOfDay, kNanoOfDay, kCount
};

enum class SignStyle : uint8_t { kNormal, kNotNegative, kExceedsPad };

/// Offset styles: how hours, minutes and seconds are written.
enum OffsetStyle : int { kHHmmNoColonOptional, kHHMM, kHHcolonMM, kHHMMss, kHHcolonMMcolonss, kLocalized, kZoneName };

/// One step of a pattern: java.time's DateTimeFormatterBuilder knows the same kinds.
struct DateElement {
  enum class Kind : uint8_t { kLiteral, kNumber, kReducedYear, kFraction, kText, kOffset, kZoneId, kZoneOrOffset, kOptional };
  Kind kind = Kind::kLiteral;
  std::string literal;                 // kLiteral; kOffset: what stands for zero
  DateField field = DateField::kYear;
  int min_width = 0, max_width = 0;    // numbers, fractions
  SignStyle sign = SignStyle::kNotNegative;
  int subsequent_width = 0;            // digits that adjacent numbers after this one need
  bool point = false;                  // fraction: a decimal point comes first
  int style = 0;                       // kText: 1 short, 4 full, 5 narrow; kOffset: an OffsetStyle
  std::vector<DateElement> children;   // kOptional
};
using DateSequence = std::vector<DateElement>;

/// An offset from UTC; `zero` is what stands for none.
DateElement offset_element(int style, std::string zero);

/// The texts of Locale.ROOT, whose full names are as short as the short ones.
inline constexpr std::string_view kMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
inline constexpr std::string_view kDayNames[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/// What a text said.
struct ParsedDate {
  std::array<int64_t, static_cast<size_t>(DateField::kCount)> values{};
  uint32_t set = 0;
  std::optional<int32_t> offset_seconds;
  std::shared_ptr<const TimeZone> zone;

  bool has(DateField field) const { return set >> static_cast<int>(field) & 1; }
  int64_t get(DateField field) const { return values[static_cast<size_t>(field)]; }
  /// False if it was set to another value before.
  bool put(DateField field, int64_t value);
};

/// A Java pattern ("yyyy-MM-dd HH:mm") as steps. Throws ApiError 400 illegal_argument_exception in java.time's words.
DateSequence compile_pattern(std::string_view pattern);

/// The steps that a name (strict_date_optional_time ...) stands for: alternatives to parse by, and one to print by.
struct NamedFormat {
  std::vector<DateSequence> parsers;
  DateSequence printer;
};
/// Nothing if there is no such name.
std::optional<NamedFormat> named_format(std::string_view name);

/// Joins adjacent numbers, as the builder does; to be called once a sequence is whole.
void link_adjacent(DateSequence& sequence);

/// Reads `text` from `position`; the new position, or -1 - position of the failure.
int parse_sequence(const DateSequence& sequence, std::string_view text, int position, ParsedDate& out);
/// Turns the fields into an instant. Nothing if they contradict each other or the calendar; `problem` says how.
std::optional<DateFormat::Instant> resolve_date(const ParsedDate& parsed, const TimeZone* zone, bool round_up, std::string& problem);
std::string print_sequence(const DateSequence& sequence, DateFormat::Instant instant, const TimeZone* zone);

}  // namespace tarn::mapping
