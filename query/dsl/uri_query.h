#pragma once

#include <string>
#include <string_view>

#include "query/tree.h"

namespace tarn::query {

/// The "q" of a URL, as far as it is made of plain words and field:word pairs ("*:*" and "field:*" included). The rest of
/// the query_string syntax answers 501 until that clause exists.
struct UriQuery {
  std::string text;
  std::string default_field;   ///< "df"; "" is the index's default
  std::string analyzer;
  bool conjunction = false;    ///< "default_operator"
  bool lenient = false;
};
QueryPtr parse_uri_query(const UriQuery& uri);

}  // namespace tarn::query
