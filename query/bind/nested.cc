#include <algorithm>

#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"

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

namespace {

struct ScoredDocs {
  std::vector<LocalDocId> docs;
  std::vector<float> scores;
};

class ScoredDocsScorer final : public Scorer {
 public:
  explicit ScoredDocsScorer(ScoredDocs list) : list_(std::move(list)) {}
  LocalDocId advance(LocalDocId doc) override {
    at_ = static_cast<size_t>(std::lower_bound(list_.docs.begin() + static_cast<ptrdiff_t>(at_), list_.docs.end(), doc) -
                              list_.docs.begin());
    return at_ < list_.docs.size() ? list_.docs[at_] : kNoDoc;
  }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    advance(begin);
    for (; at_ < list_.docs.size() && list_.docs[at_] < begin + kWindowDocs; ++at_) {
      const uint32_t offset = list_.docs[at_] - begin;
      out.bits[offset >> 6] |= 1ull << (offset & 63);
      out.scores[offset] = list_.scores[at_];
    }
  }

 private:
  ScoredDocs list_;
  size_t at_ = 0;
};

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

  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    if (mode_ == NestedScore::kNone) {
      return make_bits_scorer(std::make_shared<const Bitset>(evaluate(*this, segment)), 0);
    }
    auto inner = children_->scorer(segment);
    if (!inner) return nullptr;
    ScoredDocs list = join(segment, *inner);
    if (list.docs.empty()) return nullptr;
    return std::make_unique<ScoredDocsScorer>(std::move(list));
  }

 private:
  ScoredDocs join(const SegmentView& segment, Scorer& inner) const {
    const Bitset parents = documents_of_path(segment, parent_path_);
    const Bitset children = documents_of_path(segment, path_);
    ScoredDocs out;
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

PlanPtr nested_plan(PlanPtr children, std::string path, std::string parent_path, NestedScore mode) {
  if (children->matches_none()) return children;
  return std::make_shared<NestedPlan>(std::move(children), std::move(path), std::move(parent_path), mode);
}

}  // namespace tarn::query
