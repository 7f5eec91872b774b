#pragma once

#include <string>
#include <vector>

#include "indexer/analysis/component.h"

namespace tarn::analysis {

/// HTMLStripCharFilter: tags go, entities become characters, block tags become a line break.
CharFilterPtr make_html_strip_filter(const std::vector<std::string>& escaped_tags);
/// MappingCharFilter: rules "from => to", the longest match wins. Throws ApiError as OpenSearch does.
using MappingRule = std::pair<std::u16string, std::u16string>;
/// "left => right". Throws ApiError 500 where it is none.
MappingRule parse_mapping_rule(const std::string& rule);
CharFilterPtr make_mapping_filter(const std::vector<MappingRule>& rules);
CharFilterPtr make_pattern_replace_char_filter(const std::string& pattern, const std::string& flags,
                                               const std::string& replacement);
/// Zero-width non-joiners become blanks, before Persian text is tokenized.
CharFilterPtr make_persian_char_filter();

}  // namespace tarn::analysis
