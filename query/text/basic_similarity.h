#pragma once

#include <cstdint>
#include <vector>

#include "indexer/mapping/similarity.h"
#include "query/bind/explanation.h"

namespace tarn::query {

/// Collection and term statistics of one term, as Lucene's BasicStats; `boost` is the query's.
struct BasicStats {
  double boost = 1;
  uint64_t documents = 0;          ///< with the field
  uint64_t tokens = 0;             ///< of the field
  double average_length = 0;
  uint64_t doc_freq = 0, total_term_freq = 0;

  /// The chance that a token of the collection is the term.
  double probability() const {
    return (static_cast<double>(total_term_freq) + 1) / (static_cast<double>(tokens) + 1);
  }
};

/// The similarities that Lucene derives from SimilarityBase (DFR, DFI, IB, LM*), in its double arithmetic. Terms of a phrase
/// are scored one by one with the phrase's frequency and added. Scores do not fall with the frequency, nor rise with the
/// length, but for rounding in the last places. Immutable.
class BasicSimilarity {
 public:
  BasicSimilarity(const Similarity& similarity, std::vector<BasicStats> terms) : similarity_(similarity), terms_(std::move(terms)) {}
  float score(float freq, uint32_t length) const;
  /// `freq`: the frequency as Lucene explains it.
  Explanation explain(const Explanation& freq, uint32_t length) const;

 private:
  Similarity similarity_;
  std::vector<BasicStats> terms_;
};

}  // namespace tarn::query
