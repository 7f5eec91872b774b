#include "query/text/explain_weight.h"

namespace tarn::query {

namespace {

constexpr uint8_t kExactNorms = 39;  // longer lengths are stored roughly

Explanation explain_idf(uint64_t doc_count, uint64_t doc_freq) {
  return Explanation::yes(bm25_idf(doc_count, doc_freq), "idf, computed as log(1 + (N - n + 0.5) / (n + 0.5)) from:",
                          {Explanation::of_count(doc_freq, "n, number of documents containing term"),
                           Explanation::of_count(doc_count, "N, total number of documents with field")});
}

Explanation explain_idfs(const ScoreOrigin& origin) {
  if (origin.terms.size() == 1) return explain_idf(origin.statistics.doc_count, origin.terms[0].doc_freq);
  std::vector<Explanation> parts;
  double sum = 0;
  for (const TermStatistics& term : origin.terms) {
    parts.push_back(explain_idf(origin.statistics.doc_count, term.doc_freq));
    sum += parts.back().value;
  }
  return Explanation::yes(static_cast<float>(sum), "idf, sum of:", std::move(parts));
}

Explanation explain_bm25(const Similarity& similarity, const ScoreOrigin& origin, Explanation freq, uint8_t norm) {
  const float boost = similarity.legacy ? origin.boost * (1.0f + similarity.k1) : origin.boost;
  const float average = static_cast<float>(static_cast<double>(origin.statistics.sum_total_term_freq) /
                                           static_cast<double>(origin.statistics.doc_count));
  const auto length = static_cast<float>(decode_norm(norm));
  const float inverse = 1.0f / (similarity.k1 * ((1.0f - similarity.b) + similarity.b * length / average));
  Explanation idf = explain_idfs(origin);
  const float weight = boost * idf.value, tf = 1.0f - 1.0f / (1.0f + freq.value * inverse);
  const float value = weight - weight / (1.0f + freq.value * inverse);
  const std::string text = "score(freq=" + float_text(freq.value) + "), computed as boost * idf * tf from:";
  std::vector<Explanation> parts;
  parts.push_back(std::move(freq));
  parts.push_back(Explanation::yes(similarity.k1, "k1, term saturation parameter"));
  parts.push_back(Explanation::yes(similarity.b, "b, length normalization parameter"));
  parts.push_back(Explanation::yes(length, norm > kExactNorms ? "dl, length of field (approximate)" : "dl, length of field"));
  parts.push_back(Explanation::yes(average, "avgdl, average length of field"));
  std::vector<Explanation> factors;
  if (boost != 1.0f) factors.push_back(Explanation::yes(boost, "boost"));
  factors.push_back(std::move(idf));
  factors.push_back(
      Explanation::yes(tf, "tf, computed as freq / (freq + k1 * (1 - b + b * dl / avgdl)) from:", std::move(parts)));
  return Explanation::yes(value, text, std::move(factors));
}

Explanation explain_score(const Similarity& similarity, const ScoreOrigin& origin, Explanation freq, uint8_t norm) {
  if (similarity.kind == Similarity::Kind::kBm25) return explain_bm25(similarity, origin, std::move(freq), norm);
  if (similarity.kind == Similarity::Kind::kBoolean) {
    return Explanation::yes(origin.boost, "score(BooleanWeight), computed from:",
                            {Explanation::yes(origin.boost, "boost, query boost")});
  }
  return make_basic_similarity(similarity, origin.statistics, origin.terms, origin.boost)->explain(freq, decode_norm(norm));
}

}  // namespace

Explanation explain_weight(const Searcher& searcher, const FieldType* field, const ScoreOrigin& origin, const std::string& query,
                           LocalDocId doc, float freq, uint8_t norm, FreqKind kind) {
  Explanation count = Explanation::yes(freq, kind == FreqKind::kPhrase     ? "phraseFreq=" + float_text(freq)
                                             : kind == FreqKind::kSynonyms ? "termFreq=" + float_text(freq)
                                                                           : "freq, occurrences of term within document");
  Explanation score =
      explain_score(similarity_of(searcher, field), origin, std::move(count), has_norms(field) ? norm : uint8_t{1});
  const float value = score.value;
  return Explanation::yes(value, "weight(" + query + " in " + std::to_string(doc) + ") [PerFieldSimilarity], result of:",
                          {std::move(score)});
}

}  // namespace tarn::query
