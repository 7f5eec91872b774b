#pragma once

#include <vector>

#include "query/bind/plan.h"

namespace tarn::query {

enum class NestedScore { kAvg, kSum, kMin, kMax, kNone };

/// bool: all of must and filter, none of must_not, at least `minimum` of should. The score is the sum of must and should.
class BoolPlan final : public Plan {
 public:
  std::vector<PlanPtr> must, filter, should, must_not;
  int minimum = 0;

  uint64_t cost(const SegmentView& segment) const override;
  void or_into(const SegmentView& segment, Bitset& out) const override;
  void restrict_to(const SegmentView& segment, Bitset& documents) const override;
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::optional<float> constant_score() const override;
  std::string describe() const override;
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;
  void visit_terms(TermVisitor& visitor) const override;
  bool may_match_nested(const Mapping& mapping) const override;

  /// filter and must_not as one set; null where there is neither.
  std::shared_ptr<const Bitset> mask(const SegmentView& segment) const;

 private:
  void restrict_should(const SegmentView& segment, Bitset& documents) const;
};

/// Simplifies: what cannot match becomes match_none, a lone clause stands for itself.
PlanPtr bool_plan(std::vector<PlanPtr> must, std::vector<PlanPtr> filter, std::vector<PlanPtr> should,
                  std::vector<PlanPtr> must_not, int minimum);
/// The best score of the plans, plus `tie_breaker` times the others.
PlanPtr dis_max_plan(std::vector<PlanPtr> plans, float tie_breaker);
/// Scores of `positive`, multiplied by `factor` where `negative` matches too.
PlanPtr boosting_plan(PlanPtr positive, PlanPtr negative, float factor);
/// Parents of the children that match. `path` is the nested object's; `parent_path` the nested object around it, or "".
PlanPtr nested_plan(PlanPtr children, std::string path, std::string parent_path, NestedScore mode);

/// The children of `parent` (a document of `parent_path`) at `path` that match.
Bitset matching_children(const Plan& children, const SegmentView& segment, std::string_view path, std::string_view parent_path,
                         LocalDocId parent);

/// Documents of the nested object `path`; the roots for "".
Bitset documents_of_path(const SegmentView& segment, std::string_view path);

}  // namespace tarn::query
