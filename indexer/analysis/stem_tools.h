#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tarn::analysis {

/// Small tools of the stemmers that are written by hand; terms are code points.

inline bool ends(const std::u32string& s, std::u32string_view suffix) { return s.ends_with(suffix); }
inline bool begins(const std::u32string& s, std::u32string_view prefix) { return s.starts_with(prefix); }
inline bool is_one_of(char32_t c, std::u32string_view set) { return set.find(c) != std::u32string_view::npos; }
/// The `n`th code point from the end, 1 being the last; 0 if the term is shorter.
inline char32_t from_end(const std::u32string& s, size_t n) { return n <= s.size() ? s[s.size() - n] : 0; }
inline void drop(std::u32string& s, size_t n) { s.resize(s.size() - std::min(n, s.size())); }

/// The parts of a text that blanks separate.
std::vector<std::u32string> split_words(std::u32string_view text);
bool ends_with_any(const std::u32string& s, const std::vector<std::u32string>& suffixes);

/// Replaces code points one by one: each of `from` becomes the one of `to` at its place.
void map_chars(std::u32string& s, std::u32string_view from, std::u32string_view to);

/// Rules of the kind "longer than N and ending in one of these: cut so many off"; the first that fits is used.
class SuffixTable {
 public:
  struct Rule {
    size_t longer_than;
    size_t cut;
    std::u32string_view suffixes;  ///< parted by blanks
  };
  SuffixTable(std::initializer_list<Rule> rules);
  /// True if a rule was used.
  bool apply(std::u32string& s) const;

 private:
  struct Compiled {
    size_t longer_than, cut;
    std::vector<std::u32string> suffixes;
  };
  std::vector<Compiled> rules_;
};

/// Whole words, for exceptions.
class StemSet {
 public:
  explicit StemSet(std::u32string_view words);
  bool contains(const std::u32string& word) const { return words_.contains(word); }

 private:
  std::unordered_set<std::u32string> words_;
};

}  // namespace tarn::analysis
