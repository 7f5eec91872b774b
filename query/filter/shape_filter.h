#pragma once

#include <memory>
#include <string>

#include "indexer/geo/relation.h"
#include "query/bind/plan.h"

namespace tarn::query {

/// Documents whose shapes in the column at `path` fulfil the relation. `key` tells equal shapes ("": not cached).
PlanPtr shape_plan(std::string path, std::shared_ptr<const geo::ShapeQuery> query, geo::Relation relation, std::string key,
                   float score);

}  // namespace tarn::query
