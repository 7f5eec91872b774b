#include "query/text/basic_similarity.h"

#include <cmath>
#include <limits>
#include <string_view>

namespace tarn::query {
namespace {

using Kind = Similarity::Kind;

double number(uint64_t count) { return static_cast<double>(count); }

double log2_of(double x) {
  static const double kLog2 = std::log(2.0);
  return std::log(x) / kLog2;
}

Explanation value(double x, std::string description, std::vector<Explanation> details = {}) {
  return Explanation::yes(static_cast<float>(x), std::move(description), std::move(details));
}

// ---- Normalizations of the term frequency.

double normalized_freq(const Similarity& s, const BasicStats& stats, double freq, double length) {
  const double parameter = s.normalization_parameter;
  switch (s.normalization) {
    case Similarity::Normalization::kNone: return freq;
    case Similarity::Normalization::kH1: return freq * parameter * (stats.average_length / length);
    case Similarity::Normalization::kH2: return freq * log2_of(1 + parameter * stats.average_length / length);
    case Similarity::Normalization::kH3: {
      // Lucene adds 1F to longs here, so this part is float arithmetic.
      const float share = (static_cast<float>(stats.total_term_freq) + 1.0f) / (static_cast<float>(stats.tokens) + 1.0f);
      const float prior = s.normalization_parameter * share;
      return (freq + prior) / (length + parameter) * parameter;
    }
    case Similarity::Normalization::kZ: return freq * std::pow(stats.average_length / length, parameter);
  }
  return freq;
}

Explanation explain_normalization(const Similarity& s, const BasicStats& stats, double freq, double length) {
  using N = Similarity::Normalization;
  if (s.normalization == N::kNone) return Explanation::of_count(1, "no normalization");
  const double tfn = normalized_freq(s, stats, freq, length);
  Explanation tf = value(freq, "tf, number of occurrences of term in the document");
  Explanation average = value(stats.average_length, "avgfl, average length of field across all documents");
  Explanation field = value(length, "fl, field length of the document");
  const double parameter = s.normalization_parameter;
  switch (s.normalization) {
    case N::kH1:
      return value(tfn, "NormalizationH1, computed as tf * c * (avgfl / fl) from:",
                   {tf, value(parameter, "c, hyper-parameter"), average, field});
    case N::kH2:
      return value(tfn, "NormalizationH2, computed as tf * log2(1 + c * avgfl / fl) from:",
                   {tf, value(parameter, "c, hyper-parameter"), average, field});
    case N::kH3:
      return value(tfn, "NormalizationH3, computed as (tf + mu * ((F+1) / (T+1))) / (fl + mu) * mu from:",
                   {tf, value(parameter, "mu, smoothing parameter"),
                    value(number(stats.total_term_freq), "F,  total number of occurrences of term across all documents"),
                    value(number(stats.tokens), "T, total number of tokens of the field across all documents"), field});
    default:
      return value(tfn, "NormalizationZ, computed as tf * Math.pow(avgfl / fl, z) from:",
                   {tf, average, field, value(parameter, "z, relates to specificity of the language")});
  }
}

// ---- Divergence from randomness.

double after_effect(const Similarity& s, const BasicStats& stats) {
  if (s.after_effect == Similarity::AfterEffect::kL) return 1;
  return (number(stats.total_term_freq + 1) + 1.0) / number(stats.doc_freq + 1);
}

Explanation explain_after_effect(const Similarity& s, const BasicStats& stats, double tfn) {
  const double effect = after_effect(s, stats) / (1 + tfn);
  const Explanation tf = value(tfn, "tfn, normalized term frequency");
  if (s.after_effect == Similarity::AfterEffect::kL) return value(effect, "AfterEffectL, computed as 1 / (tfn + 1) from:", {tf});
  return value(effect, "AfterEffectB, computed as (F + 1) / (n * (tfn + 1)) from:",
               {tf,
                Explanation::of_count(stats.total_term_freq, "F, total number of occurrences of term across all documents + 1"),
                Explanation::of_count(stats.doc_freq, "n, number of documents containing term + 1"), tf});
}

double expected_documents(const BasicStats& stats) {
  const double n = number(stats.documents);
  return n * (1 - std::pow((n - 1) / n, number(stats.total_term_freq)));
}

double geometric_lambda(const BasicStats& stats) {
  const double f = number(stats.total_term_freq + 1);
  return f / (number(stats.documents) + f);
}

double basic_model(const Similarity& s, const BasicStats& stats, double tfn, double effect) {
  const double next = number(stats.documents + 1);
  double a = 0;
  switch (s.basic_model) {
    case Similarity::BasicModel::kG: {
      const double lambda = geometric_lambda(stats);
      const double low = log2_of(lambda + 1), high = log2_of((1 + lambda) / lambda);
      return (high - (high - low) / (1 + tfn)) * effect;
    }
    case Similarity::BasicModel::kIF: a = log2_of(1 + next / (number(stats.total_term_freq) + 0.5)); break;
    case Similarity::BasicModel::kIn: a = log2_of(next / (number(stats.doc_freq) + 0.5)); break;
    case Similarity::BasicModel::kIne: a = log2_of(next / (expected_documents(stats) + 0.5)); break;
  }
  return a * effect * (1 - 1 / (1 + tfn));
}

Explanation explain_basic_model(const Similarity& s, const BasicStats& stats, double tfn) {
  const double effect = after_effect(s, stats);
  const double score = basic_model(s, stats, tfn, effect) * (1 + tfn) / effect;
  const Explanation tf = value(tfn, "tfn, normalized term frequency");
  const Explanation documents = Explanation::of_count(stats.documents, "N, total number of documents with field");
  const Explanation as_float = value(number(stats.documents), "N, total number of documents with field");
  switch (s.basic_model) {
    case Similarity::BasicModel::kG:
      return value(score, "BasicModelG, computed as log2(lambda + 1) + tfn * log2((1 + lambda) / lambda) from:",
                   {tf, value(geometric_lambda(stats), "lambda, computed as F / (N + F) from:",
                              {value(number(stats.total_term_freq + 1), "F, total number of occurrences of term across all docs + 1"),
                               as_float})});
    case Similarity::BasicModel::kIF:
      return value(score, "BasicModelIF, computed as tfn * log2(1 + (N + 1) / (F + 0.5)) from:",
                   {tf, documents,
                    Explanation::of_count(stats.total_term_freq, "F, total number of occurrences of term across all documents")});
    case Similarity::BasicModel::kIn:
      return value(score, "BasicModelIn, computed as tfn * log2((N + 1) / (n + 0.5)) from:",
                   {tf, documents, Explanation::of_count(stats.doc_freq, "n, number of documents containing term")});
    case Similarity::BasicModel::kIne: break;
  }
  return value(score, "BasicModelIne, computed as tfn * log2((N + 1) / (ne + 0.5)) from:",
               {tf, value(expected_documents(stats), "ne, computed as N * (1 - Math.pow((N - 1) / N, F)) from:",
                          {value(number(stats.total_term_freq), "F, total number of occurrences of term across all docs"), as_float})});
}

// ---- Information-based models.

float ib_lambda(const Similarity& s, const BasicStats& stats) {
  const bool by_documents = s.lambda_kind == Similarity::Lambda::kDF;
  const double count = number(by_documents ? stats.doc_freq : stats.total_term_freq);
  const auto lambda = static_cast<float>((count + 1.0) / (number(stats.documents) + 1.0));
  if (lambda != 1) return lambda;
  return std::nextafter(1.0f, by_documents ? 0.0f : 2.0f);
}

Explanation explain_ib_lambda(const Similarity& s, const BasicStats& stats) {
  const Explanation documents = Explanation::of_count(stats.documents, "N, total number of documents with field");
  if (s.lambda_kind == Similarity::Lambda::kDF) {
    return value(ib_lambda(s, stats), "LambdaDF, computed as (n + 1) / (N + 1) from:",
                 {Explanation::of_count(stats.doc_freq, "n, number of documents containing term"), documents});
  }
  return value(ib_lambda(s, stats), "LambdaTTF, computed as (F + 1) / (N + 1) from:",
               {Explanation::of_count(stats.total_term_freq, "F, total number of occurrences of term across all documents"), documents});
}

double distribution(const Similarity& s, double tfn, double lambda) {
  if (s.distribution == Similarity::Distribution::kLL) return -std::log(lambda / (tfn + lambda));
  double q = 1 - 1 / (tfn + 1);
  if (q == 1) q = std::nextafter(1.0, 0.0);
  double power = std::pow(lambda, q);
  // Rounding may make them equal, whose difference has no logarithm.
  if (power == lambda) power = std::nextafter(lambda, lambda < 1 ? std::numeric_limits<double>::infinity() : 0.0);
  return -std::log((power - lambda) / (1 - lambda));
}

// ---- Scores of one term.

double expected_freq(const BasicStats& stats, double length) {
  return number(stats.total_term_freq + 1) * length / number(stats.tokens + 1);
}

double dfi_measure(const Similarity& s, double freq, double expected) {
  switch (s.independence) {
    case Similarity::Independence::kStandardized: return (freq - expected) / std::sqrt(expected);
    case Similarity::Independence::kSaturated: return (freq - expected) / expected;
    case Similarity::Independence::kChiSquared: break;
  }
  return (freq - expected) * (freq - expected) / expected;
}

double score_term(const Similarity& s, const BasicStats& stats, double freq, double length) {
  switch (s.kind) {
    case Kind::kDfr:
      return stats.boost * basic_model(s, stats, normalized_freq(s, stats, freq, length), after_effect(s, stats));
    case Kind::kIb: return stats.boost * distribution(s, normalized_freq(s, stats, freq, length), ib_lambda(s, stats));
    case Kind::kDfi: {
      const double expected = expected_freq(stats, length);
      return freq <= expected ? 0 : stats.boost * log2_of(dfi_measure(s, freq, expected) + 1);
    }
    case Kind::kLmJelinekMercer:
      // 1 - lambda is a float in Lucene.
      return stats.boost * std::log(1 + (static_cast<double>(1.0f - s.lambda) * freq / length) /
                                            (static_cast<double>(s.lambda) * stats.probability()));
    case Kind::kLmDirichlet: {
      const double mu = s.mu;
      const double score = stats.boost * (std::log(1 + freq / (mu * stats.probability())) + std::log(mu / (length + mu)));
      return score > 0 ? score : 0;
    }
    default: return stats.boost;
  }
}

// ---- Explanations of one term.

std::vector<Explanation> dfr_details(const Similarity& s, const BasicStats& stats, double freq, double length) {
  const double tfn = normalized_freq(s, stats, freq, length);
  std::vector<Explanation> out;
  if (stats.boost != 1) out.push_back(value(stats.boost, "boost, query boost"));
  out.push_back(explain_normalization(s, stats, freq, length));
  out.push_back(explain_basic_model(s, stats, tfn));
  out.push_back(explain_after_effect(s, stats, tfn));
  return out;
}

std::vector<Explanation> ib_details(const Similarity& s, const BasicStats& stats, double freq, double length) {
  std::vector<Explanation> out;
  if (stats.boost != 1) out.push_back(value(stats.boost, "boost, query boost"));
  Explanation norm = explain_normalization(s, stats, freq, length);
  Explanation lambda = explain_ib_lambda(s, stats);
  const double score = distribution(s, norm.value, lambda.value);
  out.push_back(std::move(norm));
  out.push_back(std::move(lambda));
  out.push_back(value(score, s.distribution == Similarity::Distribution::kLL ? "DistributionLL" : "DistributionSPL"));
  return out;
}

std::vector<Explanation> jelinek_mercer_details(const Similarity& s, const BasicStats& stats, double freq, double length) {
  std::vector<Explanation> out;
  if (stats.boost != 1) out.push_back(value(stats.boost, "boost"));
  out.push_back(value(s.lambda, "lambda"));
  out.push_back(value(stats.probability(), "P, probability that the current term is generated by the collection"));
  out.push_back(value(freq, "freq, number of occurrences of term in the document"));
  out.push_back(value(length, "dl, length of field"));
  out.push_back(value(stats.probability(), "collection probability"));
  return out;
}

std::vector<Explanation> dirichlet_details(const Similarity& s, const BasicStats& stats, double freq, double length) {
  std::vector<Explanation> out;
  const double mu = s.mu;
  if (stats.boost != 1) out.push_back(value(stats.boost, "query boost"));
  out.push_back(value(mu, "mu"));
  out.push_back(value(std::log(1 + freq / (mu * stats.probability())), "term weight, computed as log(1 + freq /(mu * P)) from:",
                      {value(freq, "freq, number of occurrences of term in the document"),
                       value(stats.probability(), "P, probability that the current term is generated by the collection")}));
  out.push_back(value(std::log(mu / (length + mu)), "document norm, computed as log(mu / (dl + mu))"));
  out.push_back(value(length, "dl, length of field"));
  out.push_back(value(stats.probability(), "collection probability"));
  return out;
}

Explanation explain_dfi(const Similarity& s, const BasicStats& stats, const Explanation& freq, double length) {
  const double expected = expected_freq(stats, length);
  const std::string head = "score(DFISimilarity, freq=" + float_text(freq.value) + ")";
  if (freq.value <= expected) return value(0, head + ", equals to 0");
  Explanation expectation =
      value(expected, "expected, computed as (F + 1) * dl / (T + 1) from:",
            {Explanation::of_count(stats.total_term_freq, "F, total number of occurrences of term across all docs"),
             value(length, "dl, length of field"), Explanation::of_count(stats.tokens, "T, total number of tokens in the field")});
  Explanation measure = value(dfi_measure(s, freq.value, expected), "measure, computed as independence.score(freq, expected) from:",
                              {freq, std::move(expectation)});
  return value(score_term(s, stats, freq.value, length), head + ", computed as boost * log2(measure + 1) from:",
               {value(stats.boost, "boost, query boost"), std::move(measure)});
}

struct Words {
  Kind kind;
  std::string_view name, formula;
  std::vector<Explanation> (*details)(const Similarity&, const BasicStats&, double freq, double length);
};
constexpr Words kWords[] = {
    {Kind::kDfr, "DFRSimilarity", "boost * basicModel.score(stats, tfn) * afterEffect.score(stats, tfn)", dfr_details},
    {Kind::kIb, "IBSimilarity", "boost * distribution.score(stats, normalization.tfn(stats, freq, docLen), lambda.lambda(stats))",
     ib_details},
    {Kind::kLmJelinekMercer, "LMJelinekMercerSimilarity", "boost * log(1 + ((1 - lambda) * freq / dl) /(lambda * P))",
     jelinek_mercer_details},
    {Kind::kLmDirichlet, "LMDirichletSimilarity", "boost * (term weight + document norm)", dirichlet_details}};

Explanation explain_term(const Similarity& s, const BasicStats& stats, const Explanation& freq, double length) {
  for (const Words& words : kWords) {
    if (words.kind != s.kind) continue;
    return value(score_term(s, stats, freq.value, length),
                 "score(" + std::string(words.name) + ", freq=" + float_text(freq.value) + "), computed as " +
                     std::string(words.formula) + " from:",
                 words.details(s, stats, freq.value, length));
  }
  return explain_dfi(s, stats, freq, length);
}

}  // namespace

float BasicSimilarity::score(float freq, uint32_t length) const {
  if (terms_.size() == 1) return static_cast<float>(score_term(similarity_, terms_[0], freq, length));
  double sum = 0;
  for (const BasicStats& stats : terms_) sum += static_cast<float>(score_term(similarity_, stats, freq, length));
  return static_cast<float>(sum);
}

Explanation BasicSimilarity::explain(const Explanation& freq, uint32_t length) const {
  if (terms_.size() == 1) return explain_term(similarity_, terms_[0], freq, length);
  std::vector<Explanation> parts;
  for (const BasicStats& stats : terms_) parts.push_back(explain_term(similarity_, stats, freq, length));
  return Explanation::yes(score(freq.value, length), "sum of:", std::move(parts));
}

}  // namespace tarn::query
