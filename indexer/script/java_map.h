#pragma once

#include <string>
#include <utility>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::script {

/// The members of an object in the order in which java.util.HashMap walks its keys, which is how OpenSearch holds parameters
/// and documents and therefore prints them.
std::vector<std::pair<const std::string*, const Json*>> hash_map_order(const Json& object);

/// Object.toString() of the value as Java holds it: lists as [a, b], maps as {a=b}.
void append_java_text(std::string& out, const Json& value);
/// Compact JSON with the members of objects in that order.
void append_java_json(std::string& out, const Json& value);

}  // namespace tarn::script
