#include <algorithm>

#include "indexer/script/documents.h"
#include "indexer/script/nodes.h"

namespace tarn::script {

namespace {

std::string with_prefix(std::string_view prefix, const std::string& name) {
  std::string out(prefix);
  out += name;
  if (out.size() > prefix.size()) out[prefix.size()] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[prefix.size()])));
  return out;
}

Value doc_values(Run& run, const Value& documents, const std::string& name) {
  auto values = static_cast<Documents*>(documents.o)->field(name);
  const Value out = Value::object(values.get());
  run.keep(std::move(values));
  return out;
}

size_t check_index(const ListObject& list, const Value& index) {
  if (!index.is_whole() || index.tag == Tag::kLong) {
    const Value whole = convert_argument(index, 'I');
    return check_index(list, whole);
  }
  const auto size = static_cast<int64_t>(list.items.size());
  const int64_t at = index.i < 0 ? index.i + size : index.i;  // Painless counts negative ones from the end
  if (at < 0 || at >= size) {
    throw_java(list.cls == ClassId::kArray ? ClassId::kArrayIndexOutOfBoundsException : ClassId::kIndexOutOfBoundsException,
               "Index " + std::to_string(at) + " out of bounds for length " + std::to_string(size));
  }
  return static_cast<size_t>(at);
}

}  // namespace

Value get_member(Run& run, const Value& object, const std::string& name) {
  if (object.is_null()) throw_null();
  const ClassId cls = class_of(object);
  if (is_subclass(cls, ClassId::kMap)) {
    StringObject key(name);
    const Value* found = static_cast<MapObject*>(object.o)->find(Value::object(&key));
    return found == nullptr ? Value() : *found;
  }
  if (cls == ClassId::kDocLookup) return doc_values(run, object, name);
  if (cls == ClassId::kArray && name == "length") return Value::integer(static_cast<int64_t>(static_cast<ListObject*>(object.o)->items.size()));
  Value arguments[1] = {object};
  for (const std::string_view prefix : {"get", "is"}) {
    if (const Method* getter = find_method(cls, with_prefix(prefix, name), 0)) return getter->call(run, arguments, 1);
  }
  if (is_subclass(cls, ClassId::kList) && !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }) && name.size() < 9) {
    return get_index(run, object, Value::integer(std::stoi(name)));
  }
  std::string shown(class_name(object));
  std::replace(shown.begin(), shown.end(), '$', '.');
  throw_java(ClassId::kIllegalArgumentException, "dynamic getter [" + shown + ", " + name + "] not found");
}

void set_member(Run& run, const Value& object, const std::string& name, const Value& value) {
  if (object.is_null()) throw_null();
  const ClassId cls = class_of(object);
  if (is_subclass(cls, ClassId::kMap)) {
    auto& map = *static_cast<MapObject*>(object.o);
    if (map.shared) throw_java(ClassId::kUnsupportedOperationException);
    run.heap().charge(sizeof(MapObject::Entry));
    map.put(make_text(run.heap(), name), value);
    return;
  }
  if (is_subclass(cls, ClassId::kList) && !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }) && name.size() < 9) {
    return set_index(run, object, Value::integer(std::stoi(name)), value);
  }
  Value arguments[2] = {object, value};
  if (const Method* setter = find_method(cls, with_prefix("set", name), 1)) {
    setter->call(run, arguments, 2);
    return;
  }
  throw_java(ClassId::kIllegalArgumentException, "dynamic setter [" + std::string(class_name(object)) + ", " + name + "] not found");
}

Value get_index(Run& run, const Value& object, const Value& index) {
  if (object.is_null()) throw_null();
  const ClassId cls = class_of(object);
  if (is_subclass(cls, ClassId::kMap)) {
    const Value* found = static_cast<MapObject*>(object.o)->find(index);
    return found == nullptr ? Value() : *found;
  }
  if (cls == ClassId::kDocLookup) {
    const std::string* name = as_text(index);
    if (name == nullptr) throw_java(ClassId::kClassCastException, "Cannot cast " + std::string(class_name(index)) + " to java.lang.String");
    return doc_values(run, object, *name);
  }
  if (is_subclass(cls, ClassId::kDocValues)) {
    std::vector<Value> arguments{object, index};
    return call_by_name(run, arguments, "get");
  }
  if (cls == ClassId::kArray || is_subclass(cls, ClassId::kList)) {
    const auto& list = *static_cast<ListObject*>(object.o);
    return list.items[check_index(list, index)];
  }
  throw_java(ClassId::kIllegalArgumentException, "Attempting to address a non-array-like type [" + std::string(class_name(object)) + "] as an array.");
}

void set_index(Run& run, const Value& object, const Value& index, const Value& value) {
  if (object.is_null()) throw_null();
  const ClassId cls = class_of(object);
  if (is_subclass(cls, ClassId::kMap)) {
    run.heap().charge(sizeof(MapObject::Entry));
    static_cast<MapObject*>(object.o)->put(index, value);
    return;
  }
  if ((cls == ClassId::kArray || is_subclass(cls, ClassId::kList)) && !is_subclass(cls, ClassId::kDocValues)) {
    auto& list = *static_cast<ListObject*>(object.o);
    if (list.fixed) throw_java(ClassId::kUnsupportedOperationException);
    const size_t at = check_index(list, index);
    list.items[at] = value;
    return;
  }
  if (is_subclass(cls, ClassId::kDocValues)) throw_java(ClassId::kUnsupportedOperationException, "doc values are unmodifiable");
  throw_java(ClassId::kIllegalArgumentException, "Attempting to address a non-array-like type [" + std::string(class_name(object)) + "] as an array.");
}

Value call_method(Run& run, const Method& method, std::vector<Value>& arguments) {
  const std::string_view letters = method.parameters();
  for (size_t i = 0; i + 1 < arguments.size() && i < letters.size() && letters[i] != '*'; ++i) {
    if (letters[i] != 'O') arguments[i + 1] = convert_argument(arguments[i + 1], letters[i]);
  }
  return method.call(run, arguments.data(), arguments.size());
}

Value call_by_name(Run& run, std::vector<Value>& arguments, const std::string& name) {
  const Value& object = arguments[0];
  if (object.is_null()) throw_null();
  const ClassId cls = class_of(object);
  if (cls == ClassId::kString) run.count_steps(static_cast<StringObject*>(object.o)->text.size() / 256);
  if (cls == ClassId::kLambda) return call_lambda(run, object, arguments.data() + 1, arguments.size() - 1);
  const Method* method = find_method(cls, name, arguments.size() - 1);
  if (method == nullptr) {
    std::string shown(class_name(object));
    std::replace(shown.begin(), shown.end(), '$', '.');
    throw_java(ClassId::kIllegalArgumentException, "dynamic method [" + shown + ", " + name + "/" + std::to_string(arguments.size() - 1) + "] not found");
  }
  return call_method(run, *method, arguments);
}

Value call_function(Run& run, const Function& function, const Value* arguments, size_t count, const std::vector<Value>* captured) {
  run.count_step();
  Value* locals = run.push(function.slots, function.depth);
  for (size_t i = 0; i < function.parameters.size() && i < count; ++i) {
    locals[i] = function.parameters[i].is_def() ? arguments[i] : convert(run, arguments[i], function.parameters[i], false);
  }
  for (size_t i = 0; captured != nullptr && i < captured->size(); ++i) locals[function.capture_slots[i]] = (*captured)[i];
  Frame frame{run, locals};
  function.body->run(frame);
  run.pop(function.slots, function.depth);
  return frame.result;
}

Value call_lambda(Run& run, const Value& lambda, const Value* arguments, size_t count) {
  if (lambda.is_null()) throw_null();
  if (class_of(lambda) != ClassId::kLambda) throw_java(ClassId::kClassCastException, "Cannot cast " + std::string(class_name(lambda)) + " to a functional interface");
  const auto& object = *static_cast<LambdaObject*>(lambda.o);
  if (object.native) {
    run.count_step();
    if (object.arity >= 0 && static_cast<size_t>(object.arity) != count) {
      throw_java(ClassId::kIllegalArgumentException, "Incorrect number of parameters for a functional interface: " + std::to_string(count));
    }
    return object.native(run, arguments, count);
  }
  if (object.function->parameters.size() != count) {
    throw_java(ClassId::kIllegalArgumentException, "Incorrect number of parameters for [lambda] expected [" + std::to_string(count) + "] but found [" + std::to_string(object.function->parameters.size()) + "]");
  }
  return call_function(run, *object.function, arguments, count, &object.captured);
}

bool truth(const Value& value) {
  if (value.tag == Tag::kBool) return value.i != 0;
  return convert_argument(value, 'Z').i != 0;
}

void iterate(Run& run, const Value& collection, const std::function<bool(const Value&)>& visit) {
  if (collection.is_null()) throw_null();
  const ClassId cls = class_of(collection);
  if (is_subclass(cls, ClassId::kDocValues)) {
    auto& values = *static_cast<DocValues*>(collection.o);
    for (size_t i = 0; i < values.size(); ++i) {
      if (!visit(values.get(run, i))) return;
    }
    return;
  }
  if (cls == ClassId::kArray || is_subclass(cls, ClassId::kList)) {
    auto& list = *static_cast<ListObject*>(collection.o);
    const size_t size = list.items.size();
    for (size_t i = 0; i < list.items.size(); ++i) {
      const Value item = list.items[i];
      if (!visit(item)) return;
      if (cls != ClassId::kArray && list.items.size() != size && i + 1 != list.items.size()) throw_java(ClassId::kConcurrentModificationException);
    }
    return;
  }
  if (is_subclass(cls, ClassId::kSet)) {
    const auto& map = static_cast<SetObject*>(collection.o)->map;
    std::vector<Value> keys;
    for (const uint32_t i : map.order()) keys.push_back(map.entries()[i].key);
    const size_t size = map.size();
    for (const Value& key : keys) {
      if (!visit(key)) return;
      if (map.size() != size) throw_java(ClassId::kConcurrentModificationException);
    }
    return;
  }
  if (cls == ClassId::kIterator) {
    auto& iterator = *static_cast<IteratorObject*>(collection.o);
    while (iterator.next < iterator.items.size()) {
      if (!visit(iterator.items[iterator.next++])) return;
    }
    return;
  }
  throw_java(ClassId::kIllegalArgumentException, "Cannot iterate over [" + std::string(class_name(collection)) + "]");
}

}  // namespace tarn::script
