#include "query/text/explain_bm25.h"

namespace tarn::query {

namespace {

constexpr uint8_t kExactNorms = 39;  // longer lengths are stored roughly

Explanation explain_idf(uint64_t doc_count, uint64_t doc_freq) {
  return Explanation::yes(bm25_idf(doc_count, doc_freq), "idf, computed as log(1 + (N - n + 0.5) / (n + 0.5)) from:",
                          {Explanation::of_count(doc_freq, "n, number of documents containing term"),
                           Explanation::of_count(doc_count, "N, total number of documents with field")});
}

Explanation explain_idfs(const ScoreOrigin& origin) {
  if (origin.doc_freqs.size() == 1) return explain_idf(origin.statistics.doc_count, origin.doc_freqs[0]);
  std::vector<Explanation> parts;
  double sum = 0;
  for (const uint64_t doc_freq : origin.doc_freqs) {
    parts.push_back(explain_idf(origin.statistics.doc_count, doc_freq));
    sum += parts.back().value;
  }
  return Explanation::yes(static_cast<float>(sum), "idf, sum of:", std::move(parts));
}

}  // namespace

Explanation explain_weight(const Searcher& searcher, const FieldType* field, const ScoreOrigin& origin, const std::string& query,
                           LocalDocId doc, float freq, uint8_t norm, bool phrase) {
  const std::string text = "weight(" + query + " in " + std::to_string(doc) + ") [PerFieldSimilarity], result of:";
  const Bm25Parameters p = bm25_parameters(searcher, field);
  if (p.constant) {
    return Explanation::yes(origin.boost, text,
                            {Explanation::yes(origin.boost, "score(BooleanWeight), computed from:",
                                              {Explanation::yes(origin.boost, "boost, query boost")})});
  }
  const float average = static_cast<float>(static_cast<double>(origin.statistics.sum_total_term_freq) /
                                           static_cast<double>(origin.statistics.doc_count));
  const bool norms = field != nullptr && field->norms && field->inverted;
  if (!norms) norm = 1;
  const auto length = static_cast<float>(decode_norm(norm));
  const float inverse = 1.0f / (p.k1 * ((1.0f - p.b) + p.b * length / average));
  std::vector<Explanation> tf;
  tf.push_back(Explanation::yes(freq, phrase ? "phraseFreq=" + float_text(freq) : "freq, occurrences of term within document"));
  tf.push_back(Explanation::yes(p.k1, "k1, term saturation parameter"));
  tf.push_back(Explanation::yes(p.b, "b, length normalization parameter"));
  tf.push_back(Explanation::yes(length, norm > kExactNorms ? "dl, length of field (approximate)" : "dl, length of field"));
  tf.push_back(Explanation::yes(average, "avgdl, average length of field"));
  Explanation idf = explain_idfs(origin);
  const float weight = origin.boost * idf.value;
  const float value = weight - weight / (1.0f + freq * inverse);
  std::vector<Explanation> factors;
  if (origin.boost != 1.0f) factors.push_back(Explanation::yes(origin.boost, "boost"));
  factors.push_back(std::move(idf));
  factors.push_back(Explanation::yes(1.0f - 1.0f / (1.0f + freq * inverse),
                                     "tf, computed as freq / (freq + k1 * (1 - b + b * dl / avgdl)) from:", std::move(tf)));
  Explanation score =
      Explanation::yes(value, "score(freq=" + float_text(freq) + "), computed as boost * idf * tf from:", std::move(factors));
  return Explanation::yes(value, text, {std::move(score)});
}

}  // namespace tarn::query
