#include "query/text/term_plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "query/filter/bits_scorer.h"
#include "query/filter/column_filters.h"
#include "query/text/explain_weight.h"

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
  const ScoreOrigin origin{segment.searcher.statistics(path_), {found_}, boost_};
  return explain_weight(segment.searcher, segment.searcher.mapping().find(path_), origin, describe(), doc,
                        freqs_ ? list->freqs[i] : 1, list->norms[i], terms_.size() == 1 ? FreqKind::kTerm : FreqKind::kSynonyms);
}

void TextTermPlan::visit_terms(TermVisitor& visitor) const {
  for (const std::string& term : terms_) visitor.term(path_, term, boost_);
}

PlanPtr text_term_plan(Binder& binder, const FieldType& field, std::vector<std::string> terms, float boost) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (!field.inverted) return match_none_plan();
  const bool totals = needs_total_freq(similarity_of(binder.searcher, &field));
  TermStatistics found;
  std::vector<std::string> present;
  for (std::string& term : terms) {
    const uint64_t df = binder.searcher.doc_freq(field.path, term);
    if (df == 0) continue;
    found.doc_freq = std::max(found.doc_freq, df);
    if (totals) found.total_term_freq += binder.searcher.total_term_freq(field.path, term);
    present.push_back(std::move(term));
  }
  if (present.empty()) return match_none_plan();
  const TermScore score = make_term_score(binder.searcher, &field, binder.searcher.statistics(field.path), {found}, boost);
  return std::make_shared<TextTermPlan>(field.path, std::move(present), field.freqs, score, found, boost);
}

PlanPtr text_term_plan_with(Binder& binder, const FieldType& field, const std::string& term, const TermStatistics& found,
                            float boost) {
  const TermScore score = make_term_score(binder.searcher, &field, binder.searcher.statistics(field.path), {found}, boost);
  return std::make_shared<TextTermPlan>(field.path, std::vector<std::string>{term}, field.freqs, score, found, boost);
}

namespace {

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

PlanPtr union_plan(std::vector<PlanPtr> plans, float score) {
  std::erase_if(plans, [](const PlanPtr& plan) { return plan->matches_none(); });
  if (plans.empty()) return match_none_plan();
  return std::make_shared<UnionPlan>(std::move(plans), score);
}

}  // namespace tarn::query
