#pragma once

#include <string_view>

namespace tarn::analysis {

/// Whether `name` ("com", "ORG", "xn--p1ai") is a top level domain.
bool is_top_level_domain(std::string_view name);
constexpr size_t kTopLevelDomainSizeMax = 24;

}  // namespace tarn::analysis
