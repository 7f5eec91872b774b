#pragma once

#include <string>
#include <vector>

#include "query/tree.h"

namespace tarn::query {

enum class StringDistance { kInternal, kDamerauLevenshtein, kLevenshtein, kJaroWinkler, kNgram };
/// Throws illegal_argument_exception "Illegal distance option x".
StringDistance parse_string_distance(const std::string& name);
/// 1 for equal texts, 0 for unlike ones, as Lucene's classes of these names.
float string_similarity(StringDistance distance, std::u32string_view a, std::u32string_view b);

enum class SuggestMode { kMissing, kPopular, kAlways };
SuggestMode parse_suggest_mode(const std::string& name);

/// What Lucene's DirectSpellChecker goes by.
struct SpellOptions {
  SuggestMode mode = SuggestMode::kMissing;
  StringDistance distance = StringDistance::kInternal;
  float accuracy = 0.5f;
  int max_edits = 2, prefix_length = 1, min_word_length = 4, max_inspections = 5;
  float max_term_freq = 0.01f, min_doc_freq = 0;
  bool by_frequency = false;   ///< "sort": "frequency"
};
/// The members that term suggesters and direct generators share; false if `key` is none.
bool read_spell_option(const std::string& key, const Json& value, SpellOptions& out);

struct SpelledWord {
  std::string text;
  float score = 0;
  uint64_t freq = 0;           ///< document frequency
};
/// By score, frequency and text; or frequency first.
bool comes_before(const SpelledWord& a, const SpelledWord& b, bool by_frequency);
/// Terms of `field` that resemble `word`, best first, at most `count`.
std::vector<SpelledWord> similar_words(Binder& binder, const FieldType& field, const std::string& word, size_t count,
                                       const SpellOptions& options);

}  // namespace tarn::query
