#include "indexer/analysis/filters.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

/// Each token, then every word of the dictionary that is found in it.
class DictionaryDecompounder final : public TokenFilter {
 public:
  explicit DictionaryDecompounder(CompoundSettings settings) : s_(std::move(settings)) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> out;
    for (const Token& token : tokens.tokens) {
      out.push_back(token);
      if (utf16_length(token.term) >= static_cast<size_t>(s_.min_word_size)) decompose(token, out);
    }
    tokens.tokens = std::move(out);
  }

 private:
  void decompose(const Token& token, std::vector<Token>& out) const {
    std::vector<uint32_t> at;
    for (uint32_t i = 0; i <= token.term.size(); ++i) {
      if (i == token.term.size() || (static_cast<unsigned char>(token.term[i]) & 0xC0) != 0x80) at.push_back(i);
    }
    size_t size = at.size() - 1;
    auto min = static_cast<size_t>(s_.min_subword_size);
    auto max = static_cast<size_t>(s_.max_subword_size);
    for (size_t i = 0; i + min <= size; ++i) {
      Token longest;
      size_t longest_size = 0;
      for (size_t n = min; n <= max && i + n <= size; ++n) {
        std::string_view part = token.term.substr(at[i], at[i + n] - at[i]);
        if (!s_.words.contains(part)) continue;
        Token word = token;
        word.term = part;
        word.keyword = false;
        word.position_length = 1;
        if (s_.only_longest_match) {
          longest = word;
          longest_size = n;
        } else {
          out.push_back(word);
        }
      }
      if (longest_size == 0) continue;
      out.push_back(longest);
      i += longest_size - 1;  // what it covers begins no other word
    }
  }

  CompoundSettings s_;
};

}  // namespace

TokenFilterPtr make_dictionary_decompounder_filter(CompoundSettings settings) {
  if (settings.min_word_size < 0) throw ApiError(illegal_argument("minWordSize cannot be negative"));
  if (settings.min_subword_size < 0) throw ApiError(illegal_argument("minSubwordSize cannot be negative"));
  if (settings.max_subword_size < 0) throw ApiError(illegal_argument("maxSubwordSize cannot be negative"));
  return std::make_shared<DictionaryDecompounder>(std::move(settings));
}

}  // namespace tarn::analysis
