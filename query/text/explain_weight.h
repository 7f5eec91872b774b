#pragma once

#include <string>
#include <vector>

#include "query/bind/explanation.h"
#include "query/text/similarity.h"

namespace tarn::query {

/// What a score of one term or phrase was computed from.
struct ScoreOrigin {
  FieldStatistics statistics;
  std::vector<TermStatistics> terms;  ///< several: a phrase
  float boost = 1;
};

/// "weight(field:term in 7) [PerFieldSimilarity], result of:" and what is below it. `query` is the clause as Lucene words it;
/// `field` null: a column without norms.
enum class FreqKind { kTerm, kPhrase, kSynonyms };
Explanation explain_weight(const Searcher& searcher, const FieldType* field, const ScoreOrigin& origin, const std::string& query,
                           LocalDocId doc, float freq, uint8_t norm, FreqKind kind);

}  // namespace tarn::query
