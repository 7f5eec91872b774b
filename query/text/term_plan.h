#pragma once

#include <string>
#include <vector>

#include "query/text/similarity.h"
#include "query/tree.h"

namespace tarn::query {

/// One term of a text field, or several that stand at one position and count as one (synonyms), scored by the field's
/// similarity.
class TextTermPlan final : public Plan {
 public:
  /// `found` and `boost` are what `score` was made of.
  TextTermPlan(std::string path, std::vector<std::string> terms, bool freqs, const TermScore& score, const TermStatistics& found,
               float boost)
      : path_(std::move(path)), terms_(std::move(terms)), freqs_(freqs), score_(score), found_(found), boost_(boost) {}

  uint64_t cost(const SegmentView& segment) const override;
  void or_into(const SegmentView& segment, Bitset& out) const override;
  void restrict_to(const SegmentView& segment, Bitset& documents) const override;
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::string describe() const override;
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;
  void visit_terms(TermVisitor& visitor) const override;
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, path_); }

  /// The postings to score, synonyms merged; null if no document has one.
  std::shared_ptr<const PostingList> postings(const SegmentView& segment) const;
  const TermScore& term_score() const { return score_; }
  bool has_freqs() const { return freqs_; }

 private:
  std::string path_;
  std::vector<std::string> terms_;
  bool freqs_;
  TermScore score_;
  TermStatistics found_;
  float boost_;
};

PlanPtr text_term_plan(Binder& binder, const FieldType& field, std::vector<std::string> terms, float boost);
/// The same with statistics that were agreed on with other terms.
PlanPtr text_term_plan_with(Binder& binder, const FieldType& field, const std::string& term, const TermStatistics& found,
                            float boost);
/// A term of a column scored as one of a text, as OpenSearch scores `use_similarity` keywords, _routing and booleans: by the
/// field's similarity, BM25 mostly.
PlanPtr keyword_bm25_plan(Binder& binder, const std::string& path, const std::string& term, float boost);
PlanPtr keyword_bm25_plan_with(Binder& binder, const std::string& path, const std::string& term, const TermStatistics& found,
                               float boost);
PlanPtr boolean_bm25_plan(Binder& binder, const std::string& path, bool value, float boost);
/// Documents of any of the plans; all score the same.
PlanPtr union_plan(std::vector<PlanPtr> plans, float score);

/// Several posting lists as one: frequencies add up.
std::shared_ptr<const PostingList> merge_postings(const std::vector<std::shared_ptr<const PostingList>>& lists);

}  // namespace tarn::query
