#pragma once

#include <string>
#include <string_view>

namespace tarn {

/// The text without its HTML tags, entities decoded; tags that are not inline leave a line end.
/// Follows: Lucene's HTMLStripCharFilter, as the html_strip processor uses it.
std::string strip_html(std::string_view html);

}  // namespace tarn
