#pragma once

#include <memory>
#include <optional>
#include <string>

#include "indexer/mapping/date_format.h"
#include "indexer/script/value.h"

namespace tarn::script {

/// ZonedDateTime, OffsetDateTime, Instant, LocalDateTime, LocalDate and LocalTime: seconds since 1970 (local ones: of the local
/// clock) and nanoseconds, with the zone of those that have one.
class TimeObject final : public Object {
 public:
  TimeObject(ClassId cls, int64_t seconds, int32_t nanos, std::shared_ptr<const TimeZone> zone = nullptr)
      : Object(cls), seconds(seconds), nanos(nanos), zone(std::move(zone)) {}
  int64_t seconds;
  int32_t nanos;
  std::shared_ptr<const TimeZone> zone;

  int32_t offset_seconds() const { return zone ? zone->offset_seconds_at_utc(seconds * 1000) : 0; }
  int64_t local_seconds() const { return seconds + offset_seconds(); }
  int64_t epoch_ms() const { return seconds * 1000 + nanos / 1000000; }
};

/// Duration (seconds, nanos) and Period (years, months, days).
class AmountObject final : public Object {
 public:
  explicit AmountObject(ClassId cls) : Object(cls) {}
  int64_t seconds = 0;
  int32_t nanos = 0;
  int64_t years = 0, months = 0, days = 0;
};

class ZoneObject final : public Object {
 public:
  explicit ZoneObject(std::shared_ptr<const TimeZone> zone) : Object(zone->is_fixed() ? ClassId::kZoneOffset : ClassId::kZoneId), zone(std::move(zone)) {}
  std::shared_ptr<const TimeZone> zone;
};

class FormatterObject final : public Object {
 public:
  explicit FormatterObject(std::shared_ptr<const DateFormat> format, std::string name = {})
      : Object(ClassId::kDateTimeFormatter), format(std::move(format)), name(std::move(name)) {}
  std::shared_ptr<const DateFormat> format;
  std::string name;  ///< of a constant, ISO_DATE_TIME ...; "" of a pattern
  std::shared_ptr<const TimeZone> zone;
};

/// A constant of an enum: ChronoUnit.DAYS, DayOfWeek.MONDAY ...
class EnumObject final : public Object {
 public:
  EnumObject(ClassId cls, int ordinal, std::string name) : Object(cls), ordinal(ordinal), name(std::move(name)) {}
  int ordinal;
  std::string name;
};

/// A new ZonedDateTime, UTC unless a zone is given.
Value make_time(Heap& heap, int64_t seconds, int32_t nanos, std::shared_ptr<const TimeZone> zone = nullptr);
const std::shared_ptr<const TimeZone>& utc();

bool append_time_text(std::string& out, const Object& object);
bool append_time_json(std::string& out, const Object& object);
/// Nothing if they are not two times of one kind.
std::optional<int> compare_times(const Object& a, const Object& b);
std::optional<int32_t> hash_time(const Object& object);

}  // namespace tarn::script
