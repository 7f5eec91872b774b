#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/script/ast.h"
#include "indexer/script/lexer.h"

namespace tarn::script {

/// Recursive descent over Painless's tokens, one function a rule of its grammar. Throws CompileFailure in ANTLR's words.
/// parser.cc holds tokens, types and functions; parse_statements.cc and parse_expressions.cc the rest. One use.
class Parser {
 public:
  explicit Parser(const std::string& source) : tokens_(tokenize(source)) {}

  AstScript run();

 private:
  // Tokens.
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(std::string_view op, size_t ahead = 0) const {
    const Token& token = peek(ahead);
    return (token.kind == Token::Kind::kOperator || token.kind == Token::Kind::kName) && token.text == op;
  }
  bool accept(std::string_view op) {
    if (!is(op)) return false;
    ++at_;
    return true;
  }
  bool is_name(size_t ahead = 0) const {
    const Token& token = peek(ahead);
    return token.kind == Token::Kind::kName && !is_keyword(token.text) && (!is_primitive(token.text));
  }
  void expect(std::string_view op);
  std::string name();
  [[noreturn]] void fail_sequence() const;
  [[noreturn]] void fail_expecting(std::string_view expected) const;
  static std::string display(const Token& token);

  // Trees.
  AstPtr make(Ast::Kind kind, size_t offset) const;
  void add(Ast& parent, AstPtr child) const;
  /// Bounds the stack: one in every rule that may call itself.
  struct Nesting {
    explicit Nesting(Parser& parser) : parser(parser) {
      if (++parser.nesting_ > kNestingMax) fail_compile(parser.peek().offset, "the script is nested too deeply");
    }
    ~Nesting() { --parser.nesting_; }
    Parser& parser;
  };

  // Types: def, int, String, Map.Entry, java.util.List, int[][].
  /// Tokens of the type at `ahead`; 0 if there is none.
  size_t type_length(size_t ahead) const;
  std::string type();
  bool at_declaration() const;

  bool at_function() const;
  AstFunction function();

  // Statements. `in_block`: a closing brace may stand for the semicolon.
  AstPtr statement(bool in_block = false);
  void end_statement(bool in_block);
  AstPtr block();
  /// A block, or one statement.
  AstPtr trailer();
  /// A trailer, or a lone semicolon.
  AstPtr loop_body(size_t offset);
  /// An expression in parentheses.
  AstPtr condition();
  AstPtr declaration();
  AstPtr expression_statement();
  AstPtr if_statement(size_t offset);
  AstPtr while_statement(size_t offset);
  AstPtr do_statement(size_t offset, bool in_block);
  AstPtr for_statement(size_t offset);
  AstPtr each_statement(size_t offset, std::string type);
  AstPtr try_statement(size_t offset);
  bool begins_expression() const;

  // Expressions, the loosest first.
  AstPtr expression();
  AstPtr conditional();
  /// Operators that bind tighter than `least`.
  AstPtr binary(int least);
  AstPtr unary();
  AstPtr unary_operand();
  AstPtr postfix(AstPtr left);
  AstPtr primary();
  AstPtr creation(size_t offset);
  AstPtr list_or_map();
  AstPtr number(const Token& token);
  /// (int) x, (String) x: a type in parentheses before something that begins an operand.
  bool at_cast() const;
  void arguments(Ast& node);
  AstPtr argument();
  bool at_lambda() const;
  AstPtr lambda();
  AstPtr function_ref();

  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t nesting_ = 0;
  bool negative_ = false;  // a minus stands before the number that comes
};

}  // namespace tarn::script
