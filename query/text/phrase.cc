#include "query/text/phrase.h"

#include <algorithm>
#include <cmath>

#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

LocalDocId window_of(LocalDocId doc) { return doc / kWindowDocs * kWindowDocs; }

class PhraseScorer final : public Scorer {
 public:
  PhraseScorer(Conjunction candidates, PhraseCounter counter, const TermScore& score)
      : candidates_(std::move(candidates)), counter_(std::move(counter)), score_(score) {}
  LocalDocId advance(LocalDocId doc) override { return candidates_.seek(doc); }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    candidates_.intersect(begin, begin + kWindowDocs, nullptr);
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (i + PhrasePlan::kAhead < candidates_.size()) counter_.expect(candidates_.doc(i + PhrasePlan::kAhead));
      const float freq = counter_.freq(candidates_.doc(i));
      if (freq <= 0) continue;
      const uint32_t offset = candidates_.doc(i) - begin;
      out.bits[offset >> 6] |= 1ull << (offset & 63);
      out.scores[offset] = score_.score(freq, candidates_.norm(0, i));
    }
  }

 private:
  Conjunction candidates_;
  PhraseCounter counter_;
  const TermScore score_;
};

}  // namespace

PhrasePlan::PhrasePlan(std::string path, std::vector<PhrasePosition> phrase, int slop, const TermScore& score,
                       ScoreOrigin origin)
    : path_(std::move(path)), phrase_(std::move(phrase)), slop_(slop), score_(score), origin_(std::move(origin)),
      groups_(phrase_.size(), -1) {
  find_repeats();
}

uint64_t PhrasePlan::cost(const SegmentView& segment) const {
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

void PhrasePlan::or_into(const SegmentView& segment, Bitset& out) const {
  auto found = candidates(segment);
  if (!found) return;
  PhraseCounter counter = this->counter(segment);
  for (LocalDocId doc = found->seek(0); doc != kNoDoc; doc = found->seek(window_of(doc) + kWindowDocs)) {
    check_time(segment.context);
    found->intersect(window_of(doc), window_of(doc) + kWindowDocs, nullptr);
    for (size_t i = 0; i < found->size(); ++i) {
      if (i + kAhead < found->size()) counter.expect(found->doc(i + kAhead));
      if (counter.freq(found->doc(i)) > 0) out.set(found->doc(i));
    }
  }
}

void PhrasePlan::restrict_to(const SegmentView& segment, Bitset& documents) const {
  Bitset matches(documents.size());
  if (auto found = candidates(segment)) {
    PhraseCounter counter = this->counter(segment);
    for (LocalDocId doc = found->seek(0); doc != kNoDoc;) {
      const LocalDocId wanted = documents.next(doc);
      if (wanted >= documents.size()) break;
      const LocalDocId begin = window_of(wanted);
      check_time(segment.context);
      found->intersect(begin, begin + kWindowDocs, &documents);
      for (size_t i = 0; i < found->size(); ++i) {
      if (i + kAhead < found->size()) counter.expect(found->doc(i + kAhead));
        if (counter.freq(found->doc(i)) > 0) matches.set(found->doc(i));
      }
      doc = found->seek(begin + kWindowDocs);
    }
  }
  documents = std::move(matches);
}

std::unique_ptr<Scorer> PhrasePlan::scorer(const SegmentView& segment) const {
  auto found = candidates(segment);
  if (!found) return nullptr;
  return std::make_unique<PhraseScorer>(std::move(*found), counter(segment), score_);
}

std::string PhrasePlan::describe() const {
  std::string out = path_ + ":\"";
  int next = 0;
  for (const PhrasePosition& place : phrase_) {
    if (next > 0) out += ' ';
    for (; next < place.position; ++next) out += "? ";
    next = place.position + 1;
    if (place.terms.size() > 1) out += '(';
    for (size_t i = 0; i < place.terms.size(); ++i) out += (i > 0 ? " " : "") + place.terms[i];
    if (place.terms.size() > 1) out += ')';
  }
  out += '"';
  return slop_ > 0 ? out + "~" + std::to_string(slop_) : out;
}

Explanation PhrasePlan::explain(const SegmentView& segment, LocalDocId doc) const {
  auto found = candidates(segment);
  if (!found || found->seek(window_of(doc)) == kNoDoc) return Explanation::no("no matching phrase");
  found->intersect(window_of(doc), window_of(doc) + kWindowDocs, nullptr);
  for (size_t i = 0; i < found->size(); ++i) {
    if (found->doc(i) != doc) continue;
    const float freq = counter(segment).freq(doc);
    if (freq <= 0) break;
    return explain_weight(segment.searcher, segment.searcher.mapping().find(path_), origin_, describe(), doc, freq,
                          found->norm(0, i), FreqKind::kPhrase);
  }
  return Explanation::no("no matching phrase");
}

void PhrasePlan::visit_terms(TermVisitor& visitor) const {
  std::vector<std::pair<std::vector<std::string>, int>> places;
  for (const PhrasePosition& place : phrase_) places.emplace_back(place.terms, place.position);
  visitor.phrase(path_, places, slop_, origin_.boost);
}

/// Places that share a term must not be counted on the same token (Lucene's repeats); only slop can make them.
void PhrasePlan::find_repeats() {
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

std::optional<Conjunction> PhrasePlan::candidates(const SegmentView& segment) const {
  const TextIndex* text = segment.reader.text(path_);
  if (text == nullptr) return std::nullopt;
  std::vector<std::shared_ptr<const PostingList>> lists;
  for (const PhrasePosition& place : phrase_) {
    // A term that is missing here spares reading the others.
    if (std::all_of(place.terms.begin(), place.terms.end(), [&](const auto& term) { return text->doc_freq(term) == 0; })) {
      return std::nullopt;
    }
  }
  for (const PhrasePosition& place : phrase_) {
    std::vector<std::shared_ptr<const PostingList>> choices;
    for (const std::string& term : place.terms) {
      if (auto list = text->postings(term)) choices.push_back(std::move(list));
    }
    if (choices.empty()) return std::nullopt;
    lists.push_back(choices.size() == 1 ? std::move(choices[0]) : merge_postings(choices));
  }
  return Conjunction(std::move(lists));
}

PhraseCounter PhrasePlan::counter(const SegmentView& segment) const {
  return PhraseCounter(*segment.reader.text(path_), phrase_, groups_, slop_);
}

// Every token heads one match at most: an exact phrase is as frequent as its rarest place, a sloppy one as all together.
float PhrasePlan::freq_limit(const Conjunction& candidates, size_t match) const {
  uint32_t least = UINT16_MAX, sum = 0;
  for (size_t list = 0; list < candidates.list_count(); ++list) {
    const uint16_t freq = candidates.freq(list, match);
    if (freq == UINT16_MAX) return HUGE_VALF;  // saturated
    least = std::min<uint32_t>(least, freq);
    sum += freq;
  }
  return static_cast<float>(slop_ == 0 ? least : sum);
}

float PhrasePlan::bound(Conjunction& candidates, LocalDocId begin, LocalDocId end) const {
  if (slop_ != 0) return HUGE_VALF;
  StretchBound bound = candidates.bound(0, begin, end);
  for (size_t list = 1; list < candidates.list_count(); ++list) bound.meet(candidates.bound(list, begin, end));
  return bound.saturated() ? HUGE_VALF : bound.best(score_, true);
}

PlanPtr phrase_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions, int slop, float boost) {
  if (!field.positions && field.kind != FieldKind::kMatchOnlyText) {
    throw ApiError(400, "illegal_state_exception",
                   "field:[" + field.path + "] was indexed without position data; cannot run PhraseQuery");
  }
  const FieldStatistics statistics = binder.searcher.statistics(field.path);
  const bool totals = needs_total_freq(similarity_of(binder.searcher, &field));
  ScoreOrigin origin{statistics, {}, boost};
  const int first = positions.front().position;
  for (PhrasePosition& place : positions) {
    place.position -= first;
    std::sort(place.terms.begin(), place.terms.end());
    place.terms.erase(std::unique(place.terms.begin(), place.terms.end()), place.terms.end());
    std::vector<std::string> present;
    for (const std::string& term : place.terms) {
      const uint64_t doc_freq = binder.searcher.doc_freq(field.path, term);
      if (doc_freq == 0) continue;
      origin.terms.push_back({doc_freq, totals ? binder.searcher.total_term_freq(field.path, term) : 0});
      present.push_back(term);
    }
    if (present.empty()) return match_none_plan();
    place.terms = std::move(present);
  }
  const TermScore score = make_term_score(binder.searcher, &field, statistics, origin.terms, boost);
  return std::make_shared<PhrasePlan>(field.path, std::move(positions), slop, score, std::move(origin));
}

}  // namespace tarn::query
