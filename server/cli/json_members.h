#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

/// One value of a JSON text as it stands there.
struct JsonMember {
  std::string_view key;    ///< without quotes, escapes as they are; empty for elements of an array
  std::string_view value;  ///< the whole value, quotes and brackets included
  bool is_text() const { return value.starts_with('"'); }
  /// The inside of a text value, escapes as they are.
  std::string_view inside() const { return value.substr(1, value.size() - 2); }
};

/// The members of the object (or the elements of the array) that `text` is, in order and without
/// copies. What lies deeper is skipped, not checked. False: not such a text.
bool scan_members(std::string_view text, std::vector<JsonMember>& members);

/// The value of the first member with this key, or an empty view.
std::string_view find_member(const std::vector<JsonMember>& members, std::string_view key);

/// Where the JSON value that begins at text[at] ends; npos if the text ends first or is broken.
size_t value_end(std::string_view text, size_t at);

/// A JSON text's inside with its escapes resolved.
std::string unescape_json(std::string_view inside);

}  // namespace tarn::cli
