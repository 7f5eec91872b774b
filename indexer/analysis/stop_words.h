#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::analysis {

/// The default stop words of a language's analyzer ("english", "french" ...), or null.
const std::vector<std::string>* find_stop_words(std::string_view language);

}  // namespace tarn::analysis
