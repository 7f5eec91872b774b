#include "query/aggs/options.h"

#include "indexer/base/did_you_mean.h"
#include "indexer/base/json_location.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tarn::query {
namespace {

unsigned mask_of(const Json& json) {
  if (json.is_object()) return kTokenObject;
  if (json.is_array()) return kTokenArray;
  if (json.is_string()) return kTokenString;
  if (json.is_number()) return kTokenNumber;
  if (json.is_boolean()) return kTokenBoolean;
  return kTokenNull;
}

Error number_format(std::string_view text) {
  return Error(400, "number_format_exception", text.empty() ? "empty String" : fmt::format("For input string: \"{}\"", text));
}

Error out_of_range(const Json& json, std::string_view type, std::string_view range) {
  const std::string reason = fmt::format("Numeric value ({}) out of range of `{}` ({})\n at [Source: REDACTED (`StreamReadFeature."
                                         "INCLUDE_SOURCE_IN_LOCATION` disabled); byte offset: #0]", to_text(json), type, range);
  Error error(400, "input_coercion_exception", reason);
  error.caused_by(Error(400, "input_coercion_exception", reason));
  return error;
}

double java_double(std::string_view given) {
  std::string_view text = given;
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits == "NaN") return NAN;
  if (digits == "Infinity") return INFINITY;
  if (digits == "-Infinity") return -INFINITY;
  if (!digits.empty() && (digits.back() == 'd' || digits.back() == 'f' || digits.back() == 'D' || digits.back() == 'F')) digits.remove_suffix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  const bool letters = digits.find_first_of("nNiI") != std::string_view::npos;
  if (digits.empty() || letters || end != digits.data() + digits.size() ||
      (error != std::errc() && error != std::errc::result_out_of_range)) {
    throw ApiError(number_format(given));
  }
  return out;
}

}  // namespace

std::string_view option_token(const Json& json) {
  switch (mask_of(json)) {
    case kTokenObject: return "START_OBJECT";
    case kTokenArray: return "START_ARRAY";
    case kTokenString: return "VALUE_STRING";
    case kTokenNumber: return "VALUE_NUMBER";
    case kTokenBoolean: return "VALUE_BOOLEAN";
    default: return "VALUE_NULL";
  }
}

Error content_error(std::string reason) { return content_error("[1:1] ", std::move(reason)); }
Error content_error(std::string location, std::string reason) {
  return Error(400, "x_content_parse_exception", std::move(location) + std::move(reason));
}

std::string scalar_option_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.is_object() || json.is_array() ? "" : to_text(json);
}

double read_double_option(const Json& json) {
  if (json.is_number()) return json.get<double>();
  return java_double(json.is_string() ? json.get_ref<const std::string&>() : scalar_option_text(json));
}

int64_t read_int_option(const Json& json) {
  const double value = json.is_number_integer() && !json.is_number_unsigned() ? static_cast<double>(json.get<int64_t>()) : read_double_option(json);
  if (std::isnan(value) || value < INT32_MIN || value > INT32_MAX) {
    if (json.is_string()) throw ApiError(illegal_argument(fmt::format("Value [{}] is out of range for an integer", scalar_option_text(json))));
    throw ApiError(out_of_range(json, "int", "-2147483648 - 2147483647"));
  }
  return static_cast<int64_t>(value);
}

int64_t read_long_option(const Json& json) {
  if (json.is_number_integer() && !json.is_number_unsigned()) return json.get<int64_t>();
  if (json.is_number_unsigned() && json.get<uint64_t>() <= INT64_MAX) return static_cast<int64_t>(json.get<uint64_t>());
  if (json.is_string()) {
    const std::string& text = json.get_ref<const std::string&>();
    int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc() && end == text.data() + text.size()) return out;
  }
  double value = 0;
  try {
    value = read_double_option(json);
  } catch (const ApiError& error) {
    throw ApiError(illegal_argument(error.error().reason));  // Numbers.toLong words it so
  }
  if (std::isnan(value) || value < -9.2233720368547758e18 || value >= 9.2233720368547758e18) {
    if (json.is_string()) throw ApiError(illegal_argument(fmt::format("Value [{}] is out of range for a long", scalar_option_text(json))));
    throw ApiError(out_of_range(json, "long", "-9223372036854775808 - 9223372036854775807"));
  }
  return static_cast<int64_t>(value);
}

bool read_flag_option(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  const std::string text = scalar_option_text(json);
  if (text == "true" || text == "false") return text == "true";
  throw ApiError(illegal_argument(fmt::format("Failed to parse value [{}] as only [true] or [false] are allowed.", text)));
}

Options& Options::any(std::string_view name, unsigned tokens, Setter set) {
  options_.push_back({name, tokens, std::move(set)});
  return *this;
}
Options& Options::text(std::string_view name, std::string& out) {
  return any(name, kTokenString, [&out](const Json& json) { out = json.get<std::string>(); });
}
Options& Options::text(std::string_view name, std::optional<std::string>& out) {
  return any(name, kTokenString, [&out](const Json& json) { out = json.get<std::string>(); });
}
Options& Options::integer(std::string_view name, std::function<void(int64_t)> set) {
  return any(name, kAnyNumber, [set = std::move(set)](const Json& json) { set(read_int_option(json)); });
}
Options& Options::integer(std::string_view name, int64_t& out) {
  return integer(name, [&out](int64_t value) { out = value; });
}
Options& Options::whole(std::string_view name, std::function<void(int64_t)> set) {
  return any(name, kAnyNumber, [set = std::move(set)](const Json& json) { set(read_long_option(json)); });
}
Options& Options::whole(std::string_view name, int64_t& out) {
  return whole(name, [&out](int64_t value) { out = value; });
}
Options& Options::number(std::string_view name, std::function<void(double)> set) {
  return any(name, kAnyNumber, [set = std::move(set)](const Json& json) { set(read_double_option(json)); });
}
Options& Options::number(std::string_view name, double& out) {
  return number(name, [&out](double value) { out = value; });
}
Options& Options::flag(std::string_view name, std::function<void(bool)> set) {
  return any(name, kAnyBoolean, [set = std::move(set)](const Json& json) { set(read_flag_option(json)); });
}
Options& Options::flag(std::string_view name, bool& out) {
  return flag(name, [&out](bool value) { out = value; });
}
Options& Options::ignored(std::initializer_list<std::string_view> names, unsigned tokens) {
  for (std::string_view name : names) any(name, tokens, [](const Json&) {});
  return *this;
}

std::vector<std::string_view> Options::names() const {
  std::vector<std::string_view> out;
  for (const Option& option : options_) out.push_back(option.name);
  return out;
}

void Options::read(const Json& object) const {
  for (const auto& [key, value] : object.items()) {
    const auto option = std::find_if(options_.begin(), options_.end(), [&, &name = key](const Option& o) { return o.name == name; });
    if (option == options_.end()) {
      throw ApiError(content_error(name_location(value), fmt::format("[{}] unknown field [{}]{}", parser_, key, did_you_mean(key, names()))));
    }
    if ((option->tokens & mask_of(value)) == 0) {
      throw ApiError(content_error(value_location(value), fmt::format("[{}] {} doesn't support values of type: {}", parser_, key, option_token(value))));
    }
    try {
      option->set(value);
    } catch (const ApiError& error) {
      if (error.error().status == 501) throw;
      Error wrapped = content_error(value_location(value), fmt::format("[{}] failed to parse field [{}]", parser_, key)).caused_by(error.error());
      if (error.error().type == "parsing_exception" || error.error().type == "parse_exception") wrapped.rooted_in(error.error());
      throw ApiError(std::move(wrapped));
    }
  }
}

}  // namespace tarn::query
