#include <algorithm>

#include "indexer/script/builtins.h"
#include "indexer/script/documents.h"

namespace tarn::script {

namespace {

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
size_t index_in(const ListObject& list, int64_t index, bool end_too = false) {
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
/// keySet() and entrySet() are copies that keep their map's order.
Value ordered_set(Run& run, const std::vector<Value>& items) { return new_set(run, C::kLinkedHashSet, items); }

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
std::vector<Value> entries_of(Run& run, MapObject& map) {
  std::vector<Value> out;
  for (const uint32_t i : map.order()) out.push_back(Value::object(run.heap().make<EntryObject>(&map, map.entries()[i].key, map.entries()[i].value)));
  return out;
}

Value put(Run& run, MapObject& map, const Value& key, const Value& value) {
  if (map.cls == C::kTreeMap && key.is_null()) throw_null();
  run.heap().charge(sizeof(MapObject::Entry) + 32);
  return map.put(key, value);
}

Value iterator_of(Run& run, const Value& source, std::vector<Value> items) {
  auto* out = run.heap().make<IteratorObject>();
  charge(run, items.size());
  out->items = std::move(items);
  out->source = source;
  return Value::object(out);
}
IteratorObject& iterator(const Value& value) { return *static_cast<IteratorObject*>(value.o); }

Value group_by(Run& run, const Value& collection, const Value& lambda) {
  auto* out = run.heap().make<MapObject>(C::kLinkedHashMap);
  for (const Value& item : elements_of(run, collection)) {
    const Value key = call1(run, lambda, item);
    const Value* list = out->find(key);
    if (list == nullptr) {
      put(run, *out, key, new_list(run, {item}));
    } else {
      charge(run, 1);
      list_of(*list).items.push_back(item);
    }
  }
  return Value::object(out);
}

void add_collections(std::vector<Method>& t) {
  t.insert(t.end(), {
      {C::kIterable, "forEach", "V:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[0])) call1(r, a[1], item);
         return Value();
       }},
      {C::kIterable, "iterator", "O:", [](Run& r, Value* a, size_t) { return iterator_of(r, a[0], elements_of(r, a[0])); }},
      {C::kIterable, "any", "Z:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[0])) {
           if (truth(call1(r, a[1], item))) return Value::boolean(true);
         }
         return Value::boolean(false);
       }},
      {C::kIterable, "every", "Z:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[0])) {
           if (!truth(call1(r, a[1], item))) return Value::boolean(false);
         }
         return Value::boolean(true);
       }},
      {C::kIterable, "count", "I:O", [](Run& r, Value* a, size_t) {
         int64_t n = 0;
         for (const Value& item : elements_of(r, a[0])) n += truth(call1(r, a[1], item));
         return Value::integer(n);
       }},
      {C::kIterable, "asList", "L:", [](Run& r, Value* a, size_t) { return new_list(r, elements_of(r, a[0])); }},
      {C::kIterable, "asCollection", "O:", [](Run& r, Value* a, size_t) { return new_list(r, elements_of(r, a[0])); }},
      {C::kIterable, "groupBy", "M:O", [](Run& r, Value* a, size_t) { return group_by(r, a[0], a[1]); }},
      {C::kIterable, "join", "S:S", [](Run& r, Value* a, size_t) {
         std::string out;
         bool first = true;
         for (const Value& item : elements_of(r, a[0])) {
           if (!first) out += text_of(a[1]);
           first = false;
           append_text(out, item);
         }
         return text_value(r, std::move(out));
       }},
      {C::kIterable, "sum", "D:", [](Run& r, Value* a, size_t) {
         double sum = 0;
         for (const Value& item : elements_of(r, a[0])) sum += convert_argument(item, 'D').d;
         return Value::real(sum);
       }},
      {C::kIterable, "sum", "D:O", [](Run& r, Value* a, size_t) {
         double sum = 0;
         for (const Value& item : elements_of(r, a[0])) sum += convert_argument(call1(r, a[1], item), 'D').d;
         return Value::real(sum);
       }},
      {C::kCollection, "size", "I:", [](Run& r, Value* a, size_t) { return Value::integer(static_cast<int64_t>(size_of(r, a[0]))); }},
      {C::kList, "getLength", "I:", [](Run& r, Value* a, size_t) { return Value::integer(static_cast<int64_t>(size_of(r, a[0]))); }},
      {C::kCollection, "isEmpty", "Z:", [](Run& r, Value* a, size_t) { return Value::boolean(size_of(r, a[0]) == 0); }},
      {C::kCollection, "contains", "Z:O", [](Run& r, Value* a, size_t) { return Value::boolean(contains(r, a[0], a[1])); }},
      {C::kCollection, "containsAll", "Z:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[1])) {
           if (!contains(r, a[0], item)) return Value::boolean(false);
         }
         return Value::boolean(true);
       }},
      {C::kCollection, "add", "Z:O", [](Run& r, Value* a, size_t) { return Value::boolean(add_one(r, a[0], a[1])); }},
      {C::kCollection, "addAll", "Z:O", [](Run& r, Value* a, size_t) {
         bool any = false;
         for (const Value& item : elements_of(r, a[1])) any |= add_one(r, a[0], item);
         return Value::boolean(any);
       }},
      {C::kCollection, "removeAll", "Z:O", [](Run& r, Value* a, size_t) { return Value::boolean(remove_if(r, a[0], [&](const Value& v) { return contains(r, a[1], v); })); }},
      {C::kCollection, "retainAll", "Z:O", [](Run& r, Value* a, size_t) { return Value::boolean(remove_if(r, a[0], [&](const Value& v) { return !contains(r, a[1], v); })); }},
      {C::kCollection, "removeIf", "Z:O", [](Run& r, Value* a, size_t) { return Value::boolean(remove_if(r, a[0], [&](const Value& v) { return truth(call1(r, a[1], v)); })); }},
      {C::kCollection, "clear", "V:", [](Run&, Value* a, size_t) {
         if (is_subclass(class_of(a[0]), C::kSet)) {
           changed_set(a[0]).map.clear();
         } else {
           changed_list(a[0]).items.clear();
         }
         return Value();
       }},
      {C::kCollection, "toArray", "O:", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<ListObject>(C::kArray);
         out->items = elements_of(r, a[0]);
         charge(r, out->items.size());
         return Value::object(out);
       }},
      {C::kCollection, "toArray", "O:O", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<ListObject>(C::kArray);
         out->items = elements_of(r, a[0]);
         charge(r, out->items.size());
         return Value::object(out);
       }},
      {C::kCollection, "collect", "L:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         for (const Value& item : elements_of(r, a[0])) out.push_back(call1(r, a[1], item));
         return new_list(r, std::move(out));
       }},
      {C::kCollection, "find", "O:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[0])) {
           if (truth(call1(r, a[1], item))) return item;
         }
         return Value();
       }},
      {C::kCollection, "findAll", "L:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         for (const Value& item : elements_of(r, a[0])) {
           if (truth(call1(r, a[1], item))) out.push_back(item);
         }
         return new_list(r, std::move(out));
       }},
      {C::kCollection, "findResult", "O:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[0])) {
           const Value found = call1(r, a[1], item);
           if (!found.is_null()) return found;
         }
         return Value();
       }},
      {C::kCollection, "split", "L:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> yes, no;
         for (const Value& item : elements_of(r, a[0])) (truth(call1(r, a[1], item)) ? yes : no).push_back(item);
         return new_list(r, {new_list(r, std::move(yes)), new_list(r, std::move(no))});
       }},
      {C::kList, "get", "O:I", [](Run& r, Value* a, size_t) -> Value {
         if (is_subclass(class_of(a[0]), C::kDocValues)) {
           auto& values = *static_cast<DocValues*>(a[0].o);
           if (values.size() == 0) DocValues::fail_missing();
           if (a[1].i < 0 || a[1].i >= static_cast<int64_t>(values.size())) throw_java(C::kIndexOutOfBoundsException, "Index " + std::to_string(a[1].i) + " out of bounds for length " + std::to_string(values.size()));
           return values.get(r, static_cast<size_t>(a[1].i));
         }
         ListObject& list = list_of(a[0]);
         return list.items[index_in(list, a[1].i)];
       }},
      {C::kList, "set", "O:IO", [](Run&, Value* a, size_t) {
         ListObject& list = changed_list(a[0]);
         return std::exchange(list.items[index_in(list, a[1].i)], a[2]);
       }},
      {C::kList, "add", "V:IO", [](Run& r, Value* a, size_t) {
         ListObject& list = changed_list(a[0]);
         charge(r, 1);
         r.count_steps(list.items.size() / 64);
         list.items.insert(list.items.begin() + static_cast<ptrdiff_t>(index_in(list, a[1].i, true)), a[2]);
         return Value();
       }},
      {C::kList, "addAll", "Z:IO", [](Run& r, Value* a, size_t) {
         ListObject& list = changed_list(a[0]);
         const auto more = elements_of(r, a[2]);
         charge(r, more.size());
         list.items.insert(list.items.begin() + static_cast<ptrdiff_t>(index_in(list, a[1].i, true)), more.begin(), more.end());
         return Value::boolean(!more.empty());
       }},
      {C::kList, "remove", "O:I", [](Run& r, Value* a, size_t) {
         ListObject& list = changed_list(a[0]);
         const size_t at = index_in(list, a[1].i);
         r.count_steps((list.items.size() - at) / 64);
         const Value out = list.items[at];
         list.items.erase(list.items.begin() + static_cast<ptrdiff_t>(at));
         return out;
       }},
      {C::kSet, "remove", "Z:O", [](Run&, Value* a, size_t) {
         SetObject& set = changed_set(a[0]);
         const bool had = set.map.find(a[1]) != nullptr;
         set.map.remove(a[1]);
         return Value::boolean(had);
       }},
      {C::kList, "indexOf", "I:O", [](Run& r, Value* a, size_t) {
         const auto items = elements_of(r, a[0]);
         for (size_t i = 0; i < items.size(); ++i) {
           if (java_equals(items[i], a[1])) return Value::integer(static_cast<int64_t>(i));
         }
         return Value::integer(-1);
       }},
      {C::kList, "lastIndexOf", "I:O", [](Run& r, Value* a, size_t) {
         const auto items = elements_of(r, a[0]);
         for (size_t i = items.size(); i-- > 0;) {
           if (java_equals(items[i], a[1])) return Value::integer(static_cast<int64_t>(i));
         }
         return Value::integer(-1);
       }},
      {C::kList, "subList", "L:II", [](Run& r, Value* a, size_t) -> Value {
         const auto items = elements_of(r, a[0]);
         const auto size = static_cast<int64_t>(items.size());
         if (a[1].i < 0) throw_java(C::kIndexOutOfBoundsException, "fromIndex = " + std::to_string(a[1].i));
         if (a[2].i > size) throw_java(C::kIndexOutOfBoundsException, "toIndex = " + std::to_string(a[2].i));
         if (a[1].i > a[2].i) throw_java(C::kIllegalArgumentException, "fromIndex(" + std::to_string(a[1].i) + ") > toIndex(" + std::to_string(a[2].i) + ")");
         return new_list(r, {items.begin() + a[1].i, items.begin() + a[2].i});
       }},
      {C::kList, "sort", "V:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> items = changed_list(a[0]).items;
         sort_values(r, items, a[1]);
         list_of(a[0]).items = std::move(items);
         return Value();
       }},
      {C::kList, "replaceAll", "V:O", [](Run& r, Value* a, size_t) {
         ListObject& list = changed_list(a[0]);
         for (size_t i = 0; i < list.items.size(); ++i) {
           const Value made = call1(r, a[1], list.items[i]);
           if (i < list.items.size()) list.items[i] = made;
         }
         return Value();
       }},
      {C::kLinkedList, "getFirst", "O:", [](Run&, Value* a, size_t) -> Value {
         if (list_of(a[0]).items.empty()) throw_java(C::kNoSuchElementException);
         return list_of(a[0]).items.front();
       }},
      {C::kLinkedList, "getLast", "O:", [](Run&, Value* a, size_t) -> Value {
         if (list_of(a[0]).items.empty()) throw_java(C::kNoSuchElementException);
         return list_of(a[0]).items.back();
       }},
      {C::kLinkedList, "addFirst", "V:O", [](Run& r, Value* a, size_t) { return charge(r, 1), list_of(a[0]).items.insert(list_of(a[0]).items.begin(), a[1]), Value(); }},
      {C::kLinkedList, "addLast", "V:O", [](Run& r, Value* a, size_t) { return charge(r, 1), list_of(a[0]).items.push_back(a[1]), Value(); }},
      {C::kIterator, "hasNext", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(iterator(a[0]).next < iterator(a[0]).items.size()); }},
      {C::kIterator, "next", "O:", [](Run&, Value* a, size_t) -> Value {
         IteratorObject& it = iterator(a[0]);
         if (it.next >= it.items.size()) throw_java(C::kNoSuchElementException);
         return it.items[it.next++];
       }},
      {C::kIterator, "remove", "V:", [](Run&, Value* a, size_t) -> Value {
         IteratorObject& it = iterator(a[0]);
         if (it.next == 0) throw_java(C::kIllegalStateException);
         const C cls = class_of(it.source);
         if (is_subclass(cls, C::kSet)) {
           changed_set(it.source).map.remove(it.items[it.next - 1]);
         } else if (is_subclass(cls, C::kMap)) {
           const Value& item = it.items[it.next - 1];
           const auto* entry = item.is_object() ? dynamic_cast<EntryObject*>(item.o) : nullptr;
           map_of(it.source).remove(entry != nullptr ? entry->key : item);
         } else {
           ListObject& list = changed_list(it.source);
           list.items.erase(list.items.begin() + static_cast<ptrdiff_t>(it.next - 1 - it.removed++));
         }
         return {};
       }},
  });
}

void add_maps(std::vector<Method>& t) {
  t.insert(t.end(), {
      {C::kMap, "size", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<int64_t>(map_of(a[0]).size())); }},
      {C::kMap, "isEmpty", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(map_of(a[0]).size() == 0); }},
      {C::kMap, "get", "O:O", [](Run&, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         return found == nullptr ? Value() : *found;
       }},
      {C::kMap, "getOrDefault", "O:OO", [](Run&, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         return found == nullptr ? a[2] : *found;
       }},
      {C::kMap, "put", "O:OO", [](Run& r, Value* a, size_t) { return put(r, map_of(a[0]), a[1], a[2]); }},
      {C::kMap, "putIfAbsent", "O:OO", [](Run& r, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         if (found != nullptr && !found->is_null()) return *found;
         put(r, map_of(a[0]), a[1], a[2]);
         return Value();
       }},
      {C::kMap, "putAll", "V:M", [](Run& r, Value* a, size_t) {
         MapObject& from = map_of(a[1]);
         for (const uint32_t i : from.order()) put(r, map_of(a[0]), from.entries()[i].key, from.entries()[i].value);
         return Value();
       }},
      {C::kMap, "remove", "O:O", [](Run&, Value* a, size_t) { return map_of(a[0]).remove(a[1]); }},
      {C::kMap, "remove", "Z:OO", [](Run&, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         if (found == nullptr || !java_equals(*found, a[2])) return Value::boolean(false);
         map_of(a[0]).remove(a[1]);
         return Value::boolean(true);
       }},
      {C::kMap, "clear", "V:", [](Run&, Value* a, size_t) { return map_of(a[0]).clear(), Value(); }},
      {C::kMap, "containsKey", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(map_of(a[0]).find(a[1]) != nullptr); }},
      {C::kMap, "containsValue", "Z:O", [](Run&, Value* a, size_t) {
         const auto values = values_of(map_of(a[0]));
         return Value::boolean(std::any_of(values.begin(), values.end(), [&](const Value& v) { return java_equals(v, a[1]); }));
       }},
      {C::kMap, "keySet", "O:", [](Run& r, Value* a, size_t) {
         const Value out = ordered_set(r, keys_of(map_of(a[0])));
         return out;
       }},
      {C::kMap, "values", "O:", [](Run& r, Value* a, size_t) { return new_list(r, values_of(map_of(a[0]))); }},
      {C::kMap, "entrySet", "O:", [](Run& r, Value* a, size_t) { return ordered_set(r, entries_of(r, map_of(a[0]))); }},
      {C::kMap, "forEach", "V:O", [](Run& r, Value* a, size_t) {
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) call2(r, a[1], keys[i], values[i]);
         return Value();
       }},
      {C::kMap, "replace", "O:OO", [](Run& r, Value* a, size_t) { return map_of(a[0]).find(a[1]) == nullptr ? Value() : put(r, map_of(a[0]), a[1], a[2]); }},
      {C::kMap, "replaceAll", "V:O", [](Run& r, Value* a, size_t) {
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) put(r, map_of(a[0]), keys[i], call2(r, a[1], keys[i], values[i]));
         return Value();
       }},
      {C::kMap, "computeIfAbsent", "O:OO", [](Run& r, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         if (found != nullptr && !found->is_null()) return *found;
         const Value made = call1(r, a[2], a[1]);
         if (!made.is_null()) put(r, map_of(a[0]), a[1], made);
         return made;
       }},
      {C::kMap, "computeIfPresent", "O:OO", [](Run& r, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         if (found == nullptr || found->is_null()) return Value();
         const Value made = call2(r, a[2], a[1], *found);
         made.is_null() ? map_of(a[0]).remove(a[1]) : put(r, map_of(a[0]), a[1], made);
         return made;
       }},
      {C::kMap, "compute", "O:OO", [](Run& r, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         const Value made = call2(r, a[2], a[1], found == nullptr ? Value() : *found);
         made.is_null() ? map_of(a[0]).remove(a[1]) : put(r, map_of(a[0]), a[1], made);
         return made;
       }},
      {C::kMap, "merge", "O:OOO", [](Run& r, Value* a, size_t) {
         const Value* found = map_of(a[0]).find(a[1]);
         const Value made = found == nullptr || found->is_null() ? a[2] : call2(r, a[3], *found, a[2]);
         made.is_null() ? map_of(a[0]).remove(a[1]) : put(r, map_of(a[0]), a[1], made);
         return made;
       }},
      {C::kMap, "any", "Z:O", [](Run& r, Value* a, size_t) {
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) {
           if (truth(call2(r, a[1], keys[i], values[i]))) return Value::boolean(true);
         }
         return Value::boolean(false);
       }},
      {C::kMap, "every", "Z:O", [](Run& r, Value* a, size_t) {
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) {
           if (!truth(call2(r, a[1], keys[i], values[i]))) return Value::boolean(false);
         }
         return Value::boolean(true);
       }},
      {C::kMap, "count", "I:O", [](Run& r, Value* a, size_t) {
         int64_t n = 0;
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) n += truth(call2(r, a[1], keys[i], values[i]));
         return Value::integer(n);
       }},
      {C::kMap, "collect", "L:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) out.push_back(call2(r, a[1], keys[i], values[i]));
         return new_list(r, std::move(out));
       }},
      {C::kMap, "findAll", "M:O", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<MapObject>(map_of(a[0]).cls);
         const auto keys = keys_of(map_of(a[0])), values = values_of(map_of(a[0]));
         for (size_t i = 0; i < keys.size(); ++i) {
           if (truth(call2(r, a[1], keys[i], values[i]))) put(r, *out, keys[i], values[i]);
         }
         return Value::object(out);
       }},
      {C::kTreeMap, "firstKey", "O:", [](Run&, Value* a, size_t) -> Value {
         if (map_of(a[0]).size() == 0) throw_java(C::kNoSuchElementException);
         return keys_of(map_of(a[0])).front();
       }},
      {C::kTreeMap, "lastKey", "O:", [](Run&, Value* a, size_t) -> Value {
         if (map_of(a[0]).size() == 0) throw_java(C::kNoSuchElementException);
         return keys_of(map_of(a[0])).back();
       }},
      {C::kMapEntry, "getKey", "O:", [](Run&, Value* a, size_t) { return static_cast<EntryObject*>(a[0].o)->key; }},
      {C::kMapEntry, "getValue", "O:", [](Run&, Value* a, size_t) { return static_cast<EntryObject*>(a[0].o)->value; }},
      {C::kMapEntry, "setValue", "O:O", [](Run& r, Value* a, size_t) {
         auto& entry = *static_cast<EntryObject*>(a[0].o);
         if (entry.owner != nullptr) put(r, *entry.owner, entry.key, a[1]);
         return std::exchange(entry.value, a[1]);
       }},
  });
  for (const C cls : {C::kHashMap, C::kLinkedHashMap, C::kTreeMap}) {
    t.push_back({cls, "new", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<MapObject>(r.creating)); }, Method::kStatic});
    t.push_back({cls, "new", "O:O", [](Run& r, Value* a, size_t) {
                   auto* out = r.heap().make<MapObject>(r.creating);
                   if (a[0].is_whole()) return Value::object(out);
                   MapObject& from = map_of(a[0]);
                   for (const uint32_t i : from.order()) put(r, *out, from.entries()[i].key, from.entries()[i].value);
                   return Value::object(out);
                 }, Method::kStatic});
  }
  for (const C cls : {C::kHashSet, C::kLinkedHashSet, C::kTreeSet}) {
    t.push_back({cls, "new", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<SetObject>(r.creating)); }, Method::kStatic});
    t.push_back({cls, "new", "O:O", [](Run& r, Value* a, size_t) { return new_set(r, r.creating, a[0].is_whole() ? std::vector<Value>() : elements_of(r, a[0])); }, Method::kStatic});
  }
  for (const C cls : {C::kArrayList, C::kLinkedList}) {
    t.push_back({cls, "new", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<ListObject>(r.creating)); }, Method::kStatic});
    t.push_back({cls, "new", "O:O", [](Run& r, Value* a, size_t) {
                   auto* out = r.heap().make<ListObject>(r.creating);
                   if (!a[0].is_whole()) out->items = elements_of(r, a[0]);
                   charge(r, out->items.size());
                   return Value::object(out);
                 }, Method::kStatic});
  }
}

Value fixed(Value value) {
  if (auto* list = dynamic_cast<ListObject*>(value.o)) list->fixed = true;
  if (auto* set = dynamic_cast<SetObject*>(value.o)) set->fixed = true;
  if (auto* map = dynamic_cast<MapObject*>(value.o)) map->fixed = true;
  return value;
}

void add_helpers(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kCollections, "sort", "V:O", [](Run& r, Value* a, size_t) { return sort_values(r, changed_list(a[0]).items, {}), Value(); }, kStatic},
      {C::kCollections, "sort", "V:OO", [](Run& r, Value* a, size_t) {
         std::vector<Value> items = changed_list(a[0]).items;
         sort_values(r, items, a[1]);
         list_of(a[0]).items = std::move(items);
         return Value();
       }, kStatic},
      {C::kCollections, "reverse", "V:O", [](Run&, Value* a, size_t) { return std::reverse(changed_list(a[0]).items.begin(), changed_list(a[0]).items.end()), Value(); }, kStatic},
      {C::kCollections, "max", "O:O", [](Run& r, Value* a, size_t) -> Value {
         const auto items = elements_of(r, a[0]);
         if (items.empty()) throw_java(C::kNoSuchElementException);
         return *std::max_element(items.begin(), items.end(), [](const Value& x, const Value& y) { return java_compare(x, y) < 0; });
       }, kStatic},
      {C::kCollections, "min", "O:O", [](Run& r, Value* a, size_t) -> Value {
         const auto items = elements_of(r, a[0]);
         if (items.empty()) throw_java(C::kNoSuchElementException);
         return *std::min_element(items.begin(), items.end(), [](const Value& x, const Value& y) { return java_compare(x, y) < 0; });
       }, kStatic},
      {C::kCollections, "frequency", "I:OO", [](Run& r, Value* a, size_t) {
         const auto items = elements_of(r, a[0]);
         return Value::integer(std::count_if(items.begin(), items.end(), [&](const Value& v) { return java_equals(v, a[1]); }));
       }, kStatic},
      {C::kCollections, "emptyList", "L:", [](Run& r, Value*, size_t) { return fixed(new_list(r, {})); }, kStatic},
      {C::kCollections, "emptyMap", "M:", [](Run& r, Value*, size_t) { return fixed(Value::object(r.heap().make<MapObject>())); }, kStatic},
      {C::kCollections, "emptySet", "O:", [](Run& r, Value*, size_t) { return fixed(Value::object(r.heap().make<SetObject>())); }, kStatic},
      {C::kCollections, "singletonList", "L:O", [](Run& r, Value* a, size_t) { return fixed(new_list(r, {a[0]})); }, kStatic},
      {C::kCollections, "singleton", "O:O", [](Run& r, Value* a, size_t) { return fixed(new_set(r, C::kHashSet, {a[0]})); }, kStatic},
      {C::kCollections, "unmodifiableList", "L:O", [](Run& r, Value* a, size_t) { return fixed(new_list(r, elements_of(r, a[0]))); }, kStatic},
      {C::kCollections, "reverseOrder", "O:", [](Run& r, Value*, size_t) { return native_lambda(r, 2, [](Run&, const Value* x, size_t) { return Value::integer(java_compare(x[1], x[0])); }); }, kStatic},
      {C::kCollections, "nCopies", "L:IO", [](Run& r, Value* a, size_t) -> Value {
         if (a[0].i < 0) throw_java(C::kIllegalArgumentException, "List length = " + std::to_string(a[0].i));
         charge(r, static_cast<size_t>(a[0].i));
         return fixed(new_list(r, std::vector<Value>(static_cast<size_t>(a[0].i), a[1])));
       }, kStatic},
      {C::kCollections, "addAll", "Z:OO", [](Run& r, Value* a, size_t) {
         for (const Value& item : elements_of(r, a[1])) add_one(r, a[0], item);
         return Value::boolean(true);
       }, kStatic},
      {C::kArrays, "asList", "L:*", [](Run& r, Value* a, size_t n) {
         if (n == 1 && class_of(a[0]) == C::kArray) return new_list(r, elements_of(r, a[0]));
         return new_list(r, std::vector<Value>(a, a + n));
       }, kStatic},
      {C::kArrays, "sort", "V:O", [](Run& r, Value* a, size_t) { return sort_values(r, list_of(a[0]).items, {}), Value(); }, kStatic},
      {C::kArrays, "toString", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, java_text(new_list(r, elements_of(r, a[0])))); }, kStatic},
      {C::kArrays, "fill", "V:OO", [](Run&, Value* a, size_t) { return std::fill(list_of(a[0]).items.begin(), list_of(a[0]).items.end(), a[1]), Value(); }, kStatic},
      {C::kArrays, "stream", "O:O", [](Run& r, Value* a, size_t) {
         auto& list = list_of(a[0]);
         auto* out = r.heap().make<StreamObject>(list.element == Tag::kInt ? C::kIntStream : list.element == Tag::kLong ? C::kLongStream : list.element == Tag::kDouble ? C::kDoubleStream : C::kStream);
         out->items = list.items;
         charge(r, out->items.size());
         return Value::object(out);
       }, kStatic},
      {C::kList, "of", "L:*", [](Run& r, Value* a, size_t n) { return fixed(new_list(r, std::vector<Value>(a, a + n))); }, kStatic},
      {C::kSet, "of", "O:*", [](Run& r, Value* a, size_t n) { return fixed(new_set(r, C::kHashSet, std::vector<Value>(a, a + n))); }, kStatic},
  });
}

}  // namespace

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

void add_collection_methods(std::vector<Method>& t) {
  add_collections(t);
  add_maps(t);
  add_helpers(t);
}

}  // namespace tarn::script
