#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "query/bind/compound.h"
#include "query/fetch/inner_hits.h"

namespace tarn::query {

/// Which documents a join goes from and to: those of relations `from` that match a clause lead to those of relations `to` that
/// have the same value in the column `id_path`.
struct JoinSides {
  std::string path;                 ///< of the join field
  std::string id_path;              ///< "kind#question"
  std::vector<std::string> from, to;
  uint32_t from_min = 1, from_max = std::numeric_limits<int32_t>::max();  ///< how many documents of `from` it takes
};

/// The documents of `to` that a live match of `inner` leads to (Lucene's JoinUtil with global ordinals). With mode none all
/// score `boost`; else what the mode makes of the scores of the matches, times `boost`.
PlanPtr join_plan(PlanPtr inner, JoinSides sides, NestedScore mode, float boost);

/// What a hit of relation `to` was joined from: the live documents of `from` that match `inner`.
std::shared_ptr<BoundInnerHits> join_inner_hits(const std::shared_ptr<const InnerHitsClause>& clause, PlanPtr inner, JoinSides sides,
                                                const std::string& default_name);

/// The documents whose join field names one of `relations`.
Bitset documents_of_relations(const SegmentView& segment, const std::string& path, const std::vector<std::string>& relations);

}  // namespace tarn::query
