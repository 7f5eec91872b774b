// Terms that stand in columns and are scored as terms of a text.

#include <mutex>

#include "query/filter/bits_scorer.h"
#include "query/filter/column_filters.h"
#include "query/text/explain_weight.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

/// Where the column keeps no lengths, all matches score the same.
class ColumnTermPlan final : public ConstantPlan {
 public:
  ColumnTermPlan(PlanPtr inner, std::string path, std::string term, ScoreOrigin origin, float score)
      : ConstantPlan(score), inner_(std::move(inner)), path_(std::move(path)), text_(path_ + ":" + term), origin_(std::move(origin)) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override { inner_->or_into(segment, out); }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override { inner_->restrict_to(segment, documents); }
  std::string cache_key() const override { return inner_->cache_key(); }
  std::string describe() const override { return text_; }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    if (!is_match(*inner_, segment, doc)) return Explanation::no("no matching term");
    return explain_weight(segment.searcher, segment.searcher.mapping().find(path_), origin_, text_, doc, 1, 1, FreqKind::kTerm);
  }
  void visit_terms(TermVisitor& visitor) const override { inner_->visit_terms(visitor); }
  bool may_match_nested(const Mapping& mapping) const override { return inner_->may_match_nested(mapping); }

 private:
  PlanPtr inner_;
  std::string path_, text_;
  ScoreOrigin origin_;
};

uint8_t column_norm(const KeywordColumn& column, LocalDocId doc, std::vector<Ordinal>& ordinals) {
  ordinals.clear();
  column.ordinals(doc, ordinals);
  return encode_norm(static_cast<uint32_t>(ordinals.size()));
}

class NormedScorer final : public Scorer {
 public:
  NormedScorer(Bitset bits, const KeywordColumn& column, const TermScore& score)
      : bits_(std::move(bits)), column_(column), score_(score) {}
  LocalDocId advance(LocalDocId doc) override {
    if (doc >= bits_.size()) return kNoDoc;
    const uint32_t next = bits_.next(doc);
    return next >= bits_.size() ? kNoDoc : next;
  }
  void score(LocalDocId begin, Window& out) override {
    copy_window(bits_, begin, out.bits.data());
    for (LocalDocId doc = advance(begin); doc < begin + kWindowDocs; doc = advance(doc + 1)) {
      out.scores[doc - begin] = score_.score(1, column_norm(column_, doc, ordinals_));
    }
  }

 private:
  Bitset bits_;
  const KeywordColumn& column_;
  TermScore score_;
  std::vector<Ordinal> ordinals_;
};

/// A keyword with norms: its length is the number of distinct values.
class NormedTermPlan final : public Plan {
 public:
  NormedTermPlan(PlanPtr inner, std::string path, std::string term, ScoreOrigin origin, const TermScore& score)
      : inner_(std::move(inner)), path_(std::move(path)), text_(path_ + ":" + term), origin_(std::move(origin)), score_(score) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override { inner_->or_into(segment, out); }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override { inner_->restrict_to(segment, documents); }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr) return nullptr;
    return std::make_unique<NormedScorer>(evaluate(*inner_, segment), *column, score_);
  }
  std::string cache_key() const override { return inner_->cache_key(); }
  std::string describe() const override { return text_; }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr || !is_match(*inner_, segment, doc)) return Explanation::no("no matching term");
    std::vector<Ordinal> ordinals;
    return explain_weight(segment.searcher, segment.searcher.mapping().find(path_), origin_, text_, doc, 1,
                          column_norm(*column, doc, ordinals), FreqKind::kTerm);
  }
  void visit_terms(TermVisitor& visitor) const override { inner_->visit_terms(visitor); }
  bool may_match_nested(const Mapping& mapping) const override { return inner_->may_match_nested(mapping); }

 private:
  PlanPtr inner_;
  std::string path_, text_;
  ScoreOrigin origin_;
  TermScore score_;
};

/// The score depends on how many documents have the value, which takes a scan: it is found only when scores are asked for.
class BooleanTermPlan final : public Plan {
 public:
  BooleanTermPlan(const Searcher& searcher, PlanPtr inner, std::string path, bool value, float boost)
      : searcher_(searcher), inner_(std::move(inner)), path_(std::move(path)), value_(value), boost_(boost) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override { inner_->or_into(segment, out); }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    inner_->restrict_to(segment, documents);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    std::call_once(once_, [&] { score_ = find_score(segment.context); });
    return make_bits_scorer(std::make_shared<const Bitset>(evaluate(*this, segment)), score_);
  }
  std::string describe() const override { return path_ + ":" + (value_ ? "T" : "F"); }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    if (!is_match(*inner_, segment, doc)) return Explanation::no("no matching term");
    std::call_once(once_, [&] { score_ = find_score(segment.context); });
    return explain_weight(searcher_, nullptr, origin_, describe(), doc, 1, 1, FreqKind::kTerm);
  }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, path_); }

 private:
  float find_score(const SearchContext& context) const {
    FieldStatistics statistics;
    uint64_t doc_freq = 0;
    for (size_t i = 0; i < searcher_.segments().size(); ++i) {
      const NumericColumn* column = searcher_.segments()[i].numbers(path_);
      if (column == nullptr) continue;
      const SegmentView view(searcher_, i, context);
      statistics.doc_count += column->present_count();
      // Lucene indexes each value of a document once: these are booleans, of which there are two.
      for (const int64_t value : {0, 1}) {
        Bitset documents(view.doc_count());
        column->or_range_into(value, value, documents);
        statistics.sum_total_term_freq += documents.count();
      }
      doc_freq += evaluate(*inner_, view).count();
    }
    origin_ = {statistics, {{doc_freq, doc_freq}}, boost_};
    return make_term_score(searcher_, nullptr, statistics, origin_.terms, boost_).score(1, 1);
  }
  const Searcher& searcher_;
  PlanPtr inner_;
  std::string path_;
  bool value_;
  float boost_;
  mutable std::once_flag once_;
  mutable float score_ = 0;
  mutable ScoreOrigin origin_;
};

}  // namespace

PlanPtr keyword_bm25_plan(Binder& binder, const std::string& path, const std::string& term, float boost) {
  uint64_t doc_freq = 0;
  for (const SegmentReader& segment : binder.searcher.segments()) {
    const KeywordColumn* column = segment.keywords(path);
    if (column == nullptr) continue;
    if (const auto ordinal = column->find(term)) doc_freq += column->doc_freq(*ordinal);
  }
  if (doc_freq == 0) return match_none_plan();
  return keyword_bm25_plan_with(binder, path, term, {doc_freq, doc_freq}, boost);
}

PlanPtr keyword_bm25_plan_with(Binder& binder, const std::string& path, const std::string& term, const TermStatistics& found,
                               float boost) {
  FieldStatistics statistics;
  for (const SegmentReader& segment : binder.searcher.segments()) {
    const KeywordColumn* column = segment.keywords(path);
    if (column == nullptr) continue;
    statistics.doc_count += column->present_count();
    statistics.sum_total_term_freq += column->value_count();
  }
  const FieldType* field = binder.mapping().find(path);
  const TermScore score = make_term_score(binder.searcher, field, statistics, {found}, boost);
  ScoreOrigin origin{statistics, {found}, boost};
  if (score.norms) {
    return std::make_shared<NormedTermPlan>(keyword_terms_plan(path, {term}, 1), path, term, std::move(origin), score);
  }
  const float value = score.score(1, 1);
  return std::make_shared<ColumnTermPlan>(keyword_terms_plan(path, {term}, value), path, term, std::move(origin), value);
}

PlanPtr boolean_bm25_plan(Binder& binder, const std::string& path, bool value, float boost) {
  return std::make_shared<BooleanTermPlan>(binder.searcher, number_range_plan(path, value, value, boost), path, value, boost);
}

}  // namespace tarn::query
