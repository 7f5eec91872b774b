#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/script/mustache.h"

namespace tarn::script {

/// Reads one template, character by character as mustachejava does, because which blanks and line ends around the tags of
/// sections survive depends on that order.
class MustacheParser {
 public:
  using Part = Mustache::Part;
  using Parts = std::vector<Part>;
  explicit MustacheParser(std::string_view text) : text_(text) {}
  Parts parse();

 private:
  Parts level(const std::string* tag, bool start_of_line);
  std::string read_command(int& c, int& n);
  Part section(char mark, const std::string& name, int line, Parts inner, std::string_view inside) const;
  void change_delimiters(std::string_view command);
  void write(Parts& parts, std::string& pending);
  int read();
  [[noreturn]] void fail(std::string reason, int line) const;        ///< with " @[query-template:LINE]"
  [[noreturn]] void fail_plain(std::string reason) const;

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 0;
  int depth_ = 0;
  std::string open_ = "{{", close_ = "}}";
};

}  // namespace tarn::script
