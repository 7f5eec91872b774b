#include <algorithm>
#include <functional>

#include "indexer/script/builtins.h"

namespace tarn::script {

namespace {

using C = ClassId;

/// Streams here are lists: each step works on all elements at once.
StreamObject& stream_of(const Value& value) { return *static_cast<StreamObject*>(value.o); }

Value new_stream(Run& run, C cls, std::vector<Value> items) {
  auto* out = run.heap().make<StreamObject>(cls);
  run.heap().charge(items.size() * sizeof(Value));
  out->items = std::move(items);
  return Value::object(out);
}

class CollectorObject final : public Object {
 public:
  using Finish = std::function<Value(Run&, const std::vector<Value>&)>;
  explicit CollectorObject(Finish finish, std::vector<Value> held) : Object(C::kCollector), finish(std::move(finish)), held(std::move(held)) {}
  void trace(Marker& marker) override {
    for (const Value& value : held) marker.mark(value);
  }
  Finish finish;
  std::vector<Value> held;
};
Value collector(Run& run, CollectorObject::Finish finish, std::vector<Value> held = {}) {
  return Value::object(run.heap().make<CollectorObject>(std::move(finish), std::move(held)));
}
Value collect(Run& run, const Value& by, const std::vector<Value>& items) {
  if (class_of(by) != C::kCollector) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(by)) + " to java.util.stream.Collector");
  return static_cast<CollectorObject*>(by.o)->finish(run, items);
}

Value optional(Run& run, const Value& value, bool present) { return Value::object(run.heap().make<OptionalObject>(value, present)); }
OptionalObject& optional_of(const Value& value) { return *static_cast<OptionalObject*>(value.o); }

Value mapped(Run& run, Value* a, C cls, char letter) {
  std::vector<Value> out;
  for (const Value& item : stream_of(a[0]).items) {
    const Value value = call1(run, a[1], item);
    out.push_back(letter == 'O' ? value : convert_argument(value, letter));
  }
  return new_stream(run, cls, std::move(out));
}

C kind(const Value& stream) { return class_of(stream); }
char letter_of_stream(C cls) { return cls == C::kIntStream ? 'I' : cls == C::kLongStream ? 'J' : cls == C::kDoubleStream ? 'D' : 'O'; }

Value sum(const std::vector<Value>& items, C cls) {
  if (cls == C::kDoubleStream) {
    double out = 0;
    for (const Value& item : items) out += item.as_double();
    return Value::real(out);
  }
  uint64_t out = 0;
  for (const Value& item : items) out += static_cast<uint64_t>(item.as_long());
  return cls == C::kIntStream ? Value::integer(static_cast<int32_t>(out)) : Value::long_value(static_cast<int64_t>(out));
}
double average(const std::vector<Value>& items) {
  double out = 0;
  for (const Value& item : items) out += item.as_double();
  return items.empty() ? 0 : out / static_cast<double>(items.size());
}

Value best(Run& run, const std::vector<Value>& items, const Value& comparator, bool greatest) {
  if (items.empty()) return optional(run, {}, false);
  Value out = items[0];
  for (size_t i = 1; i < items.size(); ++i) {
    const int64_t order = comparator.is_null() ? java_compare(items[i], out) : convert_argument(call2(run, comparator, items[i], out), 'I').i;
    if (greatest ? order >= 0 : order < 0) out = items[i];
  }
  return optional(run, out, true);
}

Value group(Run& run, const Value& key_of, const Value& downstream, const std::vector<Value>& items, bool partition) {
  auto* out = run.heap().make<MapObject>(partition ? C::kLinkedHashMap : C::kHashMap);
  std::vector<std::vector<Value>> lists;
  auto* places = run.heap().make<MapObject>(C::kLinkedHashMap);
  const auto place = [&](const Value& key) {
    if (const Value* found = places->find(key)) return static_cast<size_t>(found->i);
    places->put(key, Value::integer(static_cast<int64_t>(lists.size())));
    lists.emplace_back();
    return lists.size() - 1;
  };
  if (partition) place(Value::boolean(false)), place(Value::boolean(true));
  for (const Value& item : items) lists[place(call1(run, key_of, item))].push_back(item);
  for (const uint32_t i : places->order()) {
    const auto& entry = places->entries()[i];
    const auto& list = lists[static_cast<size_t>(entry.value.i)];
    run.heap().charge(sizeof(MapObject::Entry));
    out->put(entry.key, downstream.is_null() ? new_list(run, list) : collect(run, downstream, list));
  }
  return Value::object(out);
}

Value comparing(Run& run, const Value& key, const Value& by) {
  const Value out = native_lambda(run, 2, [key, by](Run& r, const Value* x, size_t) {
    const Value a = call1(r, key, x[0]), b = call1(r, key, x[1]);
    return by.is_null() ? Value::integer(java_compare(a, b)) : call2(r, by, a, b);
  });
  static_cast<LambdaObject*>(out.o)->captured = {key, by};
  return out;
}

void add_streams(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kCollection, "stream", "O:", [](Run& r, Value* a, size_t) { return new_stream(r, C::kStream, elements_of(r, a[0])); }},
      {C::kStream, "of", "O:*", [](Run& r, Value* a, size_t n) { return new_stream(r, C::kStream, n == 1 && class_of(a[0]) == C::kArray ? elements_of(r, a[0]) : std::vector<Value>(a, a + n)); }, kStatic},
      {C::kIntStream, "range", "O:II", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         r.heap().charge(a[1].i > a[0].i ? static_cast<size_t>(a[1].i - a[0].i) * sizeof(Value) : 0);
         for (int64_t i = a[0].i; i < a[1].i; ++i) out.push_back(Value::integer(i));
         return new_stream(r, C::kIntStream, std::move(out));
       }, kStatic},
      {C::kIntStream, "rangeClosed", "O:II", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         r.heap().charge(a[1].i >= a[0].i ? static_cast<size_t>(a[1].i - a[0].i + 1) * sizeof(Value) : 0);
         for (int64_t i = a[0].i; i <= a[1].i; ++i) out.push_back(Value::integer(i));
         return new_stream(r, C::kIntStream, std::move(out));
       }, kStatic},
      {C::kStream, "filter", "O:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         for (const Value& item : stream_of(a[0]).items) {
           if (truth(call1(r, a[1], item))) out.push_back(item);
         }
         return new_stream(r, kind(a[0]), std::move(out));
       }},
      {C::kStream, "map", "O:O", [](Run& r, Value* a, size_t) { return mapped(r, a, kind(a[0]), letter_of_stream(kind(a[0]))); }},
      {C::kStream, "mapToInt", "O:O", [](Run& r, Value* a, size_t) { return mapped(r, a, C::kIntStream, 'I'); }},
      {C::kStream, "mapToLong", "O:O", [](Run& r, Value* a, size_t) { return mapped(r, a, C::kLongStream, 'J'); }},
      {C::kStream, "mapToDouble", "O:O", [](Run& r, Value* a, size_t) { return mapped(r, a, C::kDoubleStream, 'D'); }},
      {C::kStream, "mapToObj", "O:O", [](Run& r, Value* a, size_t) { return mapped(r, a, C::kStream, 'O'); }},
      {C::kStream, "boxed", "O:", [](Run& r, Value* a, size_t) { return new_stream(r, C::kStream, stream_of(a[0]).items); }},
      {C::kStream, "asDoubleStream", "O:", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         for (const Value& item : stream_of(a[0]).items) out.push_back(Value::real(item.as_double()));
         return new_stream(r, C::kDoubleStream, std::move(out));
       }},
      {C::kStream, "asLongStream", "O:", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         for (const Value& item : stream_of(a[0]).items) out.push_back(Value::long_value(item.as_long()));
         return new_stream(r, C::kLongStream, std::move(out));
       }},
      {C::kStream, "flatMap", "O:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> out;
         for (const Value& item : stream_of(a[0]).items) {
           const Value inner = call1(r, a[1], item);
           if (inner.is_null()) continue;
           const auto more = elements_of(r, inner);
           r.heap().charge(more.size() * sizeof(Value));
           out.insert(out.end(), more.begin(), more.end());
         }
         return new_stream(r, kind(a[0]), std::move(out));
       }},
      {C::kStream, "sorted", "O:", [](Run& r, Value* a, size_t) {
         std::vector<Value> out = stream_of(a[0]).items;
         sort_values(r, out, {});
         return new_stream(r, kind(a[0]), std::move(out));
       }},
      {C::kStream, "sorted", "O:O", [](Run& r, Value* a, size_t) {
         std::vector<Value> out = stream_of(a[0]).items;
         sort_values(r, out, a[1]);
         return new_stream(r, kind(a[0]), std::move(out));
       }},
      {C::kStream, "distinct", "O:", [](Run& r, Value* a, size_t) {
         SetObject seen(C::kLinkedHashSet);
         std::vector<Value> out;
         for (const Value& item : stream_of(a[0]).items) {
           if (seen.map.find(item) != nullptr) continue;
           seen.map.put(item, Value::boolean(true));
           out.push_back(item);
         }
         return new_stream(r, kind(a[0]), std::move(out));
       }},
      {C::kStream, "limit", "O:J", [](Run& r, Value* a, size_t) -> Value {
         if (a[1].i < 0) throw_java(C::kIllegalArgumentException, std::to_string(a[1].i));
         const auto& items = stream_of(a[0]).items;
         return new_stream(r, kind(a[0]), {items.begin(), items.begin() + std::min<int64_t>(a[1].i, static_cast<int64_t>(items.size()))});
       }},
      {C::kStream, "skip", "O:J", [](Run& r, Value* a, size_t) -> Value {
         if (a[1].i < 0) throw_java(C::kIllegalArgumentException, std::to_string(a[1].i));
         const auto& items = stream_of(a[0]).items;
         return new_stream(r, kind(a[0]), {items.begin() + std::min<int64_t>(a[1].i, static_cast<int64_t>(items.size())), items.end()});
       }},
      {C::kStream, "peek", "O:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : stream_of(a[0]).items) call1(r, a[1], item);
         return a[0];
       }},
      {C::kStream, "forEach", "V:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : stream_of(a[0]).items) call1(r, a[1], item);
         return Value();
       }},
      {C::kStream, "collect", "O:O", [](Run& r, Value* a, size_t) { return collect(r, a[1], stream_of(a[0]).items); }},
      {C::kStream, "collect", "O:OOO", [](Run& r, Value* a, size_t) {
         const Value out = call_lambda(r, a[1], nullptr, 0);
         for (const Value& item : stream_of(a[0]).items) call2(r, a[2], out, item);
         return out;
       }},
      {C::kStream, "toArray", "O:", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<ListObject>(C::kArray);
         out->items = stream_of(a[0]).items;
         return Value::object(out);
       }},
      {C::kStream, "toArray", "O:O", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<ListObject>(C::kArray);
         out->items = stream_of(a[0]).items;
         return Value::object(out);
       }},
      {C::kStream, "count", "J:", [](Run&, Value* a, size_t) { return Value::long_value(static_cast<int64_t>(stream_of(a[0]).items.size())); }},
      {C::kStream, "sum", "O:", [](Run&, Value* a, size_t) { return sum(stream_of(a[0]).items, kind(a[0])); }},
      {C::kStream, "average", "O:", [](Run& r, Value* a, size_t) { return optional(r, Value::real(average(stream_of(a[0]).items)), !stream_of(a[0]).items.empty()); }},
      {C::kStream, "max", "O:", [](Run& r, Value* a, size_t) { return best(r, stream_of(a[0]).items, {}, true); }},
      {C::kStream, "min", "O:", [](Run& r, Value* a, size_t) { return best(r, stream_of(a[0]).items, {}, false); }},
      {C::kStream, "max", "O:O", [](Run& r, Value* a, size_t) { return best(r, stream_of(a[0]).items, a[1], true); }},
      {C::kStream, "min", "O:O", [](Run& r, Value* a, size_t) { return best(r, stream_of(a[0]).items, a[1], false); }},
      {C::kStream, "anyMatch", "Z:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : stream_of(a[0]).items) {
           if (truth(call1(r, a[1], item))) return Value::boolean(true);
         }
         return Value::boolean(false);
       }},
      {C::kStream, "allMatch", "Z:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : stream_of(a[0]).items) {
           if (!truth(call1(r, a[1], item))) return Value::boolean(false);
         }
         return Value::boolean(true);
       }},
      {C::kStream, "noneMatch", "Z:O", [](Run& r, Value* a, size_t) {
         for (const Value& item : stream_of(a[0]).items) {
           if (truth(call1(r, a[1], item))) return Value::boolean(false);
         }
         return Value::boolean(true);
       }},
      {C::kStream, "findFirst", "O:", [](Run& r, Value* a, size_t) { return stream_of(a[0]).items.empty() ? optional(r, {}, false) : optional(r, stream_of(a[0]).items[0], true); }},
      {C::kStream, "findAny", "O:", [](Run& r, Value* a, size_t) { return stream_of(a[0]).items.empty() ? optional(r, {}, false) : optional(r, stream_of(a[0]).items[0], true); }},
      {C::kStream, "reduce", "O:O", [](Run& r, Value* a, size_t) {
         const auto& items = stream_of(a[0]).items;
         if (items.empty()) return optional(r, {}, false);
         Value out = items[0];
         for (size_t i = 1; i < items.size(); ++i) out = call2(r, a[1], out, items[i]);
         return optional(r, out, true);
       }},
      {C::kStream, "reduce", "O:OO", [](Run& r, Value* a, size_t) {
         Value out = a[1];
         for (const Value& item : stream_of(a[0]).items) out = call2(r, a[2], out, item);
         return out;
       }},
      {C::kStream, "iterator", "O:", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<IteratorObject>();
         out->items = stream_of(a[0]).items;
         return Value::object(out);
       }},
  });
}

void add_collectors(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kCollectors, "toList", "O:", [](Run& r, Value*, size_t) { return collector(r, [](Run& run, const std::vector<Value>& items) { return new_list(run, items); }); }, kStatic},
      {C::kCollectors, "toSet", "O:", [](Run& r, Value*, size_t) {
         return collector(r, [](Run& run, const std::vector<Value>& items) {
           auto* out = run.heap().make<SetObject>();
           for (const Value& item : items) out->map.put(item, Value::boolean(true));
           return Value::object(out);
         });
       }, kStatic},
      {C::kCollectors, "joining", "O:", [](Run& r, Value*, size_t) {
         return collector(r, [](Run& run, const std::vector<Value>& items) {
           std::string out;
           for (const Value& item : items) append_text(out, item);
           return text_value(run, std::move(out));
         });
       }, kStatic},
      {C::kCollectors, "joining", "O:S", [](Run& r, Value* a, size_t) {
         return collector(r, [separator = text_of(a[0])](Run& run, const std::vector<Value>& items) {
           std::string out;
           for (size_t i = 0; i < items.size(); ++i) append_text(i > 0 ? out += separator : out, items[i]);
           return text_value(run, std::move(out));
         });
       }, kStatic},
      {C::kCollectors, "joining", "O:SSS", [](Run& r, Value* a, size_t) {
         return collector(r, [separator = text_of(a[0]), prefix = text_of(a[1]), suffix = text_of(a[2])](Run& run, const std::vector<Value>& items) {
           std::string out = prefix;
           for (size_t i = 0; i < items.size(); ++i) append_text(i > 0 ? out += separator : out, items[i]);
           return text_value(run, out + suffix);
         });
       }, kStatic},
      {C::kCollectors, "counting", "O:", [](Run& r, Value*, size_t) { return collector(r, [](Run&, const std::vector<Value>& items) { return Value::long_value(static_cast<int64_t>(items.size())); }); }, kStatic},
      {C::kCollectors, "groupingBy", "O:O", [](Run& r, Value* a, size_t) { return collector(r, [key = a[0]](Run& run, const std::vector<Value>& items) { return group(run, key, {}, items, false); }, {a[0]}); }, kStatic},
      {C::kCollectors, "groupingBy", "O:OO", [](Run& r, Value* a, size_t) { return collector(r, [key = a[0], down = a[1]](Run& run, const std::vector<Value>& items) { return group(run, key, down, items, false); }, {a[0], a[1]}); }, kStatic},
      {C::kCollectors, "partitioningBy", "O:O", [](Run& r, Value* a, size_t) { return collector(r, [key = a[0]](Run& run, const std::vector<Value>& items) { return group(run, key, {}, items, true); }, {a[0]}); }, kStatic},
      {C::kCollectors, "mapping", "O:OO", [](Run& r, Value* a, size_t) {
         return collector(r, [map = a[0], down = a[1]](Run& run, const std::vector<Value>& items) {
           std::vector<Value> out;
           for (const Value& item : items) out.push_back(call1(run, map, item));
           return collect(run, down, out);
         }, {a[0], a[1]});
       }, kStatic},
      {C::kCollectors, "toMap", "O:OO", [](Run& r, Value* a, size_t) {
         return collector(r, [key = a[0], value = a[1]](Run& run, const std::vector<Value>& items) {
           auto* out = run.heap().make<MapObject>();
           for (const Value& item : items) {
             const Value k = call1(run, key, item);
             if (out->find(k) != nullptr) throw_java(C::kIllegalStateException, "Duplicate key " + java_text(k) + " (attempted merging values " + java_text(*out->find(k)) + " and " + java_text(call1(run, value, item)) + ")");
             run.heap().charge(sizeof(MapObject::Entry));
             out->put(k, call1(run, value, item));
           }
           return Value::object(out);
         }, {a[0], a[1]});
       }, kStatic},
      {C::kCollectors, "toMap", "O:OOO", [](Run& r, Value* a, size_t) {
         return collector(r, [key = a[0], value = a[1], merge = a[2]](Run& run, const std::vector<Value>& items) {
           auto* out = run.heap().make<MapObject>();
           for (const Value& item : items) {
             const Value k = call1(run, key, item), v = call1(run, value, item);
             const Value* found = out->find(k);
             run.heap().charge(sizeof(MapObject::Entry));
             out->put(k, found == nullptr ? v : call2(run, merge, *found, v));
           }
           return Value::object(out);
         }, {a[0], a[1], a[2]});
       }, kStatic},
  });
  const auto summing = [&](std::string_view name, C cls, char letter) {
    static_cast<void>(letter);
    const NativeFunction code = cls == C::kIntStream    ? +[](Run& r, Value* a, size_t) { return collector(r, [map = a[0]](Run& run, const std::vector<Value>& items) {
      std::vector<Value> out;
      for (const Value& item : items) out.push_back(call1(run, map, item));
      return sum(out, C::kIntStream); }, {a[0]}); }
                                : cls == C::kLongStream ? +[](Run& r, Value* a, size_t) { return collector(r, [map = a[0]](Run& run, const std::vector<Value>& items) {
      std::vector<Value> out;
      for (const Value& item : items) out.push_back(call1(run, map, item));
      return sum(out, C::kLongStream); }, {a[0]}); }
                                                        : +[](Run& r, Value* a, size_t) { return collector(r, [map = a[0]](Run& run, const std::vector<Value>& items) {
      std::vector<Value> out;
      for (const Value& item : items) out.push_back(call1(run, map, item));
      return sum(out, C::kDoubleStream); }, {a[0]}); };
    t.push_back({C::kCollectors, name, "O:O", code, kStatic});
  };
  summing("summingInt", C::kIntStream, 'I');
  summing("summingLong", C::kLongStream, 'J');
  summing("summingDouble", C::kDoubleStream, 'D');
  for (const std::string_view name : {"averagingInt", "averagingLong", "averagingDouble"}) {
    t.push_back({C::kCollectors, name, "O:O", [](Run& r, Value* a, size_t) {
                   return collector(r, [map = a[0]](Run& run, const std::vector<Value>& items) {
                     std::vector<Value> out;
                     for (const Value& item : items) out.push_back(call1(run, map, item));
                     return Value::real(average(out));
                   }, {a[0]});
                 }, kStatic});
  }
}

EntryObject& entry_of(const Value& value) {
  if (class_of(value) != C::kMapEntry) throw_java(C::kClassCastException, "Cannot cast " + std::string(class_name(value)) + " to java.util.Map$Entry");
  return *static_cast<EntryObject*>(value.o);
}

void add_optionals(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  for (const std::string_view name : {"get", "getAsInt", "getAsLong", "getAsDouble"}) {
    t.push_back({C::kOptional, name, "O:", [](Run&, Value* a, size_t) -> Value {
                   if (!optional_of(a[0]).present) throw_java(C::kNoSuchElementException, "No value present");
                   return optional_of(a[0]).value;
                 }});
  }
  t.insert(t.end(), {
      {C::kOptional, "of", "O:O", [](Run& r, Value* a, size_t) { return optional(r, a[0], true); }, kStatic},
      {C::kOptional, "ofNullable", "O:O", [](Run& r, Value* a, size_t) { return optional(r, a[0], !a[0].is_null()); }, kStatic},
      {C::kOptional, "empty", "O:", [](Run& r, Value*, size_t) { return optional(r, {}, false); }, kStatic},
      {C::kOptional, "isPresent", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(optional_of(a[0]).present); }},
      {C::kOptional, "orElse", "O:O", [](Run&, Value* a, size_t) { return optional_of(a[0]).present ? optional_of(a[0]).value : a[1]; }},
      {C::kOptional, "orElseGet", "O:O", [](Run& r, Value* a, size_t) { return optional_of(a[0]).present ? optional_of(a[0]).value : call_lambda(r, a[1], nullptr, 0); }},
      {C::kOptional, "ifPresent", "V:O", [](Run& r, Value* a, size_t) { return optional_of(a[0]).present ? (call1(r, a[1], optional_of(a[0]).value), Value()) : Value(); }},
      {C::kOptional, "map", "O:O", [](Run& r, Value* a, size_t) -> Value {
         if (!optional_of(a[0]).present) return a[0];
         const Value out = call1(r, a[1], optional_of(a[0]).value);
         return optional(r, out, !out.is_null());
       }},
      {C::kOptional, "filter", "O:O", [](Run& r, Value* a, size_t) { return optional_of(a[0]).present && !truth(call1(r, a[1], optional_of(a[0]).value)) ? optional(r, {}, false) : a[0]; }},
      {C::kComparator, "naturalOrder", "O:", [](Run& r, Value*, size_t) { return native_lambda(r, 2, [](Run&, const Value* x, size_t) { return Value::integer(java_compare(x[0], x[1])); }); }, kStatic},
      {C::kComparator, "reverseOrder", "O:", [](Run& r, Value*, size_t) { return native_lambda(r, 2, [](Run&, const Value* x, size_t) { return Value::integer(java_compare(x[1], x[0])); }); }, kStatic},
      {C::kComparator, "comparing", "O:O", [](Run& r, Value* a, size_t) { return comparing(r, a[0], {}); }, kStatic},
      {C::kComparator, "comparing", "O:OO", [](Run& r, Value* a, size_t) { return comparing(r, a[0], a[1]); }, kStatic},
      {C::kComparator, "comparingInt", "O:O", [](Run& r, Value* a, size_t) { return comparing(r, a[0], {}); }, kStatic},
      {C::kComparator, "comparingLong", "O:O", [](Run& r, Value* a, size_t) { return comparing(r, a[0], {}); }, kStatic},
      {C::kComparator, "comparingDouble", "O:O", [](Run& r, Value* a, size_t) { return comparing(r, a[0], {}); }, kStatic},
      {C::kMapEntry, "comparingByKey", "O:", [](Run& r, Value*, size_t) { return native_lambda(r, 2, [](Run&, const Value* x, size_t) { return Value::integer(java_compare(entry_of(x[0]).key, entry_of(x[1]).key)); }); }, kStatic},
      {C::kMapEntry, "comparingByValue", "O:", [](Run& r, Value*, size_t) { return native_lambda(r, 2, [](Run&, const Value* x, size_t) { return Value::integer(java_compare(entry_of(x[0]).value, entry_of(x[1]).value)); }); }, kStatic},
  });
}

}  // namespace

void add_stream_methods(std::vector<Method>& t) {
  add_streams(t);
  add_collectors(t);
  add_optionals(t);
}

}  // namespace tarn::script
