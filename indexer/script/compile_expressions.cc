// Expressions: constants, names, members, elements, arrays and collections; the others are in compile_operators.cc and
// compile_calls.cc.

#include <algorithm>

#include "indexer/script/compiler.h"
#include "indexer/script/documents.h"
#include "indexer/script/expression_nodes.h"
#include "indexer/script/lexer.h"
#include "indexer/script/regexes.h"
#include "indexer/script/static_types.h"

namespace tarn::script {

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

}  // namespace tarn::script
