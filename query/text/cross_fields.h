#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/text/match.h"

namespace tarn::query {

/// multi_match of type cross_fields: fields with one analyzer are searched word by word as if they were one field, with
/// document frequencies blended over them (OpenSearch's BlendedTermQuery). `fields`: names and boosts.
PlanPtr cross_fields_plan(Binder& binder, const std::vector<std::pair<std::string, float>>& fields, const Json& value,
                          const MatchOptions& options, float tie_breaker, float boost);

}  // namespace tarn::query
