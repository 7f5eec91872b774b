#include "query/text/combined_fields.h"

#include <algorithm>
#include <cmath>

#include "query/text/similarity.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

struct WeightedField {
  std::string path;
  float weight;
  bool norms;
};

class CombinedFieldsPlan final : public Plan {
 public:
  CombinedFieldsPlan(std::vector<WeightedField> fields, std::vector<std::string> terms, TermScore score)
      : fields_(std::move(fields)), terms_(std::move(terms)), score_(score) {}

  uint64_t cost(const SegmentView& segment) const override {
    uint64_t sum = 0;
    each_list(segment, [&](const WeightedField&, const PostingList& list) { sum += list.doc_freq(); });
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    each_list(segment, [&](const WeightedField&, const PostingList& list) {
      for (const LocalDocId doc : list.docs) out.set(doc);
    });
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  void visit_terms(TermVisitor& visitor) const override {
    for (const WeightedField& field : fields_) {
      for (const std::string& term : terms_) visitor.term(field.path, term, field.weight);
    }
  }
  bool may_match_nested(const Mapping& mapping) const override {
    return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return in_nested(mapping, field.path); });
  }

 private:
  template <class Visit>
  void each_list(const SegmentView& segment, Visit&& visit) const {
    for (const WeightedField& field : fields_) {
      const TextIndex* text = segment.reader.text(field.path);
      if (text == nullptr) continue;
      for (const std::string& term : terms_) {
        if (const auto list = text->postings(term)) visit(field, *list);
      }
    }
  }
  std::vector<WeightedField> fields_;
  std::vector<std::string> terms_;
  TermScore score_;
};

struct Posting {
  LocalDocId doc;
  float freq;
};

class CombinedScorer final : public Scorer {
 public:
  CombinedScorer(std::vector<Posting> postings, std::vector<uint8_t> norms, const TermScore& score)
      : postings_(std::move(postings)), norms_(std::move(norms)), score_(score) {}
  LocalDocId advance(LocalDocId doc) override {
    const auto from = postings_.begin() + static_cast<ptrdiff_t>(at_);
    const auto found = std::lower_bound(from, postings_.end(), doc, [](const Posting& p, LocalDocId d) { return p.doc < d; });
    at_ = static_cast<size_t>(found - postings_.begin());
    return at_ < postings_.size() ? postings_[at_].doc : kNoDoc;
  }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    advance(begin);
    for (; at_ < postings_.size() && postings_[at_].doc < begin + kWindowDocs; ++at_) {
      const uint32_t offset = postings_[at_].doc - begin;
      out.bits[offset >> 6] |= 1ull << (offset & 63);
      out.scores[offset] = score_.score(postings_[at_].freq, norms_[at_]);
    }
  }

 private:
  std::vector<Posting> postings_;
  std::vector<uint8_t> norms_;
  TermScore score_;
  size_t at_ = 0;
};

/// The field's length in documents that lack the term is found in the token column.
uint32_t field_length(const TextIndex& text, LocalDocId doc, std::vector<ColumnToken>& tokens) {
  tokens.clear();
  text.tokens(doc, tokens);
  uint32_t length = 0;
  for (size_t i = 0; i < tokens.size(); ++i) length += i == 0 || tokens[i].position != tokens[i - 1].position ? 1 : 0;
  return length;
}

std::unique_ptr<Scorer> CombinedFieldsPlan::scorer(const SegmentView& segment) const {
  std::vector<Posting> all;
  each_list(segment, [&](const WeightedField& field, const PostingList& list) {
    for (size_t i = 0; i < list.docs.size(); ++i) all.push_back({list.docs[i], field.weight * list.freqs[i]});
  });
  if (all.empty()) return nullptr;
  std::stable_sort(all.begin(), all.end(), [](const Posting& a, const Posting& b) { return a.doc < b.doc; });
  std::vector<Posting> merged;
  for (const Posting& posting : all) {
    if (!merged.empty() && merged.back().doc == posting.doc) {
      merged.back().freq += posting.freq;
    } else {
      merged.push_back(posting);
    }
  }
  std::vector<float> lengths(merged.size(), 0);
  std::vector<ColumnToken> tokens;
  for (const WeightedField& field : fields_) {
    const TextIndex* text = segment.reader.text(field.path);
    if (text == nullptr || !field.norms) continue;
    std::vector<std::shared_ptr<const PostingList>> lists;
    for (const std::string& term : terms_) {
      if (auto list = text->postings(term)) lists.push_back(std::move(list));
    }
    for (size_t i = 0; i < merged.size(); ++i) {
      std::optional<uint8_t> norm;
      for (const auto& list : lists) {
        const auto at = std::lower_bound(list->docs.begin(), list->docs.end(), merged[i].doc);
        if (at != list->docs.end() && *at == merged[i].doc) norm = list->norms[static_cast<size_t>(at - list->docs.begin())];
        if (norm) break;
      }
      if (!norm) norm = encode_norm(field_length(*text, merged[i].doc, tokens));
      lengths[i] += field.weight * static_cast<float>(decode_norm(*norm));
    }
  }
  std::vector<uint8_t> norms;
  for (const float length : lengths) norms.push_back(encode_norm(static_cast<uint32_t>(std::lround(length))));
  return std::make_unique<CombinedScorer>(std::move(merged), std::move(norms), score_);
}

}  // namespace

PlanPtr combined_fields_plan(Binder& binder, std::vector<std::pair<const FieldType*, float>> fields,
                             std::vector<std::string> terms, float boost) {
  FieldStatistics statistics;
  double tokens = 0;
  TermStatistics found;
  std::vector<WeightedField> weighted;
  const FieldType* with_norms = nullptr;
  for (const auto& [field, weight] : fields) {
    const FieldStatistics own = binder.searcher.statistics(field->path);
    statistics.doc_count = std::max(statistics.doc_count, own.doc_count);
    tokens += static_cast<double>(weight) * static_cast<double>(own.sum_total_term_freq);
    weighted.push_back({field->path, weight, field->norms});
    if (with_norms == nullptr || field->norms) with_norms = field;
  }
  statistics.sum_total_term_freq = static_cast<uint64_t>(tokens);
  for (const std::string& term : terms) {
    for (const auto& [field, weight] : fields) {
      found.doc_freq = std::max(found.doc_freq, binder.searcher.doc_freq(field->path, term));
      const auto total = static_cast<double>(binder.searcher.total_term_freq(field->path, term));
      found.total_term_freq += static_cast<uint64_t>(static_cast<double>(weight) * total);
    }
  }
  if (found.doc_freq == 0 || with_norms == nullptr) return match_none_plan();
  // Whatever the fields' similarity, it is BM25 with its defaults.
  return std::make_shared<CombinedFieldsPlan>(
      std::move(weighted), std::move(terms),
      make_term_score(*find_similarity({}, "BM25"), has_norms(with_norms), statistics, {found}, boost));
}

}  // namespace tarn::query
