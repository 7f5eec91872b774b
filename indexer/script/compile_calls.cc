// Calls: methods, functions, constructors, lambdas and references to methods.

#include "indexer/script/compiler.h"
#include "indexer/script/expression_nodes.h"
#include "indexer/script/static_types.h"

namespace tarn::script {

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
