#pragma once

#include <string>
#include <vector>

#include "query/bind/explanation.h"
#include "query/text/similarity.h"

namespace tarn::query {

/// What a score of one term or phrase was computed from.
struct ScoreOrigin {
  FieldStatistics statistics;
  std::vector<uint64_t> doc_freqs;  ///< of the terms; several (a phrase) add their idfs up
  float boost = 1;
};

/// "weight(field:term in 7) [PerFieldSimilarity], result of:" and what is below it. `query` is the clause as Lucene words it;
/// `field` null: a column without norms. `phrase`: the frequency is a phrase's.
Explanation explain_weight(const Searcher& searcher, const FieldType* field, const ScoreOrigin& origin, const std::string& query,
                           LocalDocId doc, float freq, uint8_t norm, bool phrase);

}  // namespace tarn::query
