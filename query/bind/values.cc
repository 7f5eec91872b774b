#include "query/bind/values.h"

#include <arpa/inet.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace tarn::query {

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  return to_text(value);
}

double parse_java_double(std::string_view given) {
  std::string_view text = given;
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  const auto fail = [&] {
    throw ApiError(400, "number_format_exception",
                   text.empty() ? std::string("empty String") : "For input string: \"" + std::string(given) + "\"");
  };
  if (text.empty()) fail();
  std::string_view digits = text;
  bool negative = false;
  if (digits.front() == '+' || digits.front() == '-') {
    negative = digits.front() == '-';
    digits.remove_prefix(1);
  }
  if (digits == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (digits == "Infinity") return negative ? -HUGE_VAL : HUGE_VAL;
  if (digits.size() > 1 && std::string_view("fFdD").find(digits.back()) != std::string_view::npos) digits.remove_suffix(1);
  if (digits.empty() || !(std::isdigit(static_cast<unsigned char>(digits.front())) || digits.front() == '.')) fail();
  double out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (end != digits.data() + digits.size()) fail();
  if (error == std::errc::result_out_of_range) {
    out = std::strtod(std::string(digits).c_str(), nullptr);
  } else if (error != std::errc()) {
    fail();
  }
  return negative ? -out : out;
}

double scalar_double(const Json& value) {
  if (value.is_number()) return value.get<double>();
  return parse_java_double(scalar_text(value));
}

bool has_fraction(const Json& value) {
  if (value.is_number_integer()) return false;
  return std::fmod(scalar_double(value), 1) != 0;
}

namespace {

std::string_view article_and_name(FieldKind kind) {
  switch (kind) {
    case FieldKind::kByte: return "a byte";
    case FieldKind::kShort: return "a short";
    case FieldKind::kLong: return "a long";
    default: return "an integer";
  }
}

}  // namespace

void out_of_range(const Json& value, std::string_view what) {
  throw ApiError(illegal_argument("Value [" + scalar_text(value) + "] is out of range for " + std::string(what)));
}

int64_t scalar_integer(const Json& value, FieldKind kind) {
  const bool is_long = kind == FieldKind::kLong;
  const int64_t min = is_long ? INT64_MIN : INT32_MIN, max = is_long ? INT64_MAX : INT32_MAX;
  const auto name = article_and_name(is_long ? FieldKind::kLong : FieldKind::kInteger);
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) out_of_range(value, name);
  if (value.is_number_integer()) {
    const int64_t number = value.get<int64_t>();
    if (number < min || number > max) out_of_range(value, name);
    return number;
  }
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    int64_t number = 0;
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) {
      if (number < min || number > max) out_of_range(value, name);
      return number;
    }
  }
  const double number = scalar_double(value);
  const bool fits = is_long ? number >= -0x1p63 && number < 0x1p63 : number >= min && number <= max;
  if (!fits) out_of_range(value, name);
  return static_cast<int64_t>(number);
}

uint64_t scalar_unsigned(const Json& value, bool& negative) {
  negative = false;
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (value.is_number_integer()) {
    const int64_t number = value.get<int64_t>();
    if (number < 0) out_of_range(value, "an unsigned long");
    return static_cast<uint64_t>(number);
  }
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  const double number = scalar_double(value);
  if (number >= 0x1p64 || number <= -1 || std::isnan(number)) out_of_range(value, "an unsigned long");
  negative = number < 0;
  return negative || number < 0 ? 0 : static_cast<uint64_t>(number);
}

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 0x1F, mantissa = half & 0x3FF;
  float magnitude;
  if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  } else if (exponent == 31) {
    magnitude = mantissa != 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  } else {
    magnitude = std::ldexp(static_cast<float>(mantissa | 0x400), static_cast<int>(exponent) - 25);
  }
  return sign != 0 ? -magnitude : magnitude;
}

uint16_t float_to_half(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float magnitude = std::fabs(value);
  if (std::isnan(magnitude)) return sign | 0x7E00;
  if (magnitude >= 65520.0f) return sign | 0x7C00;  // rounds to infinity
  if (magnitude < 0x1p-14f) {
    return sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(magnitude, 24)));
  }
  int exponent = 0;
  const float mantissa = std::frexp(magnitude, &exponent);  // in [0.5, 1)
  const auto rounded = static_cast<uint32_t>(std::nearbyint(std::ldexp(mantissa, 11)));  // 1024..2048
  return sign | static_cast<uint16_t>((static_cast<uint32_t>(exponent + 14) << 10) + (rounded - 1024));
}

double round_to_kind(double value, FieldKind kind) {
  const auto refuse = [&](const char* name, double result) {
    if (std::isfinite(result)) return;
    throw ApiError(illegal_argument("[" + std::string(name) + "] supports only finite values, but got [" +
                                    double_text(value) + "]"));
  };
  switch (kind) {
    case FieldKind::kFloat: {
      const auto result = static_cast<float>(value);
      refuse("float", result);
      return result;
    }
    case FieldKind::kHalfFloat: {
      const float result = half_to_float(float_to_half(static_cast<float>(value)));
      refuse("half_float", result);
      return result;
    }
    default:
      refuse(kind == FieldKind::kScaledFloat ? "scaled_float" : "double", value);
      return value;
  }
}

bool scalar_boolean(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  const std::string text = scalar_text(value);
  if (text == "true") return true;
  if (text == "false") return false;
  throw ApiError(illegal_argument("Can't parse boolean value [" + text + "], expected [true] or [false]"));
}

std::string parse_ip(std::string_view given) {
  std::string text(given);
  std::string out(16, '\0');
  if (inet_pton(AF_INET, text.c_str(), out.data() + 12) == 1) {
    out[10] = out[11] = '\xFF';
    return out;
  }
  std::memset(out.data(), 0, 16);
  if (const size_t zone = text.find('%'); zone != std::string::npos) text.resize(zone);
  if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
  throw ApiError(illegal_argument("'" + std::string(given) + "' is not an IP string literal."));
}

std::string ip_text(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  char out[INET6_ADDRSTRLEN] = {};
  if (std::memcmp(bytes.data(), kMapped, 12) == 0) {
    inet_ntop(AF_INET, bytes.data() + 12, out, sizeof out);
    return out;
  }
  // RFC 5952 without the dotted form that inet_ntop uses for compatible addresses.
  uint16_t groups[8];
  for (int i = 0; i < 8; ++i) {
    groups[i] = static_cast<uint16_t>(static_cast<unsigned char>(bytes[2 * i]) << 8 | static_cast<unsigned char>(bytes[2 * i + 1]));
  }
  int best = -1, best_length = 1;  // a single zero group is not shortened
  for (int i = 0; i < 8;) {
    int j = i;
    while (j < 8 && groups[j] == 0) ++j;
    if (j - i > best_length) best = i, best_length = j - i;
    i = j == i ? i + 1 : j;
  }
  std::string text;
  for (int i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

IpRange parse_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  const auto refuse = [&] {
    throw ApiError(illegal_argument("Expected [ip/prefix] but was [" + std::string(text) + "]"));
  };
  if (slash == std::string_view::npos) refuse();
  const std::string address = parse_ip(text.substr(0, slash));
  int prefix = -1;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size()) refuse();
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  if (prefix < 0 || prefix > (v4 ? 32 : 128)) {
    throw ApiError(illegal_argument("Illegal prefix length [" + std::to_string(prefix) + "] in [" + std::string(text) +
                                    "]. Must be 0-" + (v4 ? "32" : "128") + " for " + (v4 ? "IPv4" : "IPv6") + " ranges"));
  }
  if (v4) prefix += 96;
  IpRange out{address, address};
  for (int bit = prefix; bit < 128; ++bit) {
    const auto mask = static_cast<char>(0x80 >> (bit % 8));
    out.low[bit / 8] = static_cast<char>(out.low[bit / 8] & ~mask);
    out.high[bit / 8] = static_cast<char>(out.high[bit / 8] | mask);
  }
  return out;
}

bool next_ip(std::string& address) {
  for (size_t i = address.size(); i-- > 0;) {
    if (++reinterpret_cast<unsigned char&>(address[i]) != 0) return true;
  }
  return false;
}

bool previous_ip(std::string& address) {
  for (size_t i = address.size(); i-- > 0;) {
    if (reinterpret_cast<unsigned char&>(address[i])-- != 0) return true;
  }
  return false;
}

int64_t parse_date(const FieldType& field, std::string_view text, const DateFormat* format, const TimeZone* zone,
                   bool round_up, int64_t now_ms) {
  if (format == nullptr) format = field.date_format ? field.date_format.get() : DateFormat::default_format().get();
  const DateFormat::Instant instant = parse_date_math(text, *format, now_ms, round_up, zone);
  return field.kind == FieldKind::kDateNanos ? instant.epoch_ns() : instant.epoch_ms();
}

}  // namespace tarn::query
