#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/base/error.h"

namespace tarn {

/// A parsed date pattern of OpenSearch: built-in names (strict_date_optional_time, epoch_millis, basic_date ...), Java
/// time patterns ("yyyy-MM-dd HH:mm:ss"), and alternatives joined by "||". Immutable, thread-safe.
/// Follows: OpenSearch "format" mapping parameter; java.time.format.DateTimeFormatter.
class DateFormat {
 public:
  /// Throws ApiError 400 illegal_argument_exception "Invalid format: [x]: ..." as OpenSearch words it.
  static std::shared_ptr<const DateFormat> create(std::string_view pattern);
  /// strict_date_optional_time||epoch_millis, the default of date fields (fast path for ISO 8601 inside).
  static const std::shared_ptr<const DateFormat>& default_format();

  virtual ~DateFormat() = default;
  /// Nanoseconds are kept apart so that years far from 1970 do not overflow.
  struct Instant {
    int64_t epoch_seconds = 0;
    int32_t nanos = 0;
    int64_t epoch_ms() const { return epoch_seconds * 1000 + nanos / 1000000; }
    /// Throws 400 illegal_argument_exception outside 1970..2262 (what date_nanos can hold).
    int64_t epoch_ns() const;
  };
  /// Nothing if no alternative fits. `zone` (IANA name or offset; null: UTC) applies where the text has none.
  /// `round_up`: fields that the text lacks take their largest value (for lte and gt), as OpenSearch rounds.
  virtual std::optional<Instant> parse(std::string_view text, const class TimeZone* zone = nullptr,
                                       bool round_up = false) const = 0;
  /// In the first alternative's form.
  virtual std::string format(Instant instant, const class TimeZone* zone = nullptr) const = 0;
  virtual const std::string& pattern() const = 0;
};

/// A time zone by IANA name, offset (+05:30) or Z, over ICU. Immutable, thread-safe.
class TimeZone {
 public:
  /// Throws ApiError 400 illegal_argument_exception (java.time's words) for an unknown one.
  static std::shared_ptr<const TimeZone> create(std::string_view name);
  virtual ~TimeZone() = default;
  virtual int32_t offset_seconds_at_utc(int64_t epoch_ms) const = 0;
  /// Local time to UTC, gaps and overlaps resolved as java.time's ZonedDateTime.ofLocal does (earlier offset in an overlap).
  virtual int64_t local_to_utc_ms(int64_t local_ms) const = 0;
  virtual const std::string& name() const = 0;
  virtual bool is_fixed() const = 0;
};

/// What a date field says of a text that its format refuses: 400 illegal_argument_exception "failed to parse date field
/// [x] with format [f]", caused by the parser's words.
Error date_parse_failure(std::string_view text, const DateFormat& format);

/// Date math: an anchor ("now" or a date followed by "||"), then +1d, -3M, /w ... Returns epoch nanoseconds-capable Instant.
/// Throws ApiError 400 parse_exception / illegal_argument_exception as OpenSearch words it ("failed to parse date field
/// [x] with format [y]"; caused_by the parser's words).
DateFormat::Instant parse_date_math(std::string_view expression, const DateFormat& format, int64_t now_ms, bool round_up,
                                    const TimeZone* zone);

}  // namespace tarn
