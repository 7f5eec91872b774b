#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "indexer/mapping/date_format.h"

namespace tarn::query {

/// Cuts time into buckets: calendar units in a time zone, or a fixed number of milliseconds. Instants are epoch ms.
/// Follows: OpenSearch Rounding (TimeUnitRounding, TimeIntervalRounding).
class Rounding {
 public:
  enum class Unit { kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear };
  /// `calendar` by name ("month", "1M", "quarter" ...); null if it is none.
  static std::shared_ptr<const Rounding> calendar(std::string_view name, std::shared_ptr<const TimeZone> zone, int64_t offset_ms);
  static std::shared_ptr<const Rounding> fixed(int64_t interval_ms, std::shared_ptr<const TimeZone> zone, int64_t offset_ms);
  virtual ~Rounding() = default;

  /// The start of the bucket that holds the instant.
  int64_t round(int64_t ms) const { return round_raw(ms - offset_ms_) + offset_ms_; }
  /// The start of the bucket after the one that begins at `start`.
  int64_t next(int64_t start) const { return next_raw(start - offset_ms_) + offset_ms_; }

 protected:
  explicit Rounding(int64_t offset_ms) : offset_ms_(offset_ms) {}
  virtual int64_t round_raw(int64_t ms) const = 0;
  virtual int64_t next_raw(int64_t start) const = 0;

 private:
  int64_t offset_ms_;
};

/// Milliseconds of "90m", "1d", "500ms"; -1 if it is none.
int64_t parse_interval_ms(std::string_view text);

}  // namespace tarn::query
