#pragma once

#include "indexer/analysis/component.h"
#include "indexer/analysis/settings.h"

namespace tarn::analysis {

/// CharTokenizer's limit of a token's length. Throws ApiError 400.
void check_char_tokenizer_length(int length);

/// Tokenizers that are made of character classes.
TokenizerPtr make_letter_tokenizer();
TokenizerPtr make_lowercase_tokenizer();  ///< letters, lower-cased
TokenizerPtr make_whitespace_tokenizer(int max_token_length);
TokenizerPtr make_keyword_tokenizer();
TokenizerPtr make_char_group_tokenizer(const ComponentSettings& settings);

struct GramSettings {
  int min = 1;
  int max = 2;
  bool edges_only = false;
  std::vector<std::string> token_chars;   ///< letter, digit, whitespace, punctuation, symbol, custom
  std::u32string custom_chars;
};
/// Throws ApiError 400 for bounds or classes that are wrong.
TokenizerPtr make_ngram_tokenizer(const GramSettings& settings);

struct PathSettings {
  char32_t delimiter = '/';
  char32_t replacement = '/';
  int skip = 0;
  bool reverse = false;
};
TokenizerPtr make_path_tokenizer(const PathSettings& settings);

/// Text between matches (group -1) or a group of each match, by a regular expression of Java.
TokenizerPtr make_pattern_tokenizer(std::string_view pattern, std::string_view flags, int group);
/// The longest matches of a regular expression of Lucene, or the text between them.
TokenizerPtr make_simple_pattern_tokenizer(std::string_view pattern, bool split);

/// Words of Thai, and of whatever else, by the dictionaries of ICU.
TokenizerPtr make_thai_tokenizer();

}  // namespace tarn::analysis
