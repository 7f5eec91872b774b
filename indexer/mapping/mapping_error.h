#pragma once

#include <string>
#include <string_view>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn::mapping {

inline Error mapper_parsing(std::string reason) {
  return Error(400, "mapper_parsing_exception", std::move(reason));
}
inline Error number_format(std::string_view text) {
  return Error(400, "number_format_exception",
               text.empty() ? std::string("empty String") : "For input string: \"" + std::string(text) + "\"");
}

/// Whether OpenSearch's class of that name derives from OpenSearchException: only those become root causes.
bool is_opensearch_type(std::string_view type);

/// `outer` caused by `inner`, with the root cause that OpenSearchException.guessRootCauses finds.
Error wrap(Error outer, const Error& inner);

/// Map.toString, List.toString and so on of Java: {a=1, b=[x, y]}.
std::string java_text(const Json& value);

/// XContentMapValues.nodeBooleanValue and friends. Throw as Java's parsers do.
bool node_boolean(const Json& value);
int64_t node_integer(const Json& value);
double node_double(const Json& value);
std::string node_string(const Json& value);

/// nodeBooleanValue with a name for the message: "Could not convert [x] to boolean".
bool node_boolean(const Json& value, const std::string& name);

}  // namespace tarn::mapping
