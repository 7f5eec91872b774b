#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tarn::analysis {

/// A regular expression of Java (java.util.regex), run by ICU over UTF-16 text. The pattern is rewritten where the two
/// differ: Java's \w, \d, \s, \b and POSIX classes know ASCII only.
class JavaRegex {
 public:
  /// `flags` as OpenSearch takes them: names joined by '|' (CASE_INSENSITIVE, MULTILINE, DOTALL, UNICODE_CASE,
  /// CANON_EQ, UNIX_LINES, LITERAL, COMMENTS, UNICODE_CHARACTER_CLASS). Throws ApiError 400 where either is wrong.
  explicit JavaRegex(std::string_view pattern, std::string_view flags = {});
  ~JavaRegex();
  JavaRegex(JavaRegex&&) noexcept;

  /// Walks the matches in one text. Not for two threads.
  class Matcher {
   public:
    Matcher(const JavaRegex& regex, std::u16string_view text);
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    bool find();
    bool matches();  ///< the whole text
    int start(int group = 0) const;  ///< -1 where the group took no part
    int end(int group = 0) const;
    int group_count() const;
    /// Appends `replacement` with $1, ${name} and \x expanded for the present match, as Matcher.appendReplacement.
    void append_replacement(std::u16string_view replacement, std::u16string& out) const;

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  /// Matcher.replaceAll.
  std::u16string replace_all(std::u16string_view text, std::u16string_view replacement) const;
  std::u16string replace_first(std::u16string_view text, std::u16string_view replacement) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::analysis
