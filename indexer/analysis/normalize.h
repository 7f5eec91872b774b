#pragma once

#include <string>
#include <string_view>

#include "indexer/analysis/analyzer.h"

namespace tarn {

/// The one term that a part of a pattern (prefix, wildcard, range bound) stands for: only those filters of the analyzer
/// apply that change characters (Lucene's Analyzer.normalize).
std::string normalize_term(const Analyzer& analyzer, std::string_view text);

}  // namespace tarn
