#include "query/text/phrase.h"

#include <algorithm>
#include <map>

#include "query/text/phrase_matcher.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

/// Counts the phrase in documents of one segment, from the token column.
class PhraseCounter {
 public:
  PhraseCounter(const TextIndex& text, const std::vector<PhrasePosition>& phrase, const std::vector<int>& groups, int slop)
      : text_(text), groups_(groups), slop_(slop), places_(phrase.size()) {
    for (size_t i = 0; i < phrase.size(); ++i) {
      offsets_.push_back(phrase[i].position);
      for (const std::string& term : phrase[i].terms) {
        if (const auto ordinal = text.token_ordinal(term)) terms_.emplace_back(*ordinal, static_cast<uint32_t>(i));
      }
    }
    std::sort(terms_.begin(), terms_.end());
  }

  float freq(LocalDocId doc) {
    tokens_.clear();
    text_.tokens(doc, tokens_);
    for (auto& places : places_) places.clear();
    if (terms_.size() <= kFewTerms) {
      for (const ColumnToken& token : tokens_) {
        for (const auto& [term, place] : terms_) {
          if (term == token.term) places_[place].push_back(token.position - offsets_[place]);
        }
      }
    } else {
      for (const ColumnToken& token : tokens_) {
        auto it = std::lower_bound(terms_.begin(), terms_.end(), std::pair(token.term, 0u));
        for (; it != terms_.end() && it->first == token.term; ++it) {
          places_[it->second].push_back(token.position - offsets_[it->second]);
        }
      }
    }
    for (const auto& places : places_) {
      if (places.empty()) return 0;
    }
    return slop_ == 0 ? exact_phrase_freq(places_) : sloppy_phrase_freq(places_, offsets_, groups_, slop_);
  }

 private:
  static constexpr size_t kFewTerms = 8;  // comparing with each is faster than searching among them
  const TextIndex& text_;
  const std::vector<int>& groups_;
  const int slop_;
  std::vector<std::pair<uint32_t, uint32_t>> terms_;  // token ordinal, index into the phrase
  std::vector<int> offsets_;
  std::vector<ColumnToken> tokens_;
  std::vector<std::vector<int32_t>> places_;
};

struct Candidates {
  std::vector<LocalDocId> docs;
  std::vector<uint8_t> norms;
};

class PhraseScorer final : public Scorer {
 public:
  PhraseScorer(Candidates candidates, PhraseCounter counter, const TermScore& score)
      : candidates_(std::move(candidates)), counter_(std::move(counter)), score_(score) {}
  LocalDocId advance(LocalDocId doc) override {
    const auto& docs = candidates_.docs;
    at_ = static_cast<size_t>(std::lower_bound(docs.begin() + static_cast<ptrdiff_t>(at_), docs.end(), doc) - docs.begin());
    return at_ < docs.size() ? docs[at_] : kNoDoc;
  }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    advance(begin);
    for (; at_ < candidates_.docs.size() && candidates_.docs[at_] < begin + kWindowDocs; ++at_) {
      const float freq = counter_.freq(candidates_.docs[at_]);
      if (freq <= 0) continue;
      const uint32_t offset = candidates_.docs[at_] - begin;
      out.bits[offset >> 6] |= 1ull << (offset & 63);
      out.scores[offset] = score_.score(freq, candidates_.norms[at_]);
    }
  }

 private:
  Candidates candidates_;
  PhraseCounter counter_;
  const TermScore score_;
  size_t at_ = 0;
};

class PhrasePlan final : public Plan {
 public:
  PhrasePlan(std::string path, std::vector<PhrasePosition> phrase, int slop, TermScore score)
      : path_(std::move(path)), phrase_(std::move(phrase)), slop_(slop), score_(score), groups_(phrase_.size(), -1) {
    find_repeats();
  }

  uint64_t cost(const SegmentView& segment) const override {
    const TextIndex* text = segment.reader.text(path_);
    if (text == nullptr) return 0;
    uint64_t least = UINT64_MAX;
    for (const PhrasePosition& place : phrase_) {
      uint64_t sum = 0;
      for (const std::string& term : place.terms) sum += text->doc_freq(term);
      least = std::min(least, sum);
    }
    return least;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const TextIndex* text = segment.reader.text(path_);
    if (text == nullptr) return;
    PhraseCounter counter(*text, phrase_, groups_, slop_);
    for (const LocalDocId doc : candidates(segment).docs) {
      if (counter.freq(doc) > 0) out.set(doc);
    }
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    Bitset matches(documents.size());
    if (const TextIndex* text = segment.reader.text(path_)) {
      PhraseCounter counter(*text, phrase_, groups_, slop_);
      for (const LocalDocId doc : candidates(segment).docs) {
        if (documents.test(doc) && counter.freq(doc) > 0) matches.set(doc);
      }
    }
    documents = std::move(matches);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    const TextIndex* text = segment.reader.text(path_);
    if (text == nullptr) return nullptr;
    Candidates found = candidates(segment);
    if (found.docs.empty()) return nullptr;
    return std::make_unique<PhraseScorer>(std::move(found), PhraseCounter(*text, phrase_, groups_, slop_), score_);
  }

 private:
  /// Places that share a term must not be counted on the same token (Lucene's repeats); only slop can make them.
  void find_repeats() {
    int next = 0;
    for (size_t i = 0; i < phrase_.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        const auto& other = phrase_[j].terms;
        const bool shares = std::any_of(phrase_[i].terms.begin(), phrase_[i].terms.end(), [&](const std::string& term) {
          return std::find(other.begin(), other.end(), term) != other.end();
        });
        if (!shares) continue;
        if (groups_[j] < 0) groups_[j] = next++;
        groups_[i] = groups_[j];
      }
    }
  }

  /// Documents with a term for every place: the rarest list leads, the others gallop.
  Candidates candidates(const SegmentView& segment) const {
    const TextIndex& text = *segment.reader.text(path_);
    std::vector<std::shared_ptr<const PostingList>> lists;
    for (const PhrasePosition& place : phrase_) {
      std::vector<std::shared_ptr<const PostingList>> choices;
      for (const std::string& term : place.terms) {
        if (auto list = text.postings(term)) choices.push_back(std::move(list));
      }
      if (choices.empty()) return {};
      lists.push_back(choices.size() == 1 ? choices[0] : merge_postings(choices));
    }
    std::sort(lists.begin(), lists.end(), [](const auto& a, const auto& b) { return a->docs.size() < b->docs.size(); });
    Candidates out;
    std::vector<size_t> at(lists.size(), 0);
    for (size_t i = 0; i < lists[0]->docs.size(); ++i) {
      const LocalDocId doc = lists[0]->docs[i];
      bool all = true;
      for (size_t l = 1; l < lists.size() && all; ++l) {
        const auto& docs = lists[l]->docs;
        size_t step = 1, low = at[l];
        while (low + step < docs.size() && docs[low + step] < doc) low += step, step *= 2;
        const auto end = docs.begin() + static_cast<ptrdiff_t>(std::min(low + step + 1, docs.size()));
        at[l] = static_cast<size_t>(std::lower_bound(docs.begin() + static_cast<ptrdiff_t>(low), end, doc) - docs.begin());
        all = at[l] < docs.size() && docs[at[l]] == doc;
      }
      if (!all) continue;
      out.docs.push_back(doc);
      out.norms.push_back(lists[0]->norms[i]);
    }
    return out;
  }

  std::string path_;
  std::vector<PhrasePosition> phrase_;
  int slop_;
  TermScore score_;
  std::vector<int> groups_;
};

}  // namespace

PlanPtr phrase_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions, int slop, float boost) {
  if (!field.positions) {
    throw ApiError(400, "illegal_state_exception",
                   "field:[" + field.path + "] was indexed without position data; cannot run PhraseQuery");
  }
  const FieldStatistics statistics = binder.searcher.statistics(field.path);
  double idf = 0;
  const int first = positions.front().position;
  for (PhrasePosition& place : positions) {
    place.position -= first;
    std::sort(place.terms.begin(), place.terms.end());
    place.terms.erase(std::unique(place.terms.begin(), place.terms.end()), place.terms.end());
    std::vector<std::string> present;
    for (const std::string& term : place.terms) {
      const uint64_t doc_freq = binder.searcher.doc_freq(field.path, term);
      if (doc_freq == 0) continue;
      idf += bm25_idf(statistics.doc_count, doc_freq);
      present.push_back(term);
    }
    if (present.empty()) return match_none_plan();
    place.terms = std::move(present);
  }
  return std::make_shared<PhrasePlan>(
      field.path, std::move(positions), slop,
      make_term_score(binder.searcher, &field, statistics, static_cast<float>(idf), boost));
}

}  // namespace tarn::query
