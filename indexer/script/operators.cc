#include <cmath>

#include "indexer/script/big_integer.h"
#include "indexer/script/nodes.h"
#include "indexer/script/times.h"

namespace tarn::script {

std::string_view op_text(Op op) {
  static constexpr std::string_view kTexts[] = {"+", "-", "*", "/", "%", "<<", ">>", ">>>", "&", "|", "^", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "=~", "==~"};
  return kTexts[static_cast<size_t>(op)];
}

namespace {

/// Binary numeric promotion: int, long, float or double.
Tag promote(const Value& a, const Value& b) { return std::max({a.tag == Tag::kChar ? Tag::kInt : a.tag, b.tag == Tag::kChar ? Tag::kInt : b.tag, Tag::kInt}); }

[[noreturn]] void fail_operands(Op op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) {
    throw_java(ClassId::kNullPointerException, std::string("Cannot invoke \"Object.getClass()\" because \"") + (a.is_null() ? "left" : "right") + "\" is null");
  }
  throw_java(ClassId::kClassCastException, "Cannot apply [" + std::string(op_text(op)) + "] operation to types [" + std::string(class_name(a)) + "] and [" +
                                               std::string(class_name(b)) + "].");
}

Value whole_operation(Op op, Tag tag, int64_t a, int64_t b) {
  const auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  const bool wide = tag == Tag::kLong;
  const auto out = [&](int64_t value) { return wide ? Value::long_value(value) : Value::integer(value); };
  switch (op) {
    case Op::kAdd: return out(static_cast<int64_t>(ua + ub));
    case Op::kSub: return out(static_cast<int64_t>(ua - ub));
    case Op::kMul: return out(static_cast<int64_t>(ua * ub));
    case Op::kDiv:
    case Op::kRem:
      if (b == 0) throw_java(ClassId::kArithmeticException, "/ by zero");
      if (b == -1) return out(op == Op::kDiv ? static_cast<int64_t>(0 - ua) : 0);
      return out(op == Op::kDiv ? a / b : a % b);
    case Op::kAnd: return out(a & b);
    case Op::kOr: return out(a | b);
    default: return out(a ^ b);
  }
}

Value real_operation(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd: return Value::real(a + b);
    case Op::kSub: return Value::real(a - b);
    case Op::kMul: return Value::real(a * b);
    case Op::kDiv: return Value::real(a / b);
    default: return Value::real(std::fmod(a, b));
  }
}
Value single_operation(Op op, float a, float b) {
  switch (op) {
    case Op::kAdd: return Value::single(a + b);
    case Op::kSub: return Value::single(a - b);
    case Op::kMul: return Value::single(a * b);
    case Op::kDiv: return Value::single(a / b);
    default: return Value::single(std::fmod(a, b));
  }
}

Value shift(Op op, const Value& a, const Value& b) {
  if (!a.is_whole() || !b.is_whole()) fail_operands(op, a, b);
  if (a.tag == Tag::kLong) {
    const int by = static_cast<int>(b.i & 63);
    if (op == Op::kShl) return Value::long_value(static_cast<int64_t>(static_cast<uint64_t>(a.i) << by));
    return Value::long_value(op == Op::kShr ? a.i >> by : static_cast<int64_t>(static_cast<uint64_t>(a.i) >> by));
  }
  const int by = static_cast<int>(b.i & 31);
  const auto x = static_cast<int32_t>(a.i);
  if (op == Op::kShl) return Value::integer(static_cast<int32_t>(static_cast<uint32_t>(x) << by));
  return Value::integer(op == Op::kShr ? x >> by : static_cast<int32_t>(static_cast<uint32_t>(x) >> by));
}

bool ordered(Op op, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) fail_operands(op, a, b);
  const auto test = [op](auto x, auto y) {
    switch (op) {
      case Op::kLt: return x < y;
      case Op::kLe: return x <= y;
      case Op::kGt: return x > y;
      default: return x >= y;
    }
  };
  if (a.is_floating() || b.is_floating()) return test(a.as_double(), b.as_double());
  return test(a.i, b.i);
}

bool same(const Value& a, const Value& b) {
  if (a.is_object() || b.is_object()) return a.tag == b.tag && a.o == b.o;
  return compare_equal(a, b);
}

}  // namespace

bool compare_equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_floating() || b.is_floating()) {
      const bool single = promote(a, b) == Tag::kFloat;
      return single ? static_cast<float>(a.as_double()) == static_cast<float>(b.as_double()) : a.as_double() == b.as_double();
    }
    return a.i == b.i;
  }
  return java_equals(a, b);
}

Value negate(const Value& value) {
  switch (value.tag) {
    case Tag::kDouble: return Value::real(-value.d);
    case Tag::kFloat: return Value::single(static_cast<float>(-value.d));
    case Tag::kLong: return Value::long_value(static_cast<int64_t>(0 - static_cast<uint64_t>(value.i)));
    default: return Value::integer(static_cast<int32_t>(0u - static_cast<uint32_t>(value.i)));
  }
}

Value apply(Run& run, Op op, const Value& a, const Value& b) {
  switch (op) {
    case Op::kEq: return Value::boolean(compare_equal(a, b));
    case Op::kNe: return Value::boolean(!compare_equal(a, b));
    case Op::kEqr: return Value::boolean(same(a, b));
    case Op::kNer: return Value::boolean(!same(a, b));
    case Op::kLt: case Op::kLe: case Op::kGt: case Op::kGe: return Value::boolean(ordered(op, a, b));
    case Op::kFind: return Value::boolean(regex_match(run, a, b, false));
    case Op::kMatch: return Value::boolean(regex_match(run, a, b, true));
    case Op::kShl: case Op::kShr: case Op::kUshr: return shift(op, a, b);
    default: break;
  }
  if (a.is_number() && b.is_number()) {
    const Tag tag = promote(a, b);
    if (tag <= Tag::kLong) return whole_operation(op, tag, a.i, b.i);
    if (op <= Op::kRem) {
      return tag == Tag::kDouble ? real_operation(op, a.as_double(), b.as_double())
                                 : single_operation(op, static_cast<float>(a.as_double()), static_cast<float>(b.as_double()));
    }
    fail_operands(op, a, b);
  }
  if (op == Op::kAdd && (is_text(a) || is_text(b))) {
    std::string out = java_text(a);
    append_text(out, b);
    return make_text(run.heap(), std::move(out));
  }
  if (a.tag == Tag::kBool && b.tag == Tag::kBool) {
    if (op == Op::kAnd) return Value::boolean((a.i & b.i) != 0);
    if (op == Op::kOr) return Value::boolean((a.i | b.i) != 0);
    if (op == Op::kXor) return Value::boolean(a.i != b.i);
  }
  fail_operands(op, a, b);
}

namespace {

std::string unboxed_name(const Value& value) {
  static constexpr std::string_view kNames[] = {"null", "boolean", "byte", "short", "char", "int", "long", "float", "double"};
  if (!value.is_object()) return std::string(kNames[static_cast<size_t>(value.tag)]);
  std::string out(class_name(value));
  std::replace(out.begin(), out.end(), '$', '.');
  return out;
}

[[noreturn]] void fail_convert(const Value& value, std::string_view to, bool is_explicit) {
  if (value.is_null() && to == "boolean") throw_java(ClassId::kNullPointerException, "Cannot invoke \"Object.getClass()\" because \"value\" is null");
  if (value.is_null()) throw_java(ClassId::kNullPointerException);
  if (to == "boolean") throw_java(ClassId::kClassCastException, "cannot cast def [" + unboxed_name(value) + "] to boolean");
  throw_java(ClassId::kClassCastException, std::string("cannot ") + (is_explicit ? "explicitly" : "implicitly") + " cast def [" + unboxed_name(value) + "] to " + std::string(to));
}

bool widens(Tag from, Tag to) {
  if (from == to) return true;
  if (from == Tag::kChar) return to >= Tag::kInt;
  if (to == Tag::kChar) return false;
  return from >= Tag::kByte && from < to;
}

Value to_tag(const Value& value, Tag tag) {
  if (value.tag == tag) return value;
  switch (tag) {
    case Tag::kDouble: return Value::real(value.as_double());
    case Tag::kFloat: return Value::single(value.is_floating() ? static_cast<float>(value.d) : static_cast<float>(value.i));
    case Tag::kLong: return Value::long_value(value.as_long());
    default: break;
  }
  int64_t whole = value.i;
  if (value.is_floating()) {  // by way of int, as Java narrows
    whole = std::isnan(value.d) ? 0 : value.d >= 2147483647.0 ? INT32_MAX : value.d <= -2147483648.0 ? INT32_MIN : static_cast<int32_t>(value.d);
  }
  switch (tag) {
    case Tag::kByte: return Value::whole(tag, static_cast<int8_t>(whole));
    case Tag::kShort: return Value::whole(tag, static_cast<int16_t>(whole));
    case Tag::kChar: return Value::whole(tag, static_cast<uint16_t>(whole));
    default: return Value::integer(static_cast<int32_t>(whole));
  }
}

constexpr Tag kTags[] = {Tag::kBool, Tag::kByte, Tag::kShort, Tag::kChar, Tag::kInt, Tag::kLong, Tag::kFloat, Tag::kDouble};
constexpr std::string_view kTagNames[] = {"boolean", "byte", "short", "char", "int", "long", "float", "double"};

Value to_primitive(const Value& value, size_t which, bool is_explicit) {
  const Tag tag = kTags[which];
  if (value.tag == tag) return value;
  if (tag == Tag::kBool) fail_convert(value, "boolean", is_explicit);
  if (tag == Tag::kChar && is_text(value)) {
    const std::u16string text = to_utf16(*as_text(value));
    if (text.size() == 1 && is_explicit) return Value::character(text[0]);
    if (is_explicit) throw_java(ClassId::kClassCastException, "cannot cast [java.lang.String] with length not equal to one to [char]");
  }
  if (!value.is_number() || (!is_explicit && !widens(value.tag, tag))) fail_convert(value, kTagNames[which], is_explicit);
  return to_tag(value, tag);
}

}  // namespace

Value convert(Run& run, const Value& value, const Type& type, bool is_explicit) {
  using Base = Type::Base;
  if (type.is_def() || type.base == Base::kVoid || type.base == Base::kNullRef) return value;
  if (type.is_primitive()) return to_primitive(value, static_cast<size_t>(type.base) - static_cast<size_t>(Base::kBool), is_explicit);
  if (value.is_null()) return value;
  if (type.dimensions > 0) {
    if (class_of(value) != ClassId::kArray) fail_convert(value, type.name(), is_explicit);
    return value;
  }
  if (type.cls == ClassId::kObject || is_subclass(class_of(value), type.cls)) return value;
  if (type.cls == ClassId::kString && value.tag == Tag::kChar && is_explicit) return make_text(run.heap(), java_text(value));
  if (value.is_number() && type.cls >= ClassId::kByte && type.cls <= ClassId::kDouble) {
    static constexpr Tag kBoxTags[] = {Tag::kByte, Tag::kShort, Tag::kChar, Tag::kInt, Tag::kLong, Tag::kFloat, Tag::kDouble};
    const Tag tag = kBoxTags[static_cast<size_t>(type.cls) - static_cast<size_t>(ClassId::kByte)];
    if (is_explicit || widens(value.tag, tag)) return to_tag(value, tag);
  }
  if (class_of(value) == ClassId::kLambda) return value;
  std::string to(class_info(type.cls).java_name);
  if (type.cls == ClassId::kString || (type.cls >= ClassId::kBoolean && type.cls <= ClassId::kDouble)) fail_convert(value, to, is_explicit);
  const std::string from(class_name(value));
  throw_java(ClassId::kClassCastException, "Cannot cast " + from + " to " + to);
}

Type type_of_letter(char letter) {
  using Base = Type::Base;
  switch (letter) {
    case 'V': return Type::of(Base::kVoid);
    case 'Z': return Type::of(Base::kBool);
    case 'B': return Type::of(Base::kByte);
    case 'H': return Type::of(Base::kShort);
    case 'C': return Type::of(Base::kChar);
    case 'I': return Type::of(Base::kInt);
    case 'J': return Type::of(Base::kLong);
    case 'F': return Type::of(Base::kFloat);
    case 'D': return Type::of(Base::kDouble);
    case 'S': return Type::ref(ClassId::kString);
    case 'L': return Type::ref(ClassId::kList);
    case 'M': return Type::ref(ClassId::kMap);
    default: return {};
  }
}

Value convert_argument(const Value& value, char letter) {
  if (letter == 'D') {
    if (value.tag == Tag::kDouble) return value;
    if (value.is_number()) return Value::real(value.as_double());
  }
  if (letter == 'O') return value;
  const Type type = type_of_letter(letter);
  if (type.is_primitive()) return to_primitive(value, static_cast<size_t>(type.base) - static_cast<size_t>(Type::Base::kBool), false);
  if (value.is_null() || type.is_def()) return value;
  if (!is_subclass(class_of(value), type.cls) && !(type.cls == ClassId::kMap && class_of(value) == ClassId::kMap)) {
    if (class_of(value) == ClassId::kArray && type.cls == ClassId::kList) return value;
    fail_convert(value, class_info(type.cls).java_name, false);
  }
  return value;
}

}  // namespace tarn::script
