#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn {

/// Lucene's LevenshteinDistance: 1 - edits / length of the longer one.
float name_similarity(std::string_view a, std::string_view b);

/// " did you mean [x]?" or " did you mean any of [x, y]?" with the known names that are more similar than `above`, nearest
/// first; empty if there is none. Source: ErrorOnUnknown, AbstractScopedSettings and BaseRestHandler of OpenSearch.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& known, float above = 0.5F);

}  // namespace tarn
