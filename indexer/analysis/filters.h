#pragma once

#include <map>
#include <string>
#include <vector>

#include "indexer/analysis/component.h"
#include "indexer/analysis/environment.h"
#include "indexer/analysis/word_set.h"

namespace tarn::analysis {

// Makers of token filters that are not stemmers. Each follows the Lucene filter of the same name. Wrong arguments throw
// ApiError 400 in Lucene's words.

// case_filters.cc
TokenFilterPtr make_lowercase_filter();
TokenFilterPtr make_greek_lowercase_filter();
TokenFilterPtr make_irish_lowercase_filter();
TokenFilterPtr make_turkish_lowercase_filter();
TokenFilterPtr make_uppercase_filter();

// folding_filters.cc
TokenFilterPtr make_ascii_folding_filter(bool preserve_original);
TokenFilterPtr make_cjk_width_filter();
TokenFilterPtr make_decimal_digit_filter();
TokenFilterPtr make_scandinavian_folding_filter();
TokenFilterPtr make_scandinavian_normalization_filter();
/// The folding itself: appends `c` in ASCII and returns true, or returns false where it has no such form.
bool fold_to_ascii(char32_t c, std::string& out);

// normalization_filters.cc
TokenFilterPtr make_arabic_normalization_filter();
TokenFilterPtr make_bengali_normalization_filter();
TokenFilterPtr make_german_normalization_filter();
TokenFilterPtr make_hindi_normalization_filter();
TokenFilterPtr make_indic_normalization_filter();
TokenFilterPtr make_persian_normalization_filter();
TokenFilterPtr make_serbian_normalization_filter();
TokenFilterPtr make_sorani_normalization_filter();

// simple_filters.cc
TokenFilterPtr make_length_filter(int min, int max);
TokenFilterPtr make_trim_filter();
TokenFilterPtr make_truncate_filter(int length);
TokenFilterPtr make_unique_filter(bool only_on_same_position);
TokenFilterPtr make_remove_duplicates_filter();
TokenFilterPtr make_reverse_filter();
TokenFilterPtr make_limit_filter(int max_token_count, bool consume_all);
TokenFilterPtr make_keyword_repeat_filter();
TokenFilterPtr make_apostrophe_filter();
TokenFilterPtr make_classic_filter();
TokenFilterPtr make_english_possessive_filter();
TokenFilterPtr make_fingerprint_filter(std::string separator, int max_output_size);
TokenFilterPtr make_delimited_payload_filter(char32_t delimiter, const std::string& encoding);
TokenFilterPtr make_delimited_term_frequency_filter(char32_t delimiter);
TokenFilterPtr make_type_as_payload_filter();

// word_list_filters.cc
TokenFilterPtr make_stop_filter(WordSet words);
TokenFilterPtr make_suggest_stop_filter(WordSet words);  ///< keeps a stop word at the very end of the text
TokenFilterPtr make_keep_words_filter(WordSet words);
TokenFilterPtr make_keep_types_filter(std::vector<std::string> types, bool exclude);
TokenFilterPtr make_keyword_marker_filter(WordSet words);
TokenFilterPtr make_keyword_marker_filter(const std::string& pattern);
/// Words and their stems; the first of two rules for a word counts.
using StemmerOverrides = std::map<std::string, std::string, std::less<>>;
/// Adds the rule "word, word => stem". Throws ApiError 500 where it is none.
void add_stemmer_override(StemmerOverrides& overrides, const std::string& rule);
TokenFilterPtr make_stemmer_override_filter(StemmerOverrides overrides);
TokenFilterPtr make_elision_filter(WordSet articles);

// gram_filters.cc
TokenFilterPtr make_ngram_filter(int min, int max, bool preserve_original);
TokenFilterPtr make_edge_ngram_filter(int min, int max, bool preserve_original);
struct ShingleSettings {
  int min = 2;
  int max = 2;
  bool output_unigrams = true;
  bool output_unigrams_if_no_shingles = false;
  std::string separator = " ";
  std::string filler = "_";
};
TokenFilterPtr make_shingle_filter(const ShingleSettings& settings);
TokenFilterPtr make_common_grams_filter(WordSet words, bool query_mode);
TokenFilterPtr make_cjk_bigram_filter(bool han, bool hiragana, bool katakana, bool hangul, bool output_unigrams);

// pattern_filters.cc
TokenFilterPtr make_pattern_replace_filter(const std::string& pattern, const std::string& flags,
                                           const std::string& replacement, bool all);
TokenFilterPtr make_pattern_capture_filter(const std::vector<std::string>& patterns, bool preserve_original);

// word_delimiter.cc
struct WordDelimiterSettings {
  bool graph = true;
  bool generate_word_parts = true;
  bool generate_number_parts = true;
  bool catenate_words = false;
  bool catenate_numbers = false;
  bool catenate_all = false;
  bool split_on_case_change = true;
  bool split_on_numerics = true;
  bool preserve_original = false;
  bool stem_english_possessive = true;
  bool adjust_offsets = true;
  bool ignore_keywords = false;
  WordSet protected_words;
  std::map<char16_t, int> type_table;  ///< as add_type_rule() fills it
};
/// Adds the rule "$ => DIGIT". Throws ApiError 500 where it is none.
void add_type_rule(std::map<char16_t, int>& table, const std::string& rule);
TokenFilterPtr make_word_delimiter_filter(const WordDelimiterSettings& settings);

// compound_filter.cc
struct CompoundSettings {
  WordSet words;
  int min_word_size = 5;
  int min_subword_size = 2;
  int max_subword_size = 15;
  bool only_longest_match = false;
  bool no_sub_matches = false;          ///< these two: hyphenation only
  bool no_overlapping_matches = false;
};
TokenFilterPtr make_dictionary_decompounder_filter(CompoundSettings settings);
/// `path`: a file of FOP's hyphenation patterns below the config folder.
TokenFilterPtr make_hyphenation_decompounder_filter(CompoundSettings settings, const std::string& path);

// min_hash_filter.cc
struct MinHashSettings {
  int hash_count = 1;
  int bucket_count = 512;
  int hash_set_size = 1;
  bool with_rotation = true;
};
TokenFilterPtr make_min_hash_filter(const MinHashSettings& settings);

// conditional_filter.cc
/// Applies `filters` to the tokens for which `holds` says so, run by run.
TokenFilterPtr make_condition_filter(TokenPredicateFactory holds, std::vector<TokenFilterPtr> filters);
/// Drops the tokens for which `holds` says no.
TokenFilterPtr make_predicate_filter(TokenPredicateFactory holds);
/// Gives each token through each of the chains, all at its position.
TokenFilterPtr make_multiplexer_filter(std::vector<std::vector<TokenFilterPtr>> chains, bool preserve_original);

// graph_filters.cc
TokenFilterPtr make_flatten_graph_filter();
TokenFilterPtr make_concatenate_graph_filter(std::string separator, bool preserve_position_increments,
                                             int max_graph_expansions);

}  // namespace tarn::analysis
