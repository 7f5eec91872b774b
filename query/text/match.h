#pragma once

#include <optional>
#include <string>

#include "query/text/expansion.h"
#include "query/tree.h"

namespace tarn::query {

enum class MatchKind { kBoolean, kPhrase, kPhrasePrefix, kBoolPrefix };
/// What a text without tokens means; kNull: the clause goes (query_string).
enum class ZeroTerms { kNone, kAll, kNull };

/// What match, match_phrase, multi_match and query_string say about one text.
struct MatchOptions {
  MatchKind kind = MatchKind::kBoolean;
  bool conjunction = false;          ///< operator "and"
  std::string minimum_should_match;  ///< "" where not given
  std::string analyzer;              ///< "": the field's
  bool lenient = false;
  ZeroTerms zero_terms = ZeroTerms::kNone;
  int slop = 0;
  bool synonym_phrases = true;       ///< auto_generate_synonyms_phrase_query
  bool position_increments = true;   ///< holes that removed words leave count in phrases
  std::optional<FuzzyOptions> fuzzy; ///< of single terms
  int max_expansions = 50;           ///< of a phrase's last word
  std::optional<float> cutoff;       ///< cutoff_frequency: words more frequent only add to scores
  std::string clause = "match";      ///< for messages
};

}  // namespace tarn::query
