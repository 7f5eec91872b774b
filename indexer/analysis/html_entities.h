#pragma once

#include <string_view>

namespace tarn::analysis {

/// The character of a named reference ("eacute" for &eacute;), or 0. No name is longer than kEntityNameMax.
char16_t find_html_entity(std::string_view name);
constexpr size_t kEntityNameMax = 8;

}  // namespace tarn::analysis
