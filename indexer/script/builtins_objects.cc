#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <random>

#include "indexer/base/ascii.h"
#include "indexer/mapping/number_text.h"
#include "indexer/script/builtins.h"

namespace tarn::script {

namespace {

using C = ClassId;

template <double (*F)(double)>
Value math1(Run&, Value* a, size_t) {
  return Value::real(F(a[0].d));
}

int64_t parse_whole(const Value& text, int radix, int64_t low, int64_t high) {
  const std::string* given = as_text(text);
  if (given == nullptr) throw_java(C::kNumberFormatException, "Cannot parse null string: null");
  std::string_view digits = *given;
  if (digits.starts_with('+') && digits.size() > 1) digits.remove_prefix(1);
  int64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out, radix);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || out < low || out > high || digits.starts_with('+')) {
    if (error == std::errc() && end == digits.data() + digits.size() && !digits.empty() && high < INT32_MAX) {
      throw_java(C::kNumberFormatException, "Value out of range. Value:\"" + *given + "\" Radix:" + std::to_string(radix));
    }
    const bool overflow = !digits.empty() && (error == std::errc::result_out_of_range || error == std::errc()) && end == digits.data() + digits.size();
    throw_java(C::kNumberFormatException, "For input string: \"" + *given + "\"" + (overflow && radix != 10 ? " under radix " + std::to_string(radix) : ""));
  }
  return out;
}

Value parse_real(const Value& text) {
  const std::string* given = as_text(text);
  if (given == nullptr) throw_null();
  const auto value = mapping::parse_java_double(*given);
  if (value) return Value::real(*value);
  const bool blank = given->find_first_not_of(" \t\n") == std::string::npos;
  throw_java(C::kNumberFormatException, blank ? "empty String" : "For input string: \"" + *given + "\"");
}

std::string in_radix(uint64_t value, unsigned bits) {
  std::string out;
  do {
    out.insert(out.begin(), "0123456789abcdef"[value & ((1u << bits) - 1)]);
    value >>= bits;
  } while (value != 0);
  return out;
}

class RandomObject final : public Object {
 public:
  explicit RandomObject(int64_t seed) : Object(C::kRandom), seed((static_cast<uint64_t>(seed) ^ 0x5DEECE66Dull) & kMask) {}
  static constexpr uint64_t kMask = (1ull << 48) - 1;
  int32_t next(int bits) {
    seed = (seed * 0x5DEECE66Dull + 0xB) & kMask;
    return static_cast<int32_t>(static_cast<int64_t>(seed << 16) >> (64 - bits));
  }
  uint64_t seed;
};
RandomObject& random_of(const Value& value) { return *static_cast<RandomObject*>(value.o); }

Value exception_new(Run& run, Value* a, size_t n) {
  const bool has = n > 0 && !a[0].is_null();
  return Value::object(run.heap().make<ExceptionObject>(run.creating, has ? java_text(a[0]) : "", has));
}

/// Objects.equals and the like; for boxed numbers too.
void add_boxes(std::vector<Method>& t) {
  constexpr auto kMember = Method::kMember;
  constexpr auto kStatic = Method::kStatic;
  constexpr auto kConstant = Method::kConstant;
  t.insert(t.end(), {
      {C::kNumber, "intValue", "I:", [](Run&, Value* a, size_t) { return convert_argument(a[0].is_floating() ? Value::integer(static_cast<int32_t>(std::clamp(a[0].d, -2147483648.0, 2147483647.0))) : Value::integer(static_cast<int32_t>(a[0].as_long())), 'I'); }},
      {C::kNumber, "longValue", "J:", [](Run&, Value* a, size_t) { return Value::long_value(a[0].as_long()); }},
      {C::kNumber, "doubleValue", "D:", [](Run&, Value* a, size_t) { return Value::real(a[0].as_double()); }},
      {C::kNumber, "floatValue", "F:", [](Run&, Value* a, size_t) { return Value::single(static_cast<float>(a[0].as_double())); }},
      {C::kNumber, "shortValue", "H:", [](Run&, Value* a, size_t) { return Value::whole(Tag::kShort, static_cast<int16_t>(a[0].as_long())); }},
      {C::kNumber, "byteValue", "B:", [](Run&, Value* a, size_t) { return Value::whole(Tag::kByte, static_cast<int8_t>(a[0].as_long())); }},
      {C::kBoolean, "booleanValue", "Z:", [](Run&, Value* a, size_t) { return a[0]; }},
      {C::kBoolean, "parseBoolean", "Z:S", [](Run&, Value* a, size_t) {
         std::string text = lower_ascii(a[0].is_null() ? "" : text_of(a[0]));
         return Value::boolean(text == "true");
       }, kStatic},
      {C::kBoolean, "TRUE", "Z:", [](Run&, Value*, size_t) { return Value::boolean(true); }, kConstant},
      {C::kBoolean, "FALSE", "Z:", [](Run&, Value*, size_t) { return Value::boolean(false); }, kConstant},
      {C::kBoolean, "valueOf", "Z:Z", [](Run&, Value* a, size_t) { return a[0]; }, kStatic},
      {C::kBoolean, "logicalAnd", "Z:ZZ", [](Run&, Value* a, size_t) { return Value::boolean(a[0].i && a[1].i); }, kStatic},
      {C::kBoolean, "logicalOr", "Z:ZZ", [](Run&, Value* a, size_t) { return Value::boolean(a[0].i || a[1].i); }, kStatic},
      {C::kInteger, "parseInt", "I:S", [](Run&, Value* a, size_t) { return Value::integer(parse_whole(a[0], 10, INT32_MIN, INT32_MAX)); }, kStatic},
      {C::kInteger, "parseInt", "I:SI", [](Run&, Value* a, size_t) { return Value::integer(parse_whole(a[0], static_cast<int>(std::clamp<int64_t>(a[1].i, 2, 36)), INT32_MIN, INT32_MAX)); }, kStatic},
      {C::kInteger, "valueOf", "I:O", [](Run&, Value* a, size_t) { return is_text(a[0]) ? Value::integer(parse_whole(a[0], 10, INT32_MIN, INT32_MAX)) : convert_argument(a[0], 'I'); }, kStatic},
      {C::kInteger, "compare", "I:II", [](Run&, Value* a, size_t) { return Value::integer(a[0].i < a[1].i ? -1 : a[0].i > a[1].i); }, kStatic},
      {C::kInteger, "max", "I:II", [](Run&, Value* a, size_t) { return Value::integer(std::max(a[0].i, a[1].i)); }, kStatic},
      {C::kInteger, "min", "I:II", [](Run&, Value* a, size_t) { return Value::integer(std::min(a[0].i, a[1].i)); }, kStatic},
      {C::kInteger, "sum", "I:II", [](Run&, Value* a, size_t) { return Value::integer(static_cast<int32_t>(a[0].i + a[1].i)); }, kStatic},
      {C::kInteger, "signum", "I:I", [](Run&, Value* a, size_t) { return Value::integer(a[0].i < 0 ? -1 : a[0].i > 0); }, kStatic},
      {C::kInteger, "bitCount", "I:I", [](Run&, Value* a, size_t) { return Value::integer(std::popcount(static_cast<uint32_t>(a[0].i))); }, kStatic},
      {C::kInteger, "toString", "S:I", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kInteger, "toHexString", "S:I", [](Run& r, Value* a, size_t) { return text_value(r, in_radix(static_cast<uint32_t>(a[0].i), 4)); }, kStatic},
      {C::kInteger, "toBinaryString", "S:I", [](Run& r, Value* a, size_t) { return text_value(r, in_radix(static_cast<uint32_t>(a[0].i), 1)); }, kStatic},
      {C::kInteger, "toOctalString", "S:I", [](Run& r, Value* a, size_t) { return text_value(r, in_radix(static_cast<uint32_t>(a[0].i), 3)); }, kStatic},
      {C::kInteger, "MAX_VALUE", "I:", [](Run&, Value*, size_t) { return Value::integer(INT32_MAX); }, kConstant},
      {C::kInteger, "MIN_VALUE", "I:", [](Run&, Value*, size_t) { return Value::integer(INT32_MIN); }, kConstant},
      {C::kLong, "parseLong", "J:S", [](Run&, Value* a, size_t) { return Value::long_value(parse_whole(a[0], 10, INT64_MIN, INT64_MAX)); }, kStatic},
      {C::kLong, "parseLong", "J:SI", [](Run&, Value* a, size_t) { return Value::long_value(parse_whole(a[0], static_cast<int>(std::clamp<int64_t>(a[1].i, 2, 36)), INT64_MIN, INT64_MAX)); }, kStatic},
      {C::kLong, "valueOf", "J:O", [](Run&, Value* a, size_t) { return is_text(a[0]) ? Value::long_value(parse_whole(a[0], 10, INT64_MIN, INT64_MAX)) : convert_argument(a[0], 'J'); }, kStatic},
      {C::kLong, "compare", "I:JJ", [](Run&, Value* a, size_t) { return Value::integer(a[0].i < a[1].i ? -1 : a[0].i > a[1].i); }, kStatic},
      {C::kLong, "max", "J:JJ", [](Run&, Value* a, size_t) { return Value::long_value(std::max(a[0].i, a[1].i)); }, kStatic},
      {C::kLong, "min", "J:JJ", [](Run&, Value* a, size_t) { return Value::long_value(std::min(a[0].i, a[1].i)); }, kStatic},
      {C::kLong, "sum", "J:JJ", [](Run&, Value* a, size_t) { return Value::long_value(static_cast<int64_t>(static_cast<uint64_t>(a[0].i) + static_cast<uint64_t>(a[1].i))); }, kStatic},
      {C::kLong, "signum", "I:J", [](Run&, Value* a, size_t) { return Value::integer(a[0].i < 0 ? -1 : a[0].i > 0); }, kStatic},
      {C::kLong, "bitCount", "I:J", [](Run&, Value* a, size_t) { return Value::integer(std::popcount(static_cast<uint64_t>(a[0].i))); }, kStatic},
      {C::kLong, "toString", "S:J", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kLong, "toHexString", "S:J", [](Run& r, Value* a, size_t) { return text_value(r, in_radix(static_cast<uint64_t>(a[0].i), 4)); }, kStatic},
      {C::kLong, "toBinaryString", "S:J", [](Run& r, Value* a, size_t) { return text_value(r, in_radix(static_cast<uint64_t>(a[0].i), 1)); }, kStatic},
      {C::kLong, "MAX_VALUE", "J:", [](Run&, Value*, size_t) { return Value::long_value(INT64_MAX); }, kConstant},
      {C::kLong, "MIN_VALUE", "J:", [](Run&, Value*, size_t) { return Value::long_value(INT64_MIN); }, kConstant},
      {C::kShort, "parseShort", "H:S", [](Run&, Value* a, size_t) { return Value::whole(Tag::kShort, parse_whole(a[0], 10, INT16_MIN, INT16_MAX)); }, kStatic},
      {C::kByte, "parseByte", "B:S", [](Run&, Value* a, size_t) { return Value::whole(Tag::kByte, parse_whole(a[0], 10, INT8_MIN, INT8_MAX)); }, kStatic},
      {C::kDouble, "parseDouble", "D:S", [](Run&, Value* a, size_t) { return parse_real(a[0]); }, kStatic},
      {C::kDouble, "valueOf", "D:O", [](Run&, Value* a, size_t) { return is_text(a[0]) ? parse_real(a[0]) : convert_argument(a[0], 'D'); }, kStatic},
      {C::kDouble, "toString", "S:D", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kDouble, "compare", "I:DD", [](Run&, Value* a, size_t) { return Value::integer(java_compare(a[0], a[1])); }, kStatic},
      {C::kDouble, "max", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::max(a[0].d, a[1].d)); }, kStatic},
      {C::kDouble, "min", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::min(a[0].d, a[1].d)); }, kStatic},
      {C::kDouble, "sum", "D:DD", [](Run&, Value* a, size_t) { return Value::real(a[0].d + a[1].d); }, kStatic},
      {C::kDouble, "isNaN", "Z:D", [](Run&, Value* a, size_t) { return Value::boolean(std::isnan(a[0].d)); }, kStatic},
      {C::kDouble, "isInfinite", "Z:D", [](Run&, Value* a, size_t) { return Value::boolean(std::isinf(a[0].d)); }, kStatic},
      {C::kDouble, "isFinite", "Z:D", [](Run&, Value* a, size_t) { return Value::boolean(std::isfinite(a[0].d)); }, kStatic},
      {C::kDouble, "isNaN", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(std::isnan(a[0].d)); }},
      {C::kDouble, "isInfinite", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(std::isinf(a[0].d)); }},
      {C::kDouble, "MAX_VALUE", "D:", [](Run&, Value*, size_t) { return Value::real(std::numeric_limits<double>::max()); }, kConstant},
      {C::kDouble, "MIN_VALUE", "D:", [](Run&, Value*, size_t) { return Value::real(4.9e-324); }, kConstant},
      {C::kDouble, "NaN", "D:", [](Run&, Value*, size_t) { return Value::real(NAN); }, kConstant},
      {C::kDouble, "POSITIVE_INFINITY", "D:", [](Run&, Value*, size_t) { return Value::real(INFINITY); }, kConstant},
      {C::kDouble, "NEGATIVE_INFINITY", "D:", [](Run&, Value*, size_t) { return Value::real(-INFINITY); }, kConstant},
      {C::kFloat, "parseFloat", "F:S", [](Run&, Value* a, size_t) { return Value::single(static_cast<float>(parse_real(a[0]).d)); }, kStatic},
      {C::kFloat, "MAX_VALUE", "F:", [](Run&, Value*, size_t) { return Value::single(std::numeric_limits<float>::max()); }, kConstant},
      {C::kFloat, "MIN_VALUE", "F:", [](Run&, Value*, size_t) { return Value::single(1.4e-45f); }, kConstant},
      {C::kObject, "equals", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(java_equals(a[0], a[1])); }, kMember},
      {C::kObject, "hashCode", "I:", [](Run&, Value* a, size_t) { return Value::integer(java_hash(a[0])); }, kMember},
      {C::kObject, "toString", "S:", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kMember},
      {C::kObject, "compareTo", "I:O", [](Run&, Value* a, size_t) { return Value::integer(java_compare(a[0], a[1])); }, kMember},
      {C::kBigInteger, "new", "O:S", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<BigIntegerObject>(parse_whole(a[0], 10, INT64_MIN, INT64_MAX))); }, kStatic},
      {C::kBigInteger, "valueOf", "O:J", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<BigIntegerObject>(a[0].i)); }, kStatic},
      {C::kBigInteger, "longValue", "J:", [](Run&, Value* a, size_t) { return Value::long_value(static_cast<int64_t>(static_cast<BigIntegerObject*>(a[0].o)->value)); }},
      {C::kBigInteger, "intValue", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<int32_t>(static_cast<BigIntegerObject*>(a[0].o)->value)); }},
      {C::kBigInteger, "doubleValue", "D:", [](Run&, Value* a, size_t) { return Value::real(static_cast<double>(static_cast<BigIntegerObject*>(a[0].o)->value)); }},
  });
}

}  // namespace

void add_object_methods(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  constexpr auto kConstant = Method::kConstant;
  add_boxes(t);
  t.insert(t.end(), {
      {C::kMath, "abs", "D:D", math1<std::fabs>, kStatic}, {C::kMath, "acos", "D:D", math1<std::acos>, kStatic}, {C::kMath, "asin", "D:D", math1<std::asin>, kStatic},
      {C::kMath, "atan", "D:D", math1<std::atan>, kStatic}, {C::kMath, "cbrt", "D:D", math1<std::cbrt>, kStatic}, {C::kMath, "ceil", "D:D", math1<std::ceil>, kStatic},
      {C::kMath, "cos", "D:D", math1<std::cos>, kStatic}, {C::kMath, "cosh", "D:D", math1<std::cosh>, kStatic}, {C::kMath, "exp", "D:D", math1<std::exp>, kStatic},
      {C::kMath, "expm1", "D:D", math1<std::expm1>, kStatic}, {C::kMath, "floor", "D:D", math1<std::floor>, kStatic}, {C::kMath, "log", "D:D", math1<std::log>, kStatic},
      {C::kMath, "log10", "D:D", math1<std::log10>, kStatic}, {C::kMath, "log1p", "D:D", math1<std::log1p>, kStatic}, {C::kMath, "rint", "D:D", math1<std::nearbyint>, kStatic},
      {C::kMath, "sin", "D:D", math1<std::sin>, kStatic}, {C::kMath, "sinh", "D:D", math1<std::sinh>, kStatic}, {C::kMath, "sqrt", "D:D", math1<std::sqrt>, kStatic},
      {C::kMath, "tan", "D:D", math1<std::tan>, kStatic}, {C::kMath, "tanh", "D:D", math1<std::tanh>, kStatic},
      {C::kMath, "atan2", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::atan2(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "pow", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::pow(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "hypot", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::hypot(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "max", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::isnan(a[0].d) ? a[0].d : std::isnan(a[1].d) ? a[1].d : std::max(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "min", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::isnan(a[0].d) ? a[0].d : std::isnan(a[1].d) ? a[1].d : std::min(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "copySign", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::copysign(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "IEEEremainder", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::remainder(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "nextUp", "D:D", [](Run&, Value* a, size_t) { return Value::real(std::nextafter(a[0].d, INFINITY)); }, kStatic},
      {C::kMath, "nextDown", "D:D", [](Run&, Value* a, size_t) { return Value::real(std::nextafter(a[0].d, -INFINITY)); }, kStatic},
      {C::kMath, "nextAfter", "D:DD", [](Run&, Value* a, size_t) { return Value::real(std::nextafter(a[0].d, a[1].d)); }, kStatic},
      {C::kMath, "scalb", "D:DI", [](Run&, Value* a, size_t) { return Value::real(std::ldexp(a[0].d, static_cast<int>(a[1].i))); }, kStatic},
      {C::kMath, "ulp", "D:D", [](Run&, Value* a, size_t) { return Value::real(std::nextafter(std::fabs(a[0].d), INFINITY) - std::fabs(a[0].d)); }, kStatic},
      {C::kMath, "signum", "D:D", [](Run&, Value* a, size_t) { return Value::real(a[0].d > 0 ? 1.0 : a[0].d < 0 ? -1.0 : a[0].d); }, kStatic},
      {C::kMath, "round", "J:D", [](Run&, Value* a, size_t) { return Value::long_value(mapping::java_round(a[0].d)); }, kStatic},
      {C::kMath, "random", "D:", [](Run&, Value*, size_t) {
         static thread_local std::mt19937_64 engine{std::random_device{}()};
         return Value::real(std::uniform_real_distribution<double>(0, 1)(engine));
       }, kStatic},
      {C::kMath, "toDegrees", "D:D", [](Run&, Value* a, size_t) { return Value::real(a[0].d * 57.29577951308232); }, kStatic},
      {C::kMath, "toRadians", "D:D", [](Run&, Value* a, size_t) { return Value::real(a[0].d * 0.017453292519943295); }, kStatic},
      {C::kMath, "PI", "D:", [](Run&, Value*, size_t) { return Value::real(M_PI); }, kConstant},
      {C::kMath, "E", "D:", [](Run&, Value*, size_t) { return Value::real(M_E); }, kConstant},
      {C::kObjects, "equals", "Z:OO", [](Run&, Value* a, size_t) { return Value::boolean(java_equals(a[0], a[1])); }, kStatic},
      {C::kObjects, "hashCode", "I:O", [](Run&, Value* a, size_t) { return Value::integer(java_hash(a[0])); }, kStatic},
      {C::kObjects, "isNull", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(a[0].is_null()); }, kStatic},
      {C::kObjects, "nonNull", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(!a[0].is_null()); }, kStatic},
      {C::kObjects, "toString", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kObjects, "toString", "S:OS", [](Run& r, Value* a, size_t) { return a[0].is_null() ? a[1] : text_value(r, java_text(a[0])); }, kStatic},
      {C::kObjects, "requireNonNull", "O:O", [](Run&, Value* a, size_t) -> Value {
         if (a[0].is_null()) throw_java(C::kNullPointerException);
         return a[0];
       }, kStatic},
      {C::kObjects, "requireNonNull", "O:OS", [](Run&, Value* a, size_t) -> Value {
         if (a[0].is_null()) throw_java(C::kNullPointerException, java_text(a[1]));
         return a[0];
       }, kStatic},
      {C::kSystem, "currentTimeMillis", "J:", [](Run&, Value*, size_t) {
         return Value::long_value(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
       }, kStatic},
      {C::kSystem, "nanoTime", "J:", [](Run&, Value*, size_t) { return Value::long_value(std::chrono::steady_clock::now().time_since_epoch().count()); }, kStatic},
      {C::kDebug, "explain", "V:O", [](Run&, Value* a, size_t) -> Value {
         std::vector<std::pair<std::string, Json>> members;
         std::string name(class_name(a[0]));
         std::replace(name.begin(), name.end(), '$', '.');
         if (!a[0].is_null()) members.emplace_back("painless_class", name);
         members.emplace_back("to_string", a[0].is_null() ? Json(nullptr) : Json(java_text(a[0])));
         if (!a[0].is_null()) members.emplace_back("java_class", std::string(class_name(a[0])));
         throw Thrown{C::kPainlessExplainError, "", false, {}, std::move(members)};
       }, kStatic},
      {C::kRandom, "new", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<RandomObject>(std::chrono::steady_clock::now().time_since_epoch().count())); }, kStatic},
      {C::kRandom, "new", "O:J", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<RandomObject>(a[0].i)); }, kStatic},
      {C::kRandom, "nextInt", "I:", [](Run&, Value* a, size_t) { return Value::integer(random_of(a[0]).next(32)); }},
      {C::kRandom, "nextInt", "I:I", [](Run&, Value* a, size_t) -> Value {
         const auto bound = static_cast<int32_t>(a[1].i);
         if (bound <= 0) throw_java(C::kIllegalArgumentException, "bound must be positive");
         int32_t r = random_of(a[0]).next(31);
         if ((bound & (bound - 1)) == 0) return Value::integer(static_cast<int32_t>((static_cast<int64_t>(bound) * r) >> 31));
         for (int32_t u = r; static_cast<int64_t>(u) - (r = u % bound) + (bound - 1) > INT32_MAX; u = random_of(a[0]).next(31)) {
         }
         return Value::integer(r);
       }},
      {C::kRandom, "nextDouble", "D:", [](Run&, Value* a, size_t) {
         const int64_t high = static_cast<int64_t>(random_of(a[0]).next(26)) << 27;
         return Value::real(static_cast<double>(high + random_of(a[0]).next(27)) * 0x1.0p-53);
       }},
      {C::kRandom, "nextFloat", "F:", [](Run&, Value* a, size_t) { return Value::single(static_cast<float>(random_of(a[0]).next(24)) / static_cast<float>(1 << 24)); }},
      {C::kRandom, "nextBoolean", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(random_of(a[0]).next(1) != 0); }},
      {C::kRandom, "nextLong", "J:", [](Run&, Value* a, size_t) {
         const int64_t high = static_cast<int64_t>(static_cast<uint64_t>(static_cast<int64_t>(random_of(a[0]).next(32))) << 32);
         return Value::long_value(high + random_of(a[0]).next(32));
       }},
      {C::kThrowable, "getMessage", "S:", [](Run& r, Value* a, size_t) {
         const auto& failure = *static_cast<ExceptionObject*>(a[0].o);
         return failure.has_message ? text_value(r, failure.message) : Value();
       }},
      {C::kThrowable, "getLocalizedMessage", "S:", [](Run& r, Value* a, size_t) {
         const auto& failure = *static_cast<ExceptionObject*>(a[0].o);
         return failure.has_message ? text_value(r, failure.message) : Value();
       }},
  });
  for (int id = static_cast<int>(C::kException); id <= static_cast<int>(C::kInputMismatchException); ++id) {
    t.push_back({static_cast<C>(id), "new", "O:", exception_new, kStatic});
    t.push_back({static_cast<C>(id), "new", "O:S", exception_new, kStatic});
  }
}

}  // namespace tarn::script
