#pragma once

#include <optional>

#include "query/bind/plan.h"

namespace tarn::query {

/// Scores the documents of a set one by one, and leaves out those that do not match after all. For matches that positions decide.
class CandidateScorer : public Scorer {
 public:
  LocalDocId advance(LocalDocId doc) final {
    if (doc >= candidates_.size()) return kNoDoc;
    doc = candidates_.next(doc);
    return doc >= candidates_.size() ? kNoDoc : doc;
  }
  void score(LocalDocId begin, Window& out) final {
    out.bits.fill(0);
    check_time(segment_.context);
    for (LocalDocId doc = advance(begin); doc != kNoDoc && doc < begin + kWindowDocs; doc = advance(doc + 1)) {
      const auto score = score_of(doc);
      if (!score) continue;
      const uint32_t offset = doc - begin;
      out.bits[offset >> 6] |= 1ull << (offset & 63);
      out.scores[offset] = *score;
    }
  }

 protected:
  explicit CandidateScorer(const SegmentView& segment) : segment_(segment) {}

  /// The score of a candidate; nothing if it does not match. Called with rising documents.
  virtual std::optional<float> score_of(LocalDocId doc) = 0;

  SegmentView segment_;
  Bitset candidates_;
};

}  // namespace tarn::query
