#include "query/filter/listed_scorer.h"

#include <algorithm>

namespace tarn::query {

namespace {

class ListedScorer final : public Scorer {
 public:
  explicit ListedScorer(ListedScores list) : list_(std::move(list)) {}
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
  ListedScores list_;
  size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Scorer> make_listed_scorer(ListedScores list) {
  if (list.docs.empty()) return nullptr;
  return std::make_unique<ListedScorer>(std::move(list));
}

}  // namespace tarn::query
