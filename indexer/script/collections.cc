#include "indexer/script/collections.h"

#include <algorithm>

#include "indexer/script/documents.h"

namespace tarn::script {

using C = ClassId;

ListObject& list_of(const Value& value) {
  if (value.is_null()) throw_null();
  auto* list = dynamic_cast<ListObject*>(value.o);
  if (list == nullptr) throw_java(C::kUnsupportedOperationException, "doc values are unmodifiable");
  return *list;
}
ListObject& changed_list(const Value& value) {
  ListObject& list = list_of(value);
  if (list.fixed) throw_java(C::kUnsupportedOperationException);
  return list;
}
MapObject& map_of(const Value& value) {
  if (value.is_null()) throw_null();
  if (!is_subclass(class_of(value), C::kMap)) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(value)) + " to java.util.Map");
  return *static_cast<MapObject*>(value.o);
}
SetObject& set_of(const Value& value) { return *static_cast<SetObject*>(value.o); }
SetObject& changed_set(const Value& value) {
  if (set_of(value).fixed) throw_java(C::kUnsupportedOperationException);
  return set_of(value);
}
size_t index_in(const ListObject& list, int64_t index, bool end_too) {
  const auto size = static_cast<int64_t>(list.items.size());
  if (index < 0 || index > size || (index == size && !end_too)) {
    if (end_too) throw_java(C::kIndexOutOfBoundsException, "Index: " + std::to_string(index) + ", Size: " + std::to_string(size));
    throw_java(C::kIndexOutOfBoundsException, "Index " + std::to_string(index) + " out of bounds for length " + std::to_string(size));
  }
  return static_cast<size_t>(index);
}

size_t size_of(Run& run, const Value& value) {
  const C cls = class_of(value);
  if (is_subclass(cls, C::kDocValues)) return static_cast<DocValues*>(value.o)->size();
  if (is_subclass(cls, C::kSet)) return set_of(value).map.size();
  if (is_subclass(cls, C::kMap)) return map_of(value).size();
  if (auto* list = dynamic_cast<ListObject*>(value.o)) return list->items.size();
  return elements_of(run, value).size();
}

void charge(Run& run, size_t values) { run.heap().charge(values * sizeof(Value)); }

bool contains(Run& run, const Value& in, const Value& what) {
  if (is_subclass(class_of(in), C::kSet)) return set_of(in).map.find(what) != nullptr;
  for (const Value& item : elements_of(run, in)) {
    if (java_equals(item, what)) return true;
  }
  return false;
}

bool remove_if(Run& run, const Value& from, const std::function<bool(const Value&)>& test) {
  if (is_subclass(class_of(from), C::kSet)) {
    SetObject& set = changed_set(from);
    bool any = false;
    for (const Value& item : elements_of(run, from)) {
      if (!test(item)) continue;
      set.map.remove(item);
      any = true;
    }
    return any;
  }
  ListObject& list = changed_list(from);
  std::vector<Value> kept;
  for (const Value& item : std::vector<Value>(list.items)) {
    if (!test(item)) kept.push_back(item);
  }
  const bool any = kept.size() != list.items.size();
  list.items = std::move(kept);
  return any;
}

bool add_one(Run& run, const Value& to, const Value& item) {
  charge(run, 2);
  if (is_subclass(class_of(to), C::kSet)) {
    SetObject& set = changed_set(to);
    if (set.map.find(item) != nullptr) return false;
    set.map.put(item, Value::boolean(true));
    return true;
  }
  changed_list(to).items.push_back(item);
  return true;
}

Value new_set(Run& run, C cls, const std::vector<Value>& items) {
  auto* out = run.heap().make<SetObject>(cls);
  charge(run, items.size() * 3);
  for (const Value& item : items) out->map.put(item, Value::boolean(true));
  return Value::object(out);
}
std::vector<Value> keys_of(const MapObject& map) {
  std::vector<Value> out;
  for (const uint32_t i : map.order()) out.push_back(map.entries()[i].key);
  return out;
}
std::vector<Value> values_of(const MapObject& map) {
  std::vector<Value> out;
  for (const uint32_t i : map.order()) out.push_back(map.entries()[i].value);
  return out;
}
Value put(Run& run, MapObject& map, const Value& key, const Value& value) {
  if (map.cls == C::kTreeMap && key.is_null()) throw_null();
  run.heap().charge(sizeof(MapObject::Entry) + 32);
  return map.put(key, value);
}

std::vector<Value> elements_of(Run& run, const Value& collection) {
  std::vector<Value> out;
  if (collection.is_object()) {
    if (const auto* list = dynamic_cast<ListObject*>(collection.o)) {
      run.count_steps(list->items.size() / 16);
      return list->items;
    }
    if (const auto* stream = dynamic_cast<StreamObject*>(collection.o)) return stream->items;
  }
  iterate(run, collection, [&](const Value& item) {
    out.push_back(item);
    return true;
  });
  return out;
}

Value new_list(Run& run, std::vector<Value> items) {
  auto* out = run.heap().make<ListObject>();
  charge(run, items.size());
  out->items = std::move(items);
  return Value::object(out);
}

/// A merge sort of our own: a comparator that contradicts itself must not lead std::stable_sort astray.
static void merge_sort(std::vector<Value>& values, std::vector<Value>& scratch, size_t begin, size_t end, const std::function<bool(const Value&, const Value&)>& after) {
  if (end - begin < 2) return;
  const size_t middle = begin + (end - begin) / 2;
  merge_sort(values, scratch, begin, middle, after);
  merge_sort(values, scratch, middle, end, after);
  for (size_t out = begin, a = begin, b = middle; out < end; ++out) {
    const bool right = a == middle || (b < end && after(values[a], values[b]));
    scratch[out] = right ? values[b++] : values[a++];
  }
  std::copy(scratch.begin() + static_cast<ptrdiff_t>(begin), scratch.begin() + static_cast<ptrdiff_t>(end), values.begin() + static_cast<ptrdiff_t>(begin));
}

void sort_values(Run& run, std::vector<Value>& values, const Value& comparator) {
  std::vector<Value> scratch(values.size());
  merge_sort(values, scratch, 0, values.size(), [&](const Value& a, const Value& b) {
    run.count_step();
    return (comparator.is_null() ? java_compare(a, b) : convert_argument(call2(run, comparator, a, b), 'I').i) > 0;
  });
}

Value native_lambda(Run& run, int arity, LambdaObject::Native native) {
  auto* out = run.heap().make<LambdaObject>();
  out->arity = arity;
  out->native = std::move(native);
  return Value::object(out);
}
Value call1(Run& run, const Value& lambda, const Value& a) { return call_lambda(run, lambda, &a, 1); }
Value call2(Run& run, const Value& lambda, const Value& a, const Value& b) {
  const Value both[] = {a, b};
  return call_lambda(run, lambda, both, 2);
}

}  // namespace tarn::script
