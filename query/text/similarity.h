#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "indexer/mapping/field_type.h"
#include "indexer/mapping/similarity.h"
#include "indexer/searcher.h"
#include "query/text/basic_similarity.h"

namespace tarn::query {

/// What one term (or phrase) contributes to a score, by term frequency and length norm. BM25 as Lucene 10 computes it,
/// in its float arithmetic: weight - weight / (1 + freq * norm_inverse), without the factor k1 + 1.
struct TermScore {
  float weight = 0;                       ///< boost * idf
  std::array<float, 256> norm_inverse{};  ///< 1 / (k1 * (1 - b + b * length / average length)), by encoded norm
  static constexpr uint32_t kFewFreqs = 4;
  std::array<std::array<float, 256>, kFewFreqs> few{};  ///< scores of frequencies 1.., by norm: nearly all postings, without a division
  bool special = false;                   ///< not BM25: `other`, or always `weight` where that is null (similarity "boolean")
  bool norms = true;                      ///< the field has them; without, every length is 1
  std::shared_ptr<const BasicSimilarity> other;

  float score(float freq, uint8_t norm) const {
    return special ? special_score(freq, norm) : weight - weight / (1.0f + freq * norm_inverse[norm]);
  }
  /// The same for a posting's frequency.
  float posting_score(uint16_t freq, uint8_t norm) const {
    return freq - 1u < kFewFreqs ? few[freq - 1u][norm] : score(freq, norm);
  }
  /// Above posting_score() of lesser frequencies and greater norms. Others than BM25 may err in the last place.
  float bound(uint16_t freq, uint8_t norm) const { return safely(posting_score(freq, norm)); }
  float phrase_bound(float freq, uint8_t norm) const { return safely(score(freq, norm)); }

 private:
  float safely(float best) const { return other == nullptr ? best : best * 1.000001f; }
  float special_score(float freq, uint8_t norm) const;
};

/// How often a term is in the index, deleted documents included; the total only where the similarity needs it.
struct TermStatistics {
  uint64_t doc_freq = 0;
  uint64_t total_term_freq = 0;
};

/// The similarity of a field; of one without any (null): the index's default.
const Similarity& similarity_of(const Searcher& searcher, const FieldType* field);
/// Whether scores depend on TermStatistics::total_term_freq.
bool needs_total_freq(const Similarity& similarity);

float bm25_idf(uint64_t doc_count, uint64_t doc_freq);
/// Of several terms (a phrase): the sum.
float bm25_idf(uint64_t doc_count, const std::vector<TermStatistics>& terms);

/// Whether norms are kept for the field: 1 stands for every length otherwise.
bool has_norms(const FieldType* field);

/// The score of a term, or a phrase of several, in a field whose statistics are given.
/// `field` null: a field without norms and with the index's default similarity.
TermScore make_term_score(const Searcher& searcher, const FieldType* field, const FieldStatistics& statistics,
                          const std::vector<TermStatistics>& terms, float boost);
/// The same for a given similarity.
TermScore make_term_score(const Similarity& similarity, bool norms, const FieldStatistics& statistics,
                          const std::vector<TermStatistics>& terms, float boost);
/// The part of it that is not BM25.
std::shared_ptr<const BasicSimilarity> make_basic_similarity(const Similarity& similarity, const FieldStatistics& statistics,
                                                             const std::vector<TermStatistics>& terms, float boost);

}  // namespace tarn::query
