#include <algorithm>

#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"
#include "query/filter/listed_scorer.h"

namespace tarn::query {

Bitset documents_of_path(const SegmentView& segment, std::string_view path) {
  if (path.empty()) {
    const Bitset* roots = segment.reader.segment().roots();
    return roots != nullptr ? *roots : Bitset(segment.doc_count(), true);
  }
  Bitset out(segment.doc_count());
  if (const KeywordColumn* paths = segment.reader.keywords("_nested_path")) {
    if (const auto ordinal = paths->find(path)) paths->or_docs_into(*ordinal, *ordinal + 1, out);
  }
  return out;
}

Bitset matching_children(const Plan& children, const SegmentView& segment, std::string_view path, std::string_view parent_path,
                         LocalDocId parent) {
  const Bitset parents = documents_of_path(segment, parent_path);
  // Children stand between the parent before and their own.
  LocalDocId first = parent;
  while (first > 0 && !parents.test(first - 1)) --first;
  Bitset out(segment.doc_count());
  if (first == parent) return out;
  out.set_range(first, parent);
  out &= documents_of_path(segment, path);
  if (!out.none()) children.restrict_to(segment, out);
  return out;
}

namespace {

std::string score_mode_name(NestedScore mode) {
  switch (mode) {
    case NestedScore::kAvg: return "Avg";
    case NestedScore::kSum: return "Total";
    case NestedScore::kMin: return "Min";
    case NestedScore::kMax: return "Max";
    case NestedScore::kNone: return "None";
  }
  return {};
}

class NestedPlan final : public Plan {
 public:
  NestedPlan(PlanPtr children, std::string path, std::string parent_path, NestedScore mode)
      : children_(std::move(children)), path_(std::move(path)), parent_path_(std::move(parent_path)), mode_(mode) {}

  uint64_t cost(const SegmentView& segment) const override { return children_->cost(segment); }

  void or_into(const SegmentView& segment, Bitset& out) const override {
    const Bitset parents = documents_of_path(segment, parent_path_);
    Bitset children = documents_of_path(segment, path_);
    if (children.none()) return;
    children_->restrict_to(segment, children);
    for (uint32_t child = children.next(0); child < children.size();) {
      const uint32_t parent = parents.next(child);
      if (parent >= parents.size()) break;
      out.set(parent);
      if (parent + 1 >= children.size()) break;
      child = children.next(parent + 1);
    }
  }

  std::string describe() const override { return "ToParentBlockJoinQuery (" + children_->describe() + ")"; }
  void visit_terms(TermVisitor& visitor) const override { children_->visit_terms(visitor); }
  bool may_match_nested(const Mapping&) const override { return !parent_path_.empty(); }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;

  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    if (mode_ == NestedScore::kNone) {
      return make_bits_scorer(std::make_shared<const Bitset>(evaluate(*this, segment)), 0);
    }
    auto inner = children_->scorer(segment);
    if (!inner) return nullptr;
    return make_listed_scorer(join(segment, *inner));
  }

 private:
  ListedScores join(const SegmentView& segment, Scorer& inner) const {
    const Bitset parents = documents_of_path(segment, parent_path_);
    const Bitset children = documents_of_path(segment, path_);
    ListedScores out;
    Window window;
    std::array<uint64_t, kWindowDocs / 64> mask;
    double sum = 0;
    float best = 0;
    uint32_t count = 0, parent = kNoDoc;
    const auto finish = [&] {
      if (count == 0) return;
      out.docs.push_back(parent);
      out.scores.push_back(mode_ == NestedScore::kAvg   ? static_cast<float>(sum / count)
                           : mode_ == NestedScore::kSum ? static_cast<float>(sum)
                                                        : best);
      count = 0;
    };
    for (LocalDocId doc = inner.advance(0); doc != kNoDoc && doc < segment.doc_count();) {
      const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
      inner.score(begin, window);
      copy_window(children, begin, mask.data());
      for (size_t w = 0; w < mask.size(); ++w) {
        for (uint64_t bits = mask[w] & window.bits[w]; bits != 0; bits &= bits - 1) {
          const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
          const auto child = static_cast<LocalDocId>(begin + i);
          if (count == 0 || child > parent) {
            finish();
            parent = parents.next(child);
            if (parent >= parents.size()) return out;
            sum = 0;
            best = window.scores[i];
          }
          ++count;
          sum += window.scores[i];
          best = mode_ == NestedScore::kMin ? std::min(best, window.scores[i]) : std::max(best, window.scores[i]);
        }
      }
      doc = begin + kWindowDocs >= segment.doc_count() ? kNoDoc : inner.advance(begin + kWindowDocs);
    }
    finish();
    return out;
  }

  PlanPtr children_;
  std::string path_, parent_path_;
  NestedScore mode_;
};

}  // namespace

namespace {

Explanation NestedPlan::explain(const SegmentView& segment, LocalDocId doc) const {
  const Bitset matches = matching_children(*children_, segment, path_, parent_path_, doc);
  std::vector<LocalDocId> children;
  for (uint32_t child = matches.next(0); child < matches.size(); child = matches.next(child + 1)) {
    children.push_back(child);
    if (child + 1 >= matches.size()) break;
  }
  const auto score = score_of(*this, segment, doc);
  if (children.empty() || !score) return Explanation::no("Not a match");
  // Lucene explains the best child (the worst for min).
  std::optional<Explanation> shown;
  for (const LocalDocId child : children) {
    Explanation part = children_->explain(segment, child);
    if (!part.match) continue;
    const bool better = !shown || (mode_ == NestedScore::kMin ? part.value < shown->value : part.value > shown->value);
    if (better) shown = std::move(part);
  }
  std::vector<Explanation> details;
  if (shown && mode_ == NestedScore::kNone) shown = Explanation::yes(0, "ConstantScore(" + children_->describe() + ")^0.0");
  if (shown) details.push_back(std::move(*shown));
  const uint32_t base = segment.searcher.doc_base(segment.index);
  // The range is the parent's whole block.
  const uint32_t before = doc == 0 ? UINT32_MAX : documents_of_path(segment, parent_path_).previous(doc - 1);
  const uint32_t first = before == UINT32_MAX ? 0 : before + 1;
  return Explanation::yes(*score,
                          "Score based on " + std::to_string(children.size()) + " child docs in range from " +
                              std::to_string(base + first) + " to " + std::to_string(base + doc - 1) +
                              ", using score mode " + score_mode_name(mode_),
                          std::move(details));
}

}  // namespace

PlanPtr nested_plan(PlanPtr children, std::string path, std::string parent_path, NestedScore mode) {
  if (children->matches_none()) return children;
  return std::make_shared<NestedPlan>(std::move(children), std::move(path), std::move(parent_path), mode);
}

}  // namespace tarn::query
