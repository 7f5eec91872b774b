#include "query/text/term_plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <utility>

#include "query/filter/bits_scorer.h"
#include "query/filter/column_filters.h"
#include "query/text/explain_bm25.h"

namespace tarn::query {

namespace {

class TermScorer final : public Scorer {
 public:
  TermScorer(std::shared_ptr<const PostingList> list, const TermScore& score, bool freqs)
      : list_(std::move(list)), score_(score), freqs_(freqs) {}

  LocalDocId advance(LocalDocId doc) override {
    const auto& docs = list_->docs;
    size_t step = 1, low = at_;
    while (low + step < docs.size() && docs[low + step] < doc) {
      low += step;
      step *= 2;
    }
    const auto last = docs.begin() + static_cast<ptrdiff_t>(std::min(low + step + 1, docs.size()));
    const auto it = std::lower_bound(docs.begin() + static_cast<ptrdiff_t>(low), last, doc);
    at_ = static_cast<size_t>(it - docs.begin());
    return it == docs.end() ? kNoDoc : *it;
  }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    advance(begin);
    const LocalDocId end = begin + kWindowDocs;
    const auto& docs = list_->docs;
    size_t i = at_;
    for (; i < docs.size() && docs[i] < end; ++i) {
      const uint32_t offset = docs[i] - begin;
      out.bits[offset >> 6] |= 1ull << (offset & 63);
      out.scores[offset] = score_.posting_score(freqs_ ? list_->freqs[i] : 1, list_->norms[i]);
    }
    at_ = i;
  }

 private:
  std::shared_ptr<const PostingList> list_;
  const TermScore score_;
  bool freqs_;
  size_t at_ = 0;
};

}  // namespace

// Windows of documents, into which each list adds: the work is that of all postings, however many lists there are.
std::shared_ptr<const PostingList> merge_postings(const std::vector<std::shared_ptr<const PostingList>>& lists) {
  auto out = std::make_shared<PostingList>();
  std::vector<size_t> at(lists.size(), 0);
  std::array<uint64_t, kWindowDocs / 64> bits{};
  std::array<uint32_t, kWindowDocs> freqs{};
  std::array<uint8_t, kWindowDocs> norms;
  const auto emit = [&](LocalDocId doc, uint32_t freq, uint8_t norm) {
    out->docs.push_back(doc);
    out->freqs.push_back(static_cast<uint16_t>(std::min(freq, 65535u)));
    out->norms.push_back(norm);
    out->total_term_freq += freq;
    if ((out->docs.size() - 1) % PostingList::kBlock == 0) out->bounds.push_back({doc});
    auto& bound = out->bounds.back();
    bound.last_doc = doc;
    bound.add(out->freqs.back(), norm);
  };
  while (true) {
    LocalDocId next = kNoDoc;
    for (size_t i = 0; i < lists.size(); ++i) {
      if (at[i] < lists[i]->docs.size()) next = std::min(next, lists[i]->docs[at[i]]);
    }
    if (next == kNoDoc) return out;
    const LocalDocId begin = next / kWindowDocs * kWindowDocs, end = begin + kWindowDocs;
    for (size_t i = 0; i < lists.size(); ++i) {
      const PostingList& list = *lists[i];
      size_t& k = at[i];
      for (; k < list.docs.size() && list.docs[k] < end; ++k) {
        const uint32_t offset = list.docs[k] - begin;
        bits[offset >> 6] |= 1ull << (offset & 63);
        freqs[offset] += list.freqs[k];
        norms[offset] = list.norms[k];
      }
    }
    for (size_t w = 0; w < bits.size(); ++w) {
      for (uint64_t word = std::exchange(bits[w], 0); word != 0; word &= word - 1) {
        const size_t offset = w * 64 + static_cast<size_t>(std::countr_zero(word));
        emit(begin + static_cast<LocalDocId>(offset), std::exchange(freqs[offset], 0), norms[offset]);
      }
    }
  }
}

std::shared_ptr<const PostingList> TextTermPlan::postings(const SegmentView& segment) const {
  const TextIndex* text = segment.reader.text(path_);
  if (text == nullptr) return nullptr;
  if (terms_.size() == 1) return text->postings(terms_[0]);
  std::vector<std::shared_ptr<const PostingList>> lists;
  for (const std::string& term : terms_) {
    if (auto list = text->postings(term)) lists.push_back(std::move(list));
  }
  if (lists.empty()) return nullptr;
  return lists.size() == 1 ? lists[0] : merge_postings(lists);
}

uint64_t TextTermPlan::cost(const SegmentView& segment) const {
  const TextIndex* text = segment.reader.text(path_);
  uint64_t sum = 0;
  if (text == nullptr) return 0;
  for (const std::string& term : terms_) sum += text->doc_freq(term);
  return sum;
}

void TextTermPlan::or_into(const SegmentView& segment, Bitset& out) const {
  const TextIndex* text = segment.reader.text(path_);
  if (text == nullptr) return;
  for (const std::string& term : terms_) {
    const auto list = text->postings(term);
    if (!list) continue;
    for (const LocalDocId doc : list->docs) out.set(doc);
  }
}

void TextTermPlan::restrict_to(const SegmentView& segment, Bitset& documents) const {
  const auto list = postings(segment);
  if (!list) {
    documents = Bitset(documents.size());
    return;
  }
  const uint32_t candidates = documents.count();
  if (uint64_t{candidates} * 16 > list->docs.size()) return Plan::restrict_to(segment, documents);
  auto at = list->docs.begin();
  for (uint32_t doc = documents.next(0); doc < documents.size(); doc = documents.next(doc + 1)) {
    at = std::lower_bound(at, list->docs.end(), doc);
    if (at == list->docs.end() || *at != doc) documents.reset(doc);
    if (doc + 1 >= documents.size()) break;
  }
}

std::unique_ptr<Scorer> TextTermPlan::scorer(const SegmentView& segment) const {
  auto list = postings(segment);
  if (!list || list->docs.empty()) return nullptr;
  return std::make_unique<TermScorer>(std::move(list), score_, freqs_);
}

std::string TextTermPlan::describe() const {
  if (terms_.size() == 1) return path_ + ":" + terms_[0];
  std::string out = "Synonym(";
  for (size_t i = 0; i < terms_.size(); ++i) out += (i > 0 ? " " : "") + path_ + ":" + terms_[i];
  return out + ")";
}

Explanation TextTermPlan::explain(const SegmentView& segment, LocalDocId doc) const {
  const auto list = postings(segment);
  const auto at = list ? std::lower_bound(list->docs.begin(), list->docs.end(), doc) : std::vector<LocalDocId>::const_iterator();
  if (!list || at == list->docs.end() || *at != doc) return Explanation::no("no matching term");
  const auto i = static_cast<size_t>(at - list->docs.begin());
  const ScoreOrigin origin{segment.searcher.statistics(path_), {doc_freq_}, boost_};
  return explain_weight(segment.searcher, segment.searcher.mapping().find(path_), origin, describe(), doc,
                        freqs_ ? list->freqs[i] : 1, list->norms[i], false);
}

void TextTermPlan::visit_terms(TermVisitor& visitor) const {
  for (const std::string& term : terms_) visitor.term(path_, term, boost_);
}

PlanPtr text_term_plan(Binder& binder, const FieldType& field, std::vector<std::string> terms, float boost) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (!field.inverted) return match_none_plan();
  uint64_t doc_freq = 0;
  std::vector<std::string> present;
  for (std::string& term : terms) {
    const uint64_t df = binder.searcher.doc_freq(field.path, term);
    if (df == 0) continue;
    doc_freq = std::max(doc_freq, df);
    present.push_back(std::move(term));
  }
  if (present.empty()) return match_none_plan();
  const FieldStatistics statistics = binder.searcher.statistics(field.path);
  const float idf = bm25_idf(statistics.doc_count, doc_freq);
  return std::make_shared<TextTermPlan>(field.path, std::move(present), field.freqs,
                                        make_term_score(binder.searcher, &field, statistics, idf, boost), doc_freq, boost);
}

PlanPtr text_term_plan_with_freq(Binder& binder, const FieldType& field, const std::string& term, uint64_t doc_freq, float boost) {
  const FieldStatistics statistics = binder.searcher.statistics(field.path);
  return std::make_shared<TextTermPlan>(
      field.path, std::vector<std::string>{term}, field.freqs,
      make_term_score(binder.searcher, &field, statistics, bm25_idf(statistics.doc_count, doc_freq), boost), doc_freq, boost);
}

namespace {

/// A term of a column whose matches all score the same, but by BM25.
class ColumnTermPlan final : public ConstantPlan {
 public:
  ColumnTermPlan(PlanPtr inner, std::string text, ScoreOrigin origin, float score)
      : ConstantPlan(score), inner_(std::move(inner)), text_(std::move(text)), origin_(std::move(origin)) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override { inner_->or_into(segment, out); }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override { inner_->restrict_to(segment, documents); }
  std::string cache_key() const override { return inner_->cache_key(); }
  std::string describe() const override { return text_; }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    if (!is_match(*inner_, segment, doc)) return Explanation::no("no matching term");
    return explain_weight(segment.searcher, nullptr, origin_, text_, doc, 1, 1, false);
  }
  void visit_terms(TermVisitor& visitor) const override { inner_->visit_terms(visitor); }
  bool may_match_nested(const Mapping& mapping) const override { return inner_->may_match_nested(mapping); }

 private:
  PlanPtr inner_;
  std::string text_;
  ScoreOrigin origin_;
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
  return keyword_bm25_plan_with_freq(binder, path, term, doc_freq, boost);
}

PlanPtr keyword_bm25_plan_with_freq(Binder& binder, const std::string& path, const std::string& term, uint64_t doc_freq,
                                    float boost) {
  FieldStatistics statistics;
  for (const SegmentReader& segment : binder.searcher.segments()) {
    const KeywordColumn* column = segment.keywords(path);
    if (column == nullptr) continue;
    statistics.doc_count += column->present_count();
    statistics.sum_total_term_freq += column->value_count();
  }
  const TermScore score =
      make_term_score(binder.searcher, nullptr, statistics, bm25_idf(statistics.doc_count, doc_freq), boost);
  const float value = score.score(1, 1);
  return std::make_shared<ColumnTermPlan>(keyword_terms_plan(path, {term}, value), path + ":" + term,
                                          ScoreOrigin{statistics, {doc_freq}, boost}, value);
}

namespace {

/// The score depends on how many documents have the value, which takes a scan: it is found only when scores are asked for.
class BooleanBm25Plan final : public Plan {
 public:
  BooleanBm25Plan(const Searcher& searcher, PlanPtr inner, std::string path, bool value, float boost)
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
    return explain_weight(searcher_, nullptr, origin_, describe(), doc, 1, 1, false);
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
    origin_ = {statistics, {doc_freq}, boost_};
    return make_term_score(searcher_, nullptr, statistics, bm25_idf(statistics.doc_count, doc_freq), boost_).score(1, 1);
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

class UnionPlan final : public ConstantPlan {
 public:
  UnionPlan(std::vector<PlanPtr> plans, float score) : ConstantPlan(score), plans_(std::move(plans)) {}
  uint64_t cost(const SegmentView& segment) const override {
    uint64_t sum = 0;
    for (const PlanPtr& plan : plans_) sum += plan->cost(segment);
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    for (const PlanPtr& plan : plans_) plan->or_into(segment, out);
  }
  std::string describe() const override {
    std::string out;
    for (const PlanPtr& plan : plans_) out += (out.empty() ? "" : " ") + plan->describe();
    return "ConstantScore(" + out + ")";
  }
  void visit_terms(TermVisitor& visitor) const override {
    for (const PlanPtr& plan : plans_) plan->visit_terms(visitor);
  }
  bool may_match_nested(const Mapping& mapping) const override {
    return std::any_of(plans_.begin(), plans_.end(), [&](const PlanPtr& plan) { return plan->may_match_nested(mapping); });
  }

 private:
  std::vector<PlanPtr> plans_;
};

}  // namespace

PlanPtr boolean_bm25_plan(Binder& binder, const std::string& path, bool value, float boost) {
  return std::make_shared<BooleanBm25Plan>(binder.searcher, number_range_plan(path, value, value, boost), path, value, boost);
}

PlanPtr union_plan(std::vector<PlanPtr> plans, float score) {
  std::erase_if(plans, [](const PlanPtr& plan) { return plan->matches_none(); });
  if (plans.empty()) return match_none_plan();
  return std::make_shared<UnionPlan>(std::move(plans), score);
}

}  // namespace tarn::query
