#include "indexer/script/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "indexer/base/error.h"
#include "indexer/script/big_integer.h"
#include "indexer/script/times.h"

namespace tarn::script {

int64_t Value::as_long() const {
  if (!is_floating()) return tag == Tag::kNull || tag == Tag::kObject ? 0 : i;
  if (std::isnan(d)) return 0;
  if (d >= 9223372036854775807.0) return INT64_MAX;
  if (d <= -9223372036854775808.0) return INT64_MIN;
  return static_cast<int64_t>(d);
}

void Marker::mark(Object* object) {
  if (object->shared || object->marked) return;
  object->marked = true;
  pending.push_back(object);
}

void Heap::collect(const std::function<void(Marker&)>& roots) {
  Marker marker;
  roots(marker);
  while (!marker.pending.empty()) {
    Object* object = marker.pending.back();
    marker.pending.pop_back();
    object->trace(marker);
  }
  const size_t before = objects_.size();
  std::erase_if(objects_, [](const std::unique_ptr<Object>& object) {
    const bool dead = !object->marked;
    object->marked = false;
    return dead;
  });
  // What survives is charged by its share: exact sizes are not known any more.
  bytes_ = before == 0 ? 0 : static_cast<size_t>(static_cast<double>(bytes_) * static_cast<double>(objects_.size()) / static_cast<double>(before));
  trigger_ = std::max<size_t>(256 << 10, bytes_ * 2);
}

void Heap::fail_limit() const {
  throw Thrown{ClassId::kCircuitBreakingException, "[script] Data too large, the script needs more than [" + std::to_string(limit_ >> 20) + "mb]", true, {}, {}};
}

StringObject::StringObject(std::string t) : Object(ClassId::kString), text(std::move(t)) {
  ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void throw_java(ClassId cls, std::string message) { throw Thrown{cls, std::move(message), true, {}, {}}; }
void throw_java(ClassId cls) { throw Thrown{cls, "", false, {}, {}}; }
void throw_null() {
  throw_java(ClassId::kNullPointerException, "Cannot invoke \"Object.getClass()\" because \"callArgs[0]\" is null");
}

// Maps.

void MapObject::trace(Marker& marker) {
  for (const Entry& entry : entries_) {
    if (!entry.live) continue;
    marker.mark(entry.key);
    marker.mark(entry.value);
  }
}

namespace {

constexpr size_t kNowhere = SIZE_MAX;
constexpr size_t kIndexedFrom = 12;

Value lazy_value(Heap& heap, const Json& json) {
  if (json.is_object()) return lazy_map(heap, json);
  if (!json.is_array()) return from_json(heap, json);
  auto* list = heap.make<ListObject>();
  heap.charge(json.size() * sizeof(Value));
  list->items.reserve(json.size());
  for (const Json& item : json) list->items.push_back(lazy_value(heap, item));
  return Value::object(list);
}

}  // namespace

Value lazy_map(Heap& heap, const Json& json) {
  auto* map = heap.make<MapObject>(ClassId::kLinkedHashMap);
  map->fill_from(heap, json);
  return Value::object(map);
}

size_t MapObject::locate(const Value& key, int32_t hash) const {
  if (!index_.empty()) {
    const auto [begin, end] = index_.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      if (entries_[it->second].live && java_equals(entries_[it->second].key, key)) return it->second;
    }
    return kNowhere;
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].live && entries_[i].hash == hash && java_equals(entries_[i].key, key)) return i;
  }
  return kNowhere;
}

const Value* MapObject::find(const Value& key) const {
  const int32_t hash = java_hash(key);
  const size_t at = locate(key, hash);
  if (at != kNowhere) return &entries_[at].value;
  if (json_ == nullptr || !is_text(key)) return nullptr;
  const auto member = json_->find(*as_text(key));
  if (member == json_->end()) return nullptr;
  auto& self = const_cast<MapObject&>(*this);
  self.insert(make_text(*heap_, member.key()), hash, lazy_value(*heap_, *member));
  return &entries_.back().value;
}

void MapObject::take_all() {
  const Json& json = *std::exchange(json_, nullptr);
  const std::vector<Entry> seen = std::exchange(entries_, {});
  index_.clear();
  used_ = 0;
  heap_->charge(json.size() * sizeof(Entry));
  entries_.reserve(json.size());
  for (const auto& [name, member] : json.items()) {
    const auto it = std::find_if(seen.begin(), seen.end(), [&, &name = name](const Entry& e) { return *as_text(e.key) == name; });
    if (it != seen.end()) {
      insert(it->key, it->hash, it->value);
      continue;
    }
    const Value key = make_text(*heap_, name);
    insert(key, java_hash(key), lazy_value(*heap_, member));
  }
}

Value MapObject::put(const Value& key, const Value& value) {
  if (fixed) throw_java(ClassId::kUnsupportedOperationException);
  fill();
  const int32_t hash = java_hash(key);
  const size_t at = locate(key, hash);
  if (at != kNowhere) return std::exchange(entries_[at].value, value);
  return insert(key, hash, value);
}

Value MapObject::insert(const Value& key, int32_t hash, const Value& value) {
  entries_.push_back({key, value, hash, true});
  ++used_;
  while (used_ > table_ * 3 / 4) table_ *= 2;
  if (!index_.empty()) {
    index_.emplace(hash, static_cast<uint32_t>(entries_.size() - 1));
  } else if (entries_.size() > kIndexedFrom) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].live) index_.emplace(entries_[i].hash, static_cast<uint32_t>(i));
    }
  }
  return {};
}

Value MapObject::remove(const Value& key) {
  if (fixed) throw_java(ClassId::kUnsupportedOperationException);
  fill();
  const size_t at = locate(key, java_hash(key));
  if (at == kNowhere) return {};
  Entry& entry = entries_[at];
  const Value before = entry.value;
  entry.live = false;
  --used_;
  if (index_.empty()) {
    entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(at));
  } else if (used_ * 2 < entries_.size()) {
    std::erase_if(entries_, [](const Entry& e) { return !e.live; });
    index_.clear();
    for (size_t i = 0; entries_.size() > kIndexedFrom && i < entries_.size(); ++i) index_.emplace(entries_[i].hash, static_cast<uint32_t>(i));
  }
  return before;
}

void MapObject::clear() {
  if (fixed) throw_java(ClassId::kUnsupportedOperationException);
  json_ = nullptr;
  entries_.clear();
  index_.clear();
  used_ = 0;
}

std::vector<uint32_t> MapObject::order() const {
  fill();
  std::vector<uint32_t> out;
  out.reserve(used_);
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].live) out.push_back(static_cast<uint32_t>(i));
  }
  if (cls == ClassId::kTreeMap) {
    std::sort(out.begin(), out.end(), [this](uint32_t a, uint32_t b) { return java_compare(entries_[a].key, entries_[b].key) < 0; });
  } else if (cls == ClassId::kHashMap || cls == ClassId::kMap) {
    const auto bucket = [this](uint32_t i) {
      const auto h = static_cast<uint32_t>(entries_[i].hash);
      return (h ^ (h >> 16)) & (table_ - 1);
    };
    std::stable_sort(out.begin(), out.end(), [&](uint32_t a, uint32_t b) { return bucket(a) < bucket(b); });
  }
  return out;
}

// Object's methods.

ClassId class_of(const Value& value) {
  switch (value.tag) {
    case Tag::kNull: return ClassId::kObject;
    case Tag::kBool: return ClassId::kBoolean;
    case Tag::kByte: return ClassId::kByte;
    case Tag::kShort: return ClassId::kShort;
    case Tag::kChar: return ClassId::kCharacter;
    case Tag::kInt: return ClassId::kInteger;
    case Tag::kLong: return ClassId::kLong;
    case Tag::kFloat: return ClassId::kFloat;
    case Tag::kDouble: return ClassId::kDouble;
    case Tag::kObject: return value.o->cls;
  }
  return ClassId::kObject;
}

std::string_view class_name(const Value& value) { return value.is_null() ? "null" : class_info(class_of(value)).java_name; }

const std::string* as_text(const Value& value) { return is_text(value) ? &static_cast<const StringObject*>(value.o)->text : nullptr; }

Value make_text(Heap& heap, std::string text) {
  heap.charge(text.size());
  return Value::object(heap.make<StringObject>(std::move(text)));
}

namespace {

constexpr int kTextDepthMax = 60;

void append(std::string& out, const Value& value, int depth);

template <class Items>
void append_list(std::string& out, const Items& items, int depth) {
  out += '[';
  bool first = true;
  for (const Value& item : items) {
    if (!first) out += ", ";
    first = false;
    append(out, item, depth + 1);
  }
  out += ']';
}

void append_map(std::string& out, const MapObject& map, bool values, int depth) {
  out += values ? '{' : '[';
  bool first = true;
  for (const uint32_t i : map.order()) {
    if (!first) out += ", ";
    first = false;
    append(out, map.entries()[i].key, depth + 1);
    if (!values) continue;
    out += '=';
    append(out, map.entries()[i].value, depth + 1);
  }
  out += values ? '}' : ']';
}

void append_object(std::string& out, const Object& object, int depth) {
  switch (object.cls) {
    case ClassId::kString: out += static_cast<const StringObject&>(object).text; return;
    case ClassId::kStringBuilder: out += static_cast<const BuilderObject&>(object).text; return;
    default: break;
  }
  if (const auto* list = dynamic_cast<const ListObject*>(&object); list != nullptr && object.cls != ClassId::kArray) return append_list(out, list->items, depth);
  if (const auto* map = dynamic_cast<const MapObject*>(&object)) return append_map(out, *map, true, depth);
  if (const auto* set = dynamic_cast<const SetObject*>(&object)) return append_map(out, set->map, false, depth);
  if (const auto* entry = dynamic_cast<const EntryObject*>(&object)) {
    append(out, entry->key, depth + 1);
    out += '=';
    return append(out, entry->value, depth + 1);
  }
  if (const auto* failure = dynamic_cast<const ExceptionObject*>(&object)) {
    out += class_info(object.cls).java_name;
    if (failure->has_message) out += ": " + failure->message;
    return;
  }
  if (const auto* big = dynamic_cast<const BigIntegerObject*>(&object)) {
    out += big->text();
    return;
  }
  if (const auto* optional = dynamic_cast<const OptionalObject*>(&object)) {
    if (!optional->present) {
      out += "Optional.empty";
      return;
    }
    out += "Optional[";
    append(out, optional->value, depth + 1);
    out += ']';
    return;
  }
  if (append_time_text(out, object) || append_other_text(out, object)) return;
  out += class_info(object.cls).java_name;
  out += "@1";
}

void append(std::string& out, const Value& value, int depth) {
  if (depth > kTextDepthMax || out.size() > (16u << 20)) throw_java(ClassId::kStackOverflowError);
  switch (value.tag) {
    case Tag::kNull: out += "null"; return;
    case Tag::kBool: out += value.i != 0 ? "true" : "false"; return;
    case Tag::kChar: {
      const char16_t c = static_cast<char16_t>(value.i);
      out += to_utf8(std::u16string_view(&c, 1));
      return;
    }
    case Tag::kFloat: append_float_text(out, static_cast<float>(value.d)); return;
    case Tag::kDouble: append_double_text(out, value.d); return;
    case Tag::kObject: append_object(out, *value.o, depth); return;
    default: out += std::to_string(value.i);
  }
}

}  // namespace

void append_double_text(std::string& out, double d) {
  if (std::isnan(d)) {
    out += "NaN";
  } else if (std::isinf(d)) {
    out += d < 0 ? "-Infinity" : "Infinity";
  } else {
    append_double(out, d);
  }
}
void append_float_text(std::string& out, float f) {
  if (!std::isfinite(f)) return append_double_text(out, f);
  append_float(out, f);
}

void append_text(std::string& out, const Value& value) { append(out, value, 0); }
std::string java_text(const Value& value) {
  std::string out;
  append_text(out, value);
  return out;
}

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

// JSON.

Value from_json(Heap& heap, const Json& json, ClassId map_class) {
  switch (json.type()) {
    case Json::value_t::object: {
      auto* map = heap.make<MapObject>(map_class);
      heap.charge(json.size() * sizeof(MapObject::Entry));
      for (const auto& [key, value] : json.items()) map->put(make_text(heap, key), from_json(heap, value, map_class));
      return Value::object(map);
    }
    case Json::value_t::array: {
      auto* list = heap.make<ListObject>();
      heap.charge(json.size() * sizeof(Value));
      list->items.reserve(json.size());
      for (const Json& item : json) list->items.push_back(from_json(heap, item, map_class));
      return Value::object(list);
    }
    case Json::value_t::string: return make_text(heap, json.get_ref<const std::string&>());
    case Json::value_t::boolean: return Value::boolean(json.get<bool>());
    case Json::value_t::number_integer: {
      const auto number = json.get<int64_t>();
      return number >= INT32_MIN && number <= INT32_MAX ? Value::integer(number) : Value::long_value(number);
    }
    case Json::value_t::number_unsigned: {
      const auto number = json.get<uint64_t>();
      if (number <= INT32_MAX) return Value::integer(static_cast<int64_t>(number));
      if (number <= INT64_MAX) return Value::long_value(static_cast<int64_t>(number));
      return Value::object(heap.make<BigIntegerObject>(static_cast<__int128>(number)));
    }
    case Json::value_t::number_float: return Value::real(json.get<double>());
    default: return {};
  }
}

namespace {

Json write_json(const Value& value, int depth) {
  if (depth > 500) throw_java(ClassId::kIllegalArgumentException, "Iterable object is self-referencing itself");
  switch (value.tag) {
    case Tag::kNull: return nullptr;
    case Tag::kBool: return value.i != 0;
    case Tag::kChar: return java_text(value);
    case Tag::kFloat: {
      // The shortest digits of the float, so that 3.4f is 3.4.
      std::string digits;
      append_float_text(digits, static_cast<float>(value.d));
      return std::isfinite(value.d) ? Json(std::strtod(digits.c_str(), nullptr)) : Json(digits);
    }
    case Tag::kDouble: return std::isfinite(value.d) ? Json(value.d) : Json(java_text(value));
    case Tag::kObject: break;
    default: return value.i;
  }
  const Object& object = *value.o;
  if (const std::string* text = as_text(value)) return *text;
  if (const auto* list = dynamic_cast<const ListObject*>(&object)) {
    Json out = Json::array();
    for (const Value& item : list->items) out.push_back(write_json(item, depth + 1));
    return out;
  }
  if (const auto* map = dynamic_cast<const MapObject*>(&object)) {
    if (const Json* whole = map->untouched()) return *whole;
    Json out = Json::object();
    for (const uint32_t i : map->order()) {
      const auto& entry = map->entries()[i];
      if (entry.key.is_null()) throw_java(ClassId::kIllegalArgumentException, "field name cannot be null");
      out[java_text(entry.key)] = write_json(entry.value, depth + 1);
    }
    return out;
  }
  if (const auto* set = dynamic_cast<const SetObject*>(&object)) {
    Json out = Json::array();
    for (const uint32_t i : set->map.order()) out.push_back(write_json(set->map.entries()[i].key, depth + 1));
    return out;
  }
  if (const auto* big = dynamic_cast<const BigIntegerObject*>(&object)) {
    if (big->value >= 0 && big->value <= static_cast<__int128>(UINT64_MAX)) return static_cast<uint64_t>(big->value);
    return big->text();
  }
  std::string text;
  if (append_time_json(text, object)) return text;
  if (auto other = other_json(object, depth)) return std::move(*other);
  throw_java(ClassId::kIllegalArgumentException, "cannot write xcontent for unknown value of type class " + std::string(class_name(value)));
}

}  // namespace

Json to_json(const Value& value) { return write_json(value, 0); }

// Text.

std::u16string to_utf16(std::string_view utf8) {
  std::u16string out;
  out.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (size_t k = 1; k < length; ++k) code = code << 6 | (i + k < utf8.size() ? static_cast<unsigned char>(utf8[i + k]) & 0x3F : 0);
    i += length;
    if (code >= 0x10000) {
      out += static_cast<char16_t>(0xD7C0 + (code >> 10));
      out += static_cast<char16_t>(0xDC00 | (code & 0x3FF));
    } else {
      out += static_cast<char16_t>(code);
    }
  }
  return out;
}

std::string to_utf8(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t code = text[i];
    if (code >= 0xD800 && code < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (text[++i] - 0xDC00);
    } else if (code >= 0xD800 && code < 0xE000) {
      code = '?';  // half a pair: what Java's encoder writes
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

size_t utf16_length(std::string_view utf8) {
  size_t n = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    n += (byte & 0xC0) != 0x80;
    n += byte >= 0xF0;
  }
  return n;
}

}  // namespace tarn::script
