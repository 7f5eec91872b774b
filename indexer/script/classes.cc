#include "indexer/script/classes.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "indexer/script/builtins.h"

namespace tarn::script {

namespace {

using C = ClassId;

const std::vector<ClassInfo>& table() {
  static const std::vector<ClassInfo> infos = [] {
    std::vector<ClassInfo> t = {
        {C::kObject, "Object", "java.lang.Object", {}},
        {C::kString, "String", "java.lang.String", {C::kCharSequence, C::kObject}},
        {C::kCharSequence, "CharSequence", "java.lang.CharSequence", {C::kObject}},
        {C::kBoolean, "Boolean", "java.lang.Boolean", {C::kObject}},
        {C::kNumber, "Number", "java.lang.Number", {C::kObject}},
        {C::kByte, "Byte", "java.lang.Byte", {C::kNumber, C::kObject}},
        {C::kShort, "Short", "java.lang.Short", {C::kNumber, C::kObject}},
        {C::kCharacter, "Character", "java.lang.Character", {C::kObject}},
        {C::kInteger, "Integer", "java.lang.Integer", {C::kNumber, C::kObject}},
        {C::kLong, "Long", "java.lang.Long", {C::kNumber, C::kObject}},
        {C::kFloat, "Float", "java.lang.Float", {C::kNumber, C::kObject}},
        {C::kDouble, "Double", "java.lang.Double", {C::kNumber, C::kObject}},
        {C::kMath, "Math", "java.lang.Math", {C::kObject}},
        {C::kIterable, "Iterable", "java.lang.Iterable", {C::kObject}},
        {C::kCollection, "Collection", "java.util.Collection", {C::kIterable, C::kObject}},
        {C::kList, "List", "java.util.List", {C::kCollection, C::kIterable, C::kObject}},
        {C::kArrayList, "ArrayList", "java.util.ArrayList", {C::kList, C::kCollection, C::kIterable, C::kObject}},
        {C::kLinkedList, "LinkedList", "java.util.LinkedList", {C::kList, C::kCollection, C::kIterable, C::kObject}},
        {C::kArray, "array", "java.lang.Object[]", {C::kObject}, false},
        {C::kMap, "Map", "java.util.Map", {C::kObject}},
        {C::kHashMap, "HashMap", "java.util.HashMap", {C::kMap, C::kObject}},
        {C::kLinkedHashMap, "LinkedHashMap", "java.util.LinkedHashMap", {C::kHashMap, C::kMap, C::kObject}},
        {C::kTreeMap, "TreeMap", "java.util.TreeMap", {C::kMap, C::kObject}},
        {C::kSet, "Set", "java.util.Set", {C::kCollection, C::kIterable, C::kObject}},
        {C::kHashSet, "HashSet", "java.util.HashSet", {C::kSet, C::kCollection, C::kIterable, C::kObject}},
        {C::kLinkedHashSet, "LinkedHashSet", "java.util.LinkedHashSet", {C::kHashSet, C::kSet, C::kCollection, C::kIterable, C::kObject}},
        {C::kTreeSet, "TreeSet", "java.util.TreeSet", {C::kSet, C::kCollection, C::kIterable, C::kObject}},
        {C::kIterator, "Iterator", "java.util.Iterator", {C::kObject}},
        {C::kMapEntry, "Map.Entry", "java.util.Map$Entry", {C::kObject}},
        {C::kStringBuilder, "StringBuilder", "java.lang.StringBuilder", {C::kCharSequence, C::kObject}},
        {C::kPattern, "Pattern", "java.util.regex.Pattern", {C::kObject}},
        {C::kMatcher, "Matcher", "java.util.regex.Matcher", {C::kObject}},
        {C::kLambda, "lambda", "lambda", {C::kObject}, false},
        {C::kStream, "Stream", "java.util.stream.Stream", {C::kObject}},
        {C::kIntStream, "IntStream", "java.util.stream.IntStream", {C::kStream, C::kObject}},
        {C::kLongStream, "LongStream", "java.util.stream.LongStream", {C::kStream, C::kObject}},
        {C::kDoubleStream, "DoubleStream", "java.util.stream.DoubleStream", {C::kStream, C::kObject}},
        {C::kMovingFunctions, "MovingFunctions", "org.opensearch.search.aggregations.pipeline.MovingFunctions", {C::kObject}},
        {C::kCollectors, "Collectors", "java.util.stream.Collectors", {C::kObject}},
        {C::kCollector, "Collector", "java.util.stream.Collector", {C::kObject}},
        {C::kOptional, "Optional", "java.util.Optional", {C::kObject}},
        {C::kCollections, "Collections", "java.util.Collections", {C::kObject}},
        {C::kArrays, "Arrays", "java.util.Arrays", {C::kObject}},
        {C::kObjects, "Objects", "java.util.Objects", {C::kObject}},
        {C::kComparator, "Comparator", "java.util.Comparator", {C::kObject}},
        {C::kRandom, "Random", "java.util.Random", {C::kObject}},
        {C::kUuid, "UUID", "java.util.UUID", {C::kObject}},
        {C::kBigInteger, "BigInteger", "java.math.BigInteger", {C::kNumber, C::kObject}},
        {C::kBase64, "Base64", "java.util.Base64", {C::kObject}},
        {C::kSystem, "System", "java.lang.System", {C::kObject}},
        {C::kDebug, "Debug", "org.opensearch.painless.api.Debug", {C::kObject}},
        {C::kStringJoiner, "StringJoiner", "java.util.StringJoiner", {C::kObject}},
        {C::kZonedDateTime, "ZonedDateTime", "java.time.ZonedDateTime", {C::kObject}},
        {C::kOffsetDateTime, "OffsetDateTime", "java.time.OffsetDateTime", {C::kZonedDateTime, C::kObject}},
        {C::kLocalDateTime, "LocalDateTime", "java.time.LocalDateTime", {C::kObject}},
        {C::kLocalDate, "LocalDate", "java.time.LocalDate", {C::kObject}},
        {C::kLocalTime, "LocalTime", "java.time.LocalTime", {C::kObject}},
        {C::kInstant, "Instant", "java.time.Instant", {C::kObject}},
        {C::kDuration, "Duration", "java.time.Duration", {C::kObject}},
        {C::kPeriod, "Period", "java.time.Period", {C::kObject}},
        {C::kDateTimeFormatter, "DateTimeFormatter", "java.time.format.DateTimeFormatter", {C::kObject}},
        {C::kZoneId, "ZoneId", "java.time.ZoneId", {C::kObject}},
        {C::kZoneOffset, "ZoneOffset", "java.time.ZoneOffset", {C::kZoneId, C::kObject}},
        {C::kChronoUnit, "ChronoUnit", "java.time.temporal.ChronoUnit", {C::kObject}},
        {C::kChronoField, "ChronoField", "java.time.temporal.ChronoField", {C::kObject}},
        {C::kDayOfWeek, "DayOfWeek", "java.time.DayOfWeek", {C::kObject}},
        {C::kMonth, "Month", "java.time.Month", {C::kObject}},
        {C::kYear, "Year", "java.time.Year", {C::kObject}},
        {C::kTextStyle, "TextStyle", "java.time.format.TextStyle", {C::kObject}},
        {C::kLocale, "Locale", "java.util.Locale", {C::kObject}},
        {C::kDate, "Date", "java.util.Date", {C::kObject}},
        {C::kIsoFields, "IsoFields", "java.time.temporal.IsoFields", {C::kObject}},
    };
    const auto failure = [&](C id, std::string_view name, std::string_view package, std::vector<C> parents) {
      static std::vector<std::unique_ptr<std::string>> names;
      names.push_back(std::make_unique<std::string>(std::string(package) + "." + std::string(name)));
      t.push_back({id, name, *names.back(), std::move(parents)});
    };
    const std::vector<C> runtime = {C::kRuntimeException, C::kException, C::kThrowable, C::kObject};
    const auto below = [](C parent, std::vector<C> rest) {
      rest.insert(rest.begin(), parent);
      return rest;
    };
    const auto index = below(C::kIndexOutOfBoundsException, runtime), date = below(C::kDateTimeException, runtime), argument = below(C::kIllegalArgumentException, runtime);
    failure(C::kThrowable, "Throwable", "java.lang", {C::kObject});
    failure(C::kException, "Exception", "java.lang", {C::kThrowable, C::kObject});
    failure(C::kRuntimeException, "RuntimeException", "java.lang", {C::kException, C::kThrowable, C::kObject});
    failure(C::kIllegalArgumentException, "IllegalArgumentException", "java.lang", runtime);
    failure(C::kIllegalStateException, "IllegalStateException", "java.lang", runtime);
    failure(C::kNullPointerException, "NullPointerException", "java.lang", runtime);
    failure(C::kArithmeticException, "ArithmeticException", "java.lang", runtime);
    failure(C::kNumberFormatException, "NumberFormatException", "java.lang", argument);
    failure(C::kClassCastException, "ClassCastException", "java.lang", runtime);
    failure(C::kIndexOutOfBoundsException, "IndexOutOfBoundsException", "java.lang", runtime);
    failure(C::kArrayIndexOutOfBoundsException, "ArrayIndexOutOfBoundsException", "java.lang", index);
    failure(C::kStringIndexOutOfBoundsException, "StringIndexOutOfBoundsException", "java.lang", index);
    failure(C::kUnsupportedOperationException, "UnsupportedOperationException", "java.lang", runtime);
    failure(C::kNoSuchElementException, "NoSuchElementException", "java.util", runtime);
    failure(C::kDateTimeException, "DateTimeException", "java.time", runtime);
    failure(C::kDateTimeParseException, "DateTimeParseException", "java.time.format", date);
    failure(C::kZoneRulesException, "ZoneRulesException", "java.time.zone", date);
    failure(C::kUnsupportedTemporalTypeException, "UnsupportedTemporalTypeException", "java.time.temporal", date);
    failure(C::kConcurrentModificationException, "ConcurrentModificationException", "java.util", runtime);
    failure(C::kNegativeArraySizeException, "NegativeArraySizeException", "java.lang", runtime);
    failure(C::kInputMismatchException, "InputMismatchException", "java.util", runtime);
    failure(C::kPatternSyntaxException, "PatternSyntaxException", "java.util.regex", argument);
    failure(C::kError, "Error", "java.lang", {C::kThrowable, C::kObject});
    failure(C::kPainlessError, "PainlessError", "org.opensearch.painless", {C::kError, C::kThrowable, C::kObject});
    failure(C::kPainlessExplainError, "PainlessExplainError", "org.opensearch.painless", {C::kError, C::kThrowable, C::kObject});
    failure(C::kStackOverflowError, "StackOverflowError", "java.lang", {C::kError, C::kThrowable, C::kObject});
    failure(C::kCircuitBreakingException, "CircuitBreakingException", "org.opensearch.core.common.breaker", {C::kError, C::kThrowable, C::kObject});
    t.push_back({C::kDocLookup, "LeafDocLookup", "org.opensearch.search.lookup.LeafDocLookup", {C::kObject}, false});
    const auto values = [&](C id, std::string_view name, std::string_view java_name) {
      t.push_back({id, name, java_name, {C::kDocValues, C::kList, C::kCollection, C::kIterable, C::kObject}, false});
    };
    t.push_back({C::kDocValues, "ScriptDocValues", "org.opensearch.index.fielddata.ScriptDocValues", {C::kList, C::kCollection, C::kIterable, C::kObject}, false});
    values(C::kLongs, "ScriptDocValues.Longs", "org.opensearch.index.fielddata.ScriptDocValues$Longs");
    values(C::kDoubles, "ScriptDocValues.Doubles", "org.opensearch.index.fielddata.ScriptDocValues$Doubles");
    values(C::kStrings, "ScriptDocValues.Strings", "org.opensearch.index.fielddata.ScriptDocValues$Strings");
    values(C::kBooleans, "ScriptDocValues.Booleans", "org.opensearch.index.fielddata.ScriptDocValues$Booleans");
    values(C::kDates, "ScriptDocValues.Dates", "org.opensearch.index.fielddata.ScriptDocValues$Dates");
    values(C::kGeoPoints, "ScriptDocValues.GeoPoints", "org.opensearch.index.fielddata.ScriptDocValues$GeoPoints");
    values(C::kBytes, "ScriptDocValues.BytesRefs", "org.opensearch.index.fielddata.ScriptDocValues$BytesRefs");
    values(C::kUnsignedLongs, "ScriptDocValues.UnsignedLongs", "org.opensearch.index.fielddata.ScriptDocValues$UnsignedLongs");
    values(C::kIps, "IpFieldMapper.IpFieldType.IpScriptDocValues", "org.opensearch.index.mapper.IpFieldMapper$IpFieldType$IpScriptDocValues");
    t.push_back({C::kGeoPoint, "org.opensearch.common.geo.GeoPoint", "org.opensearch.common.geo.GeoPoint", {C::kObject}});
    return t;
  }();
  return infos;
}

struct MethodKey {
  ClassId cls;
  bool is_static;
  std::string_view name;
  bool operator==(const MethodKey&) const = default;
};
struct KeyHash {
  size_t operator()(const MethodKey& key) const {
    return std::hash<std::string_view>()(key.name) * 31 + static_cast<size_t>(key.cls) * 2 + key.is_static;
  }
};
using MethodMap = std::unordered_multimap<MethodKey, const Method*, KeyHash>;

const std::vector<Method>& methods() {
  static const std::vector<Method> all = [] {
    std::vector<Method> out;
    add_object_methods(out);
    add_text_methods(out);
    add_collection_methods(out);
    add_stream_methods(out);
    add_time_methods(out);
    add_document_methods(out);
    add_moving_methods(out);
    return out;
  }();
  return all;
}

const MethodMap& method_map() {
  static const MethodMap map = [] {
    MethodMap out;
    for (const Method& method : methods()) out.emplace(MethodKey{method.cls, method.flag != Method::kMember, method.name}, &method);
    return out;
  }();
  return map;
}

const Method* own_method(ClassId cls, std::string_view name, size_t arity, bool is_static, bool constant) {
  const auto [begin, end] = method_map().equal_range({cls, is_static, name});
  for (auto it = begin; it != end; ++it) {
    if ((it->second->flag == Method::kConstant) != constant) continue;
    const std::string_view parameters = it->second->parameters();
    if (constant || parameters.size() == arity || (parameters.ends_with('*') && arity + 1 >= parameters.size())) return it->second;
  }
  return nullptr;
}

}  // namespace

const ClassInfo& class_info(ClassId id) {
  static const std::array<const ClassInfo*, static_cast<size_t>(ClassId::kCount)> by_id = [] {
    std::array<const ClassInfo*, static_cast<size_t>(ClassId::kCount)> out{};
    for (const ClassInfo& info : table()) out[static_cast<size_t>(info.id)] = &info;
    return out;
  }();
  return *by_id[static_cast<size_t>(id)];
}

std::optional<ClassId> find_class(std::string_view name) {
  static const std::unordered_map<std::string, ClassId> by_name = [] {
    std::unordered_map<std::string, ClassId> out;
    for (const ClassInfo& info : table()) {
      if (!info.nameable) continue;
      out.emplace(std::string(info.name), info.id);
      std::string full(info.java_name);
      std::replace(full.begin(), full.end(), '$', '.');
      out.emplace(full, info.id);
    }
    out.emplace("OptionalInt", ClassId::kOptional);
    out.emplace("OptionalLong", ClassId::kOptional);
    out.emplace("OptionalDouble", ClassId::kOptional);
    for (const char* name : {"Function", "BiFunction", "Predicate", "BiPredicate", "Supplier", "Consumer", "BiConsumer", "UnaryOperator", "BinaryOperator"}) {
      out.emplace(name, ClassId::kObject);
    }
    return out;
  }();
  const auto it = by_name.find(std::string(name));
  return it == by_name.end() ? std::nullopt : std::optional(it->second);
}

bool is_subclass(ClassId cls, ClassId of) {
  if (cls == of || of == ClassId::kObject) return true;
  const auto& parents = class_info(cls).parents;
  return std::find(parents.begin(), parents.end(), of) != parents.end();
}

std::string error_type(ClassId cls) {
  std::string_view name = class_info(cls).java_name;
  name.remove_prefix(name.rfind('.') + 1);
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      if (!out.empty()) out += '_';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

const Method* find_method(ClassId cls, std::string_view name, size_t arity, bool is_static) {
  if (const Method* own = own_method(cls, name, arity, is_static, false)) return own;
  for (const ClassId parent : class_info(cls).parents) {
    if (const Method* inherited = own_method(parent, name, arity, is_static, false)) return inherited;
  }
  return nullptr;
}

const Method* find_constant(ClassId cls, std::string_view name) { return own_method(cls, name, 0, true, true); }

}  // namespace tarn::script
