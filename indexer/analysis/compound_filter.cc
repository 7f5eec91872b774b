#include "indexer/analysis/analysis_mode.h"
#include "indexer/analysis/environment.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/hyphenation_tree.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

/// Each token, then the words that are found in it, all at its place. Sizes are units of UTF-16.
class Decompounder : public TokenFilter {
 public:
  explicit Decompounder(CompoundSettings settings) : s_(std::move(settings)) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> out;
    for (const Token& token : tokens.tokens) {
      out.push_back(token);
      const Word word(token);
      if (word.size >= s_.min_word_size) decompose(word, out);
    }
    tokens.tokens = std::move(out);
  }

 protected:
  struct Word {
    explicit Word(const Token& token) : token(token), bytes(token.term), size(static_cast<int>(utf16_length(token.term))) {}
    std::string_view part(int from, int count) const {
      const uint32_t begin = bytes[static_cast<size_t>(from)];
      return token.term.substr(begin, bytes[static_cast<size_t>(from + count)] - begin);
    }
    /// The original's attributes but for the term.
    Token part_token(int from, int count) const {
      Token part_of = token;
      part_of.term = part(from, count);
      return part_of;
    }
    const Token& token;
    UnitToByte bytes;
    int size;
  };
  virtual void decompose(const Word& word, std::vector<Token>& out) const = 0;

  CompoundSettings s_;
};

class DictionaryDecompounder final : public Decompounder {
 public:
  using Decompounder::Decompounder;

 protected:
  void decompose(const Word& word, std::vector<Token>& out) const override {
    for (int from = 0; from <= word.size - s_.min_subword_size; ++from) {
      int longest = -1;
      for (int count = s_.min_subword_size; count <= s_.max_subword_size && from + count <= word.size; ++count) {
        if (!s_.words.contains(word.part(from, count))) continue;
        if (!s_.only_longest_match) out.push_back(word.part_token(from, count));
        longest = count;
      }
      if (!s_.only_longest_match || longest < 0) continue;
      out.push_back(word.part_token(from, longest));
      from += std::max(longest - 1, 0);  // what it covers begins no other word
    }
  }
};

class HyphenationDecompounder final : public Decompounder {
 public:
  HyphenationDecompounder(CompoundSettings settings, std::shared_ptr<const HyphenationTree> tree)
      : Decompounder(std::move(settings)), tree_(std::move(tree)),
        all_matches_(!s_.only_longest_match && !s_.no_sub_matches && !s_.no_overlapping_matches) {}

 protected:
  void decompose(const Word& word, std::vector<Token>& out) const override {
    // A word of the dictionary, or one with a letter more, such as a genitive's s, is no compound.
    if (!all_matches_ && (has(word, 0, word.size) || (word.size > 1 && has(word, 0, word.size - 1)))) return;
    const std::vector<int> points = tree_->hyphenate(to_utf16(word.token.term));
    if (points.empty()) return;
    const int last = static_cast<int>(points.size()) - 1;
    const int longest = std::min(s_.max_subword_size, word.size - 1);
    int consumed = -1;
    for (int i = 0; i <= last; ++i) {
      if (s_.no_overlapping_matches) i = std::max(i, consumed);
      const int start = points[static_cast<size_t>(i)];
      const int until = s_.no_sub_matches ? std::max(consumed, i) : i;
      for (int j = last; j > until; --j) {
        int count = points[static_cast<size_t>(j)] - start;
        if (count > longest) continue;
        if (count < s_.min_subword_size) break;
        if (!has(word, start, count) && (--count < 0 || !has(word, start, count))) continue;
        out.push_back(word.part_token(start, count));
        consumed = j;
        if (!all_matches_) break;
      }
    }
  }

 private:
  bool has(const Word& word, int from, int count) const { return s_.words.contains(word.part(from, count)); }

  std::shared_ptr<const HyphenationTree> tree_;
  bool all_matches_;
};

void check(const CompoundSettings& settings) {
  if (settings.min_word_size < 0) throw ApiError(illegal_argument("minWordSize cannot be negative"));
  if (settings.min_subword_size < 0) throw ApiError(illegal_argument("minSubwordSize cannot be negative"));
  if (settings.max_subword_size < 0) throw ApiError(illegal_argument("maxSubwordSize cannot be negative"));
}

}  // namespace

TokenFilterPtr make_dictionary_decompounder_filter(CompoundSettings settings) {
  check(settings);
  return std::make_shared<DictionaryDecompounder>(std::move(settings));
}

TokenFilterPtr make_hyphenation_decompounder_filter(CompoundSettings settings, const std::string& path) {
  const std::string file = resolve_config_path(path);
  std::shared_ptr<const HyphenationTree> tree;
  try {
    tree = std::make_shared<const HyphenationTree>(read_file_bytes(file));
  } catch (const std::runtime_error&) {
    if (MissingFilesAllowed::now()) return make_dictionary_decompounder_filter({});
    throw ApiError(illegal_argument("Exception while reading hyphenation_patterns_path."));
  }
  check(settings);
  return std::make_shared<HyphenationDecompounder>(std::move(settings), std::move(tree));
}

}  // namespace tarn::analysis
