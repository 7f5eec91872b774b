#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "indexer/base/json.h"
#include "indexer/mapping/date_format.h"
#include "indexer/mapping/field_type.h"

namespace tarn::query {

/// A scalar of a request as text, as Java's toString would print it.
std::string scalar_text(const Json& value);

/// Double.parseDouble; throws ApiError 400 number_format_exception 'For input string: "x"'.
double parse_java_double(std::string_view text);
double scalar_double(const Json& value);
bool has_fraction(const Json& value);

/// The whole part of a number for a field of 64-bit integers or less.
/// Throws number_format_exception, or illegal_argument_exception "Value [x] is out of range for a long".
int64_t scalar_integer(const Json& value, FieldKind kind);
/// unsigned_long; below zero gives nothing and sets `negative`.
uint64_t scalar_unsigned(const Json& value, bool& negative);
/// "Value [x] is out of range for a long".
[[noreturn]] void out_of_range(const Json& value, std::string_view what);

/// Rounded to the precision of the field (float, half_float); throws where it is not finite.
double round_to_kind(double value, FieldKind kind);
float half_to_float(uint16_t half);
uint16_t float_to_half(float value);

/// "true" and "false"; throws "Can't parse boolean value [x], expected [true] or [false]".
bool scalar_boolean(const Json& value);

/// IPv4 and IPv6 text as 16 bytes (IPv4 mapped). Throws "'x' is not an IP string literal.".
std::string parse_ip(std::string_view text);
std::string ip_text(std::string_view bytes);
/// First and last address of "10.0.0.0/8".
struct IpRange {
  std::string low, high;
};
IpRange parse_cidr(std::string_view text);
/// The neighbour of an address; false at the end of the space.
bool next_ip(std::string& address);
bool previous_ip(std::string& address);

/// A date or date expression in the column's unit (ms, or ns for date_nanos).
int64_t parse_date(const FieldType& field, std::string_view text, const DateFormat* format, const TimeZone* zone,
                   bool round_up, int64_t now_ms);

}  // namespace tarn::query
