#include <fmt/format.h>

#include <cmath>

#include "indexer/mapping/document_parser_impl.h"

namespace tarn {

using mapping::number_format;

namespace {

constexpr size_t kTermBytesMax = 32766;
constexpr uint64_t kSignBit = 1ULL << 63;

size_t utf16_length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += ((byte & 0xc0) != 0x80) + (byte >= 0xf0);
  }
  return units;
}

Error out_of_range(std::string_view text, const char* what) {
  return illegal_argument("Value [" + std::string(text) + "] is out of range for " + what);
}

const char* java_class(FieldKind kind) {
  switch (kind) {
    case FieldKind::kShort: return "Short";
    case FieldKind::kLong: return "Long";
    case FieldKind::kUnsignedLong: return "BigInteger";
    case FieldKind::kHalfFloat:
    case FieldKind::kFloat: return "Float";
    case FieldKind::kDouble:
    case FieldKind::kScaledFloat: return "Double";
    default: return "Integer";
  }
}

int64_t milliseconds_or_nanoseconds(const FieldType& type, const DateFormat::Instant& instant) {
  return type.kind == FieldKind::kDateNanos ? instant.epoch_ns() : instant.epoch_ms();
}

}  // namespace

void DocumentParser::Impl::value(const FieldPlan& plan) {
  switch (plan.kind) {
    case FieldKind::kKeyword:
    case FieldKind::kWildcard: keyword(plan); break;
    case FieldKind::kText:
    case FieldKind::kMatchOnlyText:
    case FieldKind::kSearchAsYouType: text(plan); break;
    case FieldKind::kByte:
    case FieldKind::kShort:
    case FieldKind::kInteger:
    case FieldKind::kLong: whole_number(plan); break;
    case FieldKind::kUnsignedLong: unsigned_number(plan); break;
    case FieldKind::kHalfFloat:
    case FieldKind::kFloat:
    case FieldKind::kDouble: floating_number(plan); break;
    case FieldKind::kScaledFloat: scaled_number(plan); break;
    case FieldKind::kBoolean: boolean(plan); break;
    case FieldKind::kDate:
    case FieldKind::kDateNanos: date(plan); break;
    case FieldKind::kIp: ip(plan); break;
    case FieldKind::kBinary: binary(plan); break;
    case FieldKind::kTokenCount: token_count(plan); break;
    case FieldKind::kConstantKeyword: constant_keyword(plan); break;
    case FieldKind::kGeoPoint: geo_point(plan); break;
    case FieldKind::kGeoShape: geo_shape(plan); break;
    case FieldKind::kIntegerRange:
    case FieldKind::kLongRange:
    case FieldKind::kFloatRange:
    case FieldKind::kDoubleRange:
    case FieldKind::kDateRange:
    case FieldKind::kIpRange: range(plan); break;
    case FieldKind::kFlatObject: flat_object(plan); break;
    case FieldKind::kRankFeature: rank_feature(plan); break;
    case FieldKind::kRankFeatures: rank_features(plan); break;
    case FieldKind::kCompletion: completion(plan); break;
    case FieldKind::kJoin: join(plan); break;
    case FieldKind::kPercolator: percolator(plan); break;
    default:
      throw ApiError(Error(501, "not_implemented_exception",
                           "fields of type [" + std::string(kind_name(plan.kind)) + "] are not implemented in documents"));
  }
}

std::string_view DocumentParser::Impl::value_text() {
  if (cursor_.is_value()) return cursor_.text();
  const auto [line, column] = cursor_.token_line_column();
  throw ApiError(Error(400, "illegal_state_exception",
                       fmt::format("Can't get text on a {} at {}:{}", token_name(cursor_.token()), line, column)));
}

void DocumentParser::Impl::keyword(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) {
    if (plan.type->null_value) keyword_text(plan, plan.type->null_value->get_ref<const std::string&>());
    return;
  }
  keyword_text(plan, value_text());
}

void DocumentParser::Impl::keyword_text(const FieldPlan& plan, std::string_view text) {
  if (text.size() > plan.ignore_above && utf16_length(text) > plan.ignore_above) return;
  if (plan.type->normalizer != nullptr) {
    scratch_ = plan.type->normalizer->normalize(text);
    text = scratch_;
  }
  if (text.size() > kTermBytesMax) check_immense(plan, text);
  add_text(plan, text);
}

void DocumentParser::Impl::check_immense(const FieldPlan& plan, std::string_view bytes) {
  if (deferred_ || !plan.emits) return;
  if (!plan.indexed_terms) {
    deferred_ = illegal_argument("DocValuesField \"" + plan.type->path + "\" is too large, must be <= 32766");
    return;
  }
  std::string prefix;
  for (size_t i = 0; i < 30; ++i) prefix += (i == 0 ? "" : ", ") + std::to_string(static_cast<signed char>(bytes[i]));
  deferred_ = illegal_argument(
      "Document contains at least one immense term in field=\"" + plan.type->path +
      "\" (whose UTF8 encoding is longer than the max length 32766), all of which were skipped.  Please correct the analyzer to not "
      "produce such terms.  The prefix of the first immense term is: '[" +
      prefix + "]...', original message: bytes can be at most 32766 in length; got " + std::to_string(bytes.size()));
  deferred_->caused_by(
      Error(400, "max_bytes_length_exceeded_exception", "bytes can be at most 32766 in length; got " + std::to_string(bytes.size())));
}

void DocumentParser::Impl::text(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) return;
  const std::string_view text = value_text();
  add_text(plan, text);
  if (!plan.emits) return;
  // The same bytes serve the shingle fields of search_as_you_type.
  const FieldValue whole = plan.parts.empty() ? FieldValue{} : target_->values->back();
  for (const auto& [name, id] : plan.parts) {
    FieldValue part = whole;
    part.field = id;
    target_->values->push_back(part);
  }
}

// ---- Numbers ----

void DocumentParser::Impl::null_number(const FieldPlan& plan) {
  if (!plan.type->null_value) return;
  const Json& value = *plan.type->null_value;
  switch (plan.type->column) {
    case ColumnKind::kUnsigned: add_number(plan, static_cast<int64_t>(value.get<uint64_t>() ^ kSignBit)); break;
    case ColumnKind::kDouble: {
      const double number = value.get<double>();
      const double kept = plan.kind == FieldKind::kDouble  ? number
                          : plan.kind == FieldKind::kFloat ? static_cast<double>(static_cast<float>(number))
                                                           : static_cast<double>(mapping::round_to_half(static_cast<float>(number)));
      add_number(plan, sortable_double(kept));
      break;
    }
    default:
      add_number(plan, plan.kind == FieldKind::kScaledFloat ? mapping::java_round(value.get<double>() * plan.type->scaling_factor)
                                                            : value.get<int64_t>());
  }
}

int64_t DocumentParser::Impl::integer_value(const FieldPlan& plan, int64_t low, int64_t high, const char* java_type, const char* name) {
  // Byte values are read as int, and only then checked; short and int are checked by Jackson itself.
  const bool is_byte = plan.kind == FieldKind::kByte;
  const int64_t token_low = is_byte ? INT32_MIN : low, token_high = is_byte ? INT32_MAX : high;
  int64_t result;
  if (cursor_.token() == JsonToken::kString) {
    const std::string_view text = cursor_.text();
    if (!plan.coerce) throw ApiError(illegal_argument(std::string(java_class(plan.kind)) + " value passed as String"));
    const std::optional<double> number = mapping::parse_java_double(text);
    if (!number) throw ApiError(number_format(text));
    if (*number < static_cast<double>(low) || *number > static_cast<double>(high)) throw ApiError(out_of_range(text, name));
    return std::isnan(*number) ? 0 : static_cast<int64_t>(*number);
  }
  double full;
  if (cursor_.token() == JsonToken::kInteger) {
    if (!cursor_.fits_int64() || cursor_.integer() < token_low || cursor_.integer() > token_high) {
      throw ApiError(cursor_.coercion(fmt::format("Numeric value ({}) out of range of `{}` ({} - {})", cursor_.text(), java_type,
                                                  token_low, token_high)));
    }
    result = cursor_.integer();
    full = static_cast<double>(result);
  } else if (cursor_.token() == JsonToken::kFloat) {
    full = mapping::json_double(cursor_.text());
    // Jackson compares the number before it cuts the fraction for int, after it for short.
    const double compared = plan.kind == FieldKind::kShort ? std::trunc(full) : full;
    if (!(compared >= static_cast<double>(token_low) && compared <= static_cast<double>(token_high))) {
      throw ApiError(cursor_.coercion(fmt::format("Numeric value ({}) out of range of `{}` ({} - {})", cursor_.text(), java_type,
                                                  token_low, token_high)));
    }
    result = static_cast<int64_t>(full);
  } else {
    throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(cursor_.token())) +
                                    ") not numeric, cannot use numeric value accessors"));
  }
  if (!plan.coerce && static_cast<double>(result) != full) {
    throw ApiError(illegal_argument(double_text(full) + " cannot be converted to " + java_class(plan.kind) + " without data loss"));
  }
  if (result < low || result > high) throw ApiError(out_of_range(cursor_.text(), name));
  return result;
}

int64_t DocumentParser::Impl::long_value(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kInteger && cursor_.fits_int64()) return cursor_.integer();
  const std::string_view text = cursor_.text();
  if (cursor_.token() == JsonToken::kString) {
    if (!plan.coerce) throw ApiError(illegal_argument("Long value passed as String"));
    const mapping::DecimalInteger number = mapping::parse_decimal_integer(text);
    if (!number.valid) throw ApiError(illegal_argument("For input string: \"" + std::string(text) + "\""));
    if (number.overflow || number.magnitude > kSignBit - (number.negative ? 0 : 1)) throw ApiError(out_of_range(text, "a long"));
    return static_cast<int64_t>(number.negative ? 0 - number.magnitude : number.magnitude);
  }
  const auto beyond = [&] {
    return ApiError(cursor_.coercion(
        fmt::format("Numeric value ({}) out of range of `long` (-9223372036854775808 - 9223372036854775807)", text)));
  };
  if (cursor_.token() == JsonToken::kInteger) throw beyond();
  if (cursor_.token() != JsonToken::kFloat) {
    throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(cursor_.token())) +
                                    ") not numeric, cannot use numeric value accessors"));
  }
  const double full = mapping::json_double(text);
  if (!(full >= -9223372036854775808.0 && full <= 9223372036854775807.0)) throw beyond();
  const int64_t result = full >= 9223372036854775807.0 ? INT64_MAX : static_cast<int64_t>(full);
  if (!plan.coerce && static_cast<double>(result) != full) {
    throw ApiError(illegal_argument(double_text(full) + " cannot be converted to Long without data loss"));
  }
  return result;
}

void DocumentParser::Impl::whole_number(const FieldPlan& plan) {
  const JsonToken token = cursor_.token();
  if (token == JsonToken::kNull || (token == JsonToken::kString && plan.coerce && cursor_.text().empty())) return null_number(plan);
  switch (plan.kind) {
    case FieldKind::kByte: return add_number(plan, integer_value(plan, INT8_MIN, INT8_MAX, "int", "a byte"));
    case FieldKind::kShort: return add_number(plan, integer_value(plan, INT16_MIN, INT16_MAX, "short", "a short"));
    case FieldKind::kInteger: return add_number(plan, integer_value(plan, INT32_MIN, INT32_MAX, "int", "an integer"));
    default: return add_number(plan, long_value(plan));
  }
}

void DocumentParser::Impl::unsigned_number(const FieldPlan& plan) {
  const JsonToken token = cursor_.token();
  if (token == JsonToken::kNull || (token == JsonToken::kString && plan.coerce && cursor_.text().empty())) return null_number(plan);
  if (token != JsonToken::kString && !cursor_.is_number()) {
    throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(token)) + ") not numeric, cannot use numeric value accessors"));
  }
  const std::string_view text = cursor_.text();
  if (token == JsonToken::kString && !plan.coerce) throw ApiError(illegal_argument("BigInteger value passed as String"));
  const mapping::DecimalInteger number = mapping::parse_decimal_integer(text);
  if (!number.valid) throw ApiError(illegal_argument("For input string: \"" + std::string(text) + "\""));
  if (number.has_fraction && !plan.coerce) {
    throw ApiError(illegal_argument(double_text(mapping::json_double(text)) + " cannot be converted to BigInteger without data loss"));
  }
  if (number.overflow || (number.negative && number.magnitude != 0)) {
    const std::string shown = token == JsonToken::kString || number.digits.empty() ? std::string(text)
                                                                               : (number.negative ? "-" : "") + number.digits;
    throw ApiError(out_of_range(shown, "an unsigned long"));
  }
  add_number(plan, static_cast<int64_t>(number.magnitude ^ kSignBit));
}

void DocumentParser::Impl::floating_number(const FieldPlan& plan) {
  const JsonToken token = cursor_.token();
  if (token == JsonToken::kNull || (token == JsonToken::kString && plan.coerce && cursor_.text().empty())) return null_number(plan);
  const std::string_view text = cursor_.text();
  if (token != JsonToken::kString && !cursor_.is_number()) {
    throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(token)) + ") not numeric, cannot use numeric value accessors"));
  }
  if (token == JsonToken::kString && !plan.coerce) {
    throw ApiError(illegal_argument(std::string(java_class(plan.kind)) + " value passed as String"));
  }
  double value;
  if (plan.kind == FieldKind::kDouble) {
    const std::optional<double> number =
        token == JsonToken::kString ? mapping::parse_java_double(text) : std::optional<double>(mapping::json_double(text));
    if (!number) throw ApiError(number_format(text));
    value = *number;
  } else {
    const std::optional<float> number =
        token == JsonToken::kString ? mapping::parse_java_float(text) : std::optional<float>(mapping::json_float(text));
    if (!number) throw ApiError(number_format(text));
    value = static_cast<double>(plan.kind == FieldKind::kHalfFloat ? mapping::round_to_half(*number) : *number);
    if (!std::isfinite(value)) {
      std::string shown;
      append_float(shown, *number);
      throw ApiError(illegal_argument("[" + std::string(kind_name(plan.kind)) + "] supports only finite values, but got [" + shown + "]"));
    }
  }
  if (!std::isfinite(value)) {
    throw ApiError(illegal_argument("[double] supports only finite values, but got [" + double_text(value) + "]"));
  }
  add_number(plan, sortable_double(value));
}

void DocumentParser::Impl::scaled_number(const FieldPlan& plan) {
  const JsonToken token = cursor_.token();
  if (token == JsonToken::kNull || (token == JsonToken::kString && plan.coerce && cursor_.text().empty())) return null_number(plan);
  const std::string_view text = cursor_.text();
  if (token != JsonToken::kString && !cursor_.is_number()) {
    throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(token)) + ") not numeric, cannot use numeric value accessors"));
  }
  if (token == JsonToken::kString && !plan.coerce) throw ApiError(illegal_argument("Double value passed as String"));
  const std::optional<double> number =
      token == JsonToken::kString ? mapping::parse_java_double(text) : std::optional<double>(mapping::json_double(text));
  if (!number) throw ApiError(number_format(text));
  if (!std::isfinite(*number)) {
    throw ApiError(illegal_argument("[scaled_float] only supports finite values, but got [" + double_text(*number) + "]"));
  }
  add_number(plan, mapping::java_round(*number * plan.type->scaling_factor));
}

// ---- Other scalars ----

void DocumentParser::Impl::boolean(const FieldPlan& plan) {
  switch (cursor_.token()) {
    case JsonToken::kTrue: return add_number(plan, 1);
    case JsonToken::kFalse: return add_number(plan, 0);
    case JsonToken::kNull:
      if (plan.type->null_value) add_number(plan, plan.type->null_value->get<bool>() ? 1 : 0);
      return;
    case JsonToken::kString: {
      const std::string_view text = cursor_.text();
      if (text == "true") return add_number(plan, 1);
      if (text == "false" || text.empty()) return add_number(plan, 0);
      throw ApiError(illegal_argument("Failed to parse value [" + std::string(text) + "] as only [true] or [false] are allowed."));
    }
    default:
      throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(cursor_.token())) + ") not of boolean type"));
  }
}

int64_t DocumentParser::Impl::date_value(const FieldType& type, std::string_view text) {
  const std::optional<DateFormat::Instant> instant = type.date_format->parse(text);
  if (!instant) throw ApiError(date_parse_failure(text, *type.date_format));
  return milliseconds_or_nanoseconds(type, *instant);
}

void DocumentParser::Impl::date(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) {
    if (plan.type->null_value) add_number(plan, date_value(*plan.type, plan.type->null_value->get_ref<const std::string&>()));
    return;
  }
  add_number(plan, date_value(*plan.type, value_text()));
}

void DocumentParser::Impl::ip(const FieldPlan& plan) {
  std::string_view text;
  if (cursor_.token() == JsonToken::kNull) {
    if (!plan.type->null_value) return;
    text = plan.type->null_value->get_ref<const std::string&>();
  } else {
    text = value_text();
  }
  const auto address = mapping::parse_ip(text);
  if (!address) throw ApiError(illegal_argument("'" + std::string(text) + "' is not an IP string literal."));
  add_text(plan, {address->data(), address->size()});
}

void DocumentParser::Impl::binary(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) return;
  if (cursor_.token() != JsonToken::kString) {
    throw ApiError(cursor_.located("json_parse_exception", "stream_read_exception",
                                   "Current token (" + std::string(token_name(cursor_.token())) +
                                       ") not VALUE_STRING or VALUE_EMBEDDED_OBJECT, cannot access as binary",
                                   cursor_.position()));
  }
  const std::string_view text = cursor_.text();
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  size_t at = 0;
  const auto fail = [&](const std::string& message, size_t offset) {
    throw ApiError(cursor_.located("json_parse_exception", "stream_read_exception", message, offset));
  };
  for (; at < text.size() && text[at] != '='; ++at) {
    const char c = text[at];
    int digit = -1;
    if (c >= 'A' && c <= 'Z') digit = c - 'A';
    if (c >= 'a' && c <= 'z') digit = c - 'a' + 26;
    if (c >= '0' && c <= '9') digit = c - '0' + 52;
    if (c == '+') digit = 62;
    if (c == '/') digit = 63;
    if (digit < 0) {
      if (static_cast<unsigned char>(c) <= ' ') continue;
      fail(fmt::format("Illegal character '{}' (code 0x{:x}) in base64 content", c, static_cast<unsigned char>(c)),
           cursor_.token_start() + 2 + at);
    }
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (++count == 4) {
      bytes += static_cast<char>(bits >> 16);
      bytes += static_cast<char>(bits >> 8);
      bytes += static_cast<char>(bits);
      bits = 0, count = 0;
    }
  }
  const size_t padding = text.size() - at;
  if ((count == 0 && padding != 0) || (count != 0 && padding != static_cast<size_t>(4 - count)) || count == 1) {
    fail("Unexpected end of base64-encoded String: base64 variant 'MIME-NO-LINEFEEDS' expects padding (one or more '=' characters) at "
         "the end. This Base64Variant might have been incorrectly configured",
         cursor_.position() - 1);
  }
  if (count == 2) bytes += static_cast<char>(bits >> 4);
  if (count == 3) {
    bytes += static_cast<char>(bits >> 10);
    bytes += static_cast<char>(bits >> 2);
  }
  add_text(plan, bytes);
}

void DocumentParser::Impl::token_count(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) {
    null_number(plan);
    return;
  }
  TokenBuffer tokens;
  plan.type->index_analyzer->analyze(value_text(), tokens);
  int64_t count = 0;
  int32_t last = -1;
  for (const ::tarn::Token& token : tokens.tokens) {
    // Positions count, so that synonyms do not; without increments removed words do not either.
    if (token.position != last) count += plan.increments ? token.position - last : 1;
    last = token.position;
  }
  if (plan.increments && tokens.end_position > last + 1) count += tokens.end_position - last - 1;
  add_number(plan, count);
}

void DocumentParser::Impl::constant_keyword(const FieldPlan& plan) {
  const std::string& constant = plan.type->constant_value;
  if (cursor_.token() == JsonToken::kNull) {
    throw ApiError(illegal_argument("constant keyword field [" + plan.type->path + "] must have a value"));
  }
  if (value_text() != constant) {
    throw ApiError(illegal_argument("constant keyword field [" + plan.type->path + "] must have a value of [" + constant + "]"));
  }
}

}  // namespace tarn
