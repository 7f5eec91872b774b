#pragma once

#include <string>
#include <vector>

namespace tarn::script {

struct Token {
  enum class Kind : uint8_t { kEnd, kName, kOperator, kText, kInteger, kDecimal, kRegex };
  Kind kind = Kind::kEnd;
  std::string text;   ///< of kText: unescaped; of kRegex: the pattern
  std::string flags;  ///< of kRegex
  size_t offset = 0, end = 0;
  bool after_dot = false;  ///< what follows a dot is a member, even if it is a keyword
};

/// Painless's lexer: a slash begins a regular expression where an operand is due. The last token is kEnd.
/// Throws CompileFailure "unexpected character [x].".
std::vector<Token> tokenize(const std::string& source);
/// if, else, while, ..., primitive types aside.
bool is_keyword(const std::string& word);
bool is_primitive(const std::string& word);

}  // namespace tarn::script
