#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace tarn {

/// Name and expression of every built-in grok pattern, in the order in which the API lists them.
extern const std::pair<const char*, const char*> kGrokPatterns[];
extern const size_t kGrokPatternCount;

}  // namespace tarn
