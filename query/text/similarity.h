#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "indexer/mapping/field_type.h"
#include "indexer/searcher.h"

namespace tarn::query {

/// What one term (or phrase) contributes to a score, by term frequency and length norm. BM25 as Lucene 10 computes it,
/// in its float arithmetic: weight - weight / (1 + freq * norm_inverse), without the factor k1 + 1.
struct TermScore {
  float weight = 0;                       ///< boost * idf
  std::array<float, 256> norm_inverse{};  ///< 1 / (k1 * (1 - b + b * length / average length)), by encoded norm
  static constexpr uint32_t kFewFreqs = 4;
  std::array<std::array<float, 256>, kFewFreqs> few{};  ///< scores of frequencies 1.., by norm: nearly all postings, without a division
  bool constant = false;                  ///< similarity "boolean": always `weight`

  float score(float freq, uint8_t norm) const {
    return constant ? weight : weight - weight / (1.0f + freq * norm_inverse[norm]);
  }
  /// The same for a posting's frequency.
  float posting_score(uint16_t freq, uint8_t norm) const {
    return freq - 1u < kFewFreqs ? few[freq - 1u][norm] : score(freq, norm);
  }
};

/// k1 and b of a field's similarity; `constant`: similarity "boolean". Throws as make_term_score does.
struct Bm25Parameters {
  float k1 = 1.2f, b = 0.75f;
  bool constant = false;
};
Bm25Parameters bm25_parameters(const Searcher& searcher, const FieldType* field);

float bm25_idf(uint64_t doc_count, uint64_t doc_freq);

/// The score of a field whose statistics are given, for a sum of idfs. `field` null: a field without norms and with the
/// index's default similarity. Throws 501 for similarities that Tarn does not have yet.
TermScore make_term_score(const Searcher& searcher, const FieldType* field, const FieldStatistics& statistics, float idf,
                          float boost);

}  // namespace tarn::query
