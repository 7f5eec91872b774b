#pragma once

#include <optional>
#include <string>

#include "query/text/expansion.h"
#include "query/tree.h"

namespace tarn::query {

enum class MatchKind { kBoolean, kPhrase, kPhrasePrefix, kBoolPrefix };

/// What match, match_phrase and multi_match say about one text.
struct MatchOptions {
  MatchKind kind = MatchKind::kBoolean;
  bool conjunction = false;          ///< operator "and"
  std::string minimum_should_match;  ///< "" where not given
  std::string analyzer;              ///< "": the field's
  bool lenient = false;
  bool zero_terms_all = false;
  int slop = 0;
  bool synonym_phrases = true;       ///< auto_generate_synonyms_phrase_query
  std::optional<FuzzyOptions> fuzzy; ///< of single terms
  int max_expansions = 50;           ///< of a phrase's last word
  std::string clause = "match";      ///< for messages
};

/// Joins the clauses of a text by operator and minimum_should_match. A lone clause ignores both.
PlanPtr joined_plan(std::vector<PlanPtr> clauses, const MatchOptions& options);
/// `value` against one field, analyzed as the field asks. Fields without text fall back to a term.
PlanPtr match_plan(Binder& binder, std::string_view path, const Json& value, const MatchOptions& options, float boost);

}  // namespace tarn::query
