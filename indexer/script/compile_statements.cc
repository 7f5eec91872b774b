#include <algorithm>

#include "indexer/script/compiler.h"

namespace tarn::script {

namespace {

struct BlockStatement final : Statement {
  std::vector<StatementPtr> inner;
  Flow run(Frame& frame) const override {
    for (const StatementPtr& statement : inner) {
      if (const Flow flow = statement->run(frame); flow != Flow::kNormal) return flow;
    }
    return Flow::kNormal;
  }
};

struct ExpressionStatement final : Statement {
  NodePtr node;
  Flow run(Frame& frame) const override {
    frame.run.count_step();
    node->eval(frame);
    return Flow::kNormal;
  }
};

struct ReturnStatement final : Statement {
  NodePtr node;
  Flow run(Frame& frame) const override {
    if (node) frame.result = node->eval(frame);
    return Flow::kReturn;
  }
};

struct JumpStatement final : Statement {
  explicit JumpStatement(Flow flow) : flow(flow) {}
  Flow flow;
  Flow run(Frame&) const override { return flow; }
};

struct StoreStatement final : Statement {
  uint32_t slot;
  NodePtr node;
  Value initial;
  Flow run(Frame& frame) const override {
    frame.locals[slot] = node ? node->eval(frame) : initial;
    return Flow::kNormal;
  }
};

struct IfStatement final : Statement {
  NodePtr condition;
  StatementPtr then, otherwise;
  Flow run(Frame& frame) const override {
    if (condition->eval(frame).i != 0) return then->run(frame);
    return otherwise ? otherwise->run(frame) : Flow::kNormal;
  }
};

void count_round(Frame& frame, uint32_t offset) {
  frame.run.count_step();
  if (--frame.loops_left > 0) return;
  frame.run.at = offset;
  throw_java(ClassId::kPainlessError, "The maximum number of statements that can be executed in a loop has been reached.");
}

struct LoopStatement final : Statement {
  uint32_t offset = 0;
  bool test_first = true;
  StatementPtr initializer;
  NodePtr condition, update;
  StatementPtr body;
  Flow run(Frame& frame) const override {
    if (initializer) initializer->run(frame);
    for (bool first = true;; first = false) {
      if ((test_first || !first) && condition && condition->eval(frame).i == 0) return Flow::kNormal;
      count_round(frame, offset);
      const Flow flow = body->run(frame);
      if (flow == Flow::kBreak) return Flow::kNormal;
      if (flow == Flow::kReturn) return flow;
      if (update) update->eval(frame);
    }
  }
};

struct EachStatement final : Statement {
  uint32_t slot = 0, offset = 0;
  Type type;
  NodePtr collection;
  StatementPtr body;
  Flow run(Frame& frame) const override {
    const Value all = collection->eval(frame);
    frame.run.at = offset;
    Flow out = Flow::kNormal;
    iterate(frame.run, all, [&](const Value& item) {
      frame.run.count_step();
      frame.run.at = offset;
      frame.locals[slot] = type.is_def() ? item : convert(frame.run, item, type, false);
      const Flow flow = body->run(frame);
      if (flow == Flow::kReturn) out = flow;
      return flow == Flow::kNormal || flow == Flow::kContinue;
    });
    return out;
  }
};

struct ThrowStatement final : Statement {
  uint32_t offset = 0;
  NodePtr node;
  Flow run(Frame& frame) const override {
    const Value value = node->eval(frame);
    frame.run.at = offset;
    const auto* failure = value.is_object() ? dynamic_cast<const ExceptionObject*>(value.o) : nullptr;
    if (failure == nullptr) throw_null();
    throw Thrown{failure->cls, failure->message, failure->has_message, {}, {}};
  }
};

struct TryStatement final : Statement {
  struct Handler {
    ClassId cls;
    uint32_t slot;
    StatementPtr body;
  };
  StatementPtr body;
  std::vector<Handler> handlers;
  Flow run(Frame& frame) const override {
    const auto mark = frame.run.mark();
    try {
      return body->run(frame);
    } catch (const Thrown& thrown) {
      for (const Handler& handler : handlers) {
        if (!is_subclass(thrown.cls, handler.cls)) continue;
        frame.run.unwind(mark);
        frame.locals[handler.slot] = Value::object(frame.run.heap().make<ExceptionObject>(thrown.cls, thrown.message, thrown.has_message));
        return handler.body->run(frame);
      }
      throw;
    }
  }
};

Value default_value(const Type& type) {
  using Base = Type::Base;
  if (type.dimensions > 0) return {};
  switch (type.base) {
    case Base::kBool: return Value::boolean(false);
    case Base::kByte: return Value::whole(Tag::kByte, 0);
    case Base::kShort: return Value::whole(Tag::kShort, 0);
    case Base::kChar: return Value::whole(Tag::kChar, 0);
    case Base::kInt: return Value::integer(0);
    case Base::kLong: return Value::long_value(0);
    case Base::kFloat: return Value::single(0);
    case Base::kDouble: return Value::real(0);
    default: return {};
  }
}

}  // namespace

void Compiler::run() {
  for (const AstFunction& function : ast_.functions) {
    auto made = std::make_unique<Function>();
    made->name = function.name;
    made->result = parse_type(function.offset, function.result);
    for (const Ast::Parameter& parameter : function.parameters) made->parameters.push_back(parse_type(function.offset, parameter.type));
    const std::string key = function.name + "/" + std::to_string(function.parameters.size());
    if (!user_functions_.emplace(key, made.get()).second) {
      fail_compile(function.offset, "found duplicate function [" + key + "]");
    }
    script_.functions_.push_back(std::move(made));
  }
  for (size_t i = 0; i < ast_.functions.size(); ++i) {
    const AstFunction& function = ast_.functions[i];
    Scope scope{script_.functions_[i].get()};
    scope_ = &scope;
    for (size_t p = 0; p < function.parameters.size(); ++p) {
      declare(function.offset, function.parameters[p].name, scope.function->parameters[p]);
    }
    if (function.body->children.empty()) fail_compile(function.offset, "invalid function definition: found no statements for function [" + function.name + "] with [" + std::to_string(function.parameters.size()) + "] parameters");
    compile_body(scope, *function.body, false);
  }
  const ContextInfo& info = context_info(script_.context());
  script_.main_.name = "execute";
  script_.main_.result = info.result;
  Scope scope{&script_.main_};
  scope.is_main = true;
  scope_ = &scope;
  for (const ContextVariable& variable : info.variables) declare(0, std::string(variable.name), variable.type);
  if (ast_.body->children.empty()) fail_compile(ast_.body->offset, "invalid function definition: found no statements for function [execute] with [0] parameters");
  compile_body(scope, *ast_.body, true);
  script_.statements_.assign(statement_offsets_.begin(), statement_offsets_.end());
}

void Compiler::compile_body(Scope& scope, const Ast& body, bool implicit_return) {
  bool returns = false;
  StatementPtr code = block(body, implicit_return, &returns);
  if (!returns && !implicit_return && scope.function->result != Type::of(Type::Base::kVoid)) {
    fail_compile(body.offset, "invalid function definition: not all paths provide a return value for function [" + scope.function->name + "] with [" +
                                  std::to_string(scope.function->parameters.size()) + "] parameters");
  }
  scope.function->slots = std::max(scope.function->slots, scope.next_slot);
  scope.function->depth = std::max<uint32_t>(scope.function->depth, body.depth);
  scope.function->body = std::move(code);
}

Compiler::Local* Compiler::find_local(Scope& scope, const std::string& name) {
  for (auto it = scope.locals.rbegin(); it != scope.locals.rend(); ++it) {
    if (it->name == name) return &*it;
  }
  for (Local& local : scope.captured) {
    if (local.name == name) return &local;
  }
  if (!scope.is_lambda || scope.outer == nullptr) return nullptr;
  const Local* outer = find_local(*scope.outer, name);
  if (outer == nullptr) return nullptr;
  // Captured: copied into a slot of its own when the lambda is made.
  const Type type = outer->type;
  scope.function->captures.push_back(outer->slot);
  scope.captured.push_back({name, scope.next_slot++, type});
  scope.function->capture_slots.push_back(scope.captured.back().slot);
  scope.function->slots = std::max(scope.function->slots, scope.next_slot);
  return &scope.captured.back();
}

uint32_t Compiler::declare(size_t offset, const std::string& name, const Type& type) {
  if (find_local(*scope_, name) != nullptr) fail_compile(offset, "variable [" + name + "] is already defined");
  if (scope_->next_slot >= 4000) fail_compile(offset, "too many variables");
  const uint32_t slot = scope_->next_slot++;
  scope_->locals.push_back({name, slot, type});
  scope_->function->slots = std::max(scope_->function->slots, scope_->next_slot);
  return slot;
}

StatementPtr Compiler::block(const Ast& ast, bool last, bool* all_return) {
  auto out = std::make_unique<BlockStatement>();
  const size_t locals = scope_->locals.size();
  bool returns = false;
  for (size_t i = 0; i < ast.children.size(); ++i) {
    if (returns) fail_compile(ast.children[i]->offset, "unreachable statement");
    out->inner.push_back(statement(*ast.children[i], last && i + 1 == ast.children.size(), returns));
  }
  scope_->locals.erase(scope_->locals.begin() + static_cast<ptrdiff_t>(locals), scope_->locals.end());
  if (all_return != nullptr) *all_return = returns;
  return out;
}

StatementPtr Compiler::return_value(NodePtr value, size_t offset) {
  auto out = std::make_unique<ReturnStatement>();
  if (value) out->node = cast(std::move(value), scope_->function->result, false, offset);
  return out;
}

StatementPtr Compiler::expression_body(NodePtr value) {
  auto out = std::make_unique<ReturnStatement>();
  out->node = std::move(value);
  return out;
}

void Compiler::check_used(const Ast& ast) {
  using Kind = Ast::Kind;
  const auto fail = [&](const std::string& what) { fail_compile(ast.offset, "not a statement: " + what); };
  switch (ast.kind) {
    case Kind::kAssign: case Kind::kIncrement: case Kind::kCall: case Kind::kCallFunction: case Kind::kNew: return;
    case Kind::kNumber: fail("numeric constant [" + java_text(ast.constant) + "] not used"); break;
    case Kind::kText: fail("string constant [" + ast.text + "] not used"); break;
    case Kind::kTrue: fail("boolean constant [true] not used"); break;
    case Kind::kFalse: fail("boolean constant [false] not used"); break;
    case Kind::kNull: fail("null constant not used"); break;
    case Kind::kRegex: fail("regex constant [" + ast.text + "] with flags [" + ast.extra + "] not used"); break;
    case Kind::kName: {
      if (find_local(*scope_, ast.text) == nullptr) return;  // the next complaint is more to the point
      fail("variable [" + ast.text + "] not used");
      break;
    }
    case Kind::kList: fail("result not used from list initializer"); break;
    case Kind::kMap: fail("result not used from map initializer"); break;
    case Kind::kConditional: fail("result not used from conditional operation"); break;
    case Kind::kElvis: fail("result not used from elvis operation"); break;
    case Kind::kInstanceOf: fail("result not used from instanceof with target type [" + ast.text + "]"); break;
    case Kind::kCast: fail("result not used from explicit cast with target type [" + ast.text + "]"); break;
    case Kind::kMember: fail("result of dot operator [.] not used"); break;
    case Kind::kIndex: fail("result of brace operator not used"); break;
    case Kind::kBinary: {
      static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
          {"+", "addition operation"}, {"-", "subtraction operation"}, {"*", "multiplication operation"}, {"/", "division operation"},
          {"%", "remainder operation"}, {"<<", "left shift operation"}, {">>", "right shift operation"}, {">>>", "unsigned right shift operation"},
          {"&", "bitwise and operation"}, {"|", "bitwise or operation"}, {"^", "bitwise xor operation"}, {"==", "equals operation"},
          {"!=", "not equals operation"}, {"<", "less than operation"}, {">", "greater than operation"}, {"<=", "less than or equals operation"},
          {">=", "greater than or equals operation"}, {"&&", "and operation"}, {"||", "or operation"}};
      for (const auto& [op, words] : kNames) {
        if (op == ast.text) fail("result not used from " + std::string(words) + " [" + ast.text + "]");
      }
      fail("result not used from operation [" + ast.text + "]");
      break;
    }
    default: fail("result not used");
  }
}

StatementPtr Compiler::statement(const Ast& ast, bool last, bool& returns) {
  using Kind = Ast::Kind;
  if (ast.kind != Kind::kDeclare) statement_offsets_.insert(ast.offset);
  switch (ast.kind) {
    case Kind::kBlock: return block(ast, last, &returns);
    case Kind::kIf: return if_statement(ast, last, returns);
    case Kind::kWhile:
    case Kind::kDo: return while_statement(ast, returns);
    case Kind::kFor: return for_statement(ast, returns);
    case Kind::kForEach: return each_statement(ast);
    case Kind::kTry: return try_statement(ast, last, returns);
    case Kind::kDeclare: return declaration(ast);
    case Kind::kReturn: {
      returns = true;
      const bool is_void = scope_->function->result == Type::of(Type::Base::kVoid);
      if (ast.children.empty()) {
        if (!is_void) fail_cast(ast.offset, "cannot cast from [" + scope_->function->result.name() + "] to [void]");
        return std::make_unique<ReturnStatement>();
      }
      NodePtr value = expression(*ast.children[0]);
      if (is_void && scope_->is_main) return return_value(std::move(value), ast.offset);  // scripts may return where nobody looks
      return return_value(std::move(value), ast.children[0]->offset);
    }
    case Kind::kBreak:
    case Kind::kContinue:
      if (scope_->loops == 0) {
        fail_compile(ast.offset, std::string("invalid ") + (ast.kind == Kind::kBreak ? "break" : "continue") + " statement: not inside loop");
      }
      return std::make_unique<JumpStatement>(ast.kind == Kind::kBreak ? Flow::kBreak : Flow::kContinue);
    case Kind::kThrow: {
      auto out = std::make_unique<ThrowStatement>();
      out->node = expression(*ast.children[0]);
      out->offset = ast.children[0]->offset;
      returns = true;
      return out;
    }
    default: break;
  }
  const Ast& inner = *ast.children[0];
  // The value of the script's last statement is its result.
  const bool wanted = last && scope_->function->result != Type::of(Type::Base::kVoid);
  if (!wanted) check_used(inner);
  NodePtr node = inner.kind == Kind::kAssign      ? assign(inner, wanted)
                 : inner.kind == Kind::kIncrement ? increment(inner, wanted)
                                                  : expression(inner);
  if (wanted && node->type != Type::of(Type::Base::kVoid)) {
    returns = true;
    return return_value(std::move(node), inner.offset);
  }
  auto out = std::make_unique<ExpressionStatement>();
  out->node = std::move(node);
  return out;
}

StatementPtr Compiler::if_statement(const Ast& ast, bool last, bool& returns) {
  auto out = std::make_unique<IfStatement>();
  out->condition = condition(*ast.children[0]);
  if (out->condition->constant() != nullptr) fail_compile(ast.offset, "extraneous if block");
  if (ast.children[1]->children.empty()) fail_compile(ast.offset, "extraneous if block");
  bool then_returns = false, else_returns = false;
  out->then = block(*ast.children[1], last, &then_returns);
  if (ast.children.size() > 2) {
    if (ast.children[2]->children.empty()) fail_compile(ast.offset, "extraneous else block");
    out->otherwise = block(*ast.children[2], last, &else_returns);
  }
  returns = then_returns && else_returns;
  return out;
}

StatementPtr Compiler::while_statement(const Ast& ast, bool& returns) {
  auto out = std::make_unique<LoopStatement>();
  out->offset = ast.offset;
  out->test_first = ast.kind == Ast::Kind::kWhile;
  const Ast& test = *ast.children[out->test_first ? 0 : 1];
  const Ast& body = *ast.children[out->test_first ? 1 : 0];
  ++scope_->loops;
  if (out->test_first) {
    out->condition = condition(test);
    if (const Value* fixed = out->condition->constant()) {
      if (fixed->i == 0) fail_compile(ast.offset, "extraneous while loop");
      if (body.children.empty()) fail_compile(ast.offset, "no paths escape from while loop");
    }
    bool body_returns = false;
    out->body = block(body, false, &body_returns);
    if (out->condition->constant() != nullptr) returns = !has_break(body);
  } else {
    if (body.children.empty()) fail_compile(ast.offset, "extraneous do-while loop");
    out->body = block(body, false);
    out->condition = condition(test);
  }
  --scope_->loops;
  return out;
}

bool Compiler::has_break(const Ast& ast) {
  using Kind = Ast::Kind;
  if (ast.kind == Kind::kBreak) return true;
  if (ast.kind == Kind::kWhile || ast.kind == Kind::kDo || ast.kind == Kind::kFor || ast.kind == Kind::kForEach || ast.kind == Kind::kLambda) return false;
  return std::any_of(ast.children.begin(), ast.children.end(), [](const AstPtr& child) { return child && has_break(*child); });
}

StatementPtr Compiler::for_statement(const Ast& ast, bool& returns) {
  auto out = std::make_unique<LoopStatement>();
  out->offset = ast.offset;
  const size_t locals = scope_->locals.size();
  if (ast.children[0]) {
    bool ignored = false;
    out->initializer = statement(*ast.children[0], false, ignored);
  }
  if (ast.children[1]) out->condition = condition(*ast.children[1]);
  if (out->condition && out->condition->constant() != nullptr && out->condition->constant()->i == 0) fail_compile(ast.offset, "extraneous for loop");
  if (ast.children[2]) {
    const Ast& update = *ast.children[2]->children[0];
    check_used(update);
    out->update = update.kind == Ast::Kind::kAssign      ? assign(update, false)
                  : update.kind == Ast::Kind::kIncrement ? increment(update, false)
                                                         : expression(update);
  }
  ++scope_->loops;
  out->body = block(*ast.children[3], false);
  --scope_->loops;
  const bool endless = !out->condition || out->condition->constant() != nullptr;
  returns = endless && !has_break(*ast.children[3]);
  scope_->locals.erase(scope_->locals.begin() + static_cast<ptrdiff_t>(locals), scope_->locals.end());
  return out;
}

StatementPtr Compiler::each_statement(const Ast& ast) {
  auto out = std::make_unique<EachStatement>();
  out->offset = ast.offset;
  out->collection = expression(*ast.children[0]);
  const Type& type = out->collection->type;
  if (!type.is_def() && type.dimensions == 0 && !(type.base == Type::Base::kRef && is_subclass(type.cls, ClassId::kIterable))) {
    fail_compile(ast.offset, "Illegal for each type [" + type.name() + "].");
  }
  out->type = parse_type(ast.offset, ast.extra);
  const size_t locals = scope_->locals.size();
  out->slot = declare(ast.offset, ast.text, out->type);
  ++scope_->loops;
  out->body = block(*ast.children[1], false);
  --scope_->loops;
  scope_->locals.erase(scope_->locals.begin() + static_cast<ptrdiff_t>(locals), scope_->locals.end());
  return out;
}

StatementPtr Compiler::try_statement(const Ast& ast, bool last, bool& returns) {
  auto out = std::make_unique<TryStatement>();
  if (ast.children[0]->children.empty()) fail_compile(ast.offset, "extraneous try statement");
  bool all = false;
  out->body = block(*ast.children[0], last, &all);
  for (size_t i = 1; i < ast.children.size(); ++i) {
    const Ast& handler = *ast.children[i];
    const Type type = parse_type(handler.offset, handler.extra);
    if (type.base != Type::Base::kRef || !is_subclass(type.cls, ClassId::kThrowable)) fail_cast(handler.offset, "cannot cast from [" + type.name() + "] to [java.lang.Exception]");
    const size_t locals = scope_->locals.size();
    const uint32_t slot = declare(handler.offset, handler.text, type);
    bool handler_returns = false;
    StatementPtr body = block(*handler.children[0], last, &handler_returns);
    all = all && handler_returns;
    out->handlers.push_back({type.cls, slot, std::move(body)});
    scope_->locals.erase(scope_->locals.begin() + static_cast<ptrdiff_t>(locals), scope_->locals.end());
  }
  returns = all;
  return out;
}

StatementPtr Compiler::declaration(const Ast& ast) {
  auto out = std::make_unique<BlockStatement>();
  const Type type = parse_type(ast.offset, ast.extra);
  if (type == Type::of(Type::Base::kVoid)) fail_compile(ast.offset, "invalid declaration: cannot resolve type [void]");
  for (const AstPtr& variable : ast.children) {
    statement_offsets_.insert(variable->offset);
    auto store = std::make_unique<StoreStatement>();
    if (!variable->children.empty()) {
      const Ast& value = *variable->children[0];
      store->node = cast(expression(value), type, false, value.offset);
    } else {
      store->initial = default_value(type);
    }
    store->slot = declare(variable->offset, variable->text, type);
    out->inner.push_back(std::move(store));
  }
  return out;
}

}  // namespace tarn::script
