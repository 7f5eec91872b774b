#include <charconv>

#include "indexer/mapping/number_text.h"
#include "indexer/script/parser.h"

namespace tarn::script {

namespace {

using Kind = Ast::Kind;

/// Where the expression begins: members and calls note the place of their dot.
uint32_t start_of(const Ast& node) {
  const Ast* at = &node;
  while ((at->kind == Kind::kMember || at->kind == Kind::kIndex || at->kind == Kind::kCall) && !at->children.empty()) at = at->children[0].get();
  return at->offset;
}

/// How tight a binary operator binds; 0 if the token is none.
int precedence(const Token& token) {
  struct Level {
    std::string_view op;
    int level;
  };
  static constexpr Level kLevels[] = {{"||", 1}, {"&&", 2},  {"|", 3},  {"^", 4},  {"&", 5},   {"==", 6}, {"!=", 6}, {"===", 6},
                                      {"!==", 6}, {"<", 7},  {">", 7},  {"<=", 7}, {">=", 7},  {"instanceof", 7}, {"<<", 8}, {">>", 8},
                                      {">>>", 8}, {"+", 9},  {"-", 9},  {"=~", 10}, {"==~", 10}, {"*", 11}, {"/", 11}, {"%", 11}};
  if (token.kind != Token::Kind::kOperator && token.kind != Token::Kind::kName) return 0;
  for (const Level& level : kLevels) {
    if (level.op == token.text) return level.level;
  }
  return 0;
}

}  // namespace

AstPtr Parser::expression() {
  const Nesting nesting(*this);
  AstPtr left = conditional();
  static constexpr std::string_view kAssign[] = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "<<=", ">>=", ">>>="};
  for (const std::string_view op : kAssign) {
    if (!is(op)) continue;
    ++at_;
    AstPtr node = make(Kind::kAssign, left->kind == Kind::kMember || left->kind == Kind::kIndex ? start_of(*left) : left->offset);
    node->text = op;
    add(*node, std::move(left));
    add(*node, expression());
    return node;
  }
  return left;
}

AstPtr Parser::conditional() {
  const Nesting nesting(*this);
  AstPtr left = binary(0);
  if (accept("?")) {
    AstPtr node = make(Kind::kConditional, start_of(*left));
    add(*node, std::move(left));
    add(*node, expression());
    expect(":");
    add(*node, expression());
    return node;
  }
  if (accept("?:")) {
    AstPtr node = make(Kind::kElvis, start_of(*left));
    add(*node, std::move(left));
    add(*node, conditional());
    return node;
  }
  return left;
}

AstPtr Parser::binary(int least) {
  const Nesting nesting(*this);
  AstPtr left = unary();
  for (;;) {
    const int level = precedence(peek());
    if (level <= least) return left;
    const std::string op = peek().text;
    ++at_;
    AstPtr node = make(op == "instanceof" ? Kind::kInstanceOf : Kind::kBinary, start_of(*left));
    node->text = op;
    add(*node, std::move(left));
    if (op == "instanceof") {
      node->text = type();
    } else {
      add(*node, binary(level));
    }
    left = std::move(node);
  }
}

AstPtr Parser::unary() {
  const Nesting nesting(*this);
  const size_t offset = peek().offset;
  if (is("!") || is("+") || is("-") || is("~")) {
    const std::string op = peek().text;
    ++at_;
    if (op == "-" && (peek().kind == Token::Kind::kInteger || peek().kind == Token::Kind::kDecimal)) {
      negative_ = true;
      AstPtr number = unary_operand();
      if (negative_) fail_sequence();
      if (number->kind == Kind::kNumber) number->offset = static_cast<uint32_t>(offset);
      return number;
    }
    AstPtr node = make(Kind::kUnary, offset);
    node->text = op;
    add(*node, unary());
    return node;
  }
  if (is("++") || is("--")) {
    AstPtr node = make(Kind::kIncrement, offset);
    node->text = tokens_[at_++].text;
    node->prefix = true;
    add(*node, unary_operand());
    return node;
  }
  if (is("(") && at_cast()) {
    ++at_;
    AstPtr node = make(Kind::kCast, offset);
    node->text = type();
    expect(")");
    add(*node, unary());
    return node;
  }
  return unary_operand();
}

AstPtr Parser::unary_operand() {
  AstPtr operand = postfix(primary());
  if (is("++") || is("--")) {
    AstPtr node = make(Kind::kIncrement, start_of(*operand));
    node->text = tokens_[at_++].text;
    add(*node, std::move(operand));
    return node;
  }
  return operand;
}

bool Parser::at_cast() const {
  const size_t n = type_length(1);
  if (n == 0 || !is(")", 1 + n)) return false;
  const Token& first = peek(1);
  if (is_primitive(first.text)) return true;
  if (is("->", n + 2)) return false;
  const Token& next = peek(n + 2);
  switch (next.kind) {
    case Token::Kind::kName: return next.text != "instanceof" && next.text != "in";
    case Token::Kind::kOperator: return next.text == "(" || next.text == "!" || next.text == "~" || next.text == "[";
    case Token::Kind::kEnd: return false;
    default: return true;
  }
}

AstPtr Parser::postfix(AstPtr left) {
  for (;;) {
    const size_t offset = peek().offset;
    if (is(".") || is("?.")) {
      const bool safe = is("?.");
      ++at_;
      const Token& member = peek();
      if (member.kind != Token::Kind::kName && member.kind != Token::Kind::kInteger) fail_sequence();
      ++at_;
      const bool call = is("(") && member.kind == Token::Kind::kName;
      AstPtr node = make(call ? Kind::kCall : Kind::kMember, offset);
      node->text = member.text;
      node->safe = safe;
      add(*node, std::move(left));
      if (call) arguments(*node);
      left = std::move(node);
    } else if (is("[")) {
      ++at_;
      AstPtr node = make(Kind::kIndex, offset);
      add(*node, std::move(left));
      add(*node, expression());
      expect("]");
      left = std::move(node);
    } else {
      return left;
    }
  }
}

void Parser::arguments(Ast& node) {
  expect("(");
  bool first = true;
  while (!accept(")")) {
    if (!first) expect(",");
    first = false;
    add(node, argument());
  }
}

AstPtr Parser::argument() {
  const Nesting nesting(*this);
  if (at_lambda()) return lambda();
  const size_t n = type_length(0);
  if (n > 0 && is("::", n)) return function_ref();
  if (is("this") && is("::", 1)) return function_ref();
  return expression();
}

AstPtr Parser::function_ref() {
  AstPtr node = make(Kind::kFunctionRef, peek().offset);
  if (accept("this")) {
    node->text = "this";
  } else {
    node->text = type();
  }
  expect("::");
  if (accept("new")) {
    node->extra = "new";
  } else {
    if (peek().kind != Token::Kind::kName) fail_sequence();
    node->extra = tokens_[at_++].text;
  }
  return node;
}

bool Parser::at_lambda() const {
  if (is_name() && is("->", 1)) return true;
  if (!is("(")) return false;
  size_t n = 1;
  while (!is(")", n)) {
    const size_t length = type_length(n);
    if (length == 0) return false;
    n += length;
    if (is_name(n)) ++n;
    if (is(",", n)) ++n;
    else if (!is(")", n)) return false;
  }
  return is("->", n + 1);
}

AstPtr Parser::lambda() {
  AstPtr node = make(Kind::kLambda, peek().offset);
  if (is("(")) {
    ++at_;
    while (!accept(")")) {
      if (!node->parameters.empty()) expect(",");
      Ast::Parameter parameter{"def", ""};
      if (!(is_name() && (is(",", 1) || is(")", 1)))) parameter.type = type();
      parameter.name = name();
      node->parameters.push_back(std::move(parameter));
    }
  } else {
    node->parameters.push_back({"def", name()});
  }
  node->offset = static_cast<uint32_t>(peek().offset);
  expect("->");
  add(*node, is("{") ? block() : expression());
  return node;
}

AstPtr Parser::primary() {
  const Token token = peek();
  const size_t offset = token.offset;
  switch (token.kind) {
    case Token::Kind::kEnd: fail_sequence();
    case Token::Kind::kText: {
      ++at_;
      AstPtr node = make(Kind::kText, offset);
      node->text = token.text;
      return node;
    }
    case Token::Kind::kRegex: {
      ++at_;
      AstPtr node = make(Kind::kRegex, offset);
      node->text = token.text;
      node->extra = token.flags;
      return node;
    }
    case Token::Kind::kInteger:
    case Token::Kind::kDecimal: ++at_; return number(token);
    default: break;
  }
  if (accept("(")) {
    AstPtr inner = expression();
    expect(")");
    return inner;
  }
  if (is("[")) return list_or_map();
  if (token.kind == Token::Kind::kOperator) fail_sequence();
  if (accept("true")) return make(Kind::kTrue, offset);
  if (accept("false")) return make(Kind::kFalse, offset);
  if (accept("null")) return make(Kind::kNull, offset);
  if (accept("new")) return creation(offset);
  if (!is_name()) fail_sequence();
  ++at_;
  AstPtr node = make(is("(") ? Kind::kCallFunction : Kind::kName, offset);
  node->text = token.text;
  if (node->kind == Kind::kCallFunction) arguments(*node);
  return node;
}

AstPtr Parser::creation(size_t offset) {
  const size_t n = type_length(0);
  if (n == 0) fail_sequence();
  std::string made = type();
  if (made.ends_with("[]")) {
    AstPtr node = make(Kind::kNewArray, offset);
    node->initialized = true;
    made.resize(made.size() - 2);
    node->text = made;
    expect("{");
    bool first = true;
    while (!accept("}")) {
      if (!first) expect(",");
      first = false;
      add(*node, expression());
    }
    return node;
  }
  if (is("[")) {
    AstPtr node = make(Kind::kNewArray, offset);
    node->text = made;
    while (is("[") && !is("]", 1)) {
      ++at_;
      add(*node, expression());
      expect("]");
    }
    return node;
  }
  AstPtr node = make(Kind::kNew, offset);
  node->text = made;
  if (!is("(")) fail_sequence();
  arguments(*node);
  return node;
}

AstPtr Parser::list_or_map() {
  const size_t offset = peek().offset;
  expect("[");
  if (accept(":")) {
    expect("]");
    return make(Kind::kMap, offset);
  }
  AstPtr node = make(Kind::kList, offset);
  while (!accept("]")) {
    if (!node->children.empty()) expect(",");
    add(*node, expression());
    if (is(":") && (node->kind == Kind::kMap || node->children.size() == 1)) {
      ++at_;
      node->kind = Kind::kMap;
      add(*node, expression());
    } else if (node->kind == Kind::kMap) {
      fail_sequence();
    }
  }
  return node;
}

AstPtr Parser::number(const Token& token) {
  AstPtr node = make(Kind::kNumber, token.offset);
  const bool negative = std::exchange(negative_, false);
  std::string text = token.text;
  const char suffix = text.back();
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (token.kind == Token::Kind::kDecimal) {
    const bool single = suffix == 'f' || suffix == 'F';
    if (single || suffix == 'd' || suffix == 'D') text.pop_back();
    if (single) {
      const auto value = mapping::parse_java_float(text);
      if (!value || std::isinf(*value)) fail_compile(token.offset, "Invalid float constant [" + token.text + "].");
      node->constant = Value::single(negative ? -*value : *value);
    } else {
      const auto value = mapping::parse_java_double(text);
      if (!value || std::isinf(*value)) fail_compile(token.offset, "Invalid double constant [" + token.text + "].");
      node->constant = Value::real(negative ? -*value : *value);
    }
    return node;
  }
  const bool wide = suffix == 'l' || suffix == 'L';
  if (wide) text.pop_back();
  const int base = hex ? 16 : text.size() > 1 && text[0] == '0' ? 8 : 10;
  if (hex) text.erase(0, 2);
  uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  const uint64_t limit = (wide ? uint64_t{INT64_MAX} : uint64_t{INT32_MAX}) + (negative ? 1 : 0);
  if (error != std::errc() || end != text.data() + text.size() || magnitude > limit) {
    const std::string shown = (negative ? "-" : "") + token.text;
    if (!wide && error == std::errc() && magnitude <= uint64_t{INT64_MAX}) {
      fail_compile(token.offset, "Invalid int constant [" + shown + "]. If you want a long constant then change it to [" + shown + "L].");
    }
    fail_compile(token.offset, std::string("Invalid ") + (wide ? "long" : "int") + " constant [" + shown + "].");
  }
  const int64_t value = negative ? static_cast<int64_t>(0 - magnitude) : static_cast<int64_t>(magnitude);
  node->constant = wide ? Value::long_value(value) : Value::integer(value);
  return node;
}

}  // namespace tarn::script
