#pragma once

#include <string>
#include <vector>

#include "indexer/mapping/field_type.h"

namespace tarn::query {

/// One entry of a completion field's "contexts".
struct ContextMapping {
  std::string name, path;   ///< `path`: the field of the document that the context comes from; "" if it is given with the input
  bool geo = false;
  int precision = 12;       ///< geohash characters
};
std::vector<ContextMapping> context_mappings(const FieldType& field);

/// What a suggester asks of one context.
struct ContextWish {
  std::string value;        ///< a category or a geohash
  float boost = 1;
  bool prefix = false;      ///< anything that begins with it
};
struct ContextQuery {
  ContextMapping mapping;
  std::vector<ContextWish> wishes;
};
/// "contexts" of a completion suggester. Throws illegal_argument_exception "Unknown context name [x], must be one of [..]".
std::vector<ContextQuery> parse_context_query(const Json& value, const std::vector<ContextMapping>& mappings);
/// The values of one context of a document: categories, or geohashes at the mapping's precision.
std::vector<std::string> context_values(const ContextMapping& mapping, const Json& given);
std::string geohash_of(double latitude, double longitude, int characters);

}  // namespace tarn::query
