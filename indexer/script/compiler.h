#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "indexer/script/ast.h"
#include "indexer/script/nodes.h"

namespace tarn::script {

struct AssignNode;

/// A Painless script after compilation.
class PainlessScript final : public Script {
 public:
  PainlessScript(const std::string& source, Context context);
  Value execute(Run& run) const override;

 private:
  friend class Compiler;
  Function main_;
  std::vector<std::unique_ptr<Function>> functions_;   // user's, and lambdas
  std::vector<std::unique_ptr<Object>> constants_;
};

/// What scripts of one context see.
struct ContextVariable {
  std::string_view name;
  Variable variable;
  Type type;
};
struct ContextInfo {
  std::string_view name;
  std::vector<ContextVariable> variables;
  Type result;
};
const ContextInfo& context_info(Context context);
/// Functions without an object: saturation(), emit() ...; null if the context has none of that name.
const Method* find_global(Context context, std::string_view name, size_t arity);
bool has_global(Context context, std::string_view name);

/// Turns a tree into nodes: names to slots, static types, casts. One use.
class Compiler {
 public:
  Compiler(PainlessScript& script, const AstScript& ast) : script_(script), ast_(ast) {}
  void run();

 private:
  struct Local {
    std::string name;
    uint32_t slot;
    Type type;
  };
  /// One function being compiled; lambdas have an outer one.
  struct Scope {
    Function* function;
    Scope* outer = nullptr;
    std::vector<Local> locals;
    std::vector<Local> captured;  ///< of lambdas: variables of the function around
    uint32_t next_slot = 0;
    int loops = 0;
    bool is_lambda = false;
    bool is_main = false;
  };

  // Types.
  Type parse_type(size_t offset, const std::string& name);
  bool try_parse_type(const std::string& name, Type& out) const;
  NodePtr cast(NodePtr node, const Type& to, bool is_explicit, size_t offset);

  // Variables.
  Local* find_local(Scope& scope, const std::string& name);
  uint32_t declare(size_t offset, const std::string& name, const Type& type);

  // Statements.
  StatementPtr block(const Ast& ast, bool last, bool* all_return = nullptr);
  StatementPtr statement(const Ast& ast, bool last, bool& returns);
  StatementPtr if_statement(const Ast& ast, bool last, bool& returns);
  StatementPtr while_statement(const Ast& ast, bool& returns);
  StatementPtr for_statement(const Ast& ast, bool& returns);
  StatementPtr each_statement(const Ast& ast);
  StatementPtr try_statement(const Ast& ast, bool last, bool& returns);
  StatementPtr declaration(const Ast& ast);
  static bool has_break(const Ast& ast);
  StatementPtr return_value(NodePtr value, size_t offset);
  void compile_body(Scope& scope, const Ast& body, bool implicit_return);

  // Expressions.
  NodePtr expression(const Ast& ast);
  NodePtr condition(const Ast& ast);
  NodePtr name(const Ast& ast);
  NodePtr member(const Ast& ast);
  NodePtr index(const Ast& ast);
  NodePtr call(const Ast& ast);
  NodePtr call_function(const Ast& ast);
  NodePtr creation(const Ast& ast);
  NodePtr array(const Ast& ast);
  NodePtr collection(const Ast& ast);
  NodePtr unary(const Ast& ast);
  NodePtr binary(const Ast& ast);
  NodePtr conditional(const Ast& ast);
  NodePtr assign(const Ast& ast, bool is_read);
  NodePtr increment(const Ast& ast, bool is_read);
  void target_of(const Ast& target, AssignNode& node);
  static std::string describe(const Ast& ast);
  StatementPtr expression_body(NodePtr value);
  void check_member(const Ast& ast, const Type& type);
  static Type member_type(const Type& type, const std::string& name);
  NodePtr lambda(const Ast& ast);
  NodePtr function_ref(const Ast& ast);
  NodePtr text_constant(const Ast& ast, const std::string& text);
  std::vector<NodePtr> arguments(const Ast& ast, size_t first);
  void check_arguments(const Method& method, std::vector<NodePtr>& arguments, size_t first);
  bool static_class(const Ast& ast, ClassId& cls);
  bool is_doc(const Ast& ast);
  std::string unknown_path(const Ast& ast);
  uint32_t doc_slot(const std::string& field);
  void check_used(const Ast& ast);

  PainlessScript& script_;
  const AstScript& ast_;
  Scope* scope_ = nullptr;
  std::map<std::string, Function*> user_functions_;  // "name/arity"
  std::set<uint32_t> statement_offsets_;
};

}  // namespace tarn::script
