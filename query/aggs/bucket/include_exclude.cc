#include "query/aggs/bucket/include_exclude.h"

#include <fmt/format.h>

#include <cstring>

#include "indexer/analysis/automaton.h"
#include "indexer/analysis/lucene_regexp.h"
#include "indexer/base/murmur3.h"

namespace tarn::query {
namespace {

constexpr size_t kPatternMax = 1000;   // index.max_regex_length by default

int64_t floor_mod(int64_t a, int64_t b) {
  const int64_t m = a % b;
  return m < 0 ? m + b : m;
}

}  // namespace

void refuse_ip_pattern(const std::string& aggregation) {
  throw ApiError(Error(500, "aggregation_execution_exception",
                       fmt::format("Aggregation [{}] cannot support regular expression style include/exclude settings as they can only be applied to string fields. "
                                   "Use an array of values for include/exclude clauses", aggregation)));
}

bool IncludeExclude::Side::matches(std::string_view text) const {
  if (values) return values->contains(text);
  return pattern && pattern->matches(text);
}

bool IncludeExclude::Side::matches(double value, const std::function<std::optional<double>(const std::string&)>& read) const {
  if (!values) return false;
  for (const std::string& text : *values) {
    if (text == "true" ? value == 1 : text == "false" ? value == 0 : false) return true;
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (!text.empty() && *end == 0 && number == value) return true;
    if (*end != 0 && read) {
      if (const auto parsed = read(text); parsed && *parsed == value) return true;
    }
  }
  return false;
}

void IncludeExclude::read_side(Side& side, const Json& json) {
  const Side& other = &side == &include_ ? exclude_ : include_;
  if (!other.empty() && (other.pattern != nullptr) != json.is_string()) {
    const bool include_is_pattern = &side == &include_ ? json.is_string() : other.pattern != nullptr;
    throw ApiError(illegal_argument(include_is_pattern ? "Cannot mix a regex-based include with a set-based method"
                                                       : "Cannot mix a set-based include with a regex-based method"));
  }
  if (json.is_string()) {
    const std::string pattern = json.get<std::string>();
    if (pattern.size() > kPatternMax) {
      throw ApiError(illegal_argument(fmt::format("The length of regex [{}] used in the request has exceeded the allowed maximum of [{}]. This maximum can be "
                                                  "set by changing the [index.max_regex_length] index level setting.", pattern.size(), kPatternMax)));
    }
    side.pattern = std::make_shared<analysis::Automaton>(std::vector<analysis::Re>{analysis::parse_lucene_regexp(pattern)});
    return;
  }
  side.values.emplace();
  for (const Json& value : json) {
    if (value.is_object() || value.is_array() || value.is_null()) {
      throw ApiError(Error(400, "parse_exception", "Array elements in include/exclude clauses should be string values"));
    }
    side.values->insert(scalar_option_text(value));
  }
}

void IncludeExclude::read_partition(const Json& json) {
  bool has_partition = false, has_count = false;
  for (const auto& [key, value] : json.items()) {
    if (key == "partition" && (value.is_number() || value.is_string())) {
      partition_ = read_int_option(value);
      has_partition = true;
    } else if (key == "num_partitions" && (value.is_number() || value.is_string())) {
      partitions_ = read_int_option(value);
      has_count = true;
    } else {
      throw ApiError(Error(400, "parse_exception", fmt::format("Unknown parameter in Include/Exclude clause: {}", key)));
    }
  }
  if (!has_partition) throw ApiError(illegal_argument("Missing [partition] parameter for partition-based include"));
  if (!has_count) throw ApiError(illegal_argument("Missing [num_partitions] parameter for partition-based include"));
  if (partition_ < 0 || partition_ >= partitions_) {
    throw ApiError(illegal_argument(fmt::format("Partition must be >=0 and < numPartition which is {}", partitions_)));
  }
}

void IncludeExclude::declare(Options& options) {
  options
      .any("include", kTokenObject | kTokenArray | kTokenString,
           [this](const Json& json) { json.is_object() ? read_partition(json) : read_side(include_, json); })
      .any("exclude", kTokenArray | kTokenString, [this](const Json& json) { read_side(exclude_, json); });
}

void IncludeExclude::check() const {
  if (partitions_ > 0 && !exclude_.empty()) {
    throw ApiError(illegal_argument("Cannot specify any excludes when using a partition-based include"));
  }
}

bool IncludeExclude::accepts_term(std::string_view term, std::string_view shown) const {
  if (partitions_ > 0) return floor_mod(static_cast<int32_t>(murmur3_32(term, 31)), partitions_) == partition_;
  if (!include_.empty() && !include_.matches(shown)) return false;
  return exclude_.empty() || !exclude_.matches(shown);
}

bool IncludeExclude::accepts_number(int64_t encoded, double value, const std::function<std::optional<double>(const std::string&)>& read) const {
  if (partitions_ > 0) return floor_mod(mix_bits(encoded), partitions_) == partition_;
  if (!include_.empty() && !include_.matches(value, read)) return false;
  return exclude_.empty() || !exclude_.matches(value, read);
}

}  // namespace tarn::query
