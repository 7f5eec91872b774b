#include "query/text/similarity.h"

#include <emmintrin.h>

#include <cmath>

namespace tarn::query {

float bm25_idf(uint64_t doc_count, uint64_t doc_freq) {
  const double n = static_cast<double>(doc_freq);
  return static_cast<float>(std::log(1 + (static_cast<double>(doc_count) - n + 0.5) / (n + 0.5)));
}

float bm25_idf(uint64_t doc_count, const std::vector<TermStatistics>& terms) {
  double sum = 0;
  for (const TermStatistics& term : terms) sum += bm25_idf(doc_count, term.doc_freq);
  return static_cast<float>(sum);
}

const Similarity& similarity_of(const Searcher& searcher, const FieldType* field) {
  const Similarities& all = searcher.settings().mapping_limits.similarities;
  const Similarity* found = find_similarity(all, field == nullptr ? std::string() : field->similarity);
  return found != nullptr ? *found : *find_similarity(all, "");
}

bool needs_total_freq(const Similarity& similarity) {
  return similarity.kind != Similarity::Kind::kBm25 && similarity.kind != Similarity::Kind::kBoolean;
}

bool has_norms(const FieldType* field) {
  return field != nullptr && field->norms && (field->inverted || field->kind == FieldKind::kKeyword);
}

float TermScore::special_score(float freq, uint8_t norm) const {
  if (other == nullptr) return weight;
  return other->score(freq, norms ? decode_norm(norm) : 1);
}

std::shared_ptr<const BasicSimilarity> make_basic_similarity(const Similarity& similarity, const FieldStatistics& statistics,
                                                             const std::vector<TermStatistics>& terms, float boost) {
  std::vector<BasicStats> all;
  const double average = static_cast<double>(statistics.sum_total_term_freq) / static_cast<double>(statistics.doc_count);
  for (const TermStatistics& term : terms) {
    all.push_back({boost, statistics.doc_count, statistics.sum_total_term_freq, average, term.doc_freq, term.total_term_freq});
  }
  return std::make_shared<const BasicSimilarity>(similarity, std::move(all));
}

namespace {

/// As TermScore::score(), four at a time.
void fill_few(TermScore& out) {
  const __m128 weight = _mm_set1_ps(out.weight), one = _mm_set1_ps(1.0f);
  for (uint32_t f = 0; f < TermScore::kFewFreqs; ++f) {
    const __m128 freq = _mm_set1_ps(static_cast<float>(f + 1));
    for (uint32_t i = 0; i < 256; i += 4) {
      const __m128 inverse = _mm_loadu_ps(out.norm_inverse.data() + i);
      const __m128 score = _mm_sub_ps(weight, _mm_div_ps(weight, _mm_add_ps(one, _mm_mul_ps(freq, inverse))));
      _mm_storeu_ps(out.few[f].data() + i, score);
    }
  }
}

void fill_few_specially(TermScore& out) {
  for (uint32_t f = 0; f < TermScore::kFewFreqs; ++f) {
    for (uint32_t i = 0; i < 256; ++i) out.few[f][i] = out.score(static_cast<float>(f + 1), static_cast<uint8_t>(i));
  }
}

}  // namespace

TermScore make_term_score(const Searcher& searcher, const FieldType* field, const FieldStatistics& statistics,
                          const std::vector<TermStatistics>& terms, float boost) {
  return make_term_score(similarity_of(searcher, field), has_norms(field), statistics, terms, boost);
}

TermScore make_term_score(const Similarity& similarity, bool norms, const FieldStatistics& statistics,
                          const std::vector<TermStatistics>& terms, float boost) {
  TermScore out;
  out.special = similarity.kind != Similarity::Kind::kBm25;
  out.norms = norms;
  if (out.special) {
    out.weight = boost;
    if (similarity.kind != Similarity::Kind::kBoolean) out.other = make_basic_similarity(similarity, statistics, terms, boost);
    fill_few_specially(out);
    return out;
  }
  if (similarity.legacy) boost *= 1.0f + similarity.k1;
  out.weight = boost * bm25_idf(statistics.doc_count, terms);
  if (statistics.doc_count == 0) return out;
  const auto average = static_cast<float>(static_cast<double>(statistics.sum_total_term_freq) /
                                          static_cast<double>(statistics.doc_count));
  for (int i = 0; i < 256; ++i) {
    const auto length = static_cast<float>(out.norms ? decode_norm(static_cast<uint8_t>(i)) : 1);
    out.norm_inverse[i] = 1.0f / (similarity.k1 * ((1.0f - similarity.b) + similarity.b * length / average));
  }
  fill_few(out);
  return out;
}

}  // namespace tarn::query
