#include "query/text/similarity.h"

#include <emmintrin.h>

#include <cmath>
#include <cstdlib>

namespace tarn::query {

float bm25_idf(uint64_t doc_count, uint64_t doc_freq) {
  const double n = static_cast<double>(doc_freq);
  return static_cast<float>(std::log(1 + (static_cast<double>(doc_count) - n + 0.5) / (n + 0.5)));
}

namespace {

std::string setting(const IndexSettings& settings, const std::string& key) {
  const auto it = settings.flat.find(key);
  return it == settings.flat.end() ? std::string() : it->is_string() ? it->get<std::string>() : it->dump();
}

}  // namespace

Bm25Parameters bm25_parameters(const Searcher& searcher, const FieldType* field) {
  const IndexSettings& settings = searcher.settings();
  const std::string name = field == nullptr || field->similarity.empty() ? "default" : field->similarity;
  if (name == "boolean") return {0, 0, true};
  Bm25Parameters out;
  const std::string type = setting(settings, "index.similarity." + name + ".type");
  if (name == "BM25" && type.empty()) return out;
  if (type == "boolean") return {0, 0, true};
  if (!type.empty() && type != "BM25") {
    throw ApiError(501, "not_implemented_exception", "similarity [" + type + "] is not supported yet");
  }
  if (name == "default") return {static_cast<float>(settings.bm25_k1), static_cast<float>(settings.bm25_b), false};
  const std::string k1 = setting(settings, "index.similarity." + name + ".k1");
  const std::string b = setting(settings, "index.similarity." + name + ".b");
  if (!k1.empty()) out.k1 = std::strtof(k1.c_str(), nullptr);
  if (!b.empty()) out.b = std::strtof(b.c_str(), nullptr);
  return out;
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

}  // namespace

TermScore make_term_score(const Searcher& searcher, const FieldType* field, const FieldStatistics& statistics, float idf,
                          float boost) {
  const Bm25Parameters p = bm25_parameters(searcher, field);
  TermScore out;
  out.constant = p.constant;
  out.weight = p.constant ? boost : boost * idf;
  if (p.constant) {
    for (auto& scores : out.few) scores.fill(boost);
  }
  if (p.constant || statistics.doc_count == 0) return out;
  const float average = static_cast<float>(static_cast<double>(statistics.sum_total_term_freq) /
                                           static_cast<double>(statistics.doc_count));
  const bool norms = field != nullptr && field->norms && field->inverted;
  for (int i = 0; i < 256; ++i) {
    const auto length = static_cast<float>(norms ? decode_norm(static_cast<uint8_t>(i)) : 1);
    out.norm_inverse[i] = 1.0f / (p.k1 * ((1.0f - p.b) + p.b * length / average));
  }
  fill_few(out);
  return out;
}

}  // namespace tarn::query
