#pragma once

#include <string>
#include <string_view>

namespace tarn::server {

/// JSON as `?pretty` shows it: Jackson's layout (two blanks, `"key" : value`, `{ }`, `[ ]`) and a line feed at the end.
/// With `sources_are_raw`, the `_source` of a hit or of a get is taken as its stored bytes, directly after the colon,
/// as OpenSearch does; it is not raw any more once filter_path has rewritten it.
std::string pretty_json(std::string_view json, bool sources_are_raw = true);

}  // namespace tarn::server
