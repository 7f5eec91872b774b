#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/tree.h"

namespace tarn::query {

/// A term of an index that a pattern stands for.
struct ExpandedTerm {
  std::string term;
  uint64_t doc_freq = 0;   ///< in all segments
  float boost = 1;
};

/// Terms of the whole index that begin with `prefix` and for which `boost_of` gives something, in byte order; at most
/// `limit` are looked for. Reads the text index, or the column of a keyword.
std::vector<ExpandedTerm> expand_terms(Binder& binder, const FieldType& field, std::string_view prefix,
                                       const std::function<std::optional<float>(std::string_view)>& boost_of, size_t limit);

/// How the terms of a pattern are scored; names follow "rewrite".
struct Rewrite {
  enum class Kind { kConstant, kScoringBoolean, kTopTerms, kTopTermsBoost, kTopTermsBlended } kind = Kind::kConstant;
  int top = 0;
};
/// Throws illegal_argument_exception "Failed to parse rewrite_method [x]".
Rewrite parse_rewrite(const std::string& text);
PlanPtr rewritten_plan(Binder& binder, const FieldType& field, std::vector<ExpandedTerm> terms, const Rewrite& rewrite,
                       float boost);

struct Fuzziness {
  bool automatic = true;
  int low = 3, high = 6;   ///< AUTO:low,high
  int edits = 0;
  int edits_for(size_t code_points) const;
};
Fuzziness parse_fuzziness(const Json& value);
struct FuzzyOptions {
  Fuzziness fuzziness;
  int prefix_length = 0, max_expansions = 50;
  bool transpositions = true;
  std::string rewrite;     ///< "": top_terms_blended_freqs_N
};
/// Terms within a few edits of `text`.
PlanPtr fuzzy_plan(Binder& binder, const FieldType& field, std::string_view text, const FuzzyOptions& options, float boost);
/// The same terms, at most options.max_expansions of them, best first.
std::vector<ExpandedTerm> fuzzy_terms(Binder& binder, const FieldType& field, std::string_view text,
                                      const FuzzyOptions& options, size_t limit);

struct RegexpOptions {
  std::string flags;              ///< upper case, "" is ALL
  bool case_insensitive = false;
  int max_states = 10000;         ///< max_determinized_states
};
/// Tells the terms of a pattern; those that do not begin with `prefix` need not be asked.
struct TermMatcher {
  std::string prefix;
  std::function<bool(std::string_view)> accepts;
};
/// Lucene's regular expressions over whole terms. Throws for bad syntax, for a pattern beyond index.max_regex_length and
/// for one that needs too many states.
TermMatcher regexp_matcher(Binder& binder, const std::string& pattern, const RegexpOptions& options);
PlanPtr regexp_plan(Binder& binder, const FieldType& field, const std::string& pattern, const RegexpOptions& options,
                    const Rewrite& rewrite, float boost);

}  // namespace tarn::query
