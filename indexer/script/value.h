#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/base/json.h"
#include "indexer/script/classes.h"

namespace tarn::script {

class Object;

/// What a Java variable of type `def` may hold; boxed and unboxed numbers are one.
enum class Tag : uint8_t { kNull, kBool, kByte, kShort, kChar, kInt, kLong, kFloat, kDouble, kObject };

/// Sixteen bytes, copied freely. Objects belong to a Heap (or to a compiled script) and outlive every Value that the rules of
/// Heap::collect keep.
struct Value {
  Tag tag = Tag::kNull;
  union {
    int64_t i = 0;
    double d;  ///< kFloat too, rounded
    Object* o;
  };

  static Value null() { return {}; }
  static Value boolean(bool b) { return whole(Tag::kBool, b); }
  static Value whole(Tag tag, int64_t i) {
    Value v;
    v.tag = tag;
    v.i = i;
    return v;
  }
  static Value integer(int64_t i) { return whole(Tag::kInt, static_cast<int32_t>(i)); }
  static Value long_value(int64_t i) { return whole(Tag::kLong, i); }
  static Value character(char16_t c) { return whole(Tag::kChar, c); }
  static Value real(double d) {
    Value v;
    v.tag = Tag::kDouble;
    v.d = d;
    return v;
  }
  static Value single(float f) {
    Value v;
    v.tag = Tag::kFloat;
    v.d = f;
    return v;
  }
  static Value object(Object* o) {
    Value v;
    v.tag = o == nullptr ? Tag::kNull : Tag::kObject;
    v.o = o;
    return v;
  }
  bool is_null() const { return tag == Tag::kNull; }
  bool is_object() const { return tag == Tag::kObject; }
  bool is_whole() const { return tag >= Tag::kByte && tag <= Tag::kLong; }      ///< char included
  bool is_floating() const { return tag == Tag::kFloat || tag == Tag::kDouble; }
  bool is_number() const { return tag >= Tag::kByte && tag <= Tag::kDouble; }   ///< char included, as Painless does sums with it
  /// Of a number; anything else is 0.
  double as_double() const { return is_floating() ? d : tag == Tag::kNull || tag == Tag::kObject ? 0 : static_cast<double>(i); }
  int64_t as_long() const;
};

class Heap;

/// Marks what is still in use.
class Marker {
 public:
  void mark(const Value& value) {
    if (value.is_object()) mark(value.o);
  }
  void mark(Object* object);
  std::vector<Object*> pending;
};

class Object {
 public:
  explicit Object(ClassId cls) : cls(cls) {}
  virtual ~Object() = default;
  virtual void trace(Marker&) {}

  ClassId cls;
  bool marked = false;
  bool shared = false;  ///< belongs to a compiled script: several threads read it, none writes it
};

/// Objects of one run. Nothing is freed while a script executes; between executions collect() frees what the roots do not reach.
class Heap {
 public:
  explicit Heap(size_t limit_bytes) : limit_(limit_bytes) {}

  template <class T, class... Args>
  T* make(Args&&... args) {
    charge(sizeof(T) + 32);
    auto object = std::make_unique<T>(std::forward<Args>(args)...);
    T* raw = object.get();
    objects_.push_back(std::move(object));
    return raw;
  }
  /// Accounts for memory that an object takes besides itself. Throws painless_error past the limit.
  void charge(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > limit_) fail_limit();
  }
  size_t bytes() const { return bytes_; }
  bool wants_collection() const { return bytes_ > trigger_; }
  /// Frees what `roots` do not reach.
  void collect(const std::function<void(Marker&)>& roots);

 private:
  [[noreturn]] void fail_limit() const;
  std::vector<std::unique_ptr<Object>> objects_;
  size_t bytes_ = 0, limit_, trigger_ = 256 << 10;
};

class StringObject final : public Object {
 public:
  explicit StringObject(std::string t);
  std::string text;  ///< UTF-8
  bool ascii;
};

class ListObject final : public Object {
 public:
  explicit ListObject(ClassId cls = ClassId::kArrayList) : Object(cls) {}
  void trace(Marker& marker) override {
    for (const Value& item : items) marker.mark(item);
  }
  std::vector<Value> items;
  bool fixed = false;           ///< throws unsupported_operation_exception when changed
  Tag element = Tag::kNull;     ///< arrays: of primitives; kNull: of objects
};

/// java.util.Map by class: HashMap (and Map literals) iterate as Java's table does, LinkedHashMap as inserted, TreeMap sorted.
class MapObject final : public Object {
 public:
  explicit MapObject(ClassId cls = ClassId::kHashMap) : Object(cls) {}
  void trace(Marker& marker) override;

  const Value* find(const Value& key) const;
  /// Members come from `json` (which outlives the map) as they are asked for; all of them once something else happens.
  void fill_from(Heap& heap, const Json& json) { heap_ = &heap, json_ = &json; }
  /// The JSON that nothing has been taken from yet; null if the map is one of its own.
  const Json* untouched() const { return entries_.empty() ? json_ : nullptr; }
  /// The value before, or null.
  Value put(const Value& key, const Value& value);
  Value remove(const Value& key);
  void clear();
  size_t size() const { return fill(), used_; }
  struct Entry {
    Value key, value;
    int32_t hash;
    bool live;
  };
  /// Indices into entries(), in the order of iteration.
  std::vector<uint32_t> order() const;
  const std::vector<Entry>& entries() const { return fill(), entries_; }
  bool fixed = false;

 private:
  size_t locate(const Value& key, int32_t hash) const;
  void fill() const {
    if (json_ != nullptr) const_cast<MapObject*>(this)->take_all();
  }
  void take_all();
  Value insert(const Value& key, int32_t hash, const Value& value);
  std::vector<Entry> entries_;
  std::unordered_multimap<int32_t, uint32_t> index_;  // empty while there are few entries
  size_t used_ = 0, table_ = 16;
  Heap* heap_ = nullptr;
  const Json* json_ = nullptr;  // where entries that were not asked for yet come from
};

class SetObject final : public Object {
 public:
  explicit SetObject(ClassId cls = ClassId::kHashSet) : Object(cls), map(map_class(cls)) {}
  void trace(Marker& marker) override { map.trace(marker); }
  static ClassId map_class(ClassId cls) {
    return cls == ClassId::kTreeSet ? ClassId::kTreeMap : cls == ClassId::kLinkedHashSet ? ClassId::kLinkedHashMap : ClassId::kHashMap;
  }
  MapObject map;
  bool fixed = false;
};

class EntryObject final : public Object {
 public:
  EntryObject(MapObject* owner, Value key, Value value) : Object(ClassId::kMapEntry), owner(owner), key(key), value(value) {}
  void trace(Marker& marker) override {
    if (owner != nullptr) marker.mark(owner);
    marker.mark(key);
    marker.mark(value);
  }
  MapObject* owner;
  Value key, value;
};

class IteratorObject final : public Object {
 public:
  IteratorObject() : Object(ClassId::kIterator) {}
  void trace(Marker& marker) override {
    for (const Value& item : items) marker.mark(item);
    marker.mark(source);
  }
  std::vector<Value> items;
  size_t next = 0;
  size_t removed = 0;
  Value source;  ///< what remove() takes from
};

class BuilderObject final : public Object {
 public:
  BuilderObject() : Object(ClassId::kStringBuilder) {}
  std::string text;
};

class ExceptionObject final : public Object {
 public:
  ExceptionObject(ClassId cls, std::string message, bool has_message)
      : Object(cls), message(std::move(message)), has_message(has_message) {}
  std::string message;
  bool has_message;
};

class Run;
struct Function;

/// A lambda or method reference: script code with what it captured, or our own code.
class LambdaObject final : public Object {
 public:
  using Native = std::function<Value(Run&, const Value* arguments, size_t count)>;
  LambdaObject() : Object(ClassId::kLambda) {}
  void trace(Marker& marker) override {
    for (const Value& value : captured) marker.mark(value);
  }
  const Function* function = nullptr;
  std::vector<Value> captured;
  Native native;
  int arity = -1;  ///< of `native`; -1: any
};

class StreamObject final : public Object {
 public:
  explicit StreamObject(ClassId cls = ClassId::kStream) : Object(cls) {}
  void trace(Marker& marker) override {
    for (const Value& item : items) marker.mark(item);
  }
  std::vector<Value> items;
};

/// Optional, OptionalInt and their like.
class OptionalObject final : public Object {
 public:
  explicit OptionalObject(Value value, bool present) : Object(ClassId::kOptional), value(value), present(present) {}
  void trace(Marker& marker) override { marker.mark(value); }
  Value value;
  bool present;
};

/// What Java code would throw; caught by a script's catch clause, or shown as the cause of a runtime error.
struct Thrown : std::exception {
  Thrown(ClassId cls, std::string message, bool has_message = true, std::vector<std::string> java_stack = {},
         std::vector<std::pair<std::string, Json>> members = {})
      : cls(cls), message(std::move(message)), has_message(has_message), java_stack(std::move(java_stack)), members(std::move(members)) {}
  const char* what() const noexcept override { return message.c_str(); }
  ClassId cls;
  std::string message;
  bool has_message;
  std::vector<std::string> java_stack;   ///< frames above the script's own, where worth showing
  std::vector<std::pair<std::string, Json>> members;
};
[[noreturn]] void throw_java(ClassId cls, std::string message);
[[noreturn]] void throw_null();            ///< the NullPointerException of a call on null
[[noreturn]] void throw_java(ClassId cls); ///< without a message

/// Object.toString, equals, hashCode.
std::string java_text(const Value& value);
void append_text(std::string& out, const Value& value);
bool java_equals(const Value& a, const Value& b);    ///< equals(): Integer 1 is not Long 1
int32_t java_hash(const Value& value);
int32_t string_hash(std::string_view utf8);
/// Comparable.compareTo; throws class_cast_exception for what has no order.
int java_compare(const Value& a, const Value& b);
ClassId class_of(const Value& value);                ///< kObject for null
/// "java.lang.Integer"; "null" for null.
std::string_view class_name(const Value& value);
const std::string* as_text(const Value& value);      ///< null where it is no string
inline bool is_text(const Value& value) { return value.is_object() && value.o->cls == ClassId::kString; }

Value make_text(Heap& heap, std::string text);
/// JSON objects become LinkedHashMap (or `map_class`), arrays ArrayList, integers Integer, Long (or BigInteger), reals Double.
Value from_json(Heap& heap, const Json& json, ClassId map_class = ClassId::kHashMap);
/// A LinkedHashMap over `json` (which outlives it), filled as it is read; inner objects likewise.
Value lazy_map(Heap& heap, const Json& json);
/// Throws illegal_argument_exception for what XContentBuilder cannot write, and for a container that holds itself.
Json to_json(const Value& value);

/// UTF-16 view of a text, as Java counts.
std::u16string to_utf16(std::string_view utf8);
std::string to_utf8(std::u16string_view text);
size_t utf16_length(std::string_view utf8);

}  // namespace tarn::script
