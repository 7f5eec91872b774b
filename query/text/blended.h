#pragma once

#include <string>
#include <vector>

#include "query/tree.h"

namespace tarn::query {

struct BlendedField {
  const FieldType* field;
  float boost = 1;
};
/// A term in one field; the frequencies of all of them are blended.
struct BlendedTerm {
  const FieldType* field;
  std::string term;
  float boost = 1;
};

/// OpenSearch's BlendedTermQuery: the best of the terms, whose document frequencies are adjusted so that rare use of a word
/// in one field does not outweigh its common use in another.
PlanPtr blended_plan(Binder& binder, const std::vector<BlendedTerm>& terms, float tie_breaker, float boost);

}  // namespace tarn::query
