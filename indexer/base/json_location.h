#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn {

/// Line and column, both from 1, as Jackson counts them (columns in bytes).
struct JsonLocation {
  int line = 1;
  int column = 1;
};

/// Where the values of a request body stand in its text, for errors such as "[1:26] [bool] must doesn't support ...".
/// A Json keeps no positions, so the last body that a thread parsed leaves them here, found by the address of a value: they
/// hold for references into that tree, not for copies of its parts. Bodies over 64 kB leave none.
class JsonLocations {
 public:
  struct Entry {
    const Json* value;
    size_t name_at;    ///< offset of the member's name; of the value itself in arrays
    size_t value_at;
  };

  static JsonLocations& of_this_thread();

  void clear();
  void remember(std::string_view text, std::vector<Entry> entries);

  /// The start of the value; {1, 1} if unknown.
  JsonLocation value(const Json& value) const;
  /// The start of the name of the member whose value this is.
  JsonLocation name(const Json& value) const;
  /// The first token inside an object or array; of an empty one the closing bracket.
  JsonLocation inside(const Json& value) const;
  /// The closing bracket of an object or array; of anything else its start.
  JsonLocation end(const Json& value) const;

 private:
  const Entry* find(const Json& value) const;
  JsonLocation at(size_t offset) const;

  std::string text_;
  std::vector<Entry> entries_;
};

/// "[1:26] ", the prefix of OpenSearch's XContentParseException, for the value / the member's name / the first token inside /
/// the closing bracket.
std::string value_location(const Json& value);
std::string name_location(const Json& value);
std::string inside_location(const Json& value);
std::string end_location(const Json& value);

/// parse_json that leaves the locations of the tree's values with this thread.
Json parse_request_json(std::string_view text);

/// The first value of `text`, whatever follows it, with its locations; where it breaks off, what is whole of it.
struct JsonPrefix {
  Json value;                     ///< null if there is not even a beginning
  std::optional<Error> failure;   ///< why it breaks off
};
JsonPrefix parse_request_prefix(std::string_view text);

}  // namespace tarn
