#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"

namespace tarn::query {

namespace {

class BoostingScorer final : public Scorer {
 public:
  BoostingScorer(std::unique_ptr<Scorer> positive, Bitset negative, float factor)
      : positive_(std::move(positive)), negative_(std::move(negative)), factor_(factor) {}
  LocalDocId advance(LocalDocId doc) override { return positive_->advance(doc); }
  void score(LocalDocId begin, Window& out) override {
    positive_->score(begin, out);
    std::array<uint64_t, kWindowDocs / 64> words;
    copy_window(negative_, begin, words.data());
    for (size_t w = 0; w < words.size(); ++w) {
      for (uint64_t bits = words[w] & out.bits[w]; bits != 0; bits &= bits - 1) {
        out.scores[w * 64 + static_cast<size_t>(std::countr_zero(bits))] *= factor_;
      }
    }
  }

 private:
  std::unique_ptr<Scorer> positive_;
  Bitset negative_;
  float factor_;
};

class BoostingPlan final : public Plan {
 public:
  BoostingPlan(PlanPtr positive, PlanPtr negative, float factor)
      : positive_(std::move(positive)), negative_(std::move(negative)), factor_(factor) {}
  uint64_t cost(const SegmentView& segment) const override { return positive_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override { positive_->or_into(segment, out); }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    positive_->restrict_to(segment, documents);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    auto positive = positive_->scorer(segment);
    if (!positive) return nullptr;
    return std::make_unique<BoostingScorer>(std::move(positive), evaluate(*negative_, segment), factor_);
  }
  std::string describe() const override {
    return "FunctionScoreQuery(" + positive_->describe() + ", scored by boost(queryboost(score(" + negative_->describe() + "))^" +
           float_text(factor_) + "))";
  }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    Explanation positive = positive_->explain(segment, doc);
    if (!positive.match) return positive;
    const std::string text = "weight(" + describe() + "), result of:";
    if (!is_match(*negative_, segment, doc)) {
      const float value = positive.value;
      return Explanation::yes(value, text, {std::move(positive)});
    }
    const float value = positive.value * factor_;
    std::vector<Explanation> factors = {std::move(positive),
                                        Explanation::yes(factor_, "Matched boosting query score(" + negative_->describe() + ")")};
    return Explanation::yes(value, text, {Explanation::yes(value, "product of:", std::move(factors))});
  }
  void visit_terms(TermVisitor& visitor) const override { positive_->visit_terms(visitor); }

 private:
  PlanPtr positive_, negative_;
  float factor_;
};

}  // namespace

PlanPtr boosting_plan(PlanPtr positive, PlanPtr negative, float factor) {
  if (positive->matches_none() || negative->matches_none()) return positive;
  return std::make_shared<BoostingPlan>(std::move(positive), std::move(negative), factor);
}

}  // namespace tarn::query

