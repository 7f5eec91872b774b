#include "indexer/script/parser.h"

namespace tarn::script {

namespace {

using Kind = Ast::Kind;

}  // namespace

AstPtr Parser::block() {
  AstPtr node = make(Kind::kBlock, peek().offset);
  expect("{");
  while (!accept("}")) {
    if (peek().kind == Token::Kind::kEnd) fail_sequence();
    add(*node, statement(true));
  }
  return node;
}

AstPtr Parser::trailer() {
  if (is("{")) return block();
  AstPtr node = make(Kind::kBlock, peek().offset);
  add(*node, statement());
  return node;
}

void Parser::end_statement(bool in_block) {
  if (accept(";")) return;
  if (peek().kind == Token::Kind::kEnd) return;
  if (in_block && is("}")) return;
  fail_expecting(in_block ? "{'}', ';'}" : "{<EOF>, ';'}");
}

AstPtr Parser::statement(bool in_block) {
  const Nesting nesting(*this);
  const size_t offset = peek().offset;
  if (peek().kind == Token::Kind::kName) {
    const std::string& word = peek().text;
    if (word == "if") return if_statement(offset);
    if (word == "while") return while_statement(offset);
    if (word == "do") return do_statement(offset, in_block);
    if (word == "for") return for_statement(offset);
    if (word == "try") return try_statement(offset);
    if (word == "continue" || word == "break") {
      AstPtr node = make(word == "break" ? Kind::kBreak : Kind::kContinue, offset);
      ++at_;
      end_statement(in_block);
      return node;
    }
    if (word == "return") {
      ++at_;
      AstPtr node = make(Kind::kReturn, offset);
      if (begins_expression()) add(*node, expression());
      end_statement(in_block);
      return node;
    }
    if (word == "throw") {
      ++at_;
      AstPtr node = make(Kind::kThrow, offset);
      add(*node, expression());
      end_statement(in_block);
      return node;
    }
  }
  if (is(";")) fail_sequence();
  AstPtr node = at_declaration() ? declaration() : expression_statement();
  end_statement(in_block);
  return node;
}

bool Parser::begins_expression() const {
  const Token& token = peek();
  if (token.kind == Token::Kind::kEnd) return false;
  if (token.kind != Token::Kind::kOperator) return true;
  for (const std::string_view op : {"(", "[", "!", "+", "-", "~", "++", "--"}) {
    if (op == token.text) return true;
  }
  return false;
}

AstPtr Parser::expression_statement() {
  AstPtr node = make(Kind::kExpression, peek().offset);
  add(*node, expression());
  return node;
}

AstPtr Parser::declaration() {
  AstPtr node = make(Kind::kDeclare, peek().offset);
  node->extra = type();
  do {
    AstPtr variable = make(Kind::kName, peek().offset);
    variable->text = name();
    if (accept("=")) add(*variable, expression());
    add(*node, std::move(variable));
  } while (accept(","));
  return node;
}

AstPtr Parser::condition() {
  expect("(");
  AstPtr node = expression();
  expect(")");
  return node;
}

AstPtr Parser::loop_body(size_t offset) { return accept(";") ? make(Kind::kBlock, offset) : trailer(); }

AstPtr Parser::if_statement(size_t offset) {
  ++at_;
  AstPtr node = make(Kind::kIf, offset);
  add(*node, condition());
  add(*node, trailer());
  if (accept("else")) add(*node, trailer());
  return node;
}

AstPtr Parser::while_statement(size_t offset) {
  ++at_;
  AstPtr node = make(Kind::kWhile, offset);
  add(*node, condition());
  add(*node, loop_body(offset));
  return node;
}

AstPtr Parser::do_statement(size_t offset, bool in_block) {
  ++at_;
  AstPtr node = make(Kind::kDo, offset);
  add(*node, block());
  expect("while");
  add(*node, condition());
  end_statement(in_block);
  return node;
}

AstPtr Parser::for_statement(size_t offset) {
  ++at_;
  expect("(");
  const size_t n = type_length(0);
  if (n > 0 && is_name(n) && (is(":", n + 1) || is("in", n + 1))) return each_statement(offset, type());
  if (is_name() && (is("in", 1) || is(":", 1))) return each_statement(offset, "def");
  AstPtr node = make(Kind::kFor, offset);
  add(*node, is(";") ? nullptr : at_declaration() ? declaration() : expression_statement());
  expect(";");
  add(*node, is(";") ? nullptr : expression());
  expect(";");
  add(*node, is(")") ? nullptr : expression_statement());
  expect(")");
  add(*node, loop_body(offset));
  return node;
}

/// After the type: name, colon or `in`, collection, parenthesis, body.
AstPtr Parser::each_statement(size_t offset, std::string type) {
  AstPtr node = make(Kind::kForEach, offset);
  node->extra = std::move(type);
  node->text = name();
  ++at_;
  add(*node, expression());
  expect(")");
  add(*node, trailer());
  return node;
}

AstPtr Parser::try_statement(size_t offset) {
  ++at_;
  AstPtr node = make(Kind::kTry, offset);
  add(*node, block());
  if (!is("catch")) fail_sequence();
  while (is("catch")) {
    AstPtr handler = make(Kind::kCatch, peek().offset);
    ++at_;
    expect("(");
    handler->extra = type();
    handler->text = name();
    expect(")");
    add(*handler, block());
    add(*node, std::move(handler));
  }
  return node;
}

}  // namespace tarn::script
