#pragma once

#include <string>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::query {

/// The "_source" of a request.
struct SourceFilter {
  bool enabled = true;
  bool given = false;
  std::vector<std::string> includes, excludes;
  bool filters() const { return !includes.empty() || !excludes.empty(); }
};

/// Throws ApiError 400 parsing_exception for other shapes than boolean, text, list, {"includes","excludes"}.
SourceFilter parse_source_filter(const Json& value);
std::vector<std::string> split_commas(std::string_view text);

}  // namespace tarn::query
