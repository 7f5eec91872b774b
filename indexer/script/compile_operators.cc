// Operators: unary, binary, conditional, assignments and increments.

#include <algorithm>

#include "indexer/script/compiler.h"
#include "indexer/script/documents.h"
#include "indexer/script/expression_nodes.h"
#include "indexer/script/static_types.h"

namespace tarn::script {

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

}  // namespace tarn::script
