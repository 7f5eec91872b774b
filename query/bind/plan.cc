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

bool is_match(const Plan& plan, const SegmentView& segment, LocalDocId doc) {
  Bitset one(segment.doc_count());
  one.set(doc);
  plan.restrict_to(segment, one);
  return !one.none();
}

std::optional<float> score_of(const Plan& plan, const SegmentView& segment, LocalDocId doc) {
  if (!is_match(plan, segment, doc)) return std::nullopt;
  const auto scorer = plan.scorer(segment);
  if (!scorer) return std::nullopt;
  Window window;
  const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
  scorer->advance(begin);
  scorer->score(begin, window);
  const uint32_t offset = doc - begin;
  if ((window.bits[offset >> 6] >> (offset & 63) & 1) == 0) return std::nullopt;
  return window.scores[offset];
}

bool in_nested(const Mapping& mapping, const std::string& path) {
  if (path.starts_with('_')) return true;  // metadata of children is their root's
  const FieldType* field = mapping.find(path);
  return field != nullptr && !field->nested_path.empty();
}

Explanation Plan::explain(const SegmentView& segment, LocalDocId doc) const {
  const auto score = score_of(*this, segment, doc);
  if (!score) return Explanation::no("no match on " + describe());
  return Explanation::yes(*score, describe());
}

Explanation ConstantPlan::explain(const SegmentView& segment, LocalDocId doc) const {
  const std::string text = describe();
  if (!is_match(*this, segment, doc)) return Explanation::no(text + " doesn't match id " + std::to_string(doc));
  return Explanation::yes(score_, text + boost_text(score_));
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
  std::string describe() const override { return "*:*"; }
};

class MatchNonePlan final : public ConstantPlan {
 public:
  MatchNonePlan() : ConstantPlan(0) {}
  uint64_t cost(const SegmentView&) const override { return 0; }
  void or_into(const SegmentView&, Bitset&) const override {}
  void restrict_to(const SegmentView&, Bitset& documents) const override { documents = Bitset(documents.size()); }
  std::unique_ptr<Scorer> scorer(const SegmentView&) const override { return nullptr; }
  bool matches_none() const override { return true; }
  std::string describe() const override { return "MatchNoDocsQuery(\"\")"; }
  Explanation explain(const SegmentView&, LocalDocId) const override { return Explanation::no("no matching term"); }
  bool may_match_nested(const Mapping&) const override { return false; }
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
  std::string describe() const override {
    const std::string inner = inner_->describe();
    return inner.starts_with("ConstantScore(") ? inner : "ConstantScore(" + inner + ")";
  }
  void visit_terms(TermVisitor& visitor) const override { inner_->visit_terms(visitor); }
  bool may_match_nested(const Mapping& mapping) const override { return inner_->may_match_nested(mapping); }

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
