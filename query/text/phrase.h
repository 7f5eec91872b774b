#pragma once

#include <string>
#include <vector>

#include "query/text/conjunction.h"
#include "query/text/explain_weight.h"
#include "query/text/phrase_counter.h"
#include "query/text/similarity.h"
#include "query/tree.h"

namespace tarn::query {

/// Terms in order (slop 0) or near each other. Candidates come from the postings, positions from the token column; the
/// score is that of one term with the phrase's frequency and the sum of the terms' idfs, as Lucene's PhraseQuery.
class PhrasePlan final : public Plan {
 public:
  /// `origin`: what `score` was made of.
  PhrasePlan(std::string path, std::vector<PhrasePosition> phrase, int slop, const TermScore& score, ScoreOrigin origin);

  uint64_t cost(const SegmentView& segment) const override;
  void or_into(const SegmentView& segment, Bitset& out) const override;
  void restrict_to(const SegmentView& segment, Bitset& documents) const override;
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::string describe() const override;
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;
  void visit_terms(TermVisitor& visitor) const override;

  /// Documents with a term for every place; nothing if there are none.
  std::optional<Conjunction> candidates(const SegmentView& segment) const;
  /// Requires candidates.
  PhraseCounter counter(const SegmentView& segment) const;
  const TermScore& term_score() const { return score_; }
  /// Candidates that are announced to the counter ahead of the one that is counted.
  static constexpr size_t kAhead = 6;
  /// The most that the phrase's frequency can be in a match of the candidates.
  float freq_limit(const Conjunction& candidates, size_t match) const;
  /// The best score in a window of the candidates.
  float bound(Conjunction& candidates, LocalDocId begin, LocalDocId end) const;

 private:
  void find_repeats();

  std::string path_;
  std::vector<PhrasePosition> phrase_;
  int slop_;
  TermScore score_;
  ScoreOrigin origin_;
  std::vector<int> groups_;
};

/// Throws ApiError where the field keeps no positions.
PlanPtr phrase_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions, int slop, float boost);

}  // namespace tarn::query
