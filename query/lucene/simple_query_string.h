#pragma once

#include <optional>
#include <string>

#include "query/lucene/multi_match.h"

namespace tarn::query {

/// Operators that simple_query_string may switch off; the values are OpenSearch's.
namespace simple_flag {
constexpr int kAnd = 1, kNot = 2, kOr = 4, kPrefix = 8, kPhrase = 16, kPrecedence = 32, kEscape = 64, kWhitespace = 128,
              kFuzzy = 256, kNear = 512, kAll = -1;
}
/// "AND|PREFIX"; throws 400 illegal_argument_exception for an unknown name.
int parse_simple_flags(const std::string& text);

/// All that a simple_query_string clause says.
struct SimpleQueryOptions {
  std::string text;
  FieldWeights fields;
  int flags = simple_flag::kAll;
  bool conjunction = false;
  std::string analyzer, minimum_should_match, quote_field_suffix;
  std::optional<bool> lenient;
  bool analyze_wildcard = false, synonym_phrases = true;
  FuzzyOptions fuzzy;
};

/// Lucene's SimpleQueryParser over the fields of one index: forgives every mistake of syntax.
LuceneQueryPtr simple_query_string_query(Binder& binder, const SimpleQueryOptions& options);

}  // namespace tarn::query
