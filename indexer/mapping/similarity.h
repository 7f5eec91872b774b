#pragma once

#include <map>
#include <string>

#include "indexer/base/json.h"

namespace tarn {

/// How a field scores: a type of index.similarity.* with its parameters, as Lucene 10 has it.
struct Similarity {
  enum class Kind { kBm25, kBoolean, kDfr, kDfi, kIb, kLmDirichlet, kLmJelinekMercer };
  enum class BasicModel { kG, kIF, kIn, kIne };
  enum class AfterEffect { kB, kL };
  enum class Normalization { kNone, kH1, kH2, kH3, kZ };
  enum class Distribution { kLL, kSPL };
  enum class Lambda { kDF, kTTF };
  enum class Independence { kStandardized, kSaturated, kChiSquared };

  Kind kind = Kind::kBm25;
  float k1 = 1.2f, b = 0.75f;
  bool legacy = false;                 ///< LegacyBM25: scores are k1 + 1 times those of BM25
  bool discount_overlaps = true;       ///< tokens on another's position do not lengthen the field
  BasicModel basic_model = BasicModel::kG;
  AfterEffect after_effect = AfterEffect::kB;
  Normalization normalization = Normalization::kNone;
  float normalization_parameter = 0;   ///< c of H1 and H2, mu of H3, z of Z
  Distribution distribution = Distribution::kLL;
  Lambda lambda_kind = Lambda::kDF;
  Independence independence = Independence::kStandardized;
  float mu = 2000;                     ///< LMDirichlet
  float lambda = 0.1f;                 ///< LMJelinekMercer
};
using Similarities = std::map<std::string, Similarity>;

/// The similarities of an index by name, from its flat settings. "default", if it is there, is that of fields that name none.
/// Throws ApiError 400 as OpenSearch's SimilarityService words it, 501 for scripted ones.
Similarities parse_similarities(const Json& flat);

/// What `name` stands for in a field's mapping; null if nothing. "" is the index's default.
const Similarity* find_similarity(const Similarities& similarities, const std::string& name);

}  // namespace tarn
