#include "indexer/mapping/number_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace tarn::mapping {
namespace {

template <class Float>
std::optional<Float> parse_java(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  bool negative = false;
  if (text[0] == '+' || text[0] == '-') {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const auto sign = [negative](Float value) { return negative ? -value : value; };
  if (text == "NaN") return std::numeric_limits<Float>::quiet_NaN();
  if (text == "Infinity") return sign(std::numeric_limits<Float>::infinity());
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (hex && text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  if (!text.empty() && std::strchr("fFdD", text.back()) != nullptr && (!hex || text.find_first_of("pP") != std::string_view::npos)) {
    text.remove_suffix(1);
  }
  if (hex) text.remove_prefix(2);
  if (text.empty() || !(std::isxdigit(static_cast<unsigned char>(text[0])) || text[0] == '.')) return std::nullopt;
  if (!hex && std::isalpha(static_cast<unsigned char>(text[0]))) return std::nullopt;
  Float value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value,
                                           hex ? std::chars_format::hex : std::chars_format::general);
  if (code == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  if (code == std::errc::result_out_of_range) {
    // Too large or too small: strtod tells which.
    value = static_cast<Float>(std::strtold(std::string(text).c_str(), nullptr));
  }
  return sign(value);
}

}  // namespace

std::optional<double> parse_java_double(std::string_view text) { return parse_java<double>(text); }
std::optional<float> parse_java_float(std::string_view text) { return parse_java<float>(text); }

double json_double(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return value;
}

float json_float(std::string_view text) {
  float value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc::result_out_of_range) return std::strtof(std::string(text).c_str(), nullptr);
  return value;
}

DecimalInteger parse_decimal_integer(std::string_view text) {
  DecimalInteger out;
  size_t at = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) out.negative = text[at++] == '-';
  std::string digits;
  size_t point = std::string::npos;
  for (; at < text.size(); ++at) {
    if (text[at] >= '0' && text[at] <= '9') {
      digits += text[at];
    } else if (text[at] == '.' && point == std::string::npos) {
      point = digits.size();
    } else {
      break;
    }
  }
  if (digits.empty()) return out;
  if (point == std::string::npos) point = digits.size();
  int64_t exponent = 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    const auto [end, code] = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (code != std::errc() || end != text.data() + text.size()) return out;
    at = text.size();
  }
  if (at != text.size()) return out;
  out.valid = true;
  const int64_t integer_digits = static_cast<int64_t>(point) + exponent;
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) {
    out.digits = "0";
    return out;  // zero, whatever the exponent
  }
  if (integer_digits > static_cast<int64_t>(first) + 40) {
    out.overflow = true;
    if (integer_digits < 1000) {
      out.digits = digits.substr(first);
      out.digits.resize(static_cast<size_t>(integer_digits) - first, '0');
    }
    return out;
  }
  std::string integer;
  for (int64_t i = 0; i < integer_digits; ++i) integer += i < static_cast<int64_t>(digits.size()) ? digits[static_cast<size_t>(i)] : '0';
  for (size_t i = integer_digits > 0 ? static_cast<size_t>(integer_digits) : 0; i < digits.size(); ++i) {
    if (digits[i] != '0') out.has_fraction = true;
  }
  const size_t start = integer.find_first_not_of('0');
  out.digits = start == std::string::npos ? "0" : integer.substr(start);
  const auto [end, code] = std::from_chars(out.digits.data(), out.digits.data() + out.digits.size(), out.magnitude);
  out.overflow = code == std::errc::result_out_of_range;
  return out;
}

float round_to_half(float value) {
  // IEEE half precision, round half to even, as HalfFloatPoint does.
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits & 0x80000000u;
  const float magnitude = std::bit_cast<float>(bits & 0x7fffffffu);
  if (std::isnan(value)) return value;
  if (magnitude >= 65520.0f) return std::bit_cast<float>(sign | 0x7f800000u);
  float rounded;
  if (magnitude < 6.103515625e-05f) {
    rounded = std::nearbyintf(magnitude * 16777216.0f) / 16777216.0f;  // subnormal: steps of 2^-24
  } else {
    const uint32_t m = bits & 0x7fffffffu;
    const uint32_t keep = m + 0xfffu + ((m >> 13) & 1u);
    rounded = std::bit_cast<float>(keep & ~0x1fffu);
  }
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(rounded));
}

int64_t java_round(double value) {
  if (std::isnan(value)) return 0;
  const double rounded = std::floor(value);
  const double result = value - rounded >= 0.5 ? rounded + 1 : rounded;
  if (result >= 9223372036854775807.0) return INT64_MAX;
  if (result <= -9223372036854775808.0) return INT64_MIN;
  return static_cast<int64_t>(result);
}

namespace {

/// Four decimal numbers without leading zeros.
bool parse_ip4(std::string_view text, unsigned char* out) {
  size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return false;
    unsigned value = 0;
    const size_t from = at;
    while (at < text.size() && at - from < 3 && static_cast<unsigned char>(text[at] - '0') < 10) value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    if (at == from || value > 255 || (at - from > 1 && text[from] == '0')) return false;
    out[part] = static_cast<unsigned char>(value);
  }
  return at == text.size();
}

bool parse_ip6(std::string_view text, unsigned char* out) {
  if (const size_t percent = text.find('%'); percent != std::string_view::npos) text = text.substr(0, percent);
  unsigned char groups[16];
  int count = 0, gap = -1;
  size_t at = 0;
  if (text.starts_with("::")) {
    gap = 0;
    at = 2;
  } else if (text.starts_with(":")) {
    return false;
  }
  while (at < text.size()) {
    const size_t colon = std::min(text.find(':', at), text.size());
    const std::string_view part = text.substr(at, colon - at);
    if (part.find('.') != std::string_view::npos) {
      if (colon != text.size() || count > 12 || !parse_ip4(part, groups + count)) return false;
      count += 4;
      at = text.size();
      break;
    }
    unsigned value = 0;
    const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    if (part.empty() || part.size() > 4 || code != std::errc() || end != part.data() + part.size() || count > 14) return false;
    groups[count++] = static_cast<unsigned char>(value >> 8);
    groups[count++] = static_cast<unsigned char>(value);
    at = colon;
    if (at == text.size()) break;
    ++at;
    if (at == text.size()) return false;  // ends with a single colon
    if (text[at] == ':') {
      if (gap >= 0) return false;
      gap = count;
      ++at;
    }
  }
  if (gap < 0 ? count != 16 : count > 14) return false;
  std::memset(out, 0, 16);
  const int head = gap < 0 ? count : gap;
  std::memcpy(out, groups, static_cast<size_t>(head));
  if (gap >= 0) std::memcpy(out + 16 - (count - gap), groups + gap, static_cast<size_t>(count - gap));
  return true;
}

}  // namespace

std::optional<std::array<char, 16>> parse_ip(std::string_view text) {
  unsigned char bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!parse_ip4(text, bytes + 12)) {
    if (text.size() < 2 || text.size() > 64 || text.find(':') == std::string_view::npos || !parse_ip6(text, bytes)) {
      return std::nullopt;
    }
  }
  std::array<char, 16> out;
  std::memcpy(out.data(), bytes, 16);
  return out;
}

}  // namespace tarn::mapping
