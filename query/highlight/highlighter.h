#pragma once

#include <string>
#include <vector>

#include "indexer/mapping/field_type.h"
#include "query/highlight/options.h"
#include "query/highlight/query_terms.h"

namespace tarn::query {

/// One token of a value: offsets in UTF-16 units of that value.
struct TextToken {
  std::string term;
  int position;
  int start, end;
};

/// The values of one field of one document with their tokens; positions of later values come behind those of earlier ones.
struct FieldText {
  std::vector<std::u16string> values;
  std::vector<std::vector<TextToken>> tokens;  ///< of each value
};
/// Analyzes `values` as the field's index analyzer (or normalizer) does.
FieldText analyze_values(const FieldType& field, const std::vector<std::string>& values, int64_t offset_max);

/// The settings of one highlighted field, complete.
struct HighlightSettings {
  std::vector<std::string> pre_tags = {"<em>"}, post_tags = {"</em>"};
  int fragment_size = 100, number_of_fragments = 5, fragment_offset = -1, no_match_size = 0, boundary_max_scan = 20, phrase_limit = 256;
  bool score_ordered = false, html = false;
  bool simple_fragmenter = false;
  bool true_freqs = false;            ///< offsets come from the index: terms know how often they occur
  std::string boundary_chars = ".,!? \t\n";
  BoundaryScanner scanner = BoundaryScanner::kDefault;
};

/// Text between tags, as UTF-8, encoded where asked.
std::string encode_text(std::u16string_view text, bool html);

/// Positions at which terms of phrases stand: places[i] of token i (counted over all values) is true if it is a part of
/// some phrase match.
std::vector<bool> phrase_members(const FieldTerms& query, const std::vector<TextToken>& tokens);

// The three highlighters: fragments of one field, best or first ones as the settings say; empty where nothing is found.
std::vector<std::string> highlight_plain(const FieldText& text, const FieldTerms& query, const HighlightSettings& settings);
/// `matched`: texts (tokens) and terms of matched_fields, the first of which is the field itself.
struct MatchedText {
  const FieldText* text;
  const FieldTerms* query;
};
std::vector<std::string> highlight_unified(const std::vector<MatchedText>& matched, const HighlightSettings& settings);
std::vector<std::string> highlight_vectors(const std::vector<MatchedText>& matched, const HighlightSettings& settings);

}  // namespace tarn::query
