#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::mapping {

/// Double.parseDouble of Java: blanks around are trimmed; suffixes f and d, NaN, Infinity and hexadecimal floats are known.
std::optional<double> parse_java_double(std::string_view text);
std::optional<float> parse_java_float(std::string_view text);

/// Fast path for the numbers of JSON, whose syntax is known to be right.
double json_double(std::string_view text);
float json_float(std::string_view text);

/// A decimal number truncated to an integer, as BigDecimal.toBigInteger. `fits` false: beyond the asked range.
struct DecimalInteger {
  bool valid = false;        ///< the text is a decimal number
  bool negative = false;
  bool has_fraction = false; ///< digits other than zero after the point
  bool overflow = false;     ///< the magnitude is beyond uint64
  uint64_t magnitude = 0;
  std::string digits;        ///< the integer part in plain digits, for messages ("" if it is huge)
};
DecimalInteger parse_decimal_integer(std::string_view text);

/// Lucene's half float: rounded to 16 bits; infinity if it is beyond them.
float round_to_half(float value);
/// Math.round of Java.
int64_t java_round(double value);

/// An address as 16 bytes (IPv4 mapped). Nothing if it is no IP string literal.
std::optional<std::array<char, 16>> parse_ip(std::string_view text);

}  // namespace tarn::mapping
