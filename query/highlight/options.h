#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/tree.h"

namespace tarn::query {

enum class BoundaryScanner { kDefault, kChars, kWord, kSentence };

/// What a field of "highlight" says, or leaves to the whole.
struct HighlightOptions {
  std::optional<std::vector<std::string>> pre_tags, post_tags;
  std::optional<int> fragment_size, number_of_fragments, fragment_offset, no_match_size, boundary_max_scan, phrase_limit,
      max_analyzer_offset;
  std::optional<bool> score_ordered, require_field_match, html, force_source;
  std::optional<std::string> type, fragmenter, boundary_chars;
  std::optional<BoundaryScanner> boundary_scanner;
  QueryPtr query;                            ///< highlight_query; null: the search's

  /// These options, with `defaults` where they say nothing.
  HighlightOptions over(const HighlightOptions& defaults) const;
};

struct HighlightField {
  std::string name;                          ///< may be a pattern
  std::vector<std::string> matched_fields;
  HighlightOptions options;                  ///< merged with those of the whole
};

/// "highlight" of a search or of inner hits.
struct HighlightClause {
  std::vector<HighlightField> fields;
};

/// Throws ApiError 400 as HighlightBuilder does.
HighlightClause parse_highlight(const Json& body);

}  // namespace tarn::query
