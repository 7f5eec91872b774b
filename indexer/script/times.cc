#include "indexer/script/times.h"

#include "indexer/mapping/calendar.h"
#include "indexer/script/big_integer.h"
#include "indexer/script/time_text.h"

namespace tarn::script {

using mapping::civil_from_days;
using mapping::floor_div;
using mapping::floor_mod;

const std::shared_ptr<const TimeZone>& utc() {
  static const std::shared_ptr<const TimeZone> zone = TimeZone::create("Z");
  return zone;
}

Value make_time(Heap& heap, int64_t seconds, int32_t nanos, std::shared_ptr<const TimeZone> zone) {
  return Value::object(heap.make<TimeObject>(ClassId::kZonedDateTime, seconds, nanos, zone ? std::move(zone) : utc()));
}

namespace {

void two(std::string& out, int64_t value) {
  if (value < 10) out += '0';
  out += std::to_string(value);
}

}  // namespace

void append_date(std::string& out, int64_t local_seconds) {
  const auto civil = civil_from_days(floor_div(local_seconds, 86400));
  const int64_t magnitude = std::abs(civil.year);
  if (civil.year < 0) out += '-';
  if (civil.year > 9999) out += '+';
  std::string year = std::to_string(magnitude);
  out.append(year.size() < 4 ? 4 - year.size() : 0, '0').append(year);
  out += '-';
  two(out, civil.month);
  out += '-';
  two(out, civil.day);
}

void append_fraction(std::string& out, int32_t nanos) {
  if (nanos == 0) return;
  std::string digits = std::to_string(nanos);
  digits.insert(0, 9 - digits.size(), '0');
  if (nanos % 1000000 == 0) {
    digits.resize(3);
  } else if (nanos % 1000 == 0) {
    digits.resize(6);
  }
  out += '.';
  out += digits;
}

void append_clock(std::string& out, int64_t local_seconds, int32_t nanos, bool always_seconds) {
  const int64_t second = floor_mod(local_seconds, 86400);
  two(out, second / 3600);
  out += ':';
  two(out, second / 60 % 60);
  if (second % 60 == 0 && nanos == 0 && !always_seconds) return;
  out += ':';
  two(out, second % 60);
  append_fraction(out, nanos);
}

void append_offset(std::string& out, int32_t seconds) {
  if (seconds == 0) {
    out += 'Z';
    return;
  }
  out += seconds < 0 ? '-' : '+';
  const int32_t magnitude = std::abs(seconds);
  two(out, magnitude / 3600);
  out += ':';
  two(out, magnitude / 60 % 60);
  if (magnitude % 60 != 0) {
    out += ':';
    two(out, magnitude % 60);
  }
}

void append_iso(std::string& out, const TimeObject& time) {
  switch (time.cls) {
    case ClassId::kLocalDate: return append_date(out, time.seconds);
    case ClassId::kLocalTime: return append_clock(out, time.seconds, time.nanos, false);
    case ClassId::kInstant:
      append_date(out, time.seconds);
      out += 'T';
      append_clock(out, time.seconds, time.nanos, true);
      out += 'Z';
      return;
    default: break;
  }
  append_date(out, time.local_seconds());
  out += 'T';
  append_clock(out, time.local_seconds(), time.nanos, false);
  if (time.cls == ClassId::kLocalDateTime) return;
  append_offset(out, time.offset_seconds());
  if (time.zone && !time.zone->is_fixed()) out += "[" + time.zone->name() + "]";
}

namespace {

void append_duration(std::string& out, const AmountObject& amount) {
  if (amount.cls == ClassId::kPeriod) {
    if (amount.years == 0 && amount.months == 0 && amount.days == 0) {
      out += "P0D";
      return;
    }
    out += 'P';
    if (amount.years != 0) out += std::to_string(amount.years) + "Y";
    if (amount.months != 0) out += std::to_string(amount.months) + "M";
    if (amount.days != 0) out += std::to_string(amount.days) + "D";
    return;
  }
  if (amount.seconds == 0 && amount.nanos == 0) {
    out += "PT0S";
    return;
  }
  int64_t effective = amount.seconds;
  if (effective < 0 && amount.nanos > 0) ++effective;
  out += "PT";
  const int64_t hours = effective / 3600, minutes = effective % 3600 / 60, seconds = effective % 60;
  if (hours != 0) out += std::to_string(hours) + "H";
  if (minutes != 0) out += std::to_string(minutes) + "M";
  if (seconds == 0 && amount.nanos == 0 && out.size() > 2) return;
  if (amount.seconds < 0 && amount.nanos > 0 && seconds == 0) {
    out += "-0";
  } else {
    out += std::to_string(seconds);
  }
  if (amount.nanos > 0) {
    std::string digits = std::to_string(amount.seconds < 0 ? 1000000000 - amount.nanos : amount.nanos);
    digits.insert(0, 9 - std::min<size_t>(9, digits.size()), '0');
    while (digits.back() == '0') digits.pop_back();
    out += '.';
    out += digits;
  }
  out += 'S';
}

}  // namespace

bool append_time_text(std::string& out, const Object& object) {
  if (const auto* time = dynamic_cast<const TimeObject*>(&object)) return append_iso(out, *time), true;
  if (const auto* amount = dynamic_cast<const AmountObject*>(&object)) return append_duration(out, *amount), true;
  if (const auto* zone = dynamic_cast<const ZoneObject*>(&object)) return out += zone->zone->name(), true;
  if (const auto* constant = dynamic_cast<const EnumObject*>(&object)) {
    out += constant->cls == ClassId::kChronoUnit ? unit_text(*constant) : constant->name;
    return true;
  }
  if (const auto* format = dynamic_cast<const FormatterObject*>(&object)) return out += format->name, true;
  return false;
}

/// As XContentBuilder writes dates: ZonedDateTime and its like in ISO form with milliseconds.
bool append_time_json(std::string& out, const Object& object) {
  const auto* time = dynamic_cast<const TimeObject*>(&object);
  if (time == nullptr) return append_time_text(out, object);
  if (time->cls != ClassId::kZonedDateTime && time->cls != ClassId::kLocalDateTime && time->cls != ClassId::kInstant && time->cls != ClassId::kOffsetDateTime) {
    append_iso(out, *time);
    return true;
  }
  append_date(out, time->local_seconds());
  out += 'T';
  std::string clock;
  append_clock(clock, time->local_seconds(), 0, true);
  std::string digits = std::to_string(time->nanos);
  digits.insert(0, 9 - digits.size(), '0');
  if (time->nanos % 1000000 == 0) {
    digits.resize(3);
  } else {
    while (digits.back() == '0') digits.pop_back();
  }
  out += clock + "." + digits;
  if (time->cls != ClassId::kLocalDateTime) append_offset(out, time->offset_seconds());
  return true;
}

std::optional<int> compare_times(const Object& a, const Object& b) {
  const auto order = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (const auto* x = dynamic_cast<const TimeObject*>(&a)) {
    const auto* y = dynamic_cast<const TimeObject*>(&b);
    if (y == nullptr) return std::nullopt;
    return x->seconds != y->seconds ? order(x->seconds, y->seconds) : order(x->nanos, y->nanos);
  }
  if (const auto* x = dynamic_cast<const AmountObject*>(&a)) {
    const auto* y = dynamic_cast<const AmountObject*>(&b);
    if (y == nullptr) return std::nullopt;
    if (x->cls == ClassId::kPeriod) return order(std::tuple(x->years, x->months, x->days), std::tuple(y->years, y->months, y->days));
    return x->seconds != y->seconds ? order(x->seconds, y->seconds) : order(x->nanos, y->nanos);
  }
  if (const auto* x = dynamic_cast<const EnumObject*>(&a)) {
    const auto* y = dynamic_cast<const EnumObject*>(&b);
    if (y == nullptr || x->cls != y->cls) return std::nullopt;
    return order(x->ordinal, y->ordinal);
  }
  if (const auto* x = dynamic_cast<const ZoneObject*>(&a)) {
    const auto* y = dynamic_cast<const ZoneObject*>(&b);
    if (y == nullptr) return std::nullopt;
    return x->zone->name().compare(y->zone->name());
  }
  return std::nullopt;
}

std::optional<int32_t> hash_time(const Object& object) {
  if (const auto* time = dynamic_cast<const TimeObject*>(&object)) {
    return static_cast<int32_t>(time->seconds ^ (time->seconds >> 32)) + 51 * time->nanos;
  }
  if (const auto* constant = dynamic_cast<const EnumObject*>(&object)) return string_hash(constant->name);
  if (const auto* amount = dynamic_cast<const AmountObject*>(&object)) {
    return static_cast<int32_t>(amount->seconds ^ (amount->seconds >> 32)) + 51 * amount->nanos + static_cast<int32_t>(amount->years * 31 + amount->months * 7 + amount->days);
  }
  if (const auto* zone = dynamic_cast<const ZoneObject*>(&object)) return string_hash(zone->zone->name());
  return std::nullopt;
}

}  // namespace tarn::script
