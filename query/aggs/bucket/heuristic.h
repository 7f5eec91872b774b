#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "query/aggs/options.h"

namespace tarn::query {

/// How many documents have a term and how many there are, in the subset and in the background.
struct Frequencies {
  double subset_freq, subset_size, superset_freq, superset_size;
};

/// Scores a term's significance. Follows: OpenSearch's SignificanceHeuristic classes.
class Heuristic {
 public:
  enum class Kind { kJlh, kMutualInformation, kChiSquare, kGnd, kPercentage };
  /// Adds the members jlh, mutual_information, chi_square, gnd and percentage to `options`.
  void declare(Options& options);
  double score(const Frequencies& f) const;

 private:
  Kind kind_ = Kind::kJlh;
  bool include_negatives_ = false, background_is_superset_ = true;
};

}  // namespace tarn::query
