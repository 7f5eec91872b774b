#include <algorithm>

#include "indexer/script/collections.h"
#include "indexer/script/documents.h"

namespace tarn::script {

namespace {

using C = ClassId;

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

void add_collection_methods(std::vector<Method>& t) {
  add_collections(t);
  add_map_methods(t);
  add_helpers(t);
}

}  // namespace tarn::script
