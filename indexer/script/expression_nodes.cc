#include "indexer/script/expression_nodes.h"

#include <algorithm>
#include <array>

namespace tarn::script {

Value InstanceNode::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (value.is_null()) return Value::boolean(false);
  if (test.is_def()) return Value::boolean(true);
  if (test.dimensions > 0) return Value::boolean(class_of(value) == ClassId::kArray);
  ClassId cls = test.cls;
  if (test.is_primitive()) {
    static constexpr ClassId kBoxes[] = {ClassId::kBoolean, ClassId::kByte, ClassId::kShort, ClassId::kCharacter, ClassId::kInteger, ClassId::kLong, ClassId::kFloat, ClassId::kDouble};
    cls = kBoxes[static_cast<size_t>(test.base) - static_cast<size_t>(Type::Base::kBool)];
  }
  return Value::boolean(is_subclass(class_of(value), cls));
}

Value MemberNode::eval(Frame& frame) const {
  const Value of = object->eval(frame);
  frame.run.at = offset;
  if (of.is_null() && safe) return {};
  if (of.is_object() && is_subclass(of.o->cls, ClassId::kMap)) {
    const Value* found = static_cast<MapObject*>(of.o)->find(*key->constant());
    return found == nullptr ? Value() : *found;
  }
  return get_member(frame.run, of, name);
}

Value NativeCallNode::eval(Frame& frame) const {
  std::array<Value, 8> few;
  std::vector<Value> many;
  Value* values = few.data();
  if (arguments.size() > few.size()) {
    many.resize(arguments.size());
    values = many.data();
  }
  const std::string_view letters = method->parameters();
  for (size_t i = 0; i < arguments.size(); ++i) values[i] = arguments[i]->eval(frame);
  for (size_t i = 0; i < arguments.size() && i < letters.size() && letters[i] != '*'; ++i) {
    if (letters[i] == 'O') continue;
    frame.run.at = arguments[i]->offset;
    values[i] = convert_argument(values[i], letters[i]);
  }
  frame.run.at = offset;
  if (creates != ClassId::kCount) frame.run.creating = creates;
  return method->call(frame.run, values, arguments.size());
}

Value CallNode::eval(Frame& frame) const {
  const Value of = arguments[0]->eval(frame);
  if (of.is_null() && safe) return {};
  std::vector<Value> values;
  values.reserve(arguments.size());
  values.push_back(of);
  for (size_t i = 1; i < arguments.size(); ++i) values.push_back(arguments[i]->eval(frame));
  frame.run.at = offset;
  frame.run.count_step();
  return call_by_name(frame.run, values, name);
}

Value UserCallNode::eval(Frame& frame) const {
  std::vector<Value> values(arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i) values[i] = arguments[i]->eval(frame);
  frame.run.at = offset;
  return call_function(frame.run, *function, values.data(), values.size());
}

namespace {

constexpr int64_t kArrayMax = 1 << 22;

Value make_array(Run& run, const Type& element, const int64_t* sizes, size_t dimensions) {
  if (sizes[0] < 0) throw_java(ClassId::kNegativeArraySizeException, std::to_string(sizes[0]));
  if (sizes[0] > kArrayMax) throw_java(ClassId::kCircuitBreakingException, "an array of " + std::to_string(sizes[0]) + " elements is too large");
  auto* out = run.heap().make<ListObject>(ClassId::kArray);
  run.heap().charge(static_cast<size_t>(sizes[0]) * sizeof(Value));
  Value zero;
  if (dimensions == 1 && element.is_primitive()) {
    static constexpr Tag kTags[] = {Tag::kBool, Tag::kByte, Tag::kShort, Tag::kChar, Tag::kInt, Tag::kLong, Tag::kFloat, Tag::kDouble};
    out->element = kTags[static_cast<size_t>(element.base) - static_cast<size_t>(Type::Base::kBool)];
    zero = out->element == Tag::kDouble ? Value::real(0) : out->element == Tag::kFloat ? Value::single(0) : Value::whole(out->element, 0);
  }
  out->items.assign(static_cast<size_t>(sizes[0]), zero);
  if (dimensions > 1) {
    for (Value& item : out->items) item = make_array(run, element, sizes + 1, dimensions - 1);
  }
  return Value::object(out);
}

}  // namespace

Value ArrayNode::eval(Frame& frame) const {
  std::vector<Value> values(items.size());
  for (size_t i = 0; i < items.size(); ++i) values[i] = items[i]->eval(frame);
  frame.run.at = offset;
  if (!initialized) {
    std::vector<int64_t> sizes;
    for (const Value& value : values) sizes.push_back(value.i);
    return make_array(frame.run, element, sizes.data(), sizes.size());
  }
  const int64_t size = 0;
  auto* out = static_cast<ListObject*>(make_array(frame.run, element, &size, 1).o);
  frame.run.heap().charge(values.size() * sizeof(Value));
  out->items = std::move(values);
  return Value::object(out);
}

Value CollectionNode::eval(Frame& frame) const {
  Run& run = frame.run;
  run.at = offset;
  run.heap().charge(items.size() * sizeof(Value) * (is_map ? 2 : 1));
  if (is_map) {
    auto* out = run.heap().make<MapObject>();
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      const Value key = items[i]->eval(frame);
      out->put(key, items[i + 1]->eval(frame));
    }
    return Value::object(out);
  }
  auto* out = run.heap().make<ListObject>();
  out->items.reserve(items.size());
  for (const NodePtr& item : items) out->items.push_back(item->eval(frame));
  return Value::object(out);
}

Value UnaryNode::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (op == '!') return Value::boolean(value.i == 0);
  if (op == '-' && value.tag == Tag::kDouble) return Value::real(-value.d);
  if (frame.locals != nullptr) frame.run.at = offset;  // constants are folded without a run
  if (!value.is_number()) {
    if (value.is_null()) throw_java(ClassId::kNullPointerException, "Cannot invoke \"Object.getClass()\" because \"args[0]\" is null");
    const std::string_view words = op == '~' ? "~" : op == '-' ? "-" : "+";
    throw_java(ClassId::kClassCastException, "Cannot apply [" + std::string(words) + "] operation to type [" + std::string(class_name(value)) + "]");
  }
  if (op == '-') return negate(value);
  if (op == '~') {
    if (value.is_floating()) throw_java(ClassId::kClassCastException, "Cannot apply [~] operation to type [" + std::string(class_name(value)) + "]");
    return value.tag == Tag::kLong ? Value::long_value(~value.i) : Value::integer(~value.i);
  }
  return value.tag < Tag::kInt ? Value::integer(value.i) : value;
}

Value AssignNode::eval(Frame& frame) const {
  Run& run = frame.run;
  Value of, at;
  run.at = target_offset;
  if (object) of = object->eval(frame);
  if (kind == Target::kIndex) at = index->eval(frame);
  Value now;
  Value before;
  if (compound) {
    run.at = target_offset;
    switch (kind) {
      case Target::kLocal: before = frame.locals[slot]; break;
      case Target::kMember: before = get_member(run, of, name); break;
      case Target::kIndex: before = get_index(run, of, at); break;
    }
    const Value operand = value->eval(frame);
    run.at = offset;
    now = apply(run, op, before, operand);
    if (type.is_def()) {
      // x += 1 keeps the type of a byte, short, char ... that x holds.
    } else {
      now = convert(run, now, type, true);
    }
  } else {
    now = value->eval(frame);
  }
  if (kind == Target::kMember) run.at = target_offset;
  switch (kind) {
    case Target::kLocal: frame.locals[slot] = now; break;
    case Target::kMember: set_member(run, of, name, now); break;
    case Target::kIndex: set_index(run, of, at, now); break;
  }
  return postfix ? before : now;
}

Value LambdaNode::eval(Frame& frame) const {
  auto* out = frame.run.heap().make<LambdaObject>();
  out->function = function;
  for (const uint32_t slot : function->captures) out->captured.push_back(frame.locals[slot]);
  return Value::object(out);
}

Value ReferenceNode::eval(Frame& frame) const {
  auto* out = frame.run.heap().make<LambdaObject>();
  if (function != nullptr) {
    out->function = function;
    return Value::object(out);
  }
  if (object) {
    const Value target = object->eval(frame);
    out->captured.push_back(target);
    out->native = [target, method = name](Run& run, const Value* arguments, size_t count) {
      std::vector<Value> all{target};
      all.insert(all.end(), arguments, arguments + count);
      return call_by_name(run, all, method);
    };
    return Value::object(out);
  }
  out->native = [type = of, method = name](Run& run, const Value* arguments, size_t count) -> Value {
    if (type.dimensions > 0) {
      const int64_t size = count > 0 ? arguments[0].as_long() : 0;
      Type element = type;
      element.dimensions = 0;
      return make_array(run, element, &size, 1);
    }
    if (const Method* found = find_method(type.cls, method, count, true)) {
      std::vector<Value> all(arguments, arguments + count);
      for (size_t i = 0; i < count && i < found->parameters().size(); ++i) all[i] = convert_argument(all[i], found->parameters()[i]);
      if (method == "new") run.creating = type.cls;
      return found->call(run, all.data(), count);
    }
    std::vector<Value> all(arguments, arguments + count);
    if (all.empty()) throw_java(ClassId::kIllegalArgumentException, "function reference [" + type.name() + "::" + method + "] not found");
    return call_by_name(run, all, method);
  };
  return Value::object(out);
}

}  // namespace tarn::script
