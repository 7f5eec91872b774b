#include "query/bind/plan.h"

#include <chrono>

#include "query/filter/bits_scorer.h"
#include "query/filter/cache.h"

namespace tarn::query {

void Plan::restrict_to(const SegmentView& segment, Bitset& documents) const {
  Bitset matches(segment.doc_count());
  or_into(segment, matches);
  documents &= matches;
}

std::unique_ptr<Scorer> ConstantPlan::scorer(const SegmentView& segment) const {
  return make_bits_scorer(std::make_shared<const Bitset>(evaluate(*this, segment)), score_);
}

Bitset evaluate(const Plan& plan, const SegmentView& segment) {
  Bitset out(segment.doc_count());
  if (plan.matches_none()) return out;
  if (const auto cached = cached_matches(plan, segment)) return *cached;
  plan.or_into(segment, out);
  return out;
}

void check_time(const SearchContext& context) {
  if (context.cancelled && context.cancelled->load(std::memory_order_relaxed)) {
    throw ApiError(400, "task_cancelled_exception", "cancelled task with reason: by user request");
  }
  if (context.deadline_us == 0) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  if (std::chrono::duration_cast<std::chrono::microseconds>(now).count() > context.deadline_us) throw TimedOut{};
}

namespace {

class MatchAllPlan final : public ConstantPlan {
 public:
  using ConstantPlan::ConstantPlan;
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override { out.set_range(0, segment.doc_count()); }
  void restrict_to(const SegmentView&, Bitset&) const override {}
  bool matches_all() const override { return true; }
};

class MatchNonePlan final : public ConstantPlan {
 public:
  MatchNonePlan() : ConstantPlan(0) {}
  uint64_t cost(const SegmentView&) const override { return 0; }
  void or_into(const SegmentView&, Bitset&) const override {}
  void restrict_to(const SegmentView&, Bitset& documents) const override { documents = Bitset(documents.size()); }
  std::unique_ptr<Scorer> scorer(const SegmentView&) const override { return nullptr; }
  bool matches_none() const override { return true; }
};

class ConstantScorePlan final : public ConstantPlan {
 public:
  ConstantScorePlan(PlanPtr inner, float score) : ConstantPlan(score), inner_(std::move(inner)) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override { inner_->or_into(segment, out); }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    inner_->restrict_to(segment, documents);
  }
  std::string cache_key() const override { return inner_->cache_key(); }
  std::string_view cache_path() const override { return inner_->cache_path(); }
  bool matches_all() const override { return inner_->matches_all(); }
  bool matches_none() const override { return inner_->matches_none(); }

 private:
  PlanPtr inner_;
};

}  // namespace

PlanPtr match_all_plan(float score) { return std::make_shared<MatchAllPlan>(score); }

PlanPtr match_none_plan() {
  static const PlanPtr none = std::make_shared<MatchNonePlan>();
  return none;
}

PlanPtr constant_score_plan(PlanPtr inner, float score) {
  if (inner->matches_none()) return inner;
  return std::make_shared<ConstantScorePlan>(std::move(inner), score);
}

}  // namespace tarn::query
