#include <algorithm>

#include "indexer/script/collections.h"

namespace tarn::script {

namespace {

using C = ClassId;

/// keySet() and entrySet() are copies that keep their map's order.
Value ordered_set(Run& run, const std::vector<Value>& items) { return new_set(run, C::kLinkedHashSet, items); }

std::vector<Value> entries_of(Run& run, MapObject& map) {
  std::vector<Value> out;
  for (const uint32_t i : map.order()) out.push_back(Value::object(run.heap().make<EntryObject>(&map, map.entries()[i].key, map.entries()[i].value)));
  return out;
}

}  // namespace

void add_map_methods(std::vector<Method>& t) {
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
}

}  // namespace tarn::script
