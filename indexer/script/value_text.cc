// Object.toString of values.

#include <cmath>

#include "indexer/script/big_integer.h"
#include "indexer/script/times.h"
#include "indexer/script/value.h"

namespace tarn::script {

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

}  // namespace tarn::script
