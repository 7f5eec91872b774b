// Processors that choose a document's routing: temporal_routing, hierarchical_routing, acl_routing.
#include <bit>
#include <chrono>
#include <cstring>
#include <limits>

#include "indexer/base/base64.h"
#include "indexer/base/murmur3.h"
#include "indexer/mapping/date_format.h"
#include "indexer/pipeline/digest.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

constexpr const char* kRouting = "_routing";

/// The first half as a positive decimal number.
std::string bucket_of(std::string_view text) {
  const auto half = static_cast<int64_t>(murmur3_128(text).first);
  return std::to_string(half == std::numeric_limits<int64_t>::min() ? half : std::abs(half));
}

/// What the three have in common: a field, what to do without it, and whether a routing that is there stays.
class RoutingProcessor : public Processor {
 public:
  RoutingProcessor(ProcessorConfig& config, std::string field, std::string target)
      : field_(std::move(field)), target_(std::move(target)), ignore_missing_(config.boolean("ignore_missing", false)),
        override_existing_(config.boolean("override_existing", true)) {}

  bool execute(WorkDocument& document) const override {
    if (!override_existing_) {
      const Json* present = document.find(target_);
      if (present != nullptr && !present->is_null()) return true;
    }
    const Json* value = document.find(field_);
    if (value == nullptr || value->is_null()) {
      if (ignore_missing_) return true;
      throw ApiError(illegal_argument(fmt::format("field [{0}] not present as part of path [{0}]", field_)));
    }
    document.set(target_, routing_of(java_text(*value)));
    return true;
  }

 protected:
  virtual std::string routing_of(const std::string& value) const = 0;
  const std::string field_;

 private:
  const std::string target_;
  const bool ignore_missing_, override_existing_;
};

class TemporalRouting final : public RoutingProcessor {
 public:
  TemporalRouting(ProcessorConfig& config, const BuildContext&)
      : RoutingProcessor(config, config.text("timestamp_field"), kRouting), granularity_(read_granularity(config)),
        format_(read_format(config)), hash_bucket_(config.boolean("hash_bucket", false)) {}

 protected:
  std::string routing_of(const std::string& value) const override {
    const auto instant = format_->parse(value);
    if (!instant) throw ApiError(date_parse_failure(value, *format_));
    const std::string bucket = bucket_text(instant->epoch_seconds + offset_seconds(value));
    return hash_bucket_ ? bucket_of(bucket) : bucket;
  }

 private:
  enum class Granularity { kHour, kDay, kWeek, kMonth };

  static Granularity read_granularity(ProcessorConfig& config) {
    const std::string text = config.text("granularity");
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == "hour") return Granularity::kHour;
    if (lower == "day") return Granularity::kDay;
    if (lower == "week") return Granularity::kWeek;
    if (lower == "month") return Granularity::kMonth;
    throw ApiError(config.error("granularity", fmt::format("Invalid granularity: {}. Supported values are: hour, day, week, month", text)));
  }

  static std::shared_ptr<const DateFormat> read_format(ProcessorConfig& config) {
    const std::string pattern = config.text("format", "strict_date_optional_time");
    try {
      return DateFormat::create(pattern);
    } catch (const ApiError& error) {
      throw ApiError(config.error("format", "invalid date format: " + error.error().reason));
    }
  }

  /// Buckets are those of the clock that the text shows: +05:30 at its end counts back in.
  static int64_t offset_seconds(std::string_view text) {
    const size_t sign = text.find_last_of("+-");
    if (sign == std::string_view::npos || text.find('T') == std::string_view::npos || sign < text.find('T')) return 0;
    std::string digits;
    for (const char c : text.substr(sign + 1)) {
      if (c != ':') digits += c;
    }
    if ((digits.size() != 4 && digits.size() != 2) || digits.find_first_not_of("0123456789") != std::string::npos) return 0;
    const int hours = std::stoi(digits.substr(0, 2)), minutes = digits.size() == 4 ? std::stoi(digits.substr(2)) : 0;
    return (text[sign] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  }

  std::string bucket_text(int64_t seconds) const {
    using namespace std::chrono;
    const sys_seconds time{std::chrono::seconds(seconds)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const auto month_text = fmt::format("{:04}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
    switch (granularity_) {
      case Granularity::kMonth: return month_text;
      case Granularity::kWeek: return week_text(day);
      case Granularity::kDay: return fmt::format("{}-{:02}", month_text, static_cast<unsigned>(date.day()));
      case Granularity::kHour: break;
    }
    return fmt::format("{}-{:02}T{:02}", month_text, static_cast<unsigned>(date.day()), duration_cast<hours>(time - day).count());
  }

  /// ISO 8601: the week of the year that its Thursday lies in.
  static std::string week_text(std::chrono::sys_days day) {
    using namespace std::chrono;
    const auto thursday = day - (weekday(day) - Monday) + days(3);
    const auto year = year_month_day(thursday).year();
    const auto week = (thursday - sys_days(year / January / 1)).count() / 7 + 1;
    return fmt::format("{:04}-W{:02}", static_cast<int>(year), week);
  }

  const Granularity granularity_;
  const std::shared_ptr<const DateFormat> format_;
  const bool hash_bucket_;
};

class HierarchicalRouting final : public RoutingProcessor {
 public:
  HierarchicalRouting(ProcessorConfig& config, const BuildContext&)
      : RoutingProcessor(config, config.text("path_field"), kRouting), separator_(config.text("path_separator", "/")) {
    if (field_.empty()) throw ApiError(config.error("path_field", "cannot be null or empty"));
    if (separator_.empty()) throw ApiError(config.error("path_separator", "cannot be null or empty"));
    if (const auto depth = config.optional_value("anchor_depth")) {
      const std::string text = java_text(*depth);
      char* end = nullptr;
      const long value = std::strtol(text.c_str(), &end, 10);
      if (text.empty() || *end != 0) {
        throw ApiError(config.error("anchor_depth", fmt::format("property cannot be converted to an int [{}]", text)));
      }
      if (value <= 0) throw ApiError(config.error("anchor_depth", "must be greater than 0"));
      depth_ = static_cast<size_t>(value);
    }
  }

 protected:
  std::string routing_of(const std::string& value) const override {
    if (value.find_first_not_of(" \t\r\n") == std::string::npos) {
      throw ApiError(illegal_argument(fmt::format("field [{}] is null or empty", field_)));
    }
    std::string anchor;
    size_t parts = 0;
    for (size_t from = 0; from <= value.size() && parts < depth_;) {
      const size_t end = std::min(value.find(separator_, from), value.size());
      if (end > from) {
        anchor += (parts++ == 0 ? "" : separator_) + value.substr(from, end - from);
      }
      from = end + separator_.size();
    }
    return bucket_of(parts == 0 ? std::string("_root") : anchor);
  }

 private:
  const std::string separator_;
  size_t depth_ = 2;
};

class AclRouting final : public RoutingProcessor {
 public:
  AclRouting(ProcessorConfig& config, const BuildContext&)
      : RoutingProcessor(config, config.text("acl_field"), config.text("target_field", kRouting)) {}

 protected:
  /// URL-safe base64 of both halves, without padding.
  std::string routing_of(const std::string& value) const override {
    const Hash128 hash = murmur3_128(value);
    std::string bytes;
    for (const uint64_t half : {hash.first, hash.second}) {
      for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(half >> shift & 0xFF);
    }
    return encode_base64(bytes, Base64::kUrlSafe);
  }
};

}  // namespace

void add_routing_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["temporal_routing"] = make_processor<TemporalRouting>;
  table["hierarchical_routing"] = make_processor<HierarchicalRouting>;
  table["acl_routing"] = make_processor<AclRouting>;
}

}  // namespace tarn
