#include "query/bind/compound.h"

#include <algorithm>

#include "query/filter/bits_scorer.h"

namespace tarn::query {

namespace {

std::vector<const Plan*> by_cost(const SegmentView& segment, const std::vector<PlanPtr>& first,
                                 const std::vector<PlanPtr>& second) {
  std::vector<std::pair<uint64_t, const Plan*>> costs;
  for (const auto* plans : {&first, &second}) {
    for (const PlanPtr& plan : *plans) costs.emplace_back(plan->cost(segment), plan.get());
  }
  std::stable_sort(costs.begin(), costs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Plan*> out;
  for (const auto& [cost, plan] : costs) out.push_back(plan);
  return out;
}

void remove_matches(const Plan& plan, const SegmentView& segment, Bitset& documents) {
  if (documents.count() < segment.doc_count() / 16) {
    Bitset matches = documents;
    plan.restrict_to(segment, matches);
    documents.and_not(matches);
  } else {
    documents.and_not(evaluate(plan, segment));
  }
}

bool window_is_empty(const Window& window) {
  return std::all_of(window.bits.begin(), window.bits.end(), [](uint64_t word) { return word == 0; });
}

/// Windows of a bool: required scorers intersect, optional ones add.
class BoolScorer final : public Scorer {
 public:
  BoolScorer(std::vector<std::unique_ptr<Scorer>> must, std::vector<std::unique_ptr<Scorer>> should,
             std::shared_ptr<const Bitset> mask, int minimum)
      : must_(std::move(must)), should_(std::move(should)), mask_(std::move(mask)), minimum_(minimum) {
    child_.scores.fill(0);
  }

  LocalDocId advance(LocalDocId doc) override {
    for (auto& scorer : must_) {
      doc = scorer->advance(doc);
      if (doc == kNoDoc) return doc;
    }
    if (mask_) {
      if (doc >= mask_->size()) return kNoDoc;
      doc = mask_->next(doc);
      if (doc >= mask_->size()) return kNoDoc;
    }
    if (minimum_ == 0) return doc;
    LocalDocId nearest = kNoDoc;
    for (auto& scorer : should_) nearest = std::min(nearest, scorer->advance(doc));
    return nearest;
  }

  void score(LocalDocId begin, Window& out) override {
    if (mask_) {
      copy_window(*mask_, begin, out.bits.data());
    } else {
      out.bits.fill(~0ull);
    }
    sums_.fill(0);
    for (auto& scorer : must_) {
      scorer->score(begin, child_);
      for (size_t w = 0; w < out.bits.size(); ++w) out.bits[w] &= child_.bits[w];
      if (window_is_empty(out)) return;
      for (uint32_t i = 0; i < kWindowDocs; ++i) sums_[i] += child_.scores[i];
    }
    if (minimum_ > 1) {
      add_should_counted(begin, out);
    } else {
      add_should(begin, out);
    }
    for (uint32_t i = 0; i < kWindowDocs; ++i) out.scores[i] = static_cast<float>(sums_[i]);
  }

 private:
  void add_should(LocalDocId begin, Window& out) {
    std::array<uint64_t, kWindowDocs / 64> any{};
    for (auto& scorer : should_) {
      scorer->score(begin, child_);
      for (size_t w = 0; w < any.size(); ++w) {
        any[w] |= child_.bits[w];
        for (uint64_t bits = child_.bits[w] & out.bits[w]; bits != 0; bits &= bits - 1) {
          const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
          sums_[i] += child_.scores[i];
        }
      }
    }
    if (minimum_ == 0) return;
    for (size_t w = 0; w < any.size(); ++w) out.bits[w] &= any[w];
  }
  void add_should_counted(LocalDocId begin, Window& out) {
    std::array<uint16_t, kWindowDocs> counts{};
    for (auto& scorer : should_) {
      scorer->score(begin, child_);
      for (size_t w = 0; w < out.bits.size(); ++w) {
        for (uint64_t bits = child_.bits[w] & out.bits[w]; bits != 0; bits &= bits - 1) {
          const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
          sums_[i] += child_.scores[i];
          ++counts[i];
        }
      }
    }
    for (uint32_t i = 0; i < kWindowDocs; ++i) {
      if (counts[i] < minimum_) out.bits[i >> 6] &= ~(1ull << (i & 63));
    }
  }

  std::vector<std::unique_ptr<Scorer>> must_, should_;
  std::shared_ptr<const Bitset> mask_;
  int minimum_;
  Window child_;
  std::array<double, kWindowDocs> sums_;
};

}  // namespace

uint64_t BoolPlan::cost(const SegmentView& segment) const {
  uint64_t least = segment.doc_count();
  for (const auto* plans : {&must, &filter}) {
    for (const PlanPtr& plan : *plans) least = std::min(least, plan->cost(segment));
  }
  if (minimum == 0) return least;
  uint64_t sum = 0;
  for (const PlanPtr& plan : should) sum += plan->cost(segment);
  return std::min(least, sum);
}

void BoolPlan::restrict_should(const SegmentView& segment, Bitset& documents) const {
  if (minimum <= 0) return;
  if (minimum == 1) {
    if (should.size() == 1) return should[0]->restrict_to(segment, documents);
    Bitset any(segment.doc_count());
    for (const PlanPtr& plan : should) {
      if (documents.count() < segment.doc_count() / 32) {
        Bitset part = documents;
        plan->restrict_to(segment, part);
        any |= part;
      } else {
        plan->or_into(segment, any);
      }
    }
    documents &= any;
    return;
  }
  // at_least[i]: documents that match i + 1 or more of the clauses seen so far.
  std::vector<Bitset> at_least(static_cast<size_t>(minimum), Bitset(segment.doc_count()));
  for (const PlanPtr& plan : should) {
    const Bitset matches = evaluate(*plan, segment);
    for (size_t i = at_least.size(); i-- > 1;) {
      Bitset both = at_least[i - 1];
      both &= matches;
      at_least[i] |= both;
    }
    at_least[0] |= matches;
  }
  documents &= at_least.back();
}

void BoolPlan::restrict_to(const SegmentView& segment, Bitset& documents) const {
  for (const Plan* plan : by_cost(segment, must, filter)) plan->restrict_to(segment, documents);
  restrict_should(segment, documents);
  for (const PlanPtr& plan : must_not) remove_matches(*plan, segment, documents);
}

void BoolPlan::or_into(const SegmentView& segment, Bitset& out) const {
  const auto required = by_cost(segment, must, filter);
  Bitset documents;
  if (!required.empty()) {
    documents = evaluate(*required[0], segment);
    for (size_t i = 1; i < required.size(); ++i) required[i]->restrict_to(segment, documents);
    restrict_should(segment, documents);
  } else if (minimum == 1) {
    if (must_not.empty()) {
      for (const PlanPtr& plan : should) plan->or_into(segment, out);
      return;
    }
    documents = Bitset(segment.doc_count());
    for (const PlanPtr& plan : should) plan->or_into(segment, documents);
  } else {
    documents = Bitset(segment.doc_count(), true);
    restrict_should(segment, documents);
  }
  for (const PlanPtr& plan : must_not) remove_matches(*plan, segment, documents);
  out |= documents;
}

std::optional<float> BoolPlan::constant_score() const {
  if (!should.empty()) return std::nullopt;
  double sum = 0;
  for (const PlanPtr& plan : must) {
    const auto score = plan->constant_score();
    if (!score) return std::nullopt;
    sum += *score;
  }
  return static_cast<float>(sum);
}

std::shared_ptr<const Bitset> BoolPlan::mask(const SegmentView& segment) const {
  if (filter.empty() && must_not.empty()) return nullptr;
  std::shared_ptr<Bitset> mask;
  const auto filters = by_cost(segment, filter, {});
  if (filters.empty()) {
    mask = std::make_shared<Bitset>(segment.doc_count(), true);
  } else {
    mask = std::make_shared<Bitset>(evaluate(*filters[0], segment));
    for (size_t i = 1; i < filters.size(); ++i) filters[i]->restrict_to(segment, *mask);
  }
  for (const PlanPtr& plan : must_not) remove_matches(*plan, segment, *mask);
  return mask;
}

std::unique_ptr<Scorer> BoolPlan::scorer(const SegmentView& segment) const {
  std::vector<std::unique_ptr<Scorer>> musts, shoulds;
  for (const PlanPtr& plan : must) {
    musts.push_back(plan->scorer(segment));
    if (!musts.back()) return nullptr;
  }
  for (const PlanPtr& plan : should) {
    if (auto scorer = plan->scorer(segment)) shoulds.push_back(std::move(scorer));
  }
  if (static_cast<int>(shoulds.size()) < minimum) return nullptr;
  auto filters = mask(segment);
  if (filters && filters->none()) return nullptr;
  if (!filters && musts.empty() && minimum == 0) return nullptr;
  return std::make_unique<BoolScorer>(std::move(musts), std::move(shoulds), std::move(filters), minimum);
}

std::string BoolPlan::describe() const {
  std::string out;
  const auto add = [&](const char* occur, const std::vector<PlanPtr>& plans) {
    for (const PlanPtr& plan : plans) {
      const bool group = dynamic_cast<const BoolPlan*>(plan.get()) != nullptr;
      if (!out.empty()) out += ' ';
      out += occur + (group ? "(" + plan->describe() + ")" : plan->describe());
    }
  };
  add("+", must);
  add("-", must_not);
  add("", should);
  add("#", filter);
  return minimum > 1 ? "(" + out + ")~" + std::to_string(minimum) : out;
}

Explanation BoolPlan::explain(const SegmentView& segment, LocalDocId doc) const {
  std::vector<Explanation> details;
  bool failed = false;
  int matched = 0;
  for (const PlanPtr& plan : must) {
    Explanation part = plan->explain(segment, doc);
    if (part.match) {
      details.push_back(std::move(part));
    } else {
      failed = true;
      details.push_back(Explanation::no("no match on required clause (" + plan->describe() + ")", {std::move(part)}));
    }
  }
  for (const PlanPtr& plan : must_not) {
    Explanation part = plan->explain(segment, doc);
    if (!part.match) continue;
    failed = true;
    details.push_back(Explanation::no("match on prohibited clause (" + plan->describe() + ")", {std::move(part)}));
  }
  for (const PlanPtr& plan : should) {
    Explanation part = plan->explain(segment, doc);
    if (!part.match) continue;
    ++matched;
    details.push_back(std::move(part));
  }
  for (const PlanPtr& plan : filter) {
    Explanation part = plan->explain(segment, doc);
    if (part.match) {
      part.value = plan->constant_score() ? 1 : part.value;  // a filter counts as a constant score of one
      if (plan->constant_score() && part.details.empty()) {
        part.description = plan->describe();
        constexpr std::string_view kWrapper = "ConstantScore(";  // scores do not matter here, and Lucene drops it
        if (part.description.starts_with(kWrapper)) part.description = part.description.substr(kWrapper.size(), part.description.size() - kWrapper.size() - 1);
      }
      std::vector<Explanation> factors = {Explanation::yes(0, "# clause"), std::move(part)};
      details.push_back(Explanation::yes(0, "match on required clause, product of:", std::move(factors)));
    } else {
      failed = true;
      details.push_back(Explanation::no("no match on required clause (" + plan->describe() + ")", {std::move(part)}));
    }
  }
  if (failed) return Explanation::no("Failure to meet condition(s) of required/prohibited clause(s)", std::move(details));
  if (matched < minimum) {
    if (matched == 0) return Explanation::no("No matching clauses", std::move(details));
    return Explanation::no("Failure to match minimum number of optional clauses: " + std::to_string(minimum), std::move(details));
  }
  const auto score = score_of(*this, segment, doc);
  return Explanation::yes(score.value_or(0), "sum of:", std::move(details));
}

void BoolPlan::visit_terms(TermVisitor& visitor) const {
  for (const auto* plans : {&must, &filter, &should}) {
    for (const PlanPtr& plan : *plans) plan->visit_terms(visitor);
  }
}

bool BoolPlan::may_match_nested(const Mapping& mapping) const {
  const auto may = [&](const PlanPtr& plan) { return plan->may_match_nested(mapping); };
  if (!must.empty() || !filter.empty()) {
    return std::all_of(must.begin(), must.end(), may) && std::all_of(filter.begin(), filter.end(), may);
  }
  return std::any_of(should.begin(), should.end(), may);
}

PlanPtr bool_plan(std::vector<PlanPtr> must, std::vector<PlanPtr> filter, std::vector<PlanPtr> should,
                  std::vector<PlanPtr> must_not, int minimum) {
  const auto none = [](const PlanPtr& plan) { return plan->matches_none(); };
  if (std::any_of(must.begin(), must.end(), none) || std::any_of(filter.begin(), filter.end(), none)) {
    return match_none_plan();
  }
  std::erase_if(must_not, none);
  for (const PlanPtr& plan : must_not) {
    if (plan->matches_all()) return match_none_plan();
  }
  const bool had_should = !should.empty();
  if (must.empty() && filter.empty()) {
    if (!had_should) {
      if (must_not.empty()) return match_all_plan(0);
      filter.push_back(match_all_plan(0));
    } else {
      minimum = std::max(minimum, 1);
    }
  }
  std::erase_if(should, none);
  if (minimum > static_cast<int>(should.size())) return match_none_plan();
  if (must.empty() && must_not.empty() && filter.empty() && should.size() == 1) return should[0];
  if (must.size() == 1 && must_not.empty() && filter.empty() && should.empty()) return must[0];
  auto plan = std::make_shared<BoolPlan>();
  plan->must = std::move(must);
  plan->filter = std::move(filter);
  plan->should = std::move(should);
  plan->must_not = std::move(must_not);
  plan->minimum = minimum;
  return plan;
}

}  // namespace tarn::query
