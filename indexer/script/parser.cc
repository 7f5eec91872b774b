#include "indexer/script/parser.h"

namespace tarn::script {

namespace {

using Kind = Ast::Kind;

}  // namespace

AstScript Parser::run() {
  AstScript out;
  while (at_function()) out.functions.push_back(function());
  out.body = make(Kind::kBlock, peek().kind == Token::Kind::kEnd ? peek().offset : 0);
  while (peek().kind != Token::Kind::kEnd) {
    if (is("{") || is("}") || is(";") || is(")") || is("]")) fail_expecting("<EOF>");
    add(*out.body, statement());
  }
  return out;
}

void Parser::fail_sequence() const {
  const Token& token = peek();
  Error error = token.kind == Token::Kind::kEnd ? illegal_argument("unexpected end of script.")
                                                : illegal_argument("invalid sequence of tokens near [" + display(token) + "].");
  error.caused_by(Error(400, "no_viable_alt_exception", "").with("reason", nullptr));
  throw CompileFailure{token.offset, std::move(error)};
}

void Parser::fail_expecting(std::string_view expected) const {
  const Token& token = peek();
  fail_compile(token.offset, "unexpected token [" + display(token) + "] was expecting one of [" + std::string(expected) + "].");
}

std::string Parser::display(const Token& token) {
  return token.kind == Token::Kind::kEnd ? "<EOF>" : "'" + (token.kind == Token::Kind::kText ? "'" + token.text + "'" : token.text) + "'";
}

void Parser::expect(std::string_view op) {
  if (!accept(op)) fail_sequence();
}

std::string Parser::name() {
  if (!is_name()) fail_sequence();
  return tokens_[at_++].text;
}

AstPtr Parser::make(Kind kind, size_t offset) const {
  auto node = std::make_unique<Ast>();
  node->kind = kind;
  node->offset = static_cast<uint32_t>(offset);
  return node;
}

void Parser::add(Ast& parent, AstPtr child) const {
  if (child != nullptr) {
    parent.depth = std::max(parent.depth, child->depth + 1);
    if (parent.depth > kDepthMax) fail_compile(child->offset, "the script is nested too deeply");
  }
  parent.children.push_back(std::move(child));
}

size_t Parser::type_length(size_t ahead) const {
  const Token& first = peek(ahead);
  if (first.kind != Token::Kind::kName || (is_keyword(first.text) && first.text != "def" && first.text != "void")) return 0;
  size_t n = 1;
  if (!is_primitive(first.text) && first.text != "void") {
    while (is(".", ahead + n) && peek(ahead + n + 1).kind == Token::Kind::kName) n += 2;
  }
  while (is("[", ahead + n) && is("]", ahead + n + 1)) n += 2;
  return n;
}

std::string Parser::type() {
  const size_t n = type_length(0);
  if (n == 0) fail_sequence();
  std::string out;
  for (size_t i = 0; i < n; ++i) out += tokens_[at_++].text;
  return out;
}

bool Parser::at_declaration() const {
  const size_t n = type_length(0);
  return n > 0 && is_name(n) && !is("(", n + 1);
}

bool Parser::at_function() const {
  const size_t n = type_length(0);
  return n > 0 && is_name(n) && is("(", n + 1);
}

AstFunction Parser::function() {
  AstFunction out;
  out.offset = static_cast<uint32_t>(peek().offset);
  out.result = type();
  out.name = name();
  expect("(");
  while (!accept(")")) {
    if (!out.parameters.empty()) expect(",");
    Ast::Parameter parameter;
    parameter.type = type();
    parameter.name = name();
    out.parameters.push_back(std::move(parameter));
  }
  if (!is("{")) fail_sequence();
  out.body = block();
  return out;
}

AstScript parse_painless(const std::string& source) { return Parser(source).run(); }

}  // namespace tarn::script
