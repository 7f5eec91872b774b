#include <algorithm>

#include "query/lucene/candidate_scorer.h"
#include "query/lucene/spans.h"
#include "query/text/explain_weight.h"
#include "query/text/similarity.h"

namespace tarn::query {

namespace {

/// Documents with a span of `query`, scored by the sum of 1 / (1 + width) over them as a term's frequency.
class SpanPlan final : public Plan {
 public:
  SpanPlan(LuceneSpanPtr query, const TermScore& score, ScoreOrigin origin)
      : query_(std::move(query)), score_(score), origin_(std::move(origin)) {}
  const LuceneSpan& query() const { return *query_; }

  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all(segment.doc_count(), true);
    restrict_to(segment, all);
    out |= all;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    DocPositions positions(segment);
    const auto matcher = query_->matcher(positions);
    Bitset matches(documents.size());
    if (matcher) {
      documents &= matcher->candidates(segment.doc_count());
      std::vector<Span> spans;
      uint32_t seen = 0;
      for (uint32_t doc = documents.next(0); doc < documents.size();) {
        if ((++seen & 1023) == 0) check_time(segment.context);
        spans.clear();
        positions.load(doc);
        matcher->match(spans);
        if (!spans.empty()) matches.set(doc);
        if (doc + 1 >= documents.size()) break;
        doc = documents.next(doc + 1);
      }
    }
    documents = std::move(matches);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::string describe() const override { return query_->to_string(); }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;
  void visit_terms(TermVisitor& visitor) const override {
    std::set<std::pair<std::string, std::string>> terms;
    query_->scored_terms(terms);
    for (const auto& [path, term] : terms) visitor.term(path, term, 1);
  }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, query_->field()); }

 private:
  LuceneSpanPtr query_;
  TermScore score_;
  ScoreOrigin origin_;
};

class SpanScorer final : public CandidateScorer {
 public:
  SpanScorer(const SegmentView& segment, const LuceneSpan& query, const TermScore& score)
      : CandidateScorer(segment), positions_(segment_), matcher_(query.matcher(positions_)), path_(query.field()),
        score_(score) {
    candidates_ = matcher_ ? matcher_->candidates(segment.doc_count()) : Bitset(segment.doc_count());
    std::set<std::pair<std::string, std::string>> terms;
    query.scored_terms(terms);
    for (const auto& [path, term] : terms) {
      if (path != path_) masked_ = true;
      if (const TextIndex* text = path == path_ ? segment.reader.text(path) : nullptr) {
        if (auto list = text->postings(term)) lists_.push_back(std::move(list));
      }
    }
    if (masked_) positions_.announce_length(path_);
  }

  /// 0 where there is no span.
  float freq_of(LocalDocId doc) {
    spans_.clear();
    positions_.load(doc);
    matcher_->match(spans_);
    float freq = 0;
    for (const Span& span : spans_) freq += 1.0f / (1.0f + static_cast<float>(span.width));
    return freq;
  }
  /// Of the document that freq_of() was last asked for.
  uint8_t norm_of(LocalDocId doc) const {
    for (const auto& list : lists_) {
      const auto at = std::lower_bound(list->docs.begin(), list->docs.end(), doc);
      if (at != list->docs.end() && *at == doc) return list->norms[static_cast<size_t>(at - list->docs.begin())];
    }
    return encode_norm(std::max(1u, positions_.length(path_)));
  }

 private:
  std::optional<float> score_of(LocalDocId doc) override {
    const float freq = freq_of(doc);
    if (freq == 0) return std::nullopt;
    return score_.score(freq, norm_of(doc));
  }
  DocPositions positions_;
  std::unique_ptr<SpanMatcher> matcher_;
  std::string path_;
  TermScore score_;
  bool masked_ = false;
  std::vector<std::shared_ptr<const PostingList>> lists_;
  std::vector<Span> spans_;
};

std::unique_ptr<Scorer> SpanPlan::scorer(const SegmentView& segment) const {
  auto scorer = std::make_unique<SpanScorer>(segment, query_->scored(), score_);
  return scorer->advance(0) == kNoDoc ? nullptr : std::move(scorer);
}

Explanation SpanPlan::explain(const SegmentView& segment, LocalDocId doc) const {
  SpanScorer scorer(segment, query_->scored(), score_);
  const float freq = scorer.advance(doc) == doc ? scorer.freq_of(doc) : 0;
  if (freq == 0) return Explanation::no("no matching term");
  return explain_weight(segment.searcher, segment.searcher.mapping().find(query_->scored().field()), origin_, describe(), doc, freq,
                        scorer.norm_of(doc), FreqKind::kPhrase);
}

}  // namespace

PlanPtr LuceneSpan::plan(Binder& binder, float boost) const {
  const LuceneSpan& query = scored();
  const FieldType* field = binder.mapping().find(query.field());
  if (field == nullptr) return match_none_plan();
  std::set<std::pair<std::string, std::string>> terms;
  query.scored_terms(terms);
  for (const auto& [path, term] : terms) {
    const FieldType* type = binder.mapping().find(path);
    const bool whole = type != nullptr && !type->inverted && type->column == ColumnKind::kKeyword;
    if (type != nullptr && (whole || (type->inverted && !type->positions))) {
      throw ApiError(500, "illegal_state_exception",
                     "field \"" + path + "\" was indexed without position data; cannot run SpanTermQuery (term=" + term + ")");
    }
  }
  const FieldStatistics statistics = binder.searcher.statistics(query.field());
  const bool totals = needs_total_freq(similarity_of(binder.searcher, field));
  std::vector<TermStatistics> found;
  for (const auto& [path, term] : terms) {
    const uint64_t doc_freq = binder.searcher.doc_freq(path, term);
    if (doc_freq == 0) continue;
    found.push_back({doc_freq, totals ? binder.searcher.total_term_freq(path, term) : 0});
  }
  if (found.empty()) return match_none_plan();
  // The plan outlives the tree that it was made of.
  const TermScore score = make_term_score(binder.searcher, field, statistics, found, boost);
  return std::make_shared<SpanPlan>(shared_from_this(), score, ScoreOrigin{statistics, std::move(found), boost});
}

std::string LuceneSpan::type() const {
  static constexpr std::pair<std::string_view, const char*> kTypes[] = {
      {"spanNear(", "SpanNearQuery"}, {"spanOr(", "SpanOrQuery"}, {"spanNot(", "SpanNotQuery"}, {"spanFirst(", "SpanFirstQuery"},
      {"SpanContaining(", "SpanContainingQuery"}, {"SpanWithin(", "SpanWithinQuery"}, {"mask(", "FieldMaskingSpanQuery"},
      {"SpanMultiTermQueryWrapper(", "SpanMultiTermQueryWrapper"}, {"SpanGap(", "SpanGapQuery"}};
  const std::string text = to_string();
  for (const auto& [start, name] : kTypes) {
    if (text.starts_with(start)) return name;
  }
  return "SpanTermQuery";
}

}  // namespace tarn::query
