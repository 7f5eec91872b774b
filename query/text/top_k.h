#pragma once

#include <optional>
#include <vector>

#include "query/collect/top_docs.h"
#include "query/text/term_plan.h"

namespace tarn::query {

class PhrasePlan;

/// A scored query that consists of terms only, any of them or all, or of a phrase, with filters around. What the block-max loops understand.
struct TopTermQuery {
  std::vector<const TextTermPlan*> terms;
  bool all = false;                    ///< every term is required
  const PhrasePlan* phrase = nullptr;  ///< instead of terms
  std::vector<PlanPtr> filter, must_not;
};
std::optional<TopTermQuery> as_term_query(const PlanPtr& plan);

/// How far matches are counted: exactly up to `limit`; beyond it the loops may skip what cannot enter the top.
struct HitCount {
  uint64_t total = 0;
  uint64_t limit = 0;
  bool enough() const { return total > limit; }
};

/// Offers the best documents of one segment to `top`. `mask` (null: all documents) holds what filters and live docs leave.
/// A threshold that `top` brings along from earlier segments counts from the start.
void collect_top_terms(const TopTermQuery& query, const SegmentView& segment, const Bitset* mask, uint32_t target, TopScores& top,
                       HitCount& count);

}  // namespace tarn::query
