#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/script/script.h"
#include "indexer/script/value.h"

namespace tarn::script {

/// The static type of an expression or variable.
struct Type {
  enum class Base : uint8_t { kVoid, kDef, kBool, kByte, kShort, kChar, kInt, kLong, kFloat, kDouble, kRef, kNullRef };
  Base base = Base::kDef;
  ClassId cls = ClassId::kObject;  ///< kRef
  uint8_t dimensions = 0;          ///< of an array of it

  static Type of(Base base) { return {base, ClassId::kObject, 0}; }
  static Type ref(ClassId cls) { return {Base::kRef, cls, 0}; }
  bool operator==(const Type&) const = default;
  bool is_def() const { return dimensions == 0 && base == Base::kDef; }
  bool is_numeric() const { return dimensions == 0 && base >= Base::kByte && base <= Base::kDouble; }
  bool is_primitive() const { return dimensions == 0 && base >= Base::kBool && base <= Base::kDouble; }
  bool is_text() const { return dimensions == 0 && base == Base::kRef && cls == ClassId::kString; }
  std::string name() const;
};

/// What one call of a function works on.
struct Frame {
  Run& run;
  Value* locals;
  Value result{};
  int32_t loops_left = 1000000;
};

/// An expression, ready to run. Immutable; run by several threads.
struct Node {
  explicit Node(uint32_t offset, Type type = {}) : offset(offset), type(type) {}
  virtual ~Node() = default;
  virtual Value eval(Frame& frame) const = 0;
  virtual const Value* constant() const { return nullptr; }
  uint32_t offset;
  Type type;
};
using NodePtr = std::unique_ptr<Node>;

enum class Flow : uint8_t { kNormal, kBreak, kContinue, kReturn };

struct Statement {
  virtual ~Statement() = default;
  virtual Flow run(Frame& frame) const = 0;
};
using StatementPtr = std::unique_ptr<Statement>;

/// A function, a lambda or the script itself.
struct Function {
  std::string name;
  Type result;
  std::vector<Type> parameters;
  uint32_t slots = 0;
  uint32_t depth = 1;          ///< of its tree: what a call may take of the stack
  std::vector<uint32_t> captures;       ///< slots of the function around ...
  std::vector<uint32_t> capture_slots;  ///< ... copied into these
  StatementPtr body;
};

enum class Op : uint8_t {
  kAdd, kSub, kMul, kDiv, kRem, kShl, kShr, kUshr, kAnd, kOr, kXor,
  kEq, kNe, kEqr, kNer, kLt, kLe, kGt, kGe,
  kFind, kMatch
};
std::string_view op_text(Op op);

/// Java's operators on values of any kind: promotion, wrap-around, string concatenation.
Value apply(Run& run, Op op, const Value& a, const Value& b);
bool compare_equal(const Value& a, const Value& b);   ///< Painless's ==
Value negate(const Value& value);
bool regex_match(Run& run, const Value& text, const Value& pattern, bool whole);

/// Converts to a declared type; `is_explicit` as with (int) x. Throws class_cast_exception.
Value convert(Run& run, const Value& value, const Type& type, bool is_explicit);
/// By a letter of Method::signature.
Value convert_argument(const Value& value, char letter);
Type type_of_letter(char letter);
char letter_of(const Type& type);

/// Dynamic members: x.name, x.name = v, x[i], x[i] = v, x.name(...).
Value get_member(Run& run, const Value& object, const std::string& name);
void set_member(Run& run, const Value& object, const std::string& name, const Value& value);
Value get_index(Run& run, const Value& object, const Value& index);
void set_index(Run& run, const Value& object, const Value& index, const Value& value);
/// `arguments` begin with the object.
Value call_method(Run& run, const Method& method, std::vector<Value>& arguments);
Value call_by_name(Run& run, std::vector<Value>& arguments, const std::string& name);
Value call_function(Run& run, const Function& function, const Value* arguments, size_t count, const std::vector<Value>* captured = nullptr);
/// A lambda, method reference or comparator.
Value call_lambda(Run& run, const Value& lambda, const Value* arguments, size_t count);
bool truth(const Value& value);
/// What a for-each loop walks; throws illegal_argument_exception "Cannot iterate over [x]".
void iterate(Run& run, const Value& collection, const std::function<bool(const Value&)>& visit);

}  // namespace tarn::script
