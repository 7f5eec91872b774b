#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tarn::analysis {

/// The sides of "left => right", trimmed; the last arrow parts them, as OpenSearch's greedy pattern has it.
std::optional<std::pair<std::string_view, std::string_view>> split_rule(std::string_view rule);
/// \\ \n \t \r \b \f \uXXXX and any other escaped character. Throws ApiError 500 for an escape that ends too early.
std::u16string unescape_rule(std::string_view text);

}  // namespace tarn::analysis
