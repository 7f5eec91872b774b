#include <algorithm>

#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"

namespace tarn::query {

namespace {

class DisMaxScorer final : public Scorer {
 public:
  DisMaxScorer(std::vector<std::unique_ptr<Scorer>> scorers, float tie_breaker)
      : scorers_(std::move(scorers)), tie_breaker_(tie_breaker) {}
  LocalDocId advance(LocalDocId doc) override {
    LocalDocId nearest = kNoDoc;
    for (auto& scorer : scorers_) nearest = std::min(nearest, scorer->advance(doc));
    return nearest;
  }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    best_.fill(0);
    sums_.fill(0);
    for (auto& scorer : scorers_) {
      scorer->score(begin, child_);
      for (size_t w = 0; w < out.bits.size(); ++w) {
        out.bits[w] |= child_.bits[w];
        for (uint64_t bits = child_.bits[w]; bits != 0; bits &= bits - 1) {
          const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
          best_[i] = std::max(best_[i], child_.scores[i]);
          sums_[i] += child_.scores[i];
        }
      }
    }
    for (uint32_t i = 0; i < kWindowDocs; ++i) {
      out.scores[i] = static_cast<float>(best_[i] + (sums_[i] - best_[i]) * tie_breaker_);
    }
  }

 private:
  std::vector<std::unique_ptr<Scorer>> scorers_;
  float tie_breaker_;
  Window child_;
  std::array<float, kWindowDocs> best_;
  std::array<double, kWindowDocs> sums_;
};

class DisMaxPlan final : public Plan {
 public:
  DisMaxPlan(std::vector<PlanPtr> plans, float tie_breaker) : plans_(std::move(plans)), tie_breaker_(tie_breaker) {}
  uint64_t cost(const SegmentView& segment) const override {
    uint64_t sum = 0;
    for (const PlanPtr& plan : plans_) sum += plan->cost(segment);
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    for (const PlanPtr& plan : plans_) plan->or_into(segment, out);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    std::vector<std::unique_ptr<Scorer>> scorers;
    for (const PlanPtr& plan : plans_) {
      if (auto scorer = plan->scorer(segment)) scorers.push_back(std::move(scorer));
    }
    if (scorers.empty()) return nullptr;
    if (scorers.size() == 1) return std::move(scorers[0]);
    return std::make_unique<DisMaxScorer>(std::move(scorers), tie_breaker_);
  }
  std::string describe() const override {
    std::string out = "(";
    for (const PlanPtr& plan : plans_) {
      const bool group = dynamic_cast<const BoolPlan*>(plan.get()) != nullptr;
      if (out.size() > 1) out += " | ";
      out += group ? "(" + plan->describe() + ")" : plan->describe();
    }
    out += ")";
    return tie_breaker_ == 0 ? out : out + "~" + float_text(tie_breaker_);
  }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    std::vector<Explanation> details;
    double sum = 0;
    float best = 0;
    for (const PlanPtr& plan : plans_) {
      Explanation part = plan->explain(segment, doc);
      if (!part.match) continue;
      best = std::max(best, part.value);
      sum += part.value;
      details.push_back(std::move(part));
    }
    if (details.empty()) return Explanation::no("No matching clause");
    std::string text = tie_breaker_ == 0 ? "max of:" : "max plus " + float_text(tie_breaker_) + " times others of:";
    return Explanation::yes(static_cast<float>(best + (sum - best) * tie_breaker_), std::move(text), std::move(details));
  }
  void visit_terms(TermVisitor& visitor) const override {
    for (const PlanPtr& plan : plans_) plan->visit_terms(visitor);
  }

 private:
  std::vector<PlanPtr> plans_;
  float tie_breaker_;
};

}  // namespace

PlanPtr dis_max_plan(std::vector<PlanPtr> plans, float tie_breaker) {
  std::erase_if(plans, [](const PlanPtr& plan) { return plan->matches_none(); });
  if (plans.empty()) return match_none_plan();
  if (plans.size() == 1) return plans[0];
  return std::make_shared<DisMaxPlan>(std::move(plans), tie_breaker);
}

}  // namespace tarn::query
