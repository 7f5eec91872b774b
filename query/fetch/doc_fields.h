#pragma once

#include <string>
#include <vector>

#include "query/collect/execute.h"

namespace tarn::query {

/// One member of a hit's "fields".
struct HitField {
  std::string name;
  std::string values;  ///< a JSON array
};

/// docvalue_fields of one document; fields without a value are left out.
void add_docvalue_fields(const std::vector<FieldAndFormat>& wanted, const BoundTarget& target, DocRef ref,
                         const StoredDocument& stored, std::vector<HitField>& out);

}  // namespace tarn::query
