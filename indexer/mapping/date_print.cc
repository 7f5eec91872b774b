#include "indexer/mapping/calendar.h"
#include "indexer/mapping/date_pattern.h"

namespace tarn::mapping {
namespace {

using Kind = DateElement::Kind;

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
      case DateField::kWeekOfMonth: return (date.day - 1 + day_of_week(days_from_civil(date.year, date.month, 1)) % 7) / 7 + 1;
      case DateField::kDayOfWeek: return day_of_week(days);
      case DateField::kLocalWeekYear: return days >= local_year_start(date.year + 1) ? date.year + 1 : date.year;
      case DateField::kLocalWeek: return (days - local_year_start(get(DateField::kLocalWeekYear))) / 7 + 1;
      case DateField::kLocalDay: return day_of_week(days) % 7 + 1;
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
        if (element.field == DateField::kMonth) name = kMonthNames[value - 1];
        if (element.field == DateField::kDayOfWeek) name = kDayNames[value - 1];
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
