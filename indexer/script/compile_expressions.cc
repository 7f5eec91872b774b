#include <algorithm>

#include "indexer/script/compiler.h"
#include "indexer/script/documents.h"
#include "indexer/script/expression_nodes.h"
#include "indexer/script/lexer.h"
#include "indexer/script/regexes.h"

namespace tarn::script {

namespace {

constexpr Type kDef{};
const Type kBool = Type::of(Type::Base::kBool);
const Type kInt = Type::of(Type::Base::kInt);

/// Integer is int and so on; others as they are.
Type unboxed(const Type& type) {
  using Base = Type::Base;
  if (type.dimensions > 0 || type.base != Base::kRef) return type;
  switch (type.cls) {
    case ClassId::kBoolean: return Type::of(Base::kBool);
    case ClassId::kByte: return Type::of(Base::kByte);
    case ClassId::kShort: return Type::of(Base::kShort);
    case ClassId::kCharacter: return Type::of(Base::kChar);
    case ClassId::kInteger: return Type::of(Base::kInt);
    case ClassId::kLong: return Type::of(Base::kLong);
    case ClassId::kFloat: return Type::of(Base::kFloat);
    case ClassId::kDouble: return Type::of(Base::kDouble);
    default: return type;
  }
}

bool widens(Type::Base from, Type::Base to) {
  using Base = Type::Base;
  if (from == to) return true;
  if (from == Base::kChar) return to >= Base::kInt && to <= Base::kDouble;
  if (to == Base::kChar) return false;
  return from >= Base::kByte && to <= Base::kDouble && from < to;
}

/// Whether the static types allow a cast at all; `def` is decided when running.
bool may_cast(const Type& from, const Type& to, bool is_explicit) {
  using Base = Type::Base;
  if (from == to || from.is_def() || to.is_def() || to.base == Base::kVoid) return true;
  if (from.base == Base::kVoid) return false;
  if (from.base == Base::kNullRef) return !to.is_primitive();
  if (from.dimensions != to.dimensions) return to == Type::ref(ClassId::kObject);
  const Type a = unboxed(from), b = unboxed(to);
  if (a.is_primitive() && b.is_primitive()) {
    if (a == b) return true;
    if (a.base == Base::kBool || b.base == Base::kBool) return false;
    if (!to.is_primitive()) return a.base == b.base;   // to a box only from its own
    return is_explicit || widens(a.base, b.base);
  }
  if (a.is_primitive()) {
    if (from.is_primitive()) return is_explicit && a.base == Base::kChar && to.is_text();
    return to.base == Base::kRef && is_subclass(from.cls, to.cls);
  }
  if (b.is_primitive()) {
    if (from.is_text() && b.base == Base::kChar) return is_explicit;
    return is_explicit && from.base == Base::kRef && (from.cls == ClassId::kObject || from.cls == ClassId::kNumber);
  }
  if (from.base != Base::kRef || to.base != Base::kRef) return false;
  if (to.cls == ClassId::kObject || is_subclass(from.cls, to.cls)) return true;
  return is_explicit && is_subclass(to.cls, from.cls);
}

Type promoted(const Type& a, const Type& b) {
  if (a.is_def() || b.is_def()) return kDef;
  const Type x = unboxed(a), y = unboxed(b);
  const auto base = std::max({x.base == Type::Base::kChar ? Type::Base::kInt : x.base, y.base == Type::Base::kChar ? Type::Base::kInt : y.base, Type::Base::kInt});
  return Type::of(base);
}

}  // namespace

std::string Type::name() const {
  std::string out;
  static constexpr std::string_view kNames[] = {"void", "def", "boolean", "byte", "short", "char", "int", "long", "float", "double"};
  if (base == Base::kRef) {
    out = class_info(cls).java_name;
    std::replace(out.begin(), out.end(), '$', '.');
  } else if (base == Base::kNullRef) {
    out = "java.lang.Object";
  } else {
    out = kNames[static_cast<size_t>(base)];
  }
  for (int i = 0; i < dimensions; ++i) out += "[]";
  return out;
}

bool Compiler::try_parse_type(const std::string& given, Type& out) const {
  static constexpr std::pair<std::string_view, Type::Base> kPrimitives[] = {
      {"void", Type::Base::kVoid}, {"def", Type::Base::kDef}, {"boolean", Type::Base::kBool}, {"byte", Type::Base::kByte}, {"short", Type::Base::kShort},
      {"char", Type::Base::kChar}, {"int", Type::Base::kInt}, {"long", Type::Base::kLong}, {"float", Type::Base::kFloat}, {"double", Type::Base::kDouble}};
  std::string name = given;
  out = {};
  while (name.ends_with("[]")) {
    name.resize(name.size() - 2);
    ++out.dimensions;
  }
  for (const auto& [word, base] : kPrimitives) {
    if (word != name) continue;
    out.base = base;
    return true;
  }
  const auto cls = find_class(name);
  if (!cls) return false;
  out.base = Type::Base::kRef;
  out.cls = *cls;
  return true;
}

Type Compiler::parse_type(size_t offset, const std::string& name) {
  Type out;
  if (!try_parse_type(name, out)) fail_compile(offset, "invalid declaration: cannot resolve type [" + name + "]");
  return out;
}

NodePtr Compiler::cast(NodePtr node, const Type& to, bool is_explicit, size_t offset) {
  if (!may_cast(node->type, to, is_explicit)) {
    fail_cast(offset, "Cannot cast from [" + node->type.name() + "] to [" + to.name() + "].");
  }
  if (to == node->type || to.is_def() || to.base == Type::Base::kVoid) return node;
  if (const Value* constant = node->constant(); constant != nullptr && !constant->is_object() && !constant->is_null() && to.is_primitive()) {
    Run* none = nullptr;
    const Value value = convert(*none, *constant, to, true);  // numbers need no run
    auto out = std::make_unique<ConstantNode>(node->offset, to, value);
    return out;
  }
  if (!to.is_primitive() && !node->type.is_def()) {
    node->type = to;
    if (unboxed(to).is_primitive() || !is_explicit) return node;
  }
  return std::make_unique<CastNode>(static_cast<uint32_t>(offset), to, std::move(node), is_explicit);
}

NodePtr Compiler::expression(const Ast& ast) {
  using Kind = Ast::Kind;
  switch (ast.kind) {
    case Kind::kNumber: {
      static constexpr std::pair<Tag, Type::Base> kBases[] = {{Tag::kInt, Type::Base::kInt}, {Tag::kLong, Type::Base::kLong}, {Tag::kFloat, Type::Base::kFloat}, {Tag::kDouble, Type::Base::kDouble}};
      for (const auto& [tag, base] : kBases) {
        if (tag == ast.constant.tag) return std::make_unique<ConstantNode>(ast.offset, Type::of(base), ast.constant);
      }
      break;
    }
    case Kind::kText: return text_constant(ast, ast.text);
    case Kind::kTrue: return std::make_unique<ConstantNode>(ast.offset, kBool, Value::boolean(true));
    case Kind::kFalse: return std::make_unique<ConstantNode>(ast.offset, kBool, Value::boolean(false));
    case Kind::kNull: return std::make_unique<ConstantNode>(ast.offset, Type::of(Type::Base::kNullRef), Value());
    case Kind::kRegex: {
      auto pattern = make_pattern(ast.text, ast.extra);
      if (!pattern.object) {
        throw CompileFailure{ast.offset, Error(400, "illegal_argument_exception", "Error compiling regex: " + pattern.problem)};
      }
      pattern.object->shared = true;
      const Value value = Value::object(pattern.object.get());
      script_.constants_.push_back(std::move(pattern.object));
      return std::make_unique<ConstantNode>(ast.offset, Type::ref(ClassId::kPattern), value);
    }
    case Kind::kName: return name(ast);
    case Kind::kMember: return member(ast);
    case Kind::kIndex: return index(ast);
    case Kind::kCall: return call(ast);
    case Kind::kCallFunction: return call_function(ast);
    case Kind::kNew: return creation(ast);
    case Kind::kNewArray: return array(ast);
    case Kind::kList:
    case Kind::kMap: return collection(ast);
    case Kind::kUnary: return unary(ast);
    case Kind::kBinary: return binary(ast);
    case Kind::kConditional:
    case Kind::kElvis: return conditional(ast);
    case Kind::kCast: {
      const Type type = parse_type(ast.offset, ast.text);
      return cast(expression(*ast.children[0]), type, true, ast.children[0]->offset);
    }
    case Kind::kInstanceOf: {
      auto node = std::make_unique<InstanceNode>(ast.offset, kBool);
      node->operand = expression(*ast.children[0]);
      const Type type = parse_type(ast.offset, ast.text);
      node->test = type;
      return node;
    }
    case Kind::kAssign: return assign(ast, true);
    case Kind::kIncrement: return increment(ast, true);
    case Kind::kLambda: return lambda(ast);
    case Kind::kFunctionRef: return function_ref(ast);
    default: break;
  }
  fail_compile(ast.offset, "Illegal tree structure.");
}

NodePtr Compiler::text_constant(const Ast& ast, const std::string& text) {
  auto object = std::make_unique<StringObject>(text);
  object->shared = true;
  const Value value = Value::object(object.get());
  script_.constants_.push_back(std::move(object));
  return std::make_unique<ConstantNode>(ast.offset, Type::ref(ClassId::kString), value);
}

NodePtr Compiler::condition(const Ast& ast) {
  NodePtr node = cast(expression(ast), kBool, false, ast.offset);
  return node;
}

NodePtr Compiler::name(const Ast& ast) {
  const Local* local = find_local(*scope_, ast.text);
  if (local == nullptr) fail_compile(ast.offset, "cannot resolve symbol [" + ast.text + "]");
  if (scope_->is_main || scope_->is_lambda) {
    for (const ContextVariable& variable : context_info(script_.context()).variables) {
      if (variable.name == ast.text) script_.uses_ |= 1u << static_cast<int>(variable.variable);
    }
  }
  return std::make_unique<LocalNode>(ast.offset, local->type, local->slot);
}

bool Compiler::is_doc(const Ast& ast) {
  if (ast.kind != Ast::Kind::kName || ast.text != "doc" || !scope_->is_main) return false;
  const Local* local = find_local(*scope_, ast.text);
  return local != nullptr && local->type == Type::ref(ClassId::kMap) && local->slot < context_info(script_.context()).variables.size();
}

uint32_t Compiler::doc_slot(const std::string& field) {
  script_.uses_ |= 1u << static_cast<int>(Variable::kDoc);
  auto& names = script_.field_names_;
  const auto it = std::find(names.begin(), names.end(), field);
  if (it != names.end()) return static_cast<uint32_t>(it - names.begin());
  names.push_back(field);
  return static_cast<uint32_t>(names.size() - 1);
}

/// A class's name, with dots: nothing else hides behind the same name.
bool Compiler::static_class(const Ast& ast, ClassId& cls) {
  std::string path;
  const Ast* at = &ast;
  while (at->kind == Ast::Kind::kMember && !at->safe) {
    path = "." + at->text + path;
    at = at->children[0].get();
  }
  if (at->kind != Ast::Kind::kName) return false;
  path = at->text + path;
  if (find_local(*scope_, at->text) != nullptr) return false;
  const auto found = find_class(path);
  if (!found) return false;
  cls = *found;
  return true;
}

/// "x.y" of names and dots whose first name means nothing; "" otherwise.
std::string Compiler::unknown_path(const Ast& ast) {
  std::string path;
  const Ast* at = &ast;
  while (at->kind == Ast::Kind::kMember && !at->safe) {
    path = "." + at->text + path;
    at = at->children[0].get();
  }
  if (at->kind != Ast::Kind::kName || find_local(*scope_, at->text) != nullptr) return {};
  std::string prefix = at->text;
  for (const Ast* step = &ast;; step = step->children[0].get()) {
    ClassId cls;
    if (static_class(*step, cls)) return {};
    if (step->kind == Ast::Kind::kName) break;
  }
  return at->text + path;
}

NodePtr Compiler::member(const Ast& ast) {
  const Ast& of = *ast.children[0];
  if (const std::string path = unknown_path(ast); !path.empty()) fail_compile(ast.offset, "cannot resolve symbol [" + path + "]");
  ClassId cls;
  if (!ast.safe && static_class(of, cls)) {
    const Method* constant = find_constant(cls, ast.text);
    if (constant == nullptr) fail_compile(ast.offset, "static field [" + std::string(class_info(cls).java_name) + ", " + ast.text + "] not found");
    auto node = std::make_unique<NativeCallNode>(ast.offset, type_of_letter(constant->result()));
    node->method = constant;
    return node;
  }
  if (!ast.safe && is_doc(of)) return std::make_unique<DocFieldNode>(ast.offset, kDef, doc_slot(ast.text));
  NodePtr object = expression(of);
  if (!ast.safe && ast.text == "value") {
    if (const auto* field = dynamic_cast<const DocFieldNode*>(object.get())) return std::make_unique<DocValueNode>(ast.offset, kDef, field->slot);
  }
  const Type& type = object->type;
  if (type.is_primitive()) fail_compile(ast.offset, "member field [" + type.name() + ", " + ast.text + "] not found");
  auto node = std::make_unique<MemberNode>(ast.offset, kDef);
  if (type.dimensions > 0) {
    if (ast.text != "length") fail_compile(ast.offset, "field [" + ast.text + "] does not exist for type [" + type.name() + "]");
    node->type = kInt;
  } else if (type.base == Type::Base::kRef) {
    check_member(ast, type);
    node->type = member_type(type, ast.text);
  }
  node->object = std::move(object);
  node->name = ast.text;
  node->safe = ast.safe;
  node->key = text_constant(ast, ast.text);
  return node;
}

void Compiler::check_member(const Ast& ast, const Type& type) {
  if (is_subclass(type.cls, ClassId::kMap) || is_subclass(type.cls, ClassId::kList) || type.cls == ClassId::kObject) return;
  std::string suffix = ast.text;
  suffix[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(suffix[0])));
  if (find_method(type.cls, "get" + suffix, 0) != nullptr || find_method(type.cls, "is" + suffix, 0) != nullptr) return;
  fail_compile(ast.offset, "member field [" + type.name() + ", " + ast.text + "] not found");
}

Type Compiler::member_type(const Type& type, const std::string& name) {
  if (is_subclass(type.cls, ClassId::kMap) || is_subclass(type.cls, ClassId::kList)) return kDef;
  std::string suffix = name;
  suffix[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(suffix[0])));
  if (const Method* getter = find_method(type.cls, "get" + suffix, 0)) return type_of_letter(getter->result());
  if (const Method* getter = find_method(type.cls, "is" + suffix, 0)) return type_of_letter(getter->result());
  return kDef;
}

NodePtr Compiler::index(const Ast& ast) {
  const Ast& of = *ast.children[0];
  if (is_doc(of) && ast.children[1]->kind == Ast::Kind::kText) {
    return std::make_unique<DocFieldNode>(ast.offset, kDef, doc_slot(ast.children[1]->text));
  }
  auto node = std::make_unique<IndexNode>(ast.offset, kDef);
  node->object = expression(of);
  node->index = expression(*ast.children[1]);
  const Type& type = node->object->type;
  if (type.dimensions > 0) {
    node->index = cast(std::move(node->index), kInt, false, ast.children[1]->offset);
    node->type = type;
    --node->type.dimensions;
  } else if (type.is_primitive() || (type.base == Type::Base::kRef && !is_subclass(type.cls, ClassId::kMap) && !is_subclass(type.cls, ClassId::kList) && type.cls != ClassId::kDocLookup)) {
    fail_compile(ast.offset, "Attempting to address a non-array type [" + type.name() + "] as an array.");
  }
  return node;
}

std::vector<NodePtr> Compiler::arguments(const Ast& ast, size_t first) {
  std::vector<NodePtr> out;
  for (size_t i = first; i < ast.children.size(); ++i) {
    out.push_back(expression(*ast.children[i]));
    if (out.back()->type == Type::of(Type::Base::kVoid)) fail_cast(ast.children[i]->offset, "Cannot cast from [void] to [def].");
  }
  return out;
}

/// Static types against a signature; what is `def` is looked at when running.
void Compiler::check_arguments(const Method& method, std::vector<NodePtr>& arguments, size_t first) {
  const std::string_view letters = method.parameters();
  if (letters.ends_with('*')) return;
  for (size_t i = 0; i < letters.size() && first + i < arguments.size(); ++i) {
    const Type type = type_of_letter(letters[i]);
    if (type.is_def()) continue;
    NodePtr& argument = arguments[first + i];
    const uint32_t offset = argument->offset;
    if (argument->type.base == Type::Base::kRef && argument->type.cls == ClassId::kLambda) continue;
    argument = cast(std::move(argument), type, false, offset);
  }
}

NodePtr Compiler::call(const Ast& ast) {
  const Ast& of = *ast.children[0];
  const size_t arity = ast.children.size() - 1;
  ClassId cls;
  if (!ast.safe && static_class(of, cls)) {
    const Method* method = find_method(cls, ast.text, arity, true);
    if (method == nullptr) {
      fail_compile(ast.offset, "static method [" + Type::ref(cls).name() + ", " + ast.text + "/" + std::to_string(arity) + "] not found");
    }
    auto node = std::make_unique<NativeCallNode>(ast.offset, type_of_letter(method->result()));
    node->method = method;
    node->arguments = arguments(ast, 1);
    check_arguments(*method, node->arguments, 0);
    return node;
  }
  if (const std::string path = unknown_path(of); !path.empty()) fail_compile(ast.offset, "cannot resolve symbol [" + path + "]");
  auto node = std::make_unique<CallNode>(ast.offset, kDef);
  node->name = ast.text;
  node->safe = ast.safe;
  node->arguments.push_back(expression(of));
  const Type type = unboxed(node->arguments[0]->type);
  for (NodePtr& argument : arguments(ast, 1)) node->arguments.push_back(std::move(argument));
  if (type.base == Type::Base::kVoid || (type.is_primitive() && node->arguments[0]->type.is_primitive())) {
    fail_compile(ast.offset, "member method [" + type.name() + ", " + ast.text + "/" + std::to_string(arity) + "] not found");
  }
  if (type.base == Type::Base::kRef && type.dimensions == 0 && type.cls != ClassId::kObject && type.cls != ClassId::kLambda) {
    const Method* method = find_method(type.cls, ast.text, arity);
    if (method == nullptr) {
      fail_compile(ast.offset, "member method [" + type.name() + ", " + ast.text + "/" + std::to_string(arity) + "] not found");
    }
    check_arguments(*method, node->arguments, 1);
    node->type = type_of_letter(method->result());
    if (ast.safe && node->type.is_primitive()) fail_compile(ast.offset, "Result of null safe operator must be nullable");
  }
  return node;
}

NodePtr Compiler::call_function(const Ast& ast) {
  const size_t arity = ast.children.size();
  const auto it = user_functions_.find(ast.text + "/" + std::to_string(arity));
  if (it != user_functions_.end()) {
    auto node = std::make_unique<UserCallNode>(ast.offset, it->second->result);
    node->function = it->second;
    node->arguments = arguments(ast, 0);
    for (size_t i = 0; i < arity; ++i) {
      const uint32_t offset = node->arguments[i]->offset;
      node->arguments[i] = cast(std::move(node->arguments[i]), it->second->parameters[i], false, offset);
    }
    return node;
  }
  const Method* method = find_global(script_.context(), ast.text, arity);
  if (method == nullptr) {
    if (has_global(script_.context(), ast.text)) fail_compile(ast.offset, "Unknown call [" + ast.text + "] with [" + std::to_string(arity) + "] arguments.");
    std::string shown;
    for (const AstPtr& argument : ast.children) shown += (shown.empty() ? "" : ", ") + std::string(argument->text);
    fail_compile(ast.offset, "Unknown call [" + ast.text + "] with [[" + shown + "]] arguments.");
  }
  auto node = std::make_unique<NativeCallNode>(ast.offset, type_of_letter(method->result()));
  node->method = method;
  node->arguments = arguments(ast, 0);
  check_arguments(*method, node->arguments, 0);
  return node;
}

NodePtr Compiler::creation(const Ast& ast) {
  Type type;
  if (!try_parse_type(ast.text, type)) fail_compile(ast.offset, "Not a type [" + ast.text + "].");
  const Method* method = type.base == Type::Base::kRef ? find_method(type.cls, "new", ast.children.size(), true) : nullptr;
  if (method == nullptr || method->cls != type.cls) {
    fail_compile(ast.offset, "constructor [" + type.name() + ", <init>/" + std::to_string(ast.children.size()) + "] not found");
  }
  auto node = std::make_unique<NativeCallNode>(ast.offset, type);
  node->method = method;
  node->creates = type.cls;
  node->arguments = arguments(ast, 0);
  check_arguments(*method, node->arguments, 0);
  return node;
}

NodePtr Compiler::array(const Ast& ast) {
  Type element = parse_type(ast.offset, ast.text);
  auto node = std::make_unique<ArrayNode>(ast.offset, element);
  for (const AstPtr& child : ast.children) {
    NodePtr value = expression(*child);
    node->items.push_back(cast(std::move(value), ast.initialized ? element : kInt, false, child->offset));
  }
  node->initialized = ast.initialized;
  node->element = element;
  node->type.dimensions = static_cast<uint8_t>(node->type.dimensions + (ast.initialized ? 1 : ast.children.size()));
  return node;
}

NodePtr Compiler::collection(const Ast& ast) {
  const bool is_map = ast.kind == Ast::Kind::kMap;
  auto node = std::make_unique<CollectionNode>(ast.offset, Type::ref(is_map ? ClassId::kMap : ClassId::kList));
  node->is_map = is_map;
  node->type = Type::ref(is_map ? ClassId::kHashMap : ClassId::kArrayList);
  node->items = arguments(ast, 0);
  return node;
}

NodePtr Compiler::unary(const Ast& ast) {
  NodePtr operand = ast.text == "!" ? condition(*ast.children[0]) : expression(*ast.children[0]);
  const Type type = unboxed(operand->type);
  auto node = std::make_unique<UnaryNode>(ast.offset, type);
  node->op = ast.text[0];
  if (node->op == '!') {
    node->type = kBool;
  } else if (!type.is_def()) {
    const bool whole = type.is_numeric() && type.base != Type::Base::kFloat && type.base != Type::Base::kDouble;
    if (!type.is_numeric() || (node->op == '~' && !whole)) {
      const std::string_view words = node->op == '~' ? "bitwise not operator [~]" : node->op == '-' ? "subtraction operator [-]" : "addition operator [+]";
      fail_cast(ast.offset, "cannot apply the " + std::string(words) + " to the type [" + operand->type.name() + "]");
    }
    node->type = promoted(type, type);
  }
  const bool fixed = operand->constant() != nullptr;
  node->operand = std::move(operand);
  if (!fixed) return node;
  Run* none = nullptr;
  Frame frame{*none, nullptr};
  const Value value = node->eval(frame);
  return std::make_unique<ConstantNode>(ast.offset, node->type, value);
}

namespace {

constexpr std::pair<std::string_view, Op> kOps[] = {{"+", Op::kAdd}, {"-", Op::kSub}, {"*", Op::kMul}, {"/", Op::kDiv}, {"%", Op::kRem},
                                                    {"<<", Op::kShl}, {">>", Op::kShr}, {">>>", Op::kUshr}, {"&", Op::kAnd}, {"|", Op::kOr}, {"^", Op::kXor},
                                                    {"==", Op::kEq}, {"!=", Op::kNe}, {"===", Op::kEqr}, {"!==", Op::kNer}, {"<", Op::kLt}, {"<=", Op::kLe},
                                                    {">", Op::kGt}, {">=", Op::kGe}, {"=~", Op::kFind}, {"==~", Op::kMatch}};

Op op_of(std::string_view text) {
  for (const auto& [word, op] : kOps) {
    if (word == text) return op;
  }
  return Op::kAdd;
}

/// The static type of an operation; refuses what Java would.
Type result_type(Op op, const Node& left, const Node& right, bool compound) {
  const Type a = unboxed(left.type), b = unboxed(right.type);
  if (op >= Op::kEq && op <= Op::kNer) {
    const bool mixed = (a.is_numeric() && (b.base == Type::Base::kBool || b.is_text())) || (b.is_numeric() && (a.base == Type::Base::kBool || a.is_text()));
    if (mixed && a.dimensions == 0 && b.dimensions == 0 && op < Op::kEqr) {
      fail_cast(right.offset, "Cannot cast from [" + right.type.name() + "] to [" + left.type.name() + "].");
    }
    return kBool;
  }
  if (op == Op::kFind || op == Op::kMatch) return kBool;
  if (op == Op::kAdd && (a.is_text() || b.is_text())) return Type::ref(ClassId::kString);
  if (a.is_def() || b.is_def()) return op >= Op::kLt ? kBool : kDef;
  const bool both_bool = a == kBool && b == kBool;
  if (both_bool && (op == Op::kAnd || op == Op::kOr || op == Op::kXor)) return kBool;
  const bool whole_only = op >= Op::kShl && op <= Op::kXor;
  const auto fits = [&](const Type& type) {
    return type.is_numeric() && (!whole_only || (type.base != Type::Base::kFloat && type.base != Type::Base::kDouble));
  };
  if (!fits(a) || !fits(b)) {
    const bool left_wrong = !fits(a);
    const Type& wrong = left_wrong ? left.type : right.type;
    const Type& other = left_wrong ? b : a;
    static_cast<void>(compound);
    fail_cast(left_wrong ? left.offset : right.offset, "Cannot cast from [" + wrong.name() + "] to [" + (other.is_numeric() && !whole_only ? other.name() : "int") + "].");
  }
  if (op >= Op::kLt) return kBool;
  if (op >= Op::kShl && op <= Op::kUshr) return promoted(a, a);
  return promoted(a, b);
}

}  // namespace

NodePtr Compiler::binary(const Ast& ast) {
  if (ast.text == "&&" || ast.text == "||") {
    auto node = std::make_unique<LogicNode>(ast.offset, kBool);
    node->is_and = ast.text == "&&";
    node->left = condition(*ast.children[0]);
    node->right = condition(*ast.children[1]);
    if (node->left->constant() != nullptr && node->right->constant() != nullptr) {
      const bool a = node->left->constant()->i != 0, b = node->right->constant()->i != 0;
      return std::make_unique<ConstantNode>(ast.offset, kBool, Value::boolean(node->is_and ? a && b : a || b));
    }
    return node;
  }
  const Op op = op_of(ast.text);
  NodePtr left = expression(*ast.children[0]), right = expression(*ast.children[1]);
  const Type type = result_type(op, *left, *right, false);
  const Value* a = left->constant();
  const Value* b = right->constant();
  if (a != nullptr && b != nullptr && !a->is_object() && !b->is_object() && !a->is_null() && !b->is_null()) {
    try {
      Run* none = nullptr;
      return std::make_unique<ConstantNode>(ast.offset, type, apply(*none, op, *a, *b));
    } catch (const Thrown& thrown) {
      throw CompileFailure{ast.offset, Error(400, error_type(thrown.cls), thrown.message)};
    }
  }
  if (op == Op::kAdd && a != nullptr && b != nullptr && (is_text(*a) || is_text(*b))) return text_constant(ast, java_text(*a) + java_text(*b));
  auto node = std::make_unique<BinaryNode>(ast.offset, type);
  node->op = op;
  node->left = std::move(left);
  node->right = std::move(right);
  return node;
}

NodePtr Compiler::conditional(const Ast& ast) {
  auto node = std::make_unique<ConditionalNode>(ast.offset, kDef);
  const bool elvis = ast.kind == Ast::Kind::kElvis;
  if (!elvis) {
    node->condition = condition(*ast.children[0]);
  }
  node->then = expression(*ast.children[elvis ? 0 : 1]);
  node->otherwise = expression(*ast.children[elvis ? 1 : 2]);
  if (elvis) {
    if (node->then->type.is_primitive()) fail_compile(ast.offset, "Extraneous elvis operator. LHS is a primitive.");
    if (node->then->constant() != nullptr) fail_compile(ast.offset, node->then->constant()->is_null() ? "Extraneous elvis operator. LHS is null." : "Extraneous elvis operator. LHS is a constant.");
    if (node->otherwise->constant() != nullptr && node->otherwise->constant()->is_null()) fail_compile(ast.offset, "Extraneous elvis operator. RHS is null.");
  }
  const Type a = node->then->type, b = node->otherwise->type;
  if (a == b) {
    node->type = a;
  } else if (unboxed(a).is_numeric() && unboxed(b).is_numeric()) {
    node->type = promoted(a, b);
    node->then = cast(std::move(node->then), node->type, true, ast.offset);
    node->otherwise = cast(std::move(node->otherwise), node->type, true, ast.offset);
  } else if (a.base == Type::Base::kNullRef && !b.is_primitive()) {
    node->type = b;
  } else if (b.base == Type::Base::kNullRef && !a.is_primitive()) {
    node->type = a;
  }
  return node;
}

NodePtr Compiler::assign(const Ast& ast, bool is_read) {
  const Ast& target = *ast.children[0];
  using Kind = Ast::Kind;
  auto node = std::make_unique<AssignNode>(ast.offset, kDef);
  node->compound = ast.text != "=";
  if (node->compound) node->op = op_of(std::string_view(ast.text).substr(0, ast.text.size() - 1));
  target_of(target, *node);
  NodePtr value = expression(*ast.children[1]);
  if (value->type == Type::of(Type::Base::kVoid)) fail_cast(ast.children[1]->offset, "Cannot cast from [void] to [" + node->type.name() + "].");
  if (node->compound) {
    LocalNode shape(target.offset, node->type, 0);
    const Type result = result_type(node->op, shape, *value, true);
    if (!may_cast(result, node->type, true)) fail_cast(ast.offset, "Cannot cast from [" + result.name() + "] to [" + node->type.name() + "].");
    node->value = std::move(value);
  } else {
    node->value = cast(std::move(value), node->type, false, ast.children[1]->offset);
  }
  static_cast<void>(is_read);
  if (target.kind != Kind::kName && target.kind != Kind::kMember && target.kind != Kind::kIndex) {
    fail_compile(ast.offset, "invalid assignment: cannot assign a value to " + describe(target));
  }
  return node;
}

std::string Compiler::describe(const Ast& ast) {
  using Kind = Ast::Kind;
  switch (ast.kind) {
    case Kind::kCall: return "method call [" + ast.text + "/" + std::to_string(ast.children.size() - 1) + "]";
    case Kind::kCallFunction: return "function call [" + ast.text + "/" + std::to_string(ast.children.size()) + "]";
    case Kind::kNumber: return "numeric constant [" + java_text(ast.constant) + "]";
    case Kind::kText: return "string constant [" + ast.text + "]";
    default: return "an expression";
  }
}

/// Fills in where an assignment goes, and its type.
void Compiler::target_of(const Ast& target, AssignNode& node) {
  using Kind = Ast::Kind;
  node.target_offset = target.offset;
  if (target.kind == Kind::kName) {
    const Local* local = find_local(*scope_, target.text);
    if (local == nullptr) fail_compile(target.offset, "cannot resolve symbol [" + target.text + "]");
    if (scope_->is_main && local->slot < context_info(script_.context()).variables.size()) {
      fail_compile(target.offset, "Variable [" + target.text + "] is read-only.");
    }
    if (std::any_of(scope_->captured.begin(), scope_->captured.end(), [&](const Local& c) { return c.slot == local->slot; })) {
      fail_compile(target.offset, "Variable [" + target.text + "] is read-only.");
    }
    node.kind = AssignNode::Target::kLocal;
    node.slot = local->slot;
    node.type = local->type;
    return;
  }
  if (target.kind == Kind::kMember) {
    ClassId cls;
    if (static_class(*target.children[0], cls)) fail_compile(target.offset, "invalid assignment: cannot assign a value to static field [" + target.text + "]");
    node.kind = AssignNode::Target::kMember;
    node.object = expression(*target.children[0]);
    node.name = target.text;
    node.index = text_constant(target, target.text);
    if (target.safe) fail_compile(target.offset, "invalid assignment: cannot assign a value to a null-safe operation [?.]");
    return;
  }
  if (target.kind == Kind::kIndex) {
    node.kind = AssignNode::Target::kIndex;
    node.object = expression(*target.children[0]);
    node.index = expression(*target.children[1]);
    const Type& type = node.object->type;
    if (type.dimensions > 0) {
      node.type = type;
      --node.type.dimensions;
    }
    return;
  }
  fail_compile(target.offset, "invalid assignment: cannot assign a value to " + describe(target));
}

NodePtr Compiler::increment(const Ast& ast, bool) {
  auto node = std::make_unique<AssignNode>(ast.offset, kDef);
  target_of(*ast.children[0], *node);
  node->compound = true;
  node->op = ast.text == "++" ? Op::kAdd : Op::kSub;
  node->value = std::make_unique<ConstantNode>(ast.offset, kInt, Value::integer(1));
  node->postfix = !ast.prefix;
  if (!unboxed(node->type).is_numeric() && !node->type.is_def()) {
    fail_cast(ast.offset, "Cannot cast from [" + node->type.name() + "] to [int].");
  }
  return node;
}

NodePtr Compiler::lambda(const Ast& ast) {
  auto function = std::make_unique<Function>();
  function->name = "lambda$";
  function->result = kDef;
  Scope scope{function.get(), scope_};
  scope.is_lambda = true;
  Scope* const outer = scope_;
  scope_ = &scope;
  for (const Ast::Parameter& parameter : ast.parameters) {
    const Type type = parse_type(ast.offset, parameter.type);
    function->parameters.push_back(type);
    declare(ast.offset, parameter.name, type);
  }
  const Ast& body = *ast.children[0];
  if (body.kind == Ast::Kind::kBlock) {
    bool returns = false;
    function->body = block(body, true, &returns);
  } else {
    statement_offsets_.insert(body.offset);
    NodePtr value = body.kind == Ast::Kind::kAssign ? assign(body, true) : expression(body);
    function->body = expression_body(std::move(value));
  }
  function->slots = std::max(function->slots, scope.next_slot);
  function->depth = body.depth;
  scope_ = outer;
  outer->function->depth = std::max(outer->function->depth, ast.depth);
  auto node = std::make_unique<LambdaNode>(ast.offset, Type::ref(ClassId::kLambda));
  node->function = function.get();
  script_.functions_.push_back(std::move(function));
  return node;
}

NodePtr Compiler::function_ref(const Ast& ast) {
  auto node = std::make_unique<ReferenceNode>(ast.offset, Type::ref(ClassId::kLambda));
  node->name = ast.extra;
  if (ast.text == "this") {
    for (const auto& [key, function] : user_functions_) {
      if (function->name == ast.extra) node->function = function;
    }
    if (node->function == nullptr) fail_compile(ast.offset, "function reference [this::" + ast.extra + "] matching is not found");
    return node;
  }
  if (const Local* local = find_local(*scope_, ast.text)) {
    node->object = std::make_unique<LocalNode>(ast.offset, local->type, local->slot);
    return node;
  }
  Type type;
  if (!try_parse_type(ast.text, type)) fail_compile(ast.offset, "cannot resolve symbol [" + ast.text + "]");
  node->of = type;
  if (type.dimensions > 0 || type.base != Type::Base::kRef) {
    if (ast.extra != "new" && type.base != Type::Base::kRef) fail_compile(ast.offset, "function reference [" + ast.text + "::" + ast.extra + "] is not found");
    return node;
  }
  bool known = false;
  for (size_t arity = 0; arity < 4 && !known; ++arity) {
    known = find_method(type.cls, ast.extra, arity, true) != nullptr || (ast.extra != "new" && find_method(type.cls, ast.extra, arity) != nullptr);
  }
  if (!known) fail_compile(ast.offset, "function reference [" + ast.text + "::" + ast.extra + "] is not found");
  return node;
}

}  // namespace tarn::script
