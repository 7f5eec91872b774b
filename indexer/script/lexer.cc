#include "indexer/script/lexer.h"

#include <algorithm>
#include <array>

#include "indexer/script/ast.h"

namespace tarn::script {

void fail_compile(size_t offset, std::string reason) {
  throw CompileFailure{offset, illegal_argument(std::move(reason))};
}
void fail_cast(size_t offset, std::string reason) {
  throw CompileFailure{offset, Error(400, "class_cast_exception", std::move(reason))};
}

namespace {
[[noreturn]] void fail_lexer(size_t offset, std::string reason) {
  Error error = illegal_argument(std::move(reason));
  throw CompileFailure{offset, error.caused_by(Error(400, "lexer_no_viable_alt_exception", "").with("reason", nullptr))};
}
}  // namespace

bool is_keyword(const std::string& word) {
  static constexpr std::array<std::string_view, 20> kWords = {"if",  "in",    "else", "while", "do",   "for",   "continue", "break", "return", "new",
                                                              "try", "catch", "throw", "this", "instanceof", "true", "false",    "null",  "def",    "void"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool is_primitive(const std::string& word) {
  static constexpr std::array<std::string_view, 9> kWords = {"boolean", "byte", "short", "char", "int", "long", "float", "double", "def"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

namespace {

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(const std::string& source) : source_(source) {}

  std::vector<Token> run() {
    for (;;) {
      skip_blanks();
      Token token;
      token.offset = at_;
      if (at_ >= source_.size()) {
        token.end = at_;
        out_.push_back(std::move(token));
        return std::move(out_);
      }
      read(token);
      token.end = at_;
      token.after_dot = !out_.empty() && out_.back().kind == Token::Kind::kOperator && (out_.back().text == "." || out_.back().text == "?.");
      out_.push_back(std::move(token));
    }
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      } else if (c == '/' && peek(1) == '*') {
        const size_t end = source_.find("*/", at_ + 2);
        if (end == std::string::npos) return;
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  /// A slash divides after an operand and begins a pattern elsewhere.
  bool operand_due() const {
    if (out_.empty()) return true;
    const Token& last = out_.back();
    if (last.kind == Token::Kind::kName) return !last.after_dot && (last.text == "return" || last.text == "in" || last.text == "else");
    if (last.kind != Token::Kind::kOperator) return false;
    return last.text != ")" && last.text != "]" && last.text != "}" && last.text != "++" && last.text != "--";
  }

  void read(Token& token) {
    const char c = source_[at_];
    if (c == '\'' || c == '"') return read_text(token, c);
    if (is_name_start(c)) {
      token.kind = Token::Kind::kName;
      while (is_name_part(peek())) token.text += source_[at_++];
      return;
    }
    const bool member = !out_.empty() && out_.back().kind == Token::Kind::kOperator && (out_.back().text == "." || out_.back().text == "?.");
    if (is_digit(c)) return member ? read_index(token) : read_number(token);
    if (c == '/' && operand_due()) return read_regex(token);
    static constexpr std::string_view kOperators[] = {">>>=", "<<=", ">>=", ">>>", "===", "!==", "==~", "?.", "?:", "==", "!=", "<=", ">=", "&&",
                                                      "||",  "=~",  "->",  "::",  "++",  "--",  "+=",  "-=", "*=", "/=", "%=", "&=", "^=", "|=",
                                                      "<<",  ">>",  "{",   "}",   "[",   "]",   "(",   ")",  ".",  ",",  ";",  "!",  "~",  "*",
                                                      "/",   "%",   "+",   "-",   "<",   ">",   "&",   "^",  "|",  "?",  ":",  "="};
    token.kind = Token::Kind::kOperator;
    for (const std::string_view op : kOperators) {
      if (source_.compare(at_, op.size(), op) != 0) continue;
      token.text = op;
      at_ += op.size();
      return;
    }
    fail_lexer(at_, "unexpected character [" + std::string(1, c) + "].");
  }

  void read_index(Token& token) {
    token.kind = Token::Kind::kInteger;
    while (is_digit(peek())) token.text += source_[at_++];
  }

  void read_number(Token& token) {
    token.kind = Token::Kind::kInteger;
    const size_t begin = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && std::isxdigit(static_cast<unsigned char>(peek(2)))) {
      at_ += 2;
      while (std::isxdigit(static_cast<unsigned char>(peek()))) ++at_;
      if (peek() == 'l' || peek() == 'L') ++at_;
    } else if (peek() == '0' && peek(1) >= '0' && peek(1) <= '7') {
      while (peek() >= '0' && peek() <= '7') ++at_;
      if (peek() == 'l' || peek() == 'L') ++at_;
    } else {
      if (peek() == '0') {
        ++at_;
      } else {
        while (is_digit(peek())) ++at_;
      }
      bool real = false;
      if (peek() == '.' && is_digit(peek(1))) {
        real = true;
        ++at_;
        while (is_digit(peek())) ++at_;
      }
      if ((peek() == 'e' || peek() == 'E') && (is_digit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))))) {
        real = true;
        at_ += 2;
        while (is_digit(peek())) ++at_;
      }
      const char suffix = peek();
      if (suffix == 'f' || suffix == 'F' || suffix == 'd' || suffix == 'D') {
        real = true;
        ++at_;
      } else if (!real && (suffix == 'l' || suffix == 'L')) {
        ++at_;
      }
      if (real) token.kind = Token::Kind::kDecimal;
    }
    token.text = source_.substr(begin, at_ - begin);
  }

  void read_text(Token& token, char quote) {
    token.kind = Token::Kind::kText;
    const size_t begin = at_++;
    for (;; ++at_) {
      if (at_ >= source_.size()) fail_lexer(begin, "unexpected character [" + source_.substr(begin) + "].");
      const char c = source_[at_];
      if (c == quote) break;
      if (c != '\\') {
        token.text += c;
        continue;
      }
      const char next = peek(1);
      if (next != '\\' && next != quote) {
        fail_lexer(begin, "unexpected character [" + source_.substr(begin, at_ + 2 - begin) + "]. The only valid escape sequences in strings starting with [" +
                                std::string(1, quote) + "] are [\\\\] and [\\" + std::string(1, quote) + "].");
      }
      token.text += next;
      ++at_;
    }
    ++at_;
  }

  void read_regex(Token& token) {
    token.kind = Token::Kind::kRegex;
    const size_t begin = at_++;
    for (;; ++at_) {
      if (at_ >= source_.size() || source_[at_] == '\n') fail_lexer(begin, "unexpected character [" + source_.substr(begin, at_ - begin) + "].");
      const char c = source_[at_];
      if (c == '/') break;
      token.text += c;
      if (c == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] != '\n') token.text += source_[++at_];
    }
    ++at_;
    while (std::string_view("cilmsUux").find(peek()) != std::string_view::npos && peek() != '\0') token.flags += source_[at_++];
  }

  const std::string& source_;
  size_t at_ = 0;
  std::vector<Token> out_;
};

}  // namespace

std::vector<Token> tokenize(const std::string& source) { return Lexer(source).run(); }

}  // namespace tarn::script
