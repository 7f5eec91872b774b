#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::script {

struct Value;
class Run;

/// The Java classes that scripts may name or meet.
enum class ClassId : uint8_t {
  kObject, kString, kCharSequence, kBoolean, kNumber, kByte, kShort, kCharacter, kInteger, kLong, kFloat, kDouble, kMath,
  kIterable, kCollection, kList, kArrayList, kLinkedList, kArray, kMap, kHashMap, kLinkedHashMap, kTreeMap, kSet, kHashSet,
  kLinkedHashSet, kTreeSet, kIterator, kMapEntry, kStringBuilder, kPattern, kMatcher, kLambda, kStream, kIntStream, kLongStream,
  kDoubleStream, kMovingFunctions, kCollectors, kCollector, kOptional, kCollections, kArrays, kObjects, kComparator, kRandom, kUuid, kBigInteger,
  kBase64, kSystem, kDebug, kStringJoiner,
  kZonedDateTime, kOffsetDateTime, kLocalDateTime, kLocalDate, kLocalTime, kInstant, kDuration, kPeriod, kDateTimeFormatter, kZoneId, kZoneOffset,
  kChronoUnit, kChronoField, kDayOfWeek, kMonth, kYear, kTextStyle, kLocale, kDate, kIsoFields,
  kThrowable, kException, kRuntimeException, kIllegalArgumentException, kIllegalStateException, kNullPointerException,
  kArithmeticException, kNumberFormatException, kClassCastException, kIndexOutOfBoundsException, kArrayIndexOutOfBoundsException,
  kStringIndexOutOfBoundsException, kUnsupportedOperationException, kNoSuchElementException, kDateTimeException,
  kDateTimeParseException, kZoneRulesException, kUnsupportedTemporalTypeException, kConcurrentModificationException, kNegativeArraySizeException, kInputMismatchException, kPatternSyntaxException,
  kError, kPainlessError, kPainlessExplainError, kStackOverflowError, kCircuitBreakingException,
  kDocLookup, kDocValues, kLongs, kDoubles, kStrings, kBooleans, kDates, kGeoPoints, kBytes, kUnsignedLongs, kIps, kGeoPoint,
  kCount
};

struct ClassInfo {
  ClassId id;
  std::string_view name;        ///< as scripts write it: "Map.Entry"
  std::string_view java_name;   ///< "java.util.Map$Entry"
  std::vector<ClassId> parents; ///< nearest first
  bool nameable = true;         ///< scripts may use the name
};
const ClassInfo& class_info(ClassId id);
/// By the name in a script, with or without its package.
std::optional<ClassId> find_class(std::string_view name);
bool is_subclass(ClassId cls, ClassId of);
/// "illegal_argument_exception": what an error body calls it.
std::string error_type(ClassId cls);

using NativeFunction = Value (*)(Run& run, Value* arguments, size_t count);

/// A method, static method, constructor (named "new") or static constant (no parameters, flag kConstant).
/// `signature`: result and parameter types by letter, "S:II" = String f(int, int). Z boolean, B byte, H short, C char, I int, J long,
/// F float, D double, S String, L List, M Map, V void, O anything; a last '*' takes any number.
struct Method {
  enum Flag : uint8_t { kMember = 0, kStatic = 1, kConstant = 2 };
  ClassId cls;
  std::string_view name;
  std::string_view signature;
  NativeFunction call;
  Flag flag = kMember;

  char result() const { return signature[0]; }
  std::string_view parameters() const { return signature.substr(2); }
};
/// arguments[0] is the object of a member. Null if there is none; parents are searched.
const Method* find_method(ClassId cls, std::string_view name, size_t arity, bool is_static = false);
const Method* find_constant(ClassId cls, std::string_view name);

}  // namespace tarn::script
