#pragma once

#include <string>
#include <string_view>

/// Names, options and patterns as bytes. Only ASCII letters have case here; texts of documents are analysis/text.h's business.
namespace tarn {

constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
std::string lower_ascii(std::string_view text);

/// String.trim of Java: everything up to U+0020 goes at both ends.
std::string_view trim(std::string_view text);

/// Regex.simpleMatch of OpenSearch: `*` stands for any bytes, none included; there is no other wildcard and no escape.
/// Takes time proportional to the product of the lengths at most.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace tarn
