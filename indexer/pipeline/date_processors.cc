// Processors that read dates: date, date_index_name.
#include <unicode/dtfmtsym.h>

#include <charconv>
#include <chrono>

#include "indexer/mapping/date_format.h"
#include "indexer/pipeline/fast_plan.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

constexpr std::string_view kDefaultOutput = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

/// Appends yyyy-MM-dd'T'HH:mm:ss.SSSXXX; years of four digits only.
bool append_iso(std::string& out, int64_t epoch_ms, int32_t offset_seconds) {
  using namespace std::chrono;
  const int64_t local_ms = epoch_ms + int64_t{offset_seconds} * 1000;
  constexpr int64_t kYear10000 = 253402300800000;
  constexpr int64_t kYear0 = -62167219200000;
  if (local_ms < kYear0 || local_ms >= kYear10000) return false;
  const int64_t day = local_ms >= 0 ? local_ms / 86400000 : (local_ms - 86399999) / 86400000;
  const auto in_day = static_cast<uint32_t>(local_ms - day * 86400000);
  const year_month_day date{sys_days{days{day}}};
  const auto year = static_cast<uint32_t>(static_cast<int>(date.year()));
  char text[30];
  const auto put2 = [&text](size_t at, uint32_t value) {
    text[at] = static_cast<char>('0' + value / 10);
    text[at + 1] = static_cast<char>('0' + value % 10);
  };
  put2(0, year / 100);
  put2(2, year % 100);
  text[4] = '-';
  put2(5, static_cast<unsigned>(date.month()));
  text[7] = '-';
  put2(8, static_cast<unsigned>(date.day()));
  text[10] = 'T';
  put2(11, in_day / 3600000);
  text[13] = ':';
  put2(14, in_day / 60000 % 60);
  text[16] = ':';
  put2(17, in_day / 1000 % 60);
  text[19] = '.';
  const uint32_t ms = in_day % 1000;
  text[20] = static_cast<char>('0' + ms / 100);
  put2(21, ms % 100);
  if (offset_seconds == 0) {
    text[23] = 'Z';
    out.append(text, 24);
    return true;
  }
  const auto offset = static_cast<uint32_t>(std::abs(offset_seconds));
  text[23] = offset_seconds < 0 ? '-' : '+';
  put2(24, offset / 3600);
  text[26] = ':';
  put2(27, offset / 60 % 60);
  out.append(text, 29);
  return true;
}

std::string iso_text(int64_t epoch_ms, int32_t offset_seconds) {
  std::string out;
  if (!append_iso(out, epoch_ms, offset_seconds)) {
    throw ApiError(
        illegal_argument(fmt::format("date [{}] is outside the years 0000 to 9999", epoch_ms)));
  }
  return out;
}

Error not_a_number(std::string_view text) {
  return Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text));
}

/// Month and day names of a language as the short ones of Locale.ROOT, which DateFormat knows.
std::string with_root_names(std::string text, const std::string& locale_tag) {
  using Symbols = icu::DateFormatSymbols;
  UErrorCode status = U_ZERO_ERROR;
  const bool is_root = locale_tag.empty() || locale_tag == "ROOT";
  const icu::Locale locale =
      is_root ? icu::Locale::getEnglish() : icu::Locale::forLanguageTag(locale_tag, status);
  if (U_FAILURE(status)) {
    throw ApiError(illegal_argument(fmt::format("unknown locale [{}]", locale_tag)));
  }
  const Symbols own(locale, status);
  const Symbols root(icu::Locale::getEnglish(), status);
  const auto names = [](const Symbols& symbols, bool months, Symbols::DtWidthType width,
                        int32_t& count) {
    return months ? symbols.getMonths(count, Symbols::FORMAT, width)
                  : symbols.getWeekdays(count, Symbols::FORMAT, width);
  };
  icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(text);
  for (const bool months : {true, false}) {
    bool found = false;
    for (const auto width : {Symbols::WIDE, Symbols::ABBREVIATED}) {
      int32_t count = 0;
      int32_t root_count = 0;
      const icu::UnicodeString* from = names(own, months, width, count);
      const icu::UnicodeString* to = names(root, months, Symbols::ABBREVIATED, root_count);
      for (int32_t i = 0; i < count && i < root_count && !found; ++i) {
        const int32_t at = from[i].isEmpty() ? -1 : unicode.indexOf(from[i]);
        if (at < 0) continue;
        unicode.replace(at, from[i].length(), to[i]);
        found = true;
      }
    }
  }
  text.clear();
  unicode.toUTF8String(text);
  return text;
}

/// One entry of `formats`.
class InputFormat {
 public:
  explicit InputFormat(std::string name) : name_(std::move(name)) {
    if (name_ == "UNIX" || name_ == "UNIX_MS" || name_ == "TAI64N") return;
    try {
      format_ = DateFormat::create(name_ == "ISO8601" ? "iso8601" : name_);
    } catch (const ApiError& failure) {
      broken_ = failure.error();  // reported with each document, as OpenSearch does
    }
    has_names_ = name_.find("MMM") != std::string::npos || name_.find("LLL") != std::string::npos ||
                 name_.find('E') != std::string::npos;
    bool quoted = false;
    has_year_ = name_ == "ISO8601" || name_.find("date") != std::string::npos ||
                name_.find("epoch") != std::string::npos;
    for (const char c : name_) {
      if (c == '\'') quoted = !quoted;
      if (!quoted && (c == 'y' || c == 'u' || c == 'Y')) has_year_ = true;
    }
  }

  const std::string& name() const { return name_; }

  /// Milliseconds since 1970; throws what java.time would.
  int64_t parse(const std::string& text, const TimeZone* zone, const std::string& locale) const {
    if (name_ == "UNIX") return parse_seconds(text);
    if (name_ == "UNIX_MS") return parse_long(text, 10);
    if (name_ == "TAI64N") return parse_tai64n(text);
    if (broken_) throw ApiError(*broken_);
    const auto instant = format_->parse(has_names_ ? with_root_names(text, locale) : text, zone);
    if (!instant) {
      throw ApiError(
          illegal_argument(fmt::format("failed to parse date field [{}] with format [{}]", text,
                                       name_ == "ISO8601" ? "iso8601" : name_))
              .caused_by(Error(400, "date_time_parse_exception",
                               fmt::format("Text '{}' could not be parsed at index 0", text))));
    }
    return has_year_ ? instant->epoch_ms() : in_this_year(instant->epoch_ms());
  }

 private:
  static int64_t parse_long(std::string_view text, int base) {
    int64_t value = 0;
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size())
      throw ApiError(not_a_number(text));
    return value;
  }

  static int64_t parse_seconds(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      throw ApiError(not_a_number(text));
    return static_cast<int64_t>(value * 1000.0);
  }

  static int64_t parse_tai64n(std::string_view text) {
    if (text.starts_with('@')) text.remove_prefix(1);
    if (text.size() < 24) {
      throw ApiError(Error(400, "string_index_out_of_bounds_exception",
                           fmt::format("begin 1, end 16, length {}", text.size())));
    }
    return parse_long(text.substr(1, 15), 16) * 1000 - 10000 +
           parse_long(text.substr(16, 8), 16) / 1000000;
  }

  /// A date without a year was read as one of 1970: the same day and time of the current year.
  static int64_t in_this_year(int64_t epoch_ms) {
    using namespace std::chrono;
    const auto now_year = year_month_day(floor<days>(system_clock::now())).year();
    const auto day = floor<days>(sys_time<milliseconds>(milliseconds(epoch_ms)));
    const year_month_day date(day);
    return epoch_ms +
           duration_cast<milliseconds>(sys_days(now_year / date.month() / date.day()) - day)
               .count();
  }

  std::string name_;
  std::shared_ptr<const DateFormat> format_;
  std::optional<Error> broken_;
  bool has_year_ = false;
  bool has_names_ = false;  // names of months or days may occur
};

/// A time zone that may be a template.
class ZoneTemplate {
 public:
  explicit ZoneTemplate(const std::string& text) : template_(text) {
    if (template_.is_constant()) zone_ = create(template_.constant());
  }
  std::shared_ptr<const TimeZone> zone(const WorkDocument& document) const {
    return template_.is_constant() ? zone_ : create(template_.render(document));
  }
  bool is_utc() const { return template_.is_constant() && !zone_; }

 private:
  /// Null for UTC.
  static std::shared_ptr<const TimeZone> create(const std::string& name) {
    return name.empty() || name == "UTC" || name == "Z" ? nullptr : TimeZone::create(name);
  }
  Template template_;
  std::shared_ptr<const TimeZone> zone_;
};

/// What date and date_index_name share: a value tried against formats in order.
class DateReader {
 public:
  DateReader(const std::vector<std::string>& formats, const std::string& zone,
             const std::string& locale)
      : zone_(zone), locale_(locale) {
    for (const std::string& format : formats) formats_.emplace_back(format);
  }

  std::pair<int64_t, std::shared_ptr<const TimeZone>> read(const Json& value,
                                                           const WorkDocument& document) const {
    const std::string text = value.is_null() ? "null" : java_text(value);
    std::optional<Error> cause;
    const std::string locale = locale_.render(document);
    auto zone = zone_.zone(document);
    for (const InputFormat& format : formats_) {
      try {
        return {format.parse(text, zone.get(), locale), zone};
      } catch (const ApiError& failure) {
        if (!cause) cause = failure.error();
      }
    }
    Error error = illegal_argument(fmt::format("unable to parse date [{}]", text));
    if (cause) error.caused_by(std::move(*cause));
    throw ApiError(std::move(error));
  }

  bool is_utc() const { return zone_.is_utc(); }
  /// The name of the only format, or nothing.
  std::string_view only_format() const {
    return formats_.size() == 1 ? std::string_view(formats_[0].name()) : std::string_view();
  }

 private:
  std::vector<InputFormat> formats_;
  ZoneTemplate zone_;
  Template locale_;
};

class DateProcessor : public Processor {
 public:
  DateProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")),
        target_(config.text("target_field", "@timestamp")),
        reader_(read_formats(config), config.text("timezone", "UTC"), config.text("locale", "en")),
        output_name_(config.text("output_format", kDefaultOutput)) {
    if (output_name_ == kDefaultOutput) return;
    // Printing knows numbers and short English names only.
    for (const char* names : {"MMMM", "LLLL", "EEEE"}) {
      if (output_name_.find(names) != std::string::npos) {
        throw ApiError(501, "not_implemented_exception",
                       fmt::format("date output_format with [{}] is not supported", names));
      }
    }
    try {
      output_ = DateFormat::create(output_name_);
    } catch (const ApiError& failure) {
      throw ApiError(config.error(
          "output_format",
          fmt::format("invalid output format [{}]: {}", output_name_, failure.error().reason)));
    }
  }

  bool execute(WorkDocument& document) const override {
    const auto [epoch_ms, zone] = reader_.read(document.get(field_), document);
    document.set(target_, print(epoch_ms, zone.get()));
    return true;
  }

  bool add_to(FastPlan& plan) const override {
    const std::string_view format = reader_.only_format();
    if (output_ || !reader_.is_utc() || (format != "UNIX" && format != "UNIX_MS")) return false;
    const int input = plan.add_input(field_);
    if (input < 0 || target_ == field_ || !plan.add_target(target_)) return false;
    const int64_t scale = format == "UNIX" ? 1000 : 1;
    plan.add_step([input, scale, prefix = member_prefix(target_) + '"'](
                      const FastPlan::Inputs& inputs, std::string& out) {
      const FastPlan::Value& value = inputs[static_cast<size_t>(input)];
      constexpr int64_t kMost = 1'000'000'000'000'000;
      if (value.kind != FastPlan::Value::Kind::integer || value.integer > kMost ||
          value.integer < -kMost)
        return false;
      out += prefix;
      if (!append_iso(out, value.integer * scale, 0)) return false;
      out += '"';
      return true;
    });
    return true;
  }

 private:
  static std::vector<std::string> read_formats(ProcessorConfig& config) {
    return config.text_list("formats");
  }

  std::string print(int64_t epoch_ms, const TimeZone* zone) const {
    if (output_) {
      DateFormat::Instant instant;
      instant.epoch_seconds = epoch_ms >= 0 ? epoch_ms / 1000 : (epoch_ms - 999) / 1000;
      instant.nanos = static_cast<int32_t>(epoch_ms - instant.epoch_seconds * 1000) * 1000000;
      return output_->format(instant, zone);
    }
    return iso_text(epoch_ms, zone == nullptr ? 0 : zone->offset_seconds_at_utc(epoch_ms));
  }

  std::string field_;
  std::string target_;
  DateReader reader_;
  std::string output_name_;
  std::shared_ptr<const DateFormat> output_;  // null: the default
};

/// Names the index by date math, "<prefix{2024-02-03||/M{yyyy-MM|UTC}}>", which the index API
/// resolves.
class DateIndexNameProcessor : public Processor {
 public:
  DateIndexNameProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")),
        prefix_(config.text("index_name_prefix", "")),
        rounding_(config.text("date_rounding")),
        name_format_(config.text("index_name_format", "yyyy-MM-dd")),
        zone_name_(config.text("timezone", "UTC")),
        reader_(config.optional_text_list("date_formats")
                    .value_or(std::vector<std::string>{"yyyy-MM-dd'T'HH:mm:ss.SSSXX"}),
                zone_name_, config.text("locale", "en")) {}

  bool execute(WorkDocument& document) const override {
    const auto [epoch_ms, zone] = reader_.read(document.get(field_), document);
    const std::string format = name_format_.render(document);
    DateFormat::Instant instant;
    instant.epoch_seconds = epoch_ms >= 0 ? epoch_ms / 1000 : (epoch_ms - 999) / 1000;
    instant.nanos = static_cast<int32_t>(epoch_ms - instant.epoch_seconds * 1000) * 1000000;
    const std::string date = DateFormat::create(format)->format(instant, zone.get());
    document.set("_index", fmt::format("<{}{{{}||/{}{{{}|{}}}}}>", prefix_.render(document), date,
                                       rounding_.render(document), format, zone_name_));
    return true;
  }

 private:
  std::string field_;
  Template prefix_;
  Template rounding_;
  Template name_format_;
  std::string zone_name_;
  DateReader reader_;
};

}  // namespace

void add_date_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["date"] = make_processor<DateProcessor>;
  table["date_index_name"] = make_processor<DateIndexNameProcessor>;
}

}  // namespace tarn
