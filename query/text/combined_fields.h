#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/tree.h"

namespace tarn::query {

/// Lucene's CombinedFieldQuery: terms looked for in several fields as if they were one field (BM25F). Frequencies, lengths
/// and statistics add up by the fields' weights.
PlanPtr combined_fields_plan(Binder& binder, std::vector<std::pair<const FieldType*, float>> fields,
                             std::vector<std::string> terms, float boost);

}  // namespace tarn::query
