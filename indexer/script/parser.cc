#include <charconv>

#include "indexer/mapping/number_text.h"
#include "indexer/script/ast.h"
#include "indexer/script/lexer.h"

namespace tarn::script {

namespace {

using Kind = Ast::Kind;

class Parser {
 public:
  explicit Parser(const std::string& source) : tokens_(tokenize(source)) {}

  AstScript run() {
    AstScript out;
    while (at_function()) out.functions.push_back(function());
    out.body = make(Kind::kBlock, peek().kind == Token::Kind::kEnd ? peek().offset : 0);
    while (peek().kind != Token::Kind::kEnd) {
      if (is("{") || is("}") || is(";") || is(")") || is("]")) fail_expecting("<EOF>");
      add(*out.body, statement());
    }
    return out;
  }

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
  [[noreturn]] void fail_sequence() const {
    const Token& token = peek();
    Error error = token.kind == Token::Kind::kEnd ? illegal_argument("unexpected end of script.")
                                                  : illegal_argument("invalid sequence of tokens near [" + display(token) + "].");
    error.caused_by(Error(400, "no_viable_alt_exception", "").with("reason", nullptr));
    throw CompileFailure{token.offset, std::move(error)};
  }
  [[noreturn]] void fail_expecting(std::string_view expected) const {
    const Token& token = peek();
    fail_compile(token.offset, "unexpected token [" + display(token) + "] was expecting one of [" + std::string(expected) + "].");
  }
  static std::string display(const Token& token) {
    return token.kind == Token::Kind::kEnd ? "<EOF>" : "'" + (token.kind == Token::Kind::kText ? "'" + token.text + "'" : token.text) + "'";
  }
  void expect(std::string_view op) {
    if (!accept(op)) fail_sequence();
  }
  std::string name() {
    if (!is_name()) fail_sequence();
    return tokens_[at_++].text;
  }

  // Trees.
  AstPtr make(Kind kind, size_t offset) const {
    auto node = std::make_unique<Ast>();
    node->kind = kind;
    node->offset = static_cast<uint32_t>(offset);
    return node;
  }
  void add(Ast& parent, AstPtr child) const {
    if (child != nullptr) {
      parent.depth = std::max(parent.depth, child->depth + 1);
      if (parent.depth > kDepthMax) fail_compile(child->offset, "the script is nested too deeply");
    }
    parent.children.push_back(std::move(child));
  }
  struct Nesting {
    explicit Nesting(Parser& parser) : parser(parser) {
      if (++parser.nesting_ > kNestingMax) fail_compile(parser.peek().offset, "the script is nested too deeply");
    }
    ~Nesting() { --parser.nesting_; }
    Parser& parser;
  };

  // Types: def, int, String, Map.Entry, java.util.List, int[][].
  /// Tokens of the type at `ahead`; 0 if there is none.
  size_t type_length(size_t ahead) const {
    const Token& first = peek(ahead);
    if (first.kind != Token::Kind::kName || (is_keyword(first.text) && first.text != "def" && first.text != "void")) return 0;
    size_t n = 1;
    if (!is_primitive(first.text) && first.text != "void") {
      while (is(".", ahead + n) && peek(ahead + n + 1).kind == Token::Kind::kName) n += 2;
    }
    while (is("[", ahead + n) && is("]", ahead + n + 1)) n += 2;
    return n;
  }
  std::string type() {
    const size_t n = type_length(0);
    if (n == 0) fail_sequence();
    std::string out;
    for (size_t i = 0; i < n; ++i) out += tokens_[at_++].text;
    return out;
  }
  bool at_declaration() const {
    const size_t n = type_length(0);
    return n > 0 && is_name(n) && !is("(", n + 1);
  }

  bool at_function() const {
    const size_t n = type_length(0);
    return n > 0 && is_name(n) && is("(", n + 1);
  }
  AstFunction function() {
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

  AstPtr block() {
    AstPtr node = make(Kind::kBlock, peek().offset);
    expect("{");
    while (!accept("}")) {
      if (peek().kind == Token::Kind::kEnd) fail_sequence();
      add(*node, statement(true));
    }
    return node;
  }
  /// A block, or one statement.
  AstPtr trailer() {
    if (is("{")) return block();
    AstPtr node = make(Kind::kBlock, peek().offset);
    add(*node, statement());
    return node;
  }

  /// `in_block`: a closing brace may stand for the semicolon.
  void end_statement(bool in_block) {
    if (accept(";")) return;
    if (peek().kind == Token::Kind::kEnd) return;
    if (in_block && is("}")) return;
    fail_expecting(in_block ? "{'}', ';'}" : "{<EOF>, ';'}");
  }

  AstPtr statement(bool in_block = false) {
    const Nesting nesting(*this);
    const size_t offset = peek().offset;
    if (peek().kind == Token::Kind::kName) {
      const std::string& word = peek().text;
      if (word == "if") return if_statement(offset);
      if (word == "while") return while_statement(offset);
      if (word == "for") return for_statement(offset);
      if (word == "try") return try_statement(offset);
      if (word == "do") {
        ++at_;
        AstPtr node = make(Kind::kDo, offset);
        add(*node, block());
        expect("while");
        expect("(");
        add(*node, expression());
        expect(")");
        end_statement(in_block);
        return node;
      }
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
  bool begins_expression() const {
    const Token& token = peek();
    if (token.kind == Token::Kind::kEnd) return false;
    if (token.kind != Token::Kind::kOperator) return true;
    for (const std::string_view op : {"(", "[", "!", "+", "-", "~", "++", "--"}) {
      if (op == token.text) return true;
    }
    return false;
  }
  AstPtr expression_statement() {
    AstPtr node = make(Kind::kExpression, peek().offset);
    add(*node, expression());
    return node;
  }

  AstPtr declaration() {
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

  AstPtr if_statement(size_t offset) {
    ++at_;
    AstPtr node = make(Kind::kIf, offset);
    expect("(");
    add(*node, expression());
    expect(")");
    add(*node, trailer());
    if (accept("else")) add(*node, trailer());
    return node;
  }
  AstPtr while_statement(size_t offset) {
    ++at_;
    AstPtr node = make(Kind::kWhile, offset);
    expect("(");
    add(*node, expression());
    expect(")");
    if (accept(";")) {
      add(*node, make(Kind::kBlock, offset));
    } else {
      add(*node, trailer());
    }
    return node;
  }
  AstPtr for_statement(size_t offset) {
    ++at_;
    expect("(");
    const size_t n = type_length(0);
    if (n > 0 && is_name(n) && (is(":", n + 1) || is("in", n + 1))) {
      AstPtr node = make(Kind::kForEach, offset);
      node->extra = type();
      node->text = name();
      ++at_;
      return finish_each(std::move(node));
    }
    if (is_name() && (is("in", 1) || is(":", 1))) {
      AstPtr node = make(Kind::kForEach, offset);
      node->extra = "def";
      node->text = name();
      ++at_;
      return finish_each(std::move(node));
    }
    AstPtr node = make(Kind::kFor, offset);
    add(*node, is(";") ? nullptr : at_declaration() ? declaration() : expression_statement());
    expect(";");
    add(*node, is(";") ? nullptr : expression());
    expect(";");
    add(*node, is(")") ? nullptr : expression_statement());
    expect(")");
    if (accept(";")) {
      add(*node, make(Kind::kBlock, offset));
    } else {
      add(*node, trailer());
    }
    return node;
  }
  AstPtr finish_each(AstPtr node) {
    add(*node, expression());
    expect(")");
    add(*node, trailer());
    return node;
  }
  AstPtr try_statement(size_t offset) {
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

  // Expressions.
  AstPtr expression() {
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
  static uint32_t start_of(const Ast& node) {
    const Ast* at = &node;
    while ((at->kind == Kind::kMember || at->kind == Kind::kIndex || at->kind == Kind::kCall) && !at->children.empty()) at = at->children[0].get();
    return at->offset;
  }

  AstPtr conditional() {
    const Nesting nesting(*this);
    AstPtr left = binary(0);
    if (accept("?")) {
      AstPtr node = make(Kind::kConditional, start_of(*left));
      add(*node, std::move(left));
      add(*node, conditional_part());
      expect(":");
      add(*node, conditional_part());
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
  AstPtr conditional_part() { return expression(); }

  static int precedence(const Token& token) {
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
  AstPtr binary(int least) {
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

  AstPtr unary() {
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
  AstPtr unary_operand() {
    AstPtr operand = postfix(primary());
    if (is("++") || is("--")) {
      AstPtr node = make(Kind::kIncrement, start_of(*operand));
      node->text = tokens_[at_++].text;
      add(*node, std::move(operand));
      return node;
    }
    return operand;
  }
  /// (int) x, (String) x: a type in parentheses before something that begins an operand.
  bool at_cast() const {
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

  AstPtr postfix(AstPtr left) {
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
  void arguments(Ast& node) {
    expect("(");
    bool first = true;
    while (!accept(")")) {
      if (!first) expect(",");
      first = false;
      add(node, argument());
    }
  }
  AstPtr argument() {
    const Nesting nesting(*this);
    if (at_lambda()) return lambda();
    const size_t n = type_length(0);
    if (n > 0 && is("::", n)) return function_ref();
    if (is("this") && is("::", 1)) return function_ref();
    return expression();
  }
  AstPtr function_ref() {
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
  bool at_lambda() const {
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
  AstPtr lambda() {
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

  AstPtr primary() {
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

  AstPtr creation(size_t offset) {
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

  AstPtr list_or_map() {
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

  AstPtr number(const Token& token) {
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

  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t nesting_ = 0;
  bool negative_ = false;
};

}  // namespace

AstScript parse_painless(const std::string& source) { return Parser(source).run(); }

}  // namespace tarn::script
