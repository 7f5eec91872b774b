#include "indexer/script/value.h"

#include <algorithm>
#include <cmath>

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

}  // namespace tarn::script
