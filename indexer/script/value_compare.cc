// Object.equals, Object.hashCode and Comparable.compareTo of values.

#include <algorithm>
#include <cmath>

#include "indexer/script/big_integer.h"
#include "indexer/script/times.h"
#include "indexer/script/value.h"

namespace tarn::script {

namespace {

/// Equality and hashes of containers that hold themselves would never end.
struct Descent {
  Descent() {
    if (++depth > 300) {
      --depth;
      throw_java(ClassId::kStackOverflowError);
    }
  }
  ~Descent() { --depth; }
  static thread_local int depth;
};
thread_local int Descent::depth = 0;

bool equal_maps(const MapObject& a, const MapObject& b, bool values) {
  if (a.size() != b.size()) return false;
  for (const MapObject::Entry& entry : a.entries()) {
    if (!entry.live) continue;
    const Value* other = b.find(entry.key);
    if (other == nullptr || (values && !java_equals(entry.value, *other))) return false;
  }
  return true;
}

bool equal_objects(const Object& a, const Object& b) {
  if (&a == &b) return true;
  const Descent descent;
  if (a.cls == ClassId::kString || b.cls == ClassId::kString) {
    return a.cls == b.cls && static_cast<const StringObject&>(a).text == static_cast<const StringObject&>(b).text;
  }
  if (const auto* list = dynamic_cast<const ListObject*>(&a); list != nullptr && a.cls != ClassId::kArray) {
    const auto* other = dynamic_cast<const ListObject*>(&b);
    return other != nullptr && b.cls != ClassId::kArray &&
           std::equal(list->items.begin(), list->items.end(), other->items.begin(), other->items.end(), java_equals);
  }
  if (const auto* map = dynamic_cast<const MapObject*>(&a)) {
    const auto* other = dynamic_cast<const MapObject*>(&b);
    return other != nullptr && equal_maps(*map, *other, true);
  }
  if (const auto* set = dynamic_cast<const SetObject*>(&a)) {
    const auto* other = dynamic_cast<const SetObject*>(&b);
    return other != nullptr && equal_maps(set->map, other->map, false);
  }
  if (const auto* entry = dynamic_cast<const EntryObject*>(&a)) {
    const auto* other = dynamic_cast<const EntryObject*>(&b);
    return other != nullptr && java_equals(entry->key, other->key) && java_equals(entry->value, other->value);
  }
  if (const auto* optional = dynamic_cast<const OptionalObject*>(&a)) {
    const auto* other = dynamic_cast<const OptionalObject*>(&b);
    return other != nullptr && optional->present == other->present && java_equals(optional->value, other->value);
  }
  if (const auto* big = dynamic_cast<const BigIntegerObject*>(&a)) {
    const auto* other = dynamic_cast<const BigIntegerObject*>(&b);
    return other != nullptr && big->value == other->value;
  }
  if (const auto order = compare_times(a, b); order && a.cls == b.cls) return *order == 0;
  return false;
}

int32_t mix(int64_t bits) { return static_cast<int32_t>(bits ^ static_cast<int64_t>(static_cast<uint64_t>(bits) >> 32)); }

}  // namespace

bool java_equals(const Value& a, const Value& b) {
  if (a.tag != b.tag) return false;
  switch (a.tag) {
    case Tag::kNull: return true;
    case Tag::kFloat:
    case Tag::kDouble: return std::bit_cast<int64_t>(a.d) == std::bit_cast<int64_t>(b.d) || (std::isnan(a.d) && std::isnan(b.d));
    case Tag::kObject: return equal_objects(*a.o, *b.o);
    default: return a.i == b.i;
  }
}

int32_t string_hash(std::string_view utf8) {
  uint32_t hash = 0;
  if (std::all_of(utf8.begin(), utf8.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    for (const char c : utf8) hash = hash * 31 + static_cast<unsigned char>(c);
  } else {
    for (const char16_t c : to_utf16(utf8)) hash = hash * 31 + c;
  }
  return static_cast<int32_t>(hash);
}

int32_t java_hash(const Value& value) {
  switch (value.tag) {
    case Tag::kNull: return 0;
    case Tag::kBool: return value.i != 0 ? 1231 : 1237;
    case Tag::kLong: return mix(value.i);
    case Tag::kFloat: return static_cast<int32_t>(std::bit_cast<uint32_t>(static_cast<float>(value.d)));
    case Tag::kDouble: return mix(std::bit_cast<int64_t>(value.d));
    case Tag::kObject: break;
    default: return static_cast<int32_t>(value.i);
  }
  const Descent descent;
  const Object& object = *value.o;
  if (object.cls == ClassId::kString) return string_hash(static_cast<const StringObject&>(object).text);
  if (const auto* list = dynamic_cast<const ListObject*>(&object); list != nullptr && object.cls != ClassId::kArray) {
    uint32_t hash = 1;
    for (const Value& item : list->items) hash = hash * 31 + static_cast<uint32_t>(java_hash(item));
    return static_cast<int32_t>(hash);
  }
  if (const auto* map = dynamic_cast<const MapObject*>(&object)) {
    uint32_t hash = 0;
    for (const auto& entry : map->entries()) {
      if (entry.live) hash += static_cast<uint32_t>(entry.hash ^ java_hash(entry.value));
    }
    return static_cast<int32_t>(hash);
  }
  if (const auto* set = dynamic_cast<const SetObject*>(&object)) {
    uint32_t hash = 0;
    for (const auto& entry : set->map.entries()) hash += entry.live ? static_cast<uint32_t>(entry.hash) : 0;
    return static_cast<int32_t>(hash);
  }
  if (const auto* entry = dynamic_cast<const EntryObject*>(&object)) return java_hash(entry->key) ^ java_hash(entry->value);
  if (const auto hash = hash_time(object)) return *hash;
  return static_cast<int32_t>(reinterpret_cast<uintptr_t>(&object) >> 4);
}

int java_compare(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) throw_null();
  const auto order = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (is_text(a) && is_text(b)) {
    const auto& x = *static_cast<StringObject*>(a.o);
    const auto& y = *static_cast<StringObject*>(b.o);
    if (x.ascii && y.ascii) {
      const size_t n = std::min(x.text.size(), y.text.size());
      for (size_t i = 0; i < n; ++i) {
        if (x.text[i] != y.text[i]) return static_cast<unsigned char>(x.text[i]) - static_cast<unsigned char>(y.text[i]);
      }
      return static_cast<int>(x.text.size()) - static_cast<int>(y.text.size());
    }
    const std::u16string u = to_utf16(x.text), v = to_utf16(y.text);
    const size_t n = std::min(u.size(), v.size());
    for (size_t i = 0; i < n; ++i) {
      if (u[i] != v[i]) return int{u[i]} - int{v[i]};
    }
    return static_cast<int>(u.size()) - static_cast<int>(v.size());
  }
  if (a.tag == b.tag && !a.is_object()) {
    if (a.is_floating()) return std::isnan(a.d) || std::isnan(b.d) ? order(std::isnan(a.d), std::isnan(b.d)) : order(a.d, b.d);
    return order(a.i, b.i);
  }
  if (a.is_number() && b.is_number()) {
    throw_java(ClassId::kClassCastException, "class " + std::string(class_name(b)) + " cannot be cast to class " + std::string(class_name(a)) + " (" +
                                                 std::string(class_name(b)) + " and " + std::string(class_name(a)) + " are in module java.base of loader 'bootstrap')");
  }
  if (a.is_object() && b.is_object()) {
    if (const auto* big = dynamic_cast<const BigIntegerObject*>(a.o)) {
      if (const auto* other = dynamic_cast<const BigIntegerObject*>(b.o)) return order(big->value, other->value);
    }
    if (const auto times = compare_times(*a.o, *b.o)) return *times;
  }
  throw_java(ClassId::kClassCastException, "class " + std::string(class_name(a)) + " cannot be cast to class java.lang.Comparable");
}

}  // namespace tarn::script
