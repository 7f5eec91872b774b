#include <cmath>
#include <cstdlib>

#include "indexer/script/big_integer.h"
#include "indexer/script/times.h"
#include "indexer/script/value.h"
#include "indexer/script/value_text.h"

namespace tarn::script {

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

namespace {

void append_value(std::string& out, const Value& value, int depth) {
  if (depth > 500) throw_java(ClassId::kIllegalArgumentException, "Iterable object is self-referencing itself");
  if (const std::string* text = as_text(value)) {
    append_json_string(out, *text);
    return;
  }
  const auto* map = value.is_object() ? dynamic_cast<const MapObject*>(value.o) : nullptr;
  const auto* list = value.is_object() && map == nullptr ? dynamic_cast<const ListObject*>(value.o) : nullptr;
  if (list != nullptr) {
    out += '[';
    for (size_t i = 0; i < list->items.size(); ++i) {
      if (i > 0) out += ',';
      append_value(out, list->items[i], depth + 1);
    }
    out += ']';
  } else if (map != nullptr && map->untouched() == nullptr) {
    out += '{';
    bool first = true;
    for (const uint32_t i : map->order()) {
      const auto& entry = map->entries()[i];
      if (entry.key.is_null()) throw_java(ClassId::kIllegalArgumentException, "field name cannot be null");
      if (!first) out += ',';
      first = false;
      const std::string* name = as_text(entry.key);
      append_json_string(out, name != nullptr ? *name : java_text(entry.key));
      out += ':';
      append_value(out, entry.value, depth + 1);
    }
    out += '}';
  } else {
    out += map != nullptr ? to_text(*map->untouched()) : to_text(write_json(value, depth));
  }
}

}  // namespace

Json to_json(const Value& value) { return write_json(value, 0); }
void append_json(std::string& out, const Value& value) { append_value(out, value, 0); }

}  // namespace tarn::script
