#include "indexer/mapping/setting_spec.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "indexer/base/ascii.h"
#include "indexer/base/did_you_mean.h"

namespace tarn {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

std::string java_list(const Json& list) {
  std::string out = "[";
  for (const auto& item : list) {
    if (out.size() > 1) out += ", ";
    out += item.is_string() ? item.get<std::string>() : to_text(item);
  }
  return out + "]";
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) return java_list(value);
  return to_text(value);
}

Error number_format(std::string_view text) {
  return Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text));
}

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  if (text.size() > 1 && text[0] == '+') text.remove_prefix(1);
  Integer value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  if (text == "Infinity" || text == "+Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text.size() > 1 && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty() || std::isalpha(static_cast<unsigned char>(text.back())))
    return std::nullopt;
  return value;
}

std::optional<Error> bounds_error(const SettingSpec& spec, std::string_view text, double value) {
  if (!spec.min.empty() && value < *parse_double(spec.min))
    return illegal_argument(fmt::format("Failed to parse value [{}] for setting [{}] must be >= {}", text, spec.key, spec.min));
  if (!spec.max.empty() && value > *parse_double(spec.max))
    return illegal_argument(fmt::format("Failed to parse value [{}] for setting [{}] must be <= {}", text, spec.key, spec.max));
  return std::nullopt;
}

std::optional<Error> check_number(const SettingSpec& spec, const std::string& text) {
  std::optional<double> value;
  if (spec.type == SettingType::kInt) {
    if (const auto i = parse_integer<int32_t>(text)) value = *i;
  } else if (spec.type == SettingType::kLong) {
    if (const auto l = parse_integer<int64_t>(text)) value = static_cast<double>(*l);
  } else {
    value = parse_double(text);
  }
  if (!value) {
    Error error = illegal_argument(fmt::format("Failed to parse value [{}] for setting [{}]", text, spec.key));
    error.caused_by(number_format(text));
    return error;
  }
  return bounds_error(spec, text, *value);
}

std::optional<Error> check_time(const SettingSpec& spec, const std::string& text) {
  try {
    const int64_t value = parse_time_setting(text, spec.key);
    const std::string_view least = spec.min.empty() ? "-1" : spec.min;
    if (value < parse_time_setting(least, spec.key) || (text != "-1" && value < 0))
      return illegal_argument(fmt::format("failed to parse value [{}] for setting [{}], must be >= [{}]", text, spec.key, least));
  } catch (const ApiError& error) {
    return error.error();
  }
  return std::nullopt;
}

std::optional<Error> check_bytes(const SettingSpec& spec, const std::string& text) {
  if (spec.type == SettingType::kBytesOrPercent && text.ends_with('%')) {
    const auto percent = parse_double(std::string_view(text).substr(0, text.size() - 1));
    if (!percent) return illegal_argument(fmt::format("failed to parse [{}] as a double", text)).caused_by(number_format(text));
    return std::nullopt;
  }
  try {
    const int64_t value = parse_bytes_setting(text, spec.key);
    const std::string_view least = spec.min.empty() ? "0" : spec.min;
    if (value < parse_bytes_setting(least, spec.key))
      return illegal_argument(fmt::format("failed to parse value [{}] for setting [{}], must be >= [{}]", text, spec.key, least));
  } catch (const ApiError& error) {
    return error.error();
  }
  return std::nullopt;
}

bool is_one_of(std::string_view values, std::string_view value, bool any_case) {
  const std::string wanted = any_case ? lower_ascii(value) : std::string(value);
  size_t from = 0;
  while (from <= values.size()) {
    const size_t bar = std::min(values.find('|', from), values.size());
    const std::string_view one = values.substr(from, bar - from);
    if (any_case ? lower_ascii(one) == wanted : one == wanted) return true;
    from = bar + 1;
  }
  return false;
}

Error enum_error(const SettingSpec& spec, std::string_view value) {
  std::string text;
  for (size_t i = 0; i < spec.message.size(); ++i) {
    if (spec.message[i] != '%' || i + 1 == spec.message.size()) { text += spec.message[i]; continue; }
    switch (spec.message[++i]) {
      case 'v': text += value; break;
      case 'U': text += upper(value); break;
      case 'k': text += spec.key; break;
      default: text += '%'; text += spec.message[i];
    }
  }
  return illegal_argument(text);
}

std::optional<Error> check_auto_expand(const SettingSpec& spec, const std::string& text) {
  if (text == "false") return std::nullopt;
  const size_t dash = text.find('-');
  const auto failure = [&](std::string_view where) {
    return illegal_argument(fmt::format("failed to parse [{}] from value: [{}] at index {}", spec.key, text, where));
  };
  if (dash == std::string::npos) return failure("-1");
  const auto low = parse_integer<int32_t>(std::string_view(text).substr(0, dash));
  const std::string high_text = text.substr(dash + 1);
  if (!low) return failure(std::to_string(dash)).caused_by(number_format(text.substr(0, dash)));
  if (high_text == "all") return std::nullopt;
  const auto high = parse_integer<int32_t>(high_text);
  if (!high) return failure(std::to_string(dash)).caused_by(number_format(high_text));
  if (*low > *high)
    return illegal_argument(fmt::format("[{}] minReplicas must be =< maxReplicas but wasn't {} > {}", spec.key, *low, *high));
  return std::nullopt;
}

std::optional<Error> check_active_shards(const std::string& text) {
  if (text == "all") return std::nullopt;
  const auto count = parse_integer<int32_t>(text);
  if (!count) return illegal_argument(fmt::format("cannot parse ActiveShardCount[{}]", text)).caused_by(number_format(text));
  if (*count < 0) return illegal_argument("shard count cannot be a negative value");
  return std::nullopt;
}

std::optional<Error> check_ratio(const std::string& text) {
  if (text == "true" || text == "false") return std::nullopt;
  const auto value = parse_double(text);
  const std::string reason = fmt::format("Expected a boolean or a value in the interval [0..1] but was: [{}]", text);
  if (!value) return illegal_argument(reason).caused_by(number_format(text));
  if (*value < 0 || *value > 1) return illegal_argument(reason);
  return std::nullopt;
}

std::optional<Error> check_boolean(const std::string& text) {
  if (text == "true" || text == "false") return std::nullopt;
  return illegal_argument(fmt::format("Failed to parse value [{}] as only [true] or [false] are allowed.", text));
}

std::optional<Error> check_enum_list(const SettingSpec& spec, const Json& value) {
  const Json items = value.is_array() ? value : Json::array({value});
  for (const auto& item : items)
    if (!is_one_of(spec.values, text_of(item), true)) return enum_error(spec, text_of(item));
  return std::nullopt;
}

}  // namespace

const SettingSpec* find_setting(std::span<const SettingSpec> table, std::string_view key) {
  const auto found = std::lower_bound(table.begin(), table.end(), key,
                                      [](const SettingSpec& spec, std::string_view k) { return spec.key < k; });
  return found != table.end() && found->key == key ? &*found : nullptr;
}

std::optional<Error> check_setting(const SettingSpec& spec, const Json& value) {
  const std::string text = text_of(value);
  switch (spec.type) {
    case SettingType::kBool: return check_boolean(text);
    case SettingType::kInt:
    case SettingType::kLong:
    case SettingType::kDouble: return check_number(spec, text);
    case SettingType::kTime: return check_time(spec, text);
    case SettingType::kBytes:
    case SettingType::kBytesOrPercent: return check_bytes(spec, text);
    case SettingType::kString:
      if (value.is_array())
        return illegal_argument(fmt::format("Found list type value for setting [{}] but but did not expect a list for it.", spec.key));
      return std::nullopt;
    case SettingType::kList: return std::nullopt;
    case SettingType::kEnum:
      if (is_one_of(spec.values, text, false)) return std::nullopt;
      return enum_error(spec, text);
    case SettingType::kEnumAnyCase:
      if (is_one_of(spec.values, text, true)) return std::nullopt;
      return enum_error(spec, text);
    case SettingType::kEnumList: return check_enum_list(spec, value);
    case SettingType::kRatioOrBool: return check_ratio(text);
    case SettingType::kAutoExpand: return check_auto_expand(spec, text);
    case SettingType::kActiveShards: return check_active_shards(text);
    case SettingType::kSourceLimit:
      if (parse_integer<int32_t>(text)) return std::nullopt;
      return check_boolean(text);
  }
  return std::nullopt;
}

Json default_setting(const SettingSpec& spec) {
  if (spec.type != SettingType::kList && spec.type != SettingType::kEnumList) return Json(std::string(spec.fallback));
  Json list = Json::array();
  size_t from = 0;
  while (!spec.fallback.empty() && from <= spec.fallback.size()) {
    const size_t comma = std::min(spec.fallback.find(',', from), spec.fallback.size());
    list.push_back(std::string(spec.fallback.substr(from, comma - from)));
    from = comma + 1;
  }
  return list;
}

Error unknown_setting(std::span<const SettingSpec> table, std::string_view key) {
  std::vector<std::string_view> keys;
  for (const auto& spec : table) keys.push_back(spec.key);
  std::string hint = did_you_mean(key, keys, 0.7F);
  if (hint.empty()) {
    hint = " please check that any required plugins are installed, or check the breaking changes documentation for removed "
           "settings";
  }
  return Error(400, "settings_exception", fmt::format("unknown setting [{}]{}", key, hint));
}

void throw_first(std::vector<Error> errors) {
  if (errors.empty()) return;
  Error first = std::move(errors.front());
  if (errors.size() > 1) {
    Json suppressed = Json::array();
    for (size_t i = 1; i < errors.size(); ++i) suppressed.push_back(errors[i].to_json());
    first.with("suppressed", std::move(suppressed));
  }
  throw ApiError(std::move(first));
}

int64_t parse_time_setting(std::string_view text, std::string_view key) {
  const std::string normal = lower_ascii(trim(text));
  struct Unit { std::string_view suffix; double ms; };
  static constexpr Unit kUnits[] = {{"nanos", 1e-6}, {"micros", 1e-3}, {"ms", 1}, {"s", 1000}, {"m", 60000},
                                    {"h", 3600000}, {"d", 86400000}};
  if (normal == "-1") return -1;
  if (!normal.empty() && normal.find_first_not_of('0') == std::string::npos) return 0;
  for (const auto& unit : kUnits) {
    if (!normal.ends_with(unit.suffix)) continue;
    const std::string_view number = trim(std::string_view(normal).substr(0, normal.size() - unit.suffix.size()));
    const auto value = parse_integer<int64_t>(number);
    if (!value) {
      if (parse_double(number)) {
        throw ApiError(illegal_argument(fmt::format("failed to parse [{}], fractional time values are not supported", text))
                           .caused_by(number_format(number)));
      }
      throw ApiError(illegal_argument(fmt::format("failed to parse [{}]", text)).caused_by(number_format(number)));
    }
    if (*value < -1) {
      throw ApiError(illegal_argument(fmt::format(
          "failed to parse setting [{}] with value [{}] as a time value: negative durations are not supported", key, text)));
    }
    return static_cast<int64_t>(static_cast<double>(*value) * unit.ms);
  }
  throw ApiError(illegal_argument(fmt::format(
      "failed to parse setting [{}] with value [{}] as a time value: unit is missing or unrecognized", key, text)));
}

int64_t parse_bytes_setting(std::string_view text, std::string_view key) {
  const std::string normal = lower_ascii(trim(text));
  struct Unit { std::string_view suffix; int shift; };
  static constexpr Unit kUnits[] = {{"kb", 10}, {"k", 10}, {"mb", 20}, {"m", 20}, {"gb", 30}, {"g", 30},
                                    {"tb", 40}, {"t", 40}, {"pb", 50}, {"p", 50}, {"b", 0}};
  if (normal == "-1") return -1;
  if (normal == "0") return 0;
  for (const auto& unit : kUnits) {
    if (!normal.ends_with(unit.suffix)) continue;
    const std::string_view number = trim(std::string_view(normal).substr(0, normal.size() - unit.suffix.size()));
    if (const auto whole = parse_integer<int64_t>(number)) return *whole < 0 ? *whole : *whole << unit.shift;
    if (const auto value = parse_double(number)) return static_cast<int64_t>(std::ldexp(*value, unit.shift));
    const Error cause(400, "parse_exception", fmt::format("failed to parse [{}]", text));
    throw ApiError(illegal_argument(cause.reason).caused_by(cause));
  }
  const Error cause(400, "parse_exception", fmt::format(
      "failed to parse setting [{}] with value [{}] as a size in bytes: unit is missing or unrecognized", key, text));
  throw ApiError(illegal_argument(cause.reason).caused_by(cause));
}

namespace {

Json scalar_text(const Json& value) {
  if (value.is_null() || value.is_string()) return value;
  return Json(to_text(value));
}

void flatten_into(const std::string& prefix, const Json& value, std::map<std::string, Json>& out) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) flatten_into(prefix.empty() ? key : prefix + "." + key, member, out);
  } else if (value.is_array()) {
    Json list = Json::array();
    for (const auto& item : value) {
      if (item.is_object() || item.is_array())
        throw ApiError(400, "parse_exception", fmt::format("malformed, expected end of settings but encountered additional content starting at [{}]", prefix));
      list.push_back(scalar_text(item));
    }
    out[prefix] = std::move(list);
  } else {
    out[prefix] = scalar_text(value);
  }
}

}  // namespace

Json flatten_settings(const Json& settings) {
  std::map<std::string, Json> sorted;
  if (settings.is_object()) flatten_into("", settings, sorted);
  Json out = Json::object();
  for (auto& [key, value] : sorted) out[key] = std::move(value);
  return out;
}

Json nest_settings(const Json& flat) {
  Json out = Json::object();
  for (const auto& [key, value] : flat.items()) {
    Json* place = &out;
    std::string_view rest = key;
    while (true) {
      const size_t dot = rest.find('.');
      if (dot == std::string_view::npos) break;
      const std::string head(rest.substr(0, dot));
      if (place->contains(head) && !(*place)[head].is_object()) break;
      place = &(*place)[head];
      if (place->is_null()) *place = Json::object();
      rest.remove_prefix(dot + 1);
    }
    (*place)[std::string(rest)] = value;
  }
  return out;
}

}  // namespace tarn
