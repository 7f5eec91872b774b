#pragma once

#include <string_view>

#include "indexer/base/json.h"
#include "query/text/match.h"

namespace tarn::query {

/// Members that match and multi_match share. operator: true for "and".
bool read_operator(const Json& value);
ZeroTerms read_zero_terms(std::string_view clause, const Json& value);
/// fuzziness, prefix_length, max_expansions, fuzzy_transpositions, fuzzy_rewrite; false for other members.
bool read_fuzzy_member(std::string_view key, const Json& value, FuzzyOptions& options, bool& fuzziness_given);

}  // namespace tarn::query
