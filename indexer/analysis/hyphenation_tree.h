#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarn::analysis {

/// Liang's hyphenation with the pattern files of Apache FOP (XML: classes, exceptions, patterns).
class HyphenationTree {
 public:
  /// `xml`: the file's bytes, in the encoding that it declares. Throws std::runtime_error where it is no such file.
  explicit HyphenationTree(std::string_view xml);

  /// Where `word` (UTF-16) may be parted, between 0 and its length, which come first and last; empty where nowhere.
  std::vector<int> hyphenate(std::u16string_view word) const;

 private:
  friend class HyphenationReader;
  void add_class(std::u16string_view group);
  void add_pattern(std::u16string_view text);
  void search(const std::u16string& word, size_t from, std::vector<uint8_t>& levels) const;

  std::unordered_map<char16_t, char16_t> classes_;
  std::unordered_map<std::u16string, std::vector<uint8_t>> patterns_;
  std::unordered_map<std::u16string, std::vector<int>> exceptions_;  // lengths of the parts
  size_t longest_ = 0;
};

}  // namespace tarn::analysis
