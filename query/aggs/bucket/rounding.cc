#include "query/aggs/bucket/rounding.h"

#include <charconv>
#include <chrono>
#include <map>
#include <optional>

namespace tarn::query {
namespace {

constexpr int64_t kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs, kDayMs = 24 * kHourMs;

int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Local milliseconds of the first day of the month that is `months` after the one of `local_ms`, rounded to `step` months.
int64_t month_start(int64_t local_ms, int step, int plus_steps) {
  using namespace std::chrono;
  const year_month_day date{sys_days{days{floor_div(local_ms, kDayMs)}}};
  int64_t month = int64_t{static_cast<int>(date.year())} * 12 + (static_cast<unsigned>(date.month()) - 1);
  month = floor_div(month, step) * step + int64_t{plus_steps} * step;
  const auto y = static_cast<int>(floor_div(month, 12));
  const auto m = static_cast<unsigned>(month - int64_t{y} * 12 + 1);
  return int64_t{sys_days{year{y} / std::chrono::month{m} / 1}.time_since_epoch().count()} * kDayMs;
}

class CalendarRounding : public Rounding {
 public:
  CalendarRounding(Unit unit, std::shared_ptr<const TimeZone> zone, int64_t offset_ms)
      : Rounding(offset_ms), unit_(unit), zone_(std::move(zone)) {
    fixed_zone_ = !zone_ || zone_->is_fixed();
    fixed_offset_ms_ = zone_ ? zone_->offset_seconds_at_utc(0) * kSecondMs : 0;
  }

 protected:
  int64_t round_raw(int64_t ms) const override {
    if (fixed_zone_) return floor_local(ms + fixed_offset_ms_) - fixed_offset_ms_;
    const int64_t offset = zone_->offset_seconds_at_utc(ms) * kSecondMs;
    if (unit_ <= Unit::kHour) {
      // Hours and less are cut on the running clock, so that both hours of an overlap stay apart.
      return floor_local(ms + offset) - offset;
    }
    const int64_t start = zone_->local_to_utc_ms(floor_local(ms + offset));
    // A gap at midnight can push the start of the day past the instant itself.
    return start <= ms ? start : zone_->local_to_utc_ms(floor_local(floor_local(ms + offset) - 1));
  }
  int64_t next_raw(int64_t start) const override {
    if (fixed_zone_) return following_local(start + fixed_offset_ms_) - fixed_offset_ms_;
    if (unit_ <= Unit::kHour) {
      const int64_t length = unit_ == Unit::kHour ? kHourMs : unit_ == Unit::kMinute ? kMinuteMs : kSecondMs;
      return round_raw(start + length);
    }
    const int64_t local = start + zone_->offset_seconds_at_utc(start) * kSecondMs;
    return zone_->local_to_utc_ms(following_local(floor_local(local)));
  }

 private:
  int64_t floor_local(int64_t local) const {
    switch (unit_) {
      case Unit::kSecond: return floor_div(local, kSecondMs) * kSecondMs;
      case Unit::kMinute: return floor_div(local, kMinuteMs) * kMinuteMs;
      case Unit::kHour: return floor_div(local, kHourMs) * kHourMs;
      case Unit::kDay: return floor_div(local, kDayMs) * kDayMs;
      // 1970-01-01 was a Thursday; weeks begin on Monday.
      case Unit::kWeek: return floor_div(local + 3 * kDayMs, 7 * kDayMs) * 7 * kDayMs - 3 * kDayMs;
      case Unit::kMonth: return month_start(local, 1, 0);
      case Unit::kQuarter: return month_start(local, 3, 0);
      default: return month_start(local, 12, 0);
    }
  }
  int64_t following_local(int64_t local) const {
    switch (unit_) {
      case Unit::kSecond: return local + kSecondMs;
      case Unit::kMinute: return local + kMinuteMs;
      case Unit::kHour: return local + kHourMs;
      case Unit::kDay: return local + kDayMs;
      case Unit::kWeek: return local + 7 * kDayMs;
      case Unit::kMonth: return month_start(local, 1, 1);
      case Unit::kQuarter: return month_start(local, 3, 1);
      default: return month_start(local, 12, 1);
    }
  }

  Unit unit_;
  std::shared_ptr<const TimeZone> zone_;
  bool fixed_zone_ = true;
  int64_t fixed_offset_ms_ = 0;
};

class FixedRounding : public Rounding {
 public:
  FixedRounding(int64_t interval_ms, std::shared_ptr<const TimeZone> zone, int64_t offset_ms)
      : Rounding(offset_ms), interval_ms_(interval_ms), zone_(std::move(zone)) {}

 protected:
  int64_t round_raw(int64_t ms) const override {
    if (!zone_) return floor_div(ms, interval_ms_) * interval_ms_;
    const int64_t offset = zone_->offset_seconds_at_utc(ms) * kSecondMs;
    const int64_t local = floor_div(ms + offset, interval_ms_) * interval_ms_;
    if (zone_->is_fixed()) return local - offset;
    const int64_t start = local - offset;
    // The offset may have changed since the bucket began: then the zone decides where the local time lies.
    const int64_t start_offset = zone_->offset_seconds_at_utc(start) * kSecondMs;
    if (start_offset == offset) return start;
    const int64_t moved = zone_->local_to_utc_ms(local);
    return moved <= ms ? moved : start;
  }
  int64_t next_raw(int64_t start) const override {
    if (!zone_ || zone_->is_fixed()) return start + interval_ms_;
    const int64_t offset = zone_->offset_seconds_at_utc(start) * kSecondMs;
    const int64_t following = zone_->local_to_utc_ms(start + offset + interval_ms_);
    return following > start ? following : start + interval_ms_;
  }

 private:
  int64_t interval_ms_;
  std::shared_ptr<const TimeZone> zone_;
};

}  // namespace

std::shared_ptr<const Rounding> Rounding::calendar(std::string_view name, std::shared_ptr<const TimeZone> zone, int64_t offset_ms) {
  static const std::map<std::string_view, Unit> kUnits = {
      {"second", Unit::kSecond}, {"1s", Unit::kSecond},   {"minute", Unit::kMinute}, {"1m", Unit::kMinute},
      {"hour", Unit::kHour},     {"1h", Unit::kHour},     {"day", Unit::kDay},       {"1d", Unit::kDay},
      {"week", Unit::kWeek},     {"1w", Unit::kWeek},     {"month", Unit::kMonth},   {"1M", Unit::kMonth},
      {"quarter", Unit::kQuarter}, {"1q", Unit::kQuarter}, {"year", Unit::kYear},    {"1y", Unit::kYear}};
  const auto it = kUnits.find(name);
  if (it == kUnits.end()) return nullptr;
  return std::make_shared<CalendarRounding>(it->second, std::move(zone), offset_ms);
}

std::shared_ptr<const Rounding> Rounding::fixed(int64_t interval_ms, std::shared_ptr<const TimeZone> zone, int64_t offset_ms) {
  return std::make_shared<FixedRounding>(interval_ms, std::move(zone), offset_ms);
}

int64_t parse_interval_ms(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return -1;
  const std::string_view unit(end, text.data() + text.size() - end);
  if (number != static_cast<double>(static_cast<int64_t>(number))) return -1;
  const auto count = static_cast<int64_t>(number);
  if (unit == "ms") return count;
  if (unit == "s") return count * kSecondMs;
  if (unit == "m") return count * kMinuteMs;
  if (unit == "h" || unit == "H") return count * kHourMs;
  if (unit == "d") return count * kDayMs;
  return -1;
}

}  // namespace tarn::query
