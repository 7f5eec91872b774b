#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

std::vector<std::u32string> split_words(std::u32string_view text) {
  std::vector<std::u32string> words;
  for (size_t from = 0; from < text.size();) {
    size_t blank = std::min(text.find(U' ', from), text.size());
    if (blank > from) words.emplace_back(text.substr(from, blank - from));
    from = blank + 1;
  }
  return words;
}

bool ends_with_any(const std::u32string& s, const std::vector<std::u32string>& suffixes) {
  for (const std::u32string& suffix : suffixes) {
    if (s.ends_with(suffix)) return true;
  }
  return false;
}

void map_chars(std::u32string& s, std::u32string_view from, std::u32string_view to) {
  for (char32_t& c : s) {
    size_t at = from.find(c);
    if (at != std::u32string_view::npos) c = to[at];
  }
}

SuffixTable::SuffixTable(std::initializer_list<Rule> rules) {
  for (const Rule& rule : rules) rules_.push_back({rule.longer_than, rule.cut, split_words(rule.suffixes)});
}

bool SuffixTable::apply(std::u32string& s) const {
  for (const Compiled& rule : rules_) {
    if (s.size() <= rule.longer_than || !ends_with_any(s, rule.suffixes)) continue;
    drop(s, rule.cut);
    return true;
  }
  return false;
}

StemSet::StemSet(std::u32string_view words) {
  for (std::u32string& word : split_words(words)) words_.insert(std::move(word));
}

}  // namespace tarn::analysis
