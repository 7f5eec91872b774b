#include "indexer/mapping/date_format.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "indexer/mapping/calendar.h"
#include "indexer/mapping/date_pattern.h"

namespace tarn {
namespace {

using mapping::DateSequence;
using mapping::ParsedDate;

constexpr const char kLateProblem[] = "\001";  // marks what fails after parsing proper

/// One alternative of a format.
class Alternative {
 public:
  virtual ~Alternative() = default;
  virtual std::optional<DateFormat::Instant> parse(std::string_view text, const TimeZone* zone, bool round_up, std::string& problem) const = 0;
  virtual std::string format(DateFormat::Instant instant, const TimeZone* zone) const = 0;
  virtual size_t parser_count() const { return 1; }
};

/// epoch_millis and epoch_second: digits, perhaps a sign and a fraction.
class EpochAlternative final : public Alternative {
 public:
  explicit EpochAlternative(int64_t units_per_second) : units_(units_per_second) {}

  std::optional<DateFormat::Instant> parse(std::string_view text, const TimeZone*, bool round_up, std::string& problem) const override {
    problem = "Text '" + std::string(text) + "' could not be parsed at index 0";
    size_t at = 0;
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) ++at;
    const size_t from = at;
    int64_t whole = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      if (at - from >= 18) return std::nullopt;
      whole = whole * 10 + (text[at++] - '0');
    }
    if (at == from) return std::nullopt;
    const int64_t nanos_per_unit = 1000000000 / units_;
    int64_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
      int64_t scale = nanos_per_unit;
      ++at;
      while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
        scale /= 10;
        if (scale == 0) return std::nullopt;
        fraction += (text[at++] - '0') * scale;
      }
    } else if (round_up) {
      fraction = nanos_per_unit - 1;
    }
    if (at != text.size()) return std::nullopt;
    int64_t nanos = whole % units_ * nanos_per_unit + fraction;
    int64_t seconds = whole / units_;
    if (negative) {
      seconds = -seconds;
      // EpochTime adds the fraction of negative seconds instead of taking it away; of milliseconds it does not.
      if (units_ != 1) nanos = -nanos;
      if (nanos < 0) --seconds, nanos += 1000000000;
    }
    return DateFormat::Instant{seconds, static_cast<int32_t>(nanos)};
  }

  size_t parser_count() const override { return 2; }

  std::string format(DateFormat::Instant instant, const TimeZone*) const override {
    __int128 nanos = static_cast<__int128>(instant.epoch_seconds) * 1000000000 + instant.nanos;
    const bool negative = nanos < 0;
    if (negative) nanos = -nanos;
    const int64_t per_unit = 1000000000 / units_;
    const auto whole = static_cast<int64_t>(nanos / per_unit);
    const auto rest = static_cast<int64_t>(nanos % per_unit);
    std::string out = (negative ? "-" : "") + std::to_string(whole);
    if (rest != 0) {
      std::string digits = fmt::format("{:0{}}", rest, units_ == 1 ? 9 : units_ == 1000 ? 6 : 3);
      while (digits.back() == '0') digits.pop_back();
      out += "." + digits;
    }
    return out;
  }

 private:
  int64_t units_;
};

class PatternAlternative final : public Alternative {
 public:
  PatternAlternative(std::vector<DateSequence> parsers, DateSequence printer) : parsers_(std::move(parsers)), printer_(std::move(printer)) {}

  std::optional<DateFormat::Instant> parse(std::string_view text, const TimeZone* zone, bool round_up, std::string& problem) const override {
    for (const DateSequence& parser : parsers_) {
      ParsedDate parsed;
      const int end = mapping::parse_sequence(parser, text, 0, parsed);
      const std::string shown = "Text '" + std::string(text) + "' could not be parsed";
      if (end < 0) {
        problem = shown + " at index " + std::to_string(-1 - end);
        continue;
      }
      if (end != static_cast<int>(text.size())) {
        problem = shown + ", unparsed text found at index " + std::to_string(end);
        continue;
      }
      std::string why;
      if (const auto instant = mapping::resolve_date(parsed, zone, round_up, why)) return instant;
      // Without an era java.time leaves "y" years alone; OpenSearch then builds the date itself, and its words differ.
      problem = parsed.has(mapping::DateField::kYearOfEra) && why.find("Hour") == std::string::npos &&
                        why.find("Minute") == std::string::npos && why.find("Second") == std::string::npos
                    ? kLateProblem + why
                    : shown + ": " + why;
    }
    if (parsers_.size() > 1) problem = "Failed to parse with all enclosed parsers";
    return std::nullopt;
  }

  std::string format(DateFormat::Instant instant, const TimeZone* zone) const override { return mapping::print_sequence(printer_, instant, zone); }
  size_t parser_count() const override { return parsers_.size(); }

 private:
  std::vector<DateSequence> parsers_;
  DateSequence printer_;
};

/// "2024-02-03T04:05:06.789Z" and the like, digit by digit: what almost every date of an event looks like.
/// Nothing if the text is of any other form; then the pattern decides.
inline int two(const char* p) {
  const unsigned a = static_cast<unsigned char>(p[0]) - '0', b = static_cast<unsigned char>(p[1]) - '0';
  return a > 9 || b > 9 ? -1 : static_cast<int>(a * 10 + b);
}

std::optional<DateFormat::Instant> parse_iso(std::string_view text) {
  const char* p = text.data();
  const size_t n = text.size();
  if (n < 19 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':') return std::nullopt;
  const int century = two(p), year_of = two(p + 2), month = two(p + 5), day = two(p + 8), hour = two(p + 11), minute = two(p + 14), second = two(p + 17);
  if ((century | year_of | month | day | hour | minute | second) < 0) return std::nullopt;
  const int64_t year = century * 100 + year_of;
  if (month < 1 || month > 12 || day < 1 || day > mapping::days_in_month(year, month) || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  size_t at = 19;
  int32_t nanos = 0;
  if (at < n && p[at] == '.') {
    const size_t from = ++at;
    while (at < n && at - from < 9 && static_cast<unsigned char>(p[at] - '0') < 10) nanos = nanos * 10 + (p[at++] - '0');
    if (at == from) return std::nullopt;
    for (size_t digits = at - from; digits < 9; ++digits) nanos *= 10;
  }
  int64_t offset = 0;
  if (at >= n) return std::nullopt;  // no zone: the caller's zone applies
  if (p[at] == 'Z') {
    ++at;
  } else if ((p[at] == '+' || p[at] == '-') && n == at + 6 && p[at + 3] == ':') {
    const int hours = two(p + at + 1), minutes = two(p + at + 4);
    if (hours < 0 || hours > 17 || minutes < 0 || minutes > 59) return std::nullopt;
    offset = (p[at] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    at += 6;
  }
  if (at != n) return std::nullopt;
  return DateFormat::Instant{mapping::days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset, nanos};
}

class CompositeFormat final : public DateFormat {
 public:
  explicit CompositeFormat(std::string pattern) : pattern_(std::move(pattern)) {
    if (pattern_.empty()) throw ApiError(illegal_argument("No date pattern provided"));
    size_t from = 0;
    while (from <= pattern_.size()) {
      const size_t bars = std::min(pattern_.find("||", from), pattern_.size());
      add(std::string_view(pattern_).substr(from, bars - from));
      from = bars + 2;
    }
    starts_with_iso_ = pattern_.starts_with("strict_date_optional_time") || pattern_.starts_with("date_optional_time");
  }

  std::optional<Instant> parse(std::string_view text, const TimeZone* zone, bool round_up) const override {
    if (starts_with_iso_ && !round_up) {
      if (const auto instant = parse_iso(text)) return instant;
    }
    std::string problem;
    for (const auto& alternative : alternatives_) {
      if (const auto instant = alternative->parse(text, zone, round_up, problem)) return instant;
    }
    return std::nullopt;
  }

  std::string problem_of(std::string_view text) const {
    std::string problem;
    size_t parsers = 0;
    for (const auto& alternative : alternatives_) {
      alternative->parse(text, nullptr, false, problem);
      parsers += alternative->parser_count();
    }
    if (problem.starts_with(kLateProblem)) return problem;
    return parsers > 1 ? "Failed to parse with all enclosed parsers" : problem;
  }

  std::string format(Instant instant, const TimeZone* zone) const override { return alternatives_.front()->format(instant, zone); }
  const std::string& pattern() const override { return pattern_; }

 private:
  void add(std::string_view part) {
    if (part.empty()) {
      throw ApiError(illegal_argument("Cannot have empty element in multi date format pattern: " + pattern_));
    }
    if (part == "epoch_millis" || part == "epoch_second" || part == "epoch_micros") {
      alternatives_.push_back(std::make_unique<EpochAlternative>(part == "epoch_second" ? 1 : part == "epoch_millis" ? 1000 : 1000000));
    } else if (auto named = mapping::named_format(part)) {
      alternatives_.push_back(std::make_unique<PatternAlternative>(std::move(named->parsers), std::move(named->printer)));
    } else {
      try {
        DateSequence sequence = mapping::compile_pattern(part);
        alternatives_.push_back(std::make_unique<PatternAlternative>(std::vector<DateSequence>{sequence}, sequence));
      } catch (const ApiError& error) {
        if (error.error().status != 400) throw;
        throw ApiError(illegal_argument("Invalid format: [" + std::string(part) + "]: " + error.error().reason).caused_by(error.error()));
      }
    }
  }

  std::string pattern_;
  std::vector<std::unique_ptr<Alternative>> alternatives_;
  bool starts_with_iso_ = false;
};

}  // namespace

int64_t DateFormat::Instant::epoch_ns() const {
  const auto text = [&] {
    // Instant.toString: the fraction only where there is one.
    static const auto whole = DateFormat::create("uuuu-MM-dd'T'HH:mm:ss'Z'");
    return nanos == 0 ? whole->format(*this, nullptr) : DateFormat::default_format()->format(*this, nullptr);
  };
  if (epoch_seconds < 0) {
    throw ApiError(illegal_argument("date[" + text() + "] is before the epoch in 1970 and cannot be stored in nanosecond resolution"));
  }
  constexpr int64_t kLastSecond = 9223372036;
  if (epoch_seconds > kLastSecond || (epoch_seconds == kLastSecond && nanos > 854775807)) {
    throw ApiError(illegal_argument("date[" + text() + "] is after 2262-04-11T23:47:16.854775807 and cannot be stored in nanosecond resolution"));
  }
  return epoch_seconds * 1000000000 + nanos;
}

std::shared_ptr<const DateFormat> DateFormat::create(std::string_view pattern) {
  constexpr size_t kFormatsMax = 10000;
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const DateFormat>, std::less<>> formats;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = formats.find(pattern); found != formats.end()) return found->second;
  }
  auto format = std::make_shared<const CompositeFormat>(std::string(pattern));
  const std::lock_guard lock(mutex);
  if (formats.size() < kFormatsMax) formats.emplace(std::string(pattern), format);
  return format;
}

const std::shared_ptr<const DateFormat>& DateFormat::default_format() {
  static const std::shared_ptr<const DateFormat> format = create("strict_date_optional_time||epoch_millis");
  return format;
}

Error date_parse_failure(std::string_view text, const DateFormat& format) {
  if (text.empty()) return illegal_argument("cannot parse empty date");
  const std::string problem = static_cast<const CompositeFormat&>(format).problem_of(text);
  if (problem.starts_with(kLateProblem)) return Error(400, "date_time_exception", problem.substr(1));
  Error error = illegal_argument("failed to parse date field [" + std::string(text) + "] with format [" + format.pattern() + "]");
  Error cause(400, "date_time_parse_exception", problem);
  if (const size_t colon = problem.find("could not be parsed: "); colon != std::string::npos) {
    cause.caused_by(Error(400, "date_time_exception", problem.substr(colon + 21)));
  }
  error.caused_by(cause);
  return error;
}

}  // namespace tarn
