#pragma once

#include <optional>
#include <string>

#include "query/lucene/multi_match.h"

namespace tarn::query {

/// All that a query_string clause says.
struct QueryStringOptions {
  std::string text;
  std::optional<std::string> default_field;
  FieldWeights fields;
  bool conjunction = false;
  std::string analyzer, quote_analyzer, quote_field_suffix;
  std::optional<bool> allow_leading_wildcard, analyze_wildcard, lenient;
  bool escape = false;
  MultiMatchType type = MultiMatchType::kBestFields;
  std::optional<float> tie_breaker;
  int phrase_slop = 0;
  FuzzyOptions fuzzy;                 ///< "fuzziness" and its kin
  std::string rewrite, minimum_should_match, time_zone;
  bool position_increments = true, synonym_phrases = true;
  int max_determinized_states = 10000;
};

/// Throws 400 query_shard_exception "Failed to parse query [x]", with the parser's message as its cause.
LuceneQueryPtr query_string_query(Binder& binder, const QueryStringOptions& options);

/// QueryParser.escape: every character of the syntax is taken literally.
std::string escape_query_string(const std::string& text);

/// Wildcards and patterns of one field, as leaves. Throw what the field's type throws.
LuceneQueryPtr lucene_wildcard(Binder& binder, std::string_view path, const std::string& pattern, const Rewrite& rewrite);
LuceneQueryPtr lucene_exists(Binder& binder, const std::string& path);
/// What is not "*", "?" or escaped goes through Analyzer::normalize.
std::string normalized_wildcard(const Analyzer* analyzer, const std::string& pattern);

}  // namespace tarn::query
