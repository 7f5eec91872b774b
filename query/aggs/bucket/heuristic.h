#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "indexer/script/script.h"
#include "query/aggs/options.h"
#include "query/query.h"

namespace tarn::query {

/// How many documents have a term and how many there are, in the subset and in the background.
struct Frequencies {
  double subset_freq, subset_size, superset_freq, superset_size;
};

/// Scores a term's significance. Follows: OpenSearch's SignificanceHeuristic classes.
class Heuristic {
 public:
  enum class Kind { kJlh, kMutualInformation, kChiSquare, kGnd, kPercentage, kScript };
  /// Adds the members jlh, mutual_information, chi_square, gnd, percentage and script_heuristic to `options`.
  void declare(Options& options);
  /// Compiles the script, if it is one. Call before score().
  void bind(const SearchContext& search);
  double score(const Frequencies& f) const;

 private:
  Kind kind_ = Kind::kJlh;
  std::optional<script::ScriptSpec> script_;
  std::shared_ptr<script::Run> run_;   ///< of one search: options are parsed again for each
  bool include_negatives_ = false, background_is_superset_ = true;
};

}  // namespace tarn::query
