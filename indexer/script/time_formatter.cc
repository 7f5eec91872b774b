#include "indexer/script/time_formatter.h"

namespace tarn::script {

namespace {

using C = ClassId;
using mapping::floor_div;
using mapping::floor_mod;

struct Reader {
  std::string_view text;
  size_t at = 0;
  [[noreturn]] void fail() const {
    throw_java(C::kDateTimeParseException, "Text '" + std::string(text) + "' could not be parsed at index " + std::to_string(at));
  }
  int64_t digits(size_t count) {
    int64_t out = 0;
    for (size_t i = 0; i < count; ++i) {
      if (at + i >= text.size() || text[at + i] < '0' || text[at + i] > '9') fail();
      out = out * 10 + (text[at + i] - '0');
    }
    at += count;
    return out;
  }
  bool take(char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  int64_t date() {
    const bool negative = take('-');
    if (!negative) take('+');
    int64_t year = digits(4);
    expect('-');
    const int64_t month = digits(2);
    expect('-');
    const int64_t day = digits(2);
    return day_of(negative ? -year : year, month, day) * 86400;
  }
  int64_t clock(int64_t& nanos) {
    const int64_t hour = digits(2);
    expect(':');
    const int64_t minute = digits(2);
    int64_t second = 0;
    nanos = 0;
    if (take(':')) {
      second = digits(2);
      if (take('.')) {
        int64_t scale = 100000000;
        const size_t begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && scale > 0) {
          nanos += (text[at++] - '0') * scale;
          scale /= 10;
        }
        if (at == begin) fail();
      }
    }
    return second_of(hour, minute, second);
  }
  void end() const {
    if (at == text.size()) return;
    throw_java(C::kDateTimeParseException, "Text '" + std::string(text) + "' could not be parsed, unparsed text found at index " + std::to_string(at));
  }
};

}  // namespace

Value parse_iso(Run& run, const std::string& text, C cls) {
  Reader reader{text};
  int64_t nanos = 0;
  int64_t local = 0;
  if (cls == C::kLocalTime) {
    local = reader.clock(nanos);
    reader.end();
    return new_time(run, cls, local, nanos);
  }
  local = reader.date();
  if (cls == C::kLocalDate) {
    reader.end();
    return new_time(run, cls, local, 0);
  }
  if (!reader.take('T') && !reader.take('t')) reader.fail();
  local += reader.clock(nanos);
  if (cls == C::kLocalDateTime) {
    reader.end();
    return new_time(run, cls, local, nanos);
  }
  const size_t begin = reader.at;
  if (!reader.take('Z')) {
    if (!reader.take('+') && !reader.take('-')) reader.fail();
    reader.digits(2);
    if (reader.take(':')) reader.digits(2);
    if (reader.take(':')) reader.digits(2);
  }
  const auto offset = make_zone(text.substr(begin, reader.at - begin));
  auto zone = offset;
  if (cls == C::kZonedDateTime && reader.take('[')) {
    const size_t close = text.find(']', reader.at);
    if (close == std::string::npos) reader.fail();
    zone = make_zone(text.substr(reader.at, close - reader.at));
    reader.at = close + 1;
  }
  reader.end();
  const int64_t seconds = floor_div(offset->local_to_utc_ms(local * 1000), 1000);
  return new_time(run, cls, seconds, nanos, cls == C::kInstant ? nullptr : zone);
}

const FormatterObject& formatter_of(const Value& value) {
  if (class_of(value) != C::kDateTimeFormatter) throw_java(C::kNullPointerException, "formatter");
  return *static_cast<FormatterObject*>(value.o);
}

Value parse_with(Run& run, const std::string& text, const FormatterObject& formatter, C cls) {
  if (!formatter.format) return parse_iso(run, text, cls);
  const auto parsed = formatter.format->parse(text, formatter.zone.get());
  if (!parsed) throw_java(C::kDateTimeParseException, "Text '" + text + "' could not be parsed at index 0");
  int64_t seconds = parsed->epoch_seconds;
  if (cls == C::kLocalDate) seconds = floor_div(seconds, 86400) * 86400;
  if (cls == C::kLocalTime) seconds = floor_mod(seconds, 86400);
  const bool zoned = cls == C::kZonedDateTime || cls == C::kOffsetDateTime;
  return new_time(run, cls, seconds, cls == C::kLocalDate ? 0 : parsed->nanos, zoned ? (formatter.zone ? formatter.zone : utc()) : nullptr);
}

std::string format_with(const TimeObject& time, const FormatterObject& formatter) {
  std::string out;
  if (formatter.format) {
    const auto zone = formatter.zone && has_zone(time) ? formatter.zone : time.zone;
    return formatter.format->format({time.seconds, time.nanos}, zone ? zone.get() : formatter.zone ? formatter.zone.get() : nullptr);
  }
  const std::string_view name = formatter.name;
  const bool zoned = has_zone(time);
  if (name == "ISO_INSTANT") {
    TimeObject instant(C::kInstant, time.seconds, time.nanos);
    append_iso(out, instant);
    return out;
  }
  if (name == "BASIC_ISO_DATE") {
    std::string date;
    append_date(date, time.local_seconds());
    std::erase(date, '-');
    if (zoned) append_offset(date, time.offset_seconds());
    return date;
  }
  const bool date = name.find("DATE") != std::string_view::npos, clock = name.find("TIME") != std::string_view::npos;
  if (date) append_date(out, time.local_seconds());
  if (date && clock) out += 'T';
  if (clock) append_clock(out, time.local_seconds(), time.nanos, true);
  if (zoned && name.find("LOCAL") == std::string_view::npos) {
    append_offset(out, time.offset_seconds());
    if (!time.zone->is_fixed() && name.find("OFFSET") == std::string_view::npos && (name == "ISO_DATE_TIME" || name == "ISO_ZONED_DATE_TIME")) out += "[" + time.zone->name() + "]";
  }
  return out;
}

}  // namespace tarn::script
