#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <charconv>
#include <map>
#include <mutex>

#include "indexer/mapping/calendar.h"
#include "indexer/mapping/date_format.h"

namespace tarn {
namespace {

class FixedZone final : public TimeZone {
 public:
  FixedZone(std::string name, int32_t offset) : name_(std::move(name)), offset_(offset) {}
  int32_t offset_seconds_at_utc(int64_t) const override { return offset_; }
  int64_t local_to_utc_ms(int64_t local_ms) const override { return local_ms - offset_ * int64_t{1000}; }
  const std::string& name() const override { return name_; }
  bool is_fixed() const override { return true; }

 private:
  std::string name_;
  int32_t offset_;
};

/// A region of the time zone database. ICU's objects are only read here, which is safe from several threads.
class RegionZone final : public TimeZone {
 public:
  RegionZone(std::string name, std::unique_ptr<icu::TimeZone> zone)
      : name_(std::move(name)), zone_(static_cast<icu::BasicTimeZone*>(zone.release())) {}

  int32_t offset_seconds_at_utc(int64_t epoch_ms) const override {
    int32_t raw = 0, daylight = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone_->getOffset(static_cast<UDate>(epoch_ms), false, raw, daylight, status);
    return (raw + daylight) / 1000;
  }

  int64_t local_to_utc_ms(int64_t local_ms) const override {
    // In a gap the local time moves forward by the gap's length, in an overlap the earlier offset counts: in both cases
    // the offset before the change is the one that ZonedDateTime.ofLocal takes.
    int32_t raw = 0, daylight = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone_->getOffsetFromLocal(static_cast<UDate>(local_ms), UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, raw, daylight, status);
    return local_ms - (raw + daylight);
  }

  const std::string& name() const override { return name_; }
  bool is_fixed() const override { return false; }

 private:
  std::string name_;
  std::unique_ptr<icu::BasicTimeZone> zone_;
};

/// "+5", "+05:30", "-0530", "+05:30:10" as ZoneOffset.of reads them.
std::optional<int32_t> parse_offset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  std::string digits;
  for (const char c : text.substr(1)) {
    if (c == ':') continue;
    if (c < '0' || c > '9') return std::nullopt;
    digits += c;
  }
  const bool colons = text.find(':') != std::string_view::npos;
  if (digits.size() == 1) digits.insert(0, "0");
  if (digits.size() % 2 != 0 || digits.size() > 6 || (colons && digits.size() < 4)) return std::nullopt;
  digits.resize(6, '0');
  const int hours = std::stoi(digits.substr(0, 2)), minutes = std::stoi(digits.substr(2, 2)), seconds = std::stoi(digits.substr(4, 2));
  if (hours > 18 || minutes > 59 || seconds > 59 || (hours == 18 && minutes + seconds > 0)) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60 + seconds);
}

std::string offset_name(int32_t offset) {
  if (offset == 0) return "Z";
  const int32_t size = offset < 0 ? -offset : offset;
  std::string out = fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
  if (size % 60 != 0) out += fmt::format(":{:02}", size % 60);
  return out;
}

std::shared_ptr<const TimeZone> make_zone(const std::string& name) {
  if (name == "Z") return std::make_shared<FixedZone>("Z", 0);
  if (name == "UTC" || name == "GMT" || name == "UT") return std::make_shared<FixedZone>(name, 0);
  if (const auto offset = parse_offset(name)) return std::make_shared<FixedZone>(offset_name(*offset), *offset);
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!name.starts_with(prefix)) continue;
    if (const auto offset = parse_offset(std::string_view(name).substr(prefix.size()))) {
      return std::make_shared<FixedZone>(std::string(prefix) + (*offset == 0 ? "" : offset_name(*offset)), *offset);
    }
  }
  const bool shaped = name.size() >= 2 && std::isalpha(static_cast<unsigned char>(name[0])) &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~/._+-") == std::string::npos;
  if (!shaped) {
    throw ApiError(illegal_argument(name.starts_with('+') || name.starts_with('-')
                                        ? "Invalid ID for ZoneOffset, invalid format: " + name
                                        : "Invalid ID for region-based ZoneId, invalid format: " + name));
  }
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
  // ICU answers with Etc/Unknown for what it does not know, and knows short names (EST5EDT ...) that Java has too.
  if (zone == nullptr || *zone == icu::TimeZone::getUnknown() || dynamic_cast<icu::BasicTimeZone*>(zone.get()) == nullptr) {
    throw ApiError(illegal_argument("Unknown time-zone ID: " + name));
  }
  return std::make_shared<RegionZone>(name, std::move(zone));
}

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::create(std::string_view name) {
  constexpr size_t kZonesMax = 2000;
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>> zones;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = zones.find(name); found != zones.end()) return found->second;
  }
  std::shared_ptr<const TimeZone> zone = make_zone(std::string(name));
  const std::lock_guard lock(mutex);
  if (zones.size() < kZonesMax) zones.emplace(std::string(name), zone);
  return zone;
}

}  // namespace tarn
