#pragma once

#include <memory>

#include "indexer/analysis/analyzer.h"

namespace tarn::mapping {

/// The analyzers behind search_as_you_type: shingles of exactly `size` tokens of `base`, joined by one blank.
std::shared_ptr<const Analyzer> make_shingle_analyzer(const Analyzer& base, int size);
/// Shingles of 1 to `shingle_size_max` tokens, cut to all prefixes of 1 to 20 characters (for path._index_prefix).
std::shared_ptr<const Analyzer> make_prefix_analyzer(const Analyzer& base, int shingle_size_max);

}  // namespace tarn::mapping
