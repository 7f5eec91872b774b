#include "query/filter/bits_scorer.h"

#include <algorithm>
#include <cstring>

namespace tarn::query {

void copy_window(const Bitset& bits, LocalDocId begin, uint64_t* out) {
  constexpr size_t kWords = kWindowDocs / 64;
  const size_t first = begin / 64;
  const size_t have = first >= bits.word_count() ? 0 : std::min(kWords, bits.word_count() - first);
  if (have > 0) std::memcpy(out, bits.words() + first, have * 8);
  std::fill(out + have, out + kWords, 0);
}

namespace {

class BitsScorer final : public Scorer {
 public:
  BitsScorer(std::shared_ptr<const Bitset> bits, float score) : bits_(std::move(bits)), score_(score) {}
  LocalDocId advance(LocalDocId doc) override {
    if (doc >= bits_->size()) return kNoDoc;
    const uint32_t next = bits_->next(doc);
    return next >= bits_->size() ? kNoDoc : next;
  }
  void score(LocalDocId begin, Window& out) override {
    copy_window(*bits_, begin, out.bits.data());
    out.scores.fill(score_);
  }

 private:
  std::shared_ptr<const Bitset> bits_;
  float score_;
};

}  // namespace

std::unique_ptr<Scorer> make_bits_scorer(std::shared_ptr<const Bitset> bits, float score) {
  if (bits->none()) return nullptr;
  return std::make_unique<BitsScorer>(std::move(bits), score);
}

}  // namespace tarn::query
