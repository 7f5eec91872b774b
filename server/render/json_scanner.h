#pragma once

#include <string>
#include <string_view>

namespace tarn::server {

/// Walks JSON text that is known to be valid (it comes from our handlers, or was parsed when it was stored) without
/// building a tree. Stored sources may hold white space, comments and any notation of numbers and strings.
/// Reading past the end yields '\0' and empty tokens, never an overrun.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  /// The next character that is not blank, not consumed; '\0' at the end.
  char peek();
  /// Consumes `c` if it comes next.
  bool accept(char c);
  /// A string with its quotes, or a number or literal; as written.
  std::string_view scalar();
  /// The whole value that comes next, as written.
  std::string_view value();
  bool at_end() { return peek() == '\0'; }

 private:
  void skip_blanks();
  std::string_view text_;
  size_t position_ = 0;
};

/// The characters that a JSON string with quotes stands for.
std::string unquote_json(std::string_view quoted);

/// Appends a scalar as Jackson rewrites it: strings with the shortest escapes, fractions as Java prints a double
/// (1E+2 becomes 100.0), everything else as it is.
void append_scalar(std::string& out, std::string_view scalar);

/// Appends the next value without white space, its scalars rewritten.
void append_value(std::string& out, JsonScanner& scanner);

}  // namespace tarn::server
