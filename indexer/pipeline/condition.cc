#include "indexer/pipeline/condition.h"

#include <charconv>

namespace tarn {

struct Condition::Node {
  enum class Kind {
    literal,
    ctx,
    member,
    index,
    call,
    unary,
    binary,
    conditional,
    instance_of,
    list
  };
  Kind kind;
  size_t offset = 0;  // where the script_stack of an error points
  Json value;         // literal
  std::string name;   // member, method, operator, type
  bool null_safe = false;
  std::vector<std::unique_ptr<Node>> inner;
};

namespace {

using Node = Condition::Node;
using NodePtr = std::unique_ptr<Node>;

Error script_error(std::string_view kind, const std::string& source, size_t offset, Error cause) {
  Error error(400, "script_exception", std::string(kind));
  error.with("script_stack", Json::array({source, std::string(offset, ' ') + "^---- HERE"}));
  error.with("script", source).with("lang", "painless");
  error.with("position", Json{{"offset", offset}, {"start", 0}, {"end", source.size()}});
  return error.caused_by(std::move(cause));
}

[[noreturn]] void refuse(std::string_view what) {
  throw ApiError(501, "not_implemented_exception",
                 fmt::format("painless in [if]: {} is not supported", what));
}

class Parser {
 public:
  explicit Parser(const std::string& source) : source_(source) { next(); }

  NodePtr parse() {
    if (token_ == "return") next();
    NodePtr root = conditional();
    if (token_ == ";") next();
    if (!token_.empty()) {
      if (token_ == "=" || token_ == ";" || token_ == "{") refuse("more than one expression");
      fail(fmt::format("unexpected token ['{}'].", token_));
    }
    return root;
  }

 private:
  [[noreturn]] void fail(std::string reason) {
    throw ApiError(
        script_error("compile error", source_, start_, illegal_argument(std::move(reason))));
  }

  void next() {
    while (at_ < source_.size()) {
      if (std::isspace(static_cast<unsigned char>(source_[at_]))) {
        ++at_;
      } else if (source_.compare(at_, 2, "//") == 0) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (source_.compare(at_, 2, "/*") == 0) {
        at_ = std::min(source_.find("*/", at_ + 2), source_.size() - 2) + 2;
      } else {
        break;
      }
    }
    start_ = at_;
    is_text_ = false;
    token_.clear();
    if (at_ == source_.size()) return;
    const char c = source_[at_];
    if (c == '"' || c == '\'') return read_text(c);
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      const bool digits = std::isdigit(static_cast<unsigned char>(c));
      while (at_ < source_.size() &&
             (std::isalnum(static_cast<unsigned char>(source_[at_])) || source_[at_] == '_' ||
              (digits && source_[at_] == '.' && at_ + 1 < source_.size() &&
               std::isdigit(static_cast<unsigned char>(source_[at_ + 1]))))) {
        token_ += source_[at_++];
      }
      return;
    }
    for (const std::string_view op : {"===", "!==", "==~", "?.", "?:", "==", "!=", "<=", ">=", "&&",
                                      "||", "=~", "->", "::", "++", "--", "+=", "-="}) {
      if (source_.compare(at_, op.size(), op) == 0) {
        token_ = op;
        at_ += op.size();
        return;
      }
    }
    token_ = std::string(1, c);
    ++at_;
  }

  void read_text(char quote) {
    is_text_ = true;
    for (++at_; at_ < source_.size() && source_[at_] != quote; ++at_) {
      if (source_[at_] == '\\' && at_ + 1 < source_.size()) ++at_;
      token_ += source_[at_];
    }
    if (at_ == source_.size()) fail(fmt::format("unexpected character [{}{}].", quote, token_));
    ++at_;
  }

  bool is(std::string_view token) const { return !is_text_ && token_ == token; }
  void expect(std::string_view token) {
    if (!is(token)) {
      if (token_.empty()) fail("unexpected end of script.");
      fail(fmt::format("unexpected token ['{}'] was expecting one of ['{}'].", token_, token));
    }
    next();
  }

  NodePtr make(Node::Kind kind, size_t offset, std::string name = {}) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->offset = offset;
    node->name = std::move(name);
    return node;
  }

  NodePtr conditional() {
    NodePtr left = binary(0);
    const size_t offset = start_;
    if (is("?:")) refuse("the elvis operator");
    if (!is("?")) return left;
    next();
    NodePtr node = make(Node::Kind::conditional, offset);
    node->inner.push_back(std::move(left));
    node->inner.push_back(conditional());
    expect(":");
    node->inner.push_back(conditional());
    return node;
  }

  static int precedence(std::string_view op) {
    if (op == "||") return 1;
    if (op == "&&") return 2;
    if (op == "==" || op == "!=" || op == "===" || op == "!==") return 3;
    if (op == "<" || op == ">" || op == "<=" || op == ">=" || op == "instanceof") return 4;
    if (op == "+" || op == "-") return 5;
    if (op == "*" || op == "/" || op == "%") return 6;
    return 0;
  }

  NodePtr binary(int least) {
    NodePtr left = unary();
    while (!is_text_ && precedence(token_) > least) {
      const std::string op = token_;
      const size_t offset = left->offset;
      next();
      if (op == "instanceof") {
        NodePtr node = make(Node::Kind::instance_of, offset, token_);
        next();
        node->inner.push_back(std::move(left));
        left = std::move(node);
        continue;
      }
      NodePtr node = make(Node::Kind::binary, offset, op);
      node->inner.push_back(std::move(left));
      node->inner.push_back(binary(precedence(op)));
      left = std::move(node);
    }
    if (is("=~") || is("==~")) refuse("a regular expression");
    return left;
  }

  NodePtr unary() {
    if (is("!") || is("-") || is("+")) {
      NodePtr node = make(Node::Kind::unary, start_, token_);
      next();
      node->inner.push_back(unary());
      return node;
    }
    return postfix(primary());
  }

  NodePtr postfix(NodePtr left) {
    while (is(".") || is("?.") || is("[")) {
      const size_t offset = start_;
      if (is("[")) {
        next();
        NodePtr node = make(Node::Kind::index, offset);
        node->inner.push_back(std::move(left));
        node->inner.push_back(conditional());
        expect("]");
        left = std::move(node);
        continue;
      }
      const bool null_safe = is("?.");
      next();
      const std::string name = token_;
      if (token_.empty()) fail("unexpected end of script.");
      next();
      NodePtr node = make(is("(") ? Node::Kind::call : Node::Kind::member, offset, name);
      node->null_safe = null_safe;
      node->inner.push_back(std::move(left));
      if (is("(")) {
        next();
        while (!is(")")) {
          node->inner.push_back(conditional());
          if (!is(")")) expect(",");
        }
        next();
        check_method(node->name);
      }
      left = std::move(node);
    }
    return left;
  }

  static void check_method(const std::string& name) {
    for (const std::string_view known :
         {"contains", "containsKey", "startsWith", "endsWith", "equals", "equalsIgnoreCase",
          "isEmpty", "length", "size", "toLowerCase", "toUpperCase", "trim", "toString", "get",
          "indexOf", "substring", "containsValue"}) {
      if (name == known) return;
    }
    refuse(fmt::format("the method [{}]", name));
  }

  NodePtr primary() {
    const size_t offset = start_;
    if (is_text_) return literal(token_);
    if (token_.empty()) fail("unexpected end of script.");
    if (is("(")) {
      next();
      NodePtr node = conditional();
      expect(")");
      return node;
    }
    if (is("[")) return list();
    if (is("ctx")) {
      next();
      return make(Node::Kind::ctx, offset);
    }
    if (is("true") || is("false")) return literal(token_ == "true");
    if (is("null")) return literal(nullptr);
    if (std::isdigit(static_cast<unsigned char>(token_[0]))) return number();
    if (std::isalpha(static_cast<unsigned char>(token_[0]))) refuse(fmt::format("[{}]", token_));
    fail(fmt::format("unexpected token ['{}'].", token_));
  }

  NodePtr list() {
    NodePtr node = make(Node::Kind::list, start_);
    next();
    while (!is("]")) {
      node->inner.push_back(conditional());
      if (is(":")) refuse("a map");
      if (!is("]")) expect(",");
    }
    next();
    return node;
  }

  NodePtr literal(Json value) {
    NodePtr node = make(Node::Kind::literal, start_);
    node->value = std::move(value);
    next();
    return node;
  }

  NodePtr number() {
    std::string digits = token_;
    const char suffix = digits.back();
    const bool real = digits.find('.') != std::string::npos || suffix == 'd' || suffix == 'D' ||
                      suffix == 'f' || suffix == 'F';
    if (std::isalpha(static_cast<unsigned char>(suffix))) digits.pop_back();
    if (real) return literal(std::stod(digits));
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size())
      fail(fmt::format("Invalid int constant [{}].", token_));
    return literal(value);
  }

  const std::string& source_;
  size_t at_ = 0;
  size_t start_ = 0;
  std::string token_;
  bool is_text_ = false;
};

/// Short names of Java's types as Painless prints them for defs.
std::string painless_type(const Json& value) {
  const std::string_view type = java_type(value);
  if (type == "java.lang.Integer") return "int";
  if (type == "java.lang.Long") return "long";
  if (type == "java.lang.Double") return "double";
  if (type == "java.lang.Boolean") return "boolean";
  const size_t dot = type.rfind('.');
  return std::string(dot == std::string_view::npos ? type : type.substr(dot + 1));
}

class Evaluator {
 public:
  Evaluator(const std::string& source, const WorkDocument& document)
      : source_(source), document_(document) {}

  Json run(const Node& node) {
    switch (node.kind) {
      case Node::Kind::literal:
        return node.value;
      case Node::Kind::ctx:
        return document_.fields();
      case Node::Kind::member:
      case Node::Kind::index:
        if (const Json* found = place(node)) return *found;
        return member_of_value(node);
      case Node::Kind::call:
        return call(node);
      case Node::Kind::unary:
        return unary(node);
      case Node::Kind::binary:
        return binary(node);
      case Node::Kind::conditional:
        return run(*node.inner[truth(*node.inner[0]) ? 1 : 2]);
      case Node::Kind::instance_of:
        return is_instance(run(*node.inner[0]), node.name);
      case Node::Kind::list: {
        Json out = Json::array();
        for (const NodePtr& one : node.inner) out.push_back(run(*one));
        return out;
      }
    }
    return {};
  }

  bool truth(const Node& node) {
    const Json value = run(node);
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_null())
      fail(node, null_pointer(
                     "Cannot invoke \"java.lang.Boolean.booleanValue()\" because value is null"));
    fail(node, Error(400, "class_cast_exception",
                     fmt::format("cannot cast def [{}] to boolean", painless_type(value))));
  }

 private:
  static Error null_pointer(std::string reason) {
    return Error(400, "null_pointer_exception", std::move(reason));
  }
  [[noreturn]] void fail(const Node& node, Error cause) const {
    throw ApiError(script_error("runtime error", source_, node.offset, std::move(cause)));
  }

  /// A path below ctx without copies: what conditions mostly are. Null if it must be computed.
  const Json* place(const Node& node) {
    static const Json kNull;
    if (node.kind == Node::Kind::ctx) return &document_.fields();
    if (node.kind != Node::Kind::member && node.kind != Node::Kind::index) return nullptr;
    const Json* from = place(*node.inner[0]);
    if (from == nullptr) return nullptr;
    if (from->is_null()) {
      if (node.null_safe) return &kNull;
      fail(node,
           null_pointer("Cannot invoke \"Object.getClass()\" because \"callArgs[0]\" is null"));
    }
    if (node.kind == Node::Kind::index) {
      const Json key = run(*node.inner[1]);
      if (from->is_array() && key.is_number_integer()) {
        const auto position = key.get<int64_t>();
        const auto size = static_cast<int64_t>(from->size());
        const int64_t real = position < 0 ? position + size : position;
        if (real < 0 || real >= size) {
          fail(node, Error(400, "index_out_of_bounds_exception",
                           fmt::format("Index {} out of bounds for length {}", position, size)));
        }
        return &(*from)[static_cast<size_t>(real)];
      }
      if (!from->is_object() || !key.is_string()) return nullptr;
      const auto it = from->find(key.get<std::string>());
      return it == from->end() ? &kNull : &*it;
    }
    if (!from->is_object()) return nullptr;
    const auto it = from->find(node.name);
    return it == from->end() ? &kNull : &*it;
  }

  Json member_of_value(const Node& node) {
    const Json from = run(*node.inner[0]);
    if (from.is_null()) {
      if (node.null_safe) return {};
      fail(node,
           null_pointer("Cannot invoke \"Object.getClass()\" because \"callArgs[0]\" is null"));
    }
    if (node.kind == Node::Kind::member) {
      if (from.is_object()) return from.contains(node.name) ? from.at(node.name) : Json();
      if (from.is_array() && node.name == "length") return from.size();
      if (from.is_string() && node.name == "empty")
        return from.get_ref<const std::string&>().empty();
      fail(node, illegal_argument(
                     fmt::format("dynamic getter [{}, {}] not found", java_type(from), node.name)));
    }
    fail(node, Error(400, "class_cast_exception",
                     fmt::format("Cannot index into [{}]", java_type(from))));
  }

  Json call(const Node& node) {
    const Json* at = place(*node.inner[0]);
    const Json from = at != nullptr ? *at : run(*node.inner[0]);
    if (from.is_null()) {
      if (node.null_safe) return {};
      fail(node,
           null_pointer("Cannot invoke \"Object.getClass()\" because \"callArgs[0]\" is null"));
    }
    std::vector<Json> arguments;
    for (size_t i = 1; i < node.inner.size(); ++i) arguments.push_back(run(*node.inner[i]));
    const std::string& name = node.name;
    if (name == "toString" && arguments.empty()) return java_text(from);
    if (name == "equals" && arguments.size() == 1) return from == arguments[0];
    std::optional<Json> result;
    if (from.is_string()) result = call_text(from.get_ref<const std::string&>(), name, arguments);
    if (from.is_array()) result = call_list(from, name, arguments);
    if (from.is_object()) result = call_map(from, name, arguments);
    if (!result) {
      fail(node, illegal_argument(fmt::format("dynamic method [{}, {}/{}] not found",
                                              java_type(from), name, arguments.size())));
    }
    return std::move(*result);
  }

  static std::optional<Json> call_text(const std::string& text, const std::string& name,
                                       const std::vector<Json>& arguments) {
    if (arguments.empty()) {
      if (name == "isEmpty") return text.empty();
      if (name == "length") return text.size();
      if (name == "toLowerCase" || name == "toUpperCase") {
        std::string out = text;
        for (char& c : out) {
          c = static_cast<char>(name == "toLowerCase"
                                    ? std::tolower(static_cast<unsigned char>(c))
                                    : std::toupper(static_cast<unsigned char>(c)));
        }
        return out;
      }
      if (name == "trim") {
        const size_t first = text.find_first_not_of(" \t\r\n\f\v");
        if (first == std::string::npos) return "";
        return text.substr(first, text.find_last_not_of(" \t\r\n\f\v") - first + 1);
      }
      return std::nullopt;
    }
    if (name == "substring" && arguments[0].is_number_integer()) {
      const size_t from = arguments[0].get<size_t>();
      const size_t to = arguments.size() > 1 && arguments[1].is_number_integer()
                            ? arguments[1].get<size_t>()
                            : text.size();
      if (from > to || to > text.size()) return std::nullopt;
      return text.substr(from, to - from);
    }
    if (arguments.size() != 1 || !arguments[0].is_string()) return std::nullopt;
    const auto& other = arguments[0].get_ref<const std::string&>();
    if (name == "contains") return text.find(other) != std::string::npos;
    if (name == "startsWith") return text.starts_with(other);
    if (name == "endsWith") return text.ends_with(other);
    if (name == "indexOf")
      return text.find(other) == std::string::npos ? -1 : static_cast<int64_t>(text.find(other));
    if (name == "equalsIgnoreCase") {
      return std::equal(
          text.begin(), text.end(), other.begin(), other.end(),
          [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    }
    return std::nullopt;
  }

  static std::optional<Json> call_list(const Json& list, const std::string& name,
                                       const std::vector<Json>& arguments) {
    if (arguments.empty()) {
      if (name == "isEmpty") return list.empty();
      if (name == "size" || name == "length") return list.size();
      return std::nullopt;
    }
    if (name == "contains") return std::find(list.begin(), list.end(), arguments[0]) != list.end();
    if (name == "indexOf") {
      const auto it = std::find(list.begin(), list.end(), arguments[0]);
      return it == list.end() ? -1 : it - list.begin();
    }
    if (name == "get" && arguments[0].is_number_integer() &&
        arguments[0].get<size_t>() < list.size()) {
      return list[arguments[0].get<size_t>()];
    }
    return std::nullopt;
  }

  static std::optional<Json> call_map(const Json& map, const std::string& name,
                                      const std::vector<Json>& arguments) {
    if (arguments.empty()) {
      if (name == "isEmpty") return map.empty();
      if (name == "size") return map.size();
      return std::nullopt;
    }
    if (name == "containsValue")
      return std::find(map.begin(), map.end(), arguments[0]) != map.end();
    if (!arguments[0].is_string()) return std::nullopt;
    const auto& key = arguments[0].get_ref<const std::string&>();
    if (name == "containsKey") return map.contains(key);
    if (name == "get") return map.contains(key) ? map.at(key) : Json();
    return std::nullopt;
  }

  Json unary(const Node& node) {
    if (node.name == "!") return !truth(*node.inner[0]);
    const Json value = run(*node.inner[0]);
    if (!value.is_number()) {
      fail(node, Error(400, "class_cast_exception",
                       fmt::format("Cannot apply [{}] operation to type [{}]", node.name,
                                   java_type(value))));
    }
    if (node.name == "+") return value;
    return value.is_number_float() ? Json(-value.get<double>()) : Json(-value.get<int64_t>());
  }

  Json binary(const Node& node) {
    const std::string& op = node.name;
    if (op == "&&") return truth(*node.inner[0]) && truth(*node.inner[1]);
    if (op == "||") return truth(*node.inner[0]) || truth(*node.inner[1]);
    const Json left = run(*node.inner[0]);
    const Json right = run(*node.inner[1]);
    if (op == "==" || op == "===") return left == right;
    if (op == "!=" || op == "!==") return left != right;
    if (op == "+" && (left.is_string() || right.is_string())) {
      return (left.is_null() ? "null" : java_text(left)) +
             (right.is_null() ? "null" : java_text(right));
    }
    if (left.is_null() || right.is_null()) {
      fail(node,
           null_pointer(fmt::format("Cannot invoke \"Object.getClass()\" because \"{}\" is null",
                                    left.is_null() ? "left" : "right")));
    }
    if (!left.is_number() || !right.is_number()) {
      fail(node, Error(400, "class_cast_exception",
                       fmt::format("Cannot apply [{}] operation to types [{}] and [{}].", op,
                                   java_type(left), java_type(right))));
    }
    if (op == "<") return left < right;
    if (op == ">") return left > right;
    if (op == "<=") return left <= right;
    if (op == ">=") return left >= right;
    return arithmetic(node, left, right);
  }

  Json arithmetic(const Node& node, const Json& left, const Json& right) const {
    const char op = node.name[0];
    if (left.is_number_float() || right.is_number_float()) {
      const double a = left.get<double>();
      const double b = right.get<double>();
      return op == '+'   ? a + b
             : op == '-' ? a - b
             : op == '*' ? a * b
             : op == '/' ? a / b
                         : std::fmod(a, b);
    }
    const auto a = left.get<int64_t>();
    const auto b = right.get<int64_t>();
    if ((op == '/' || op == '%') && b == 0)
      fail(node, Error(400, "arithmetic_exception", "/ by zero"));
    return op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : op == '/' ? a / b : a % b;
  }

  static bool is_instance(const Json& value, const std::string& type) {
    if (type == "String") return value.is_string();
    if (type == "List" || type == "ArrayList") return value.is_array();
    if (type == "Map" || type == "HashMap") return value.is_object();
    if (type == "Boolean") return value.is_boolean();
    if (type == "Number") return value.is_number();
    return java_type(value) == "java.lang." + type;
  }

  const std::string& source_;
  const WorkDocument& document_;
};

}  // namespace

Condition::Condition(std::string source)
    : source_(std::move(source)), root_(Parser(source_).parse()) {}
Condition::Condition(Condition&&) noexcept = default;
Condition& Condition::operator=(Condition&&) noexcept = default;
Condition::~Condition() = default;

bool Condition::holds(const WorkDocument& document) const {
  return Evaluator(source_, document).truth(*root_);
}

}  // namespace tarn
