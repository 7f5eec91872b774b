// Top documents of a few terms, in the manner of Lucene's MaxScoreBulkScorer and BlockMaxConjunctionScorer:
//
//   any   windows of 2,048 documents. The terms are ordered by the best score they can reach inside the window; the weak ones that
//         together cannot beat the threshold are looked up only for documents that the strong ones found.
//   all   the rarest term leads, window by window; one is left out where the bounds of all terms cannot beat the threshold.
//   mask  where filters leave few documents, these lead and all terms are looked up.

#include "query/text/top_k.h"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"
#include "query/text/conjunction.h"
#include "query/text/top_phrase.h"

namespace tarn::query {

namespace {

bool flatten(const PlanPtr& plan, TopTermQuery& out) {
  if (const auto* term = dynamic_cast<const TextTermPlan*>(plan.get())) {
    out.terms.push_back(term);
    return true;
  }
  if (const auto* phrase = dynamic_cast<const PhrasePlan*>(plan.get())) {
    out.phrase = phrase;
    return true;
  }
  const auto* clause = dynamic_cast<const BoolPlan*>(plan.get());
  if (clause == nullptr) return false;
  out.filter.insert(out.filter.end(), clause->filter.begin(), clause->filter.end());
  out.must_not.insert(out.must_not.end(), clause->must_not.begin(), clause->must_not.end());
  if (clause->should.empty() && clause->must.size() == 1) return flatten(clause->must[0], out);
  if (clause->must.empty() && clause->minimum == 1 && clause->should.size() == 1) return flatten(clause->should[0], out);
  const bool all = clause->should.empty() && !clause->must.empty();
  const bool any = clause->must.empty() && clause->minimum == 1;
  if (!all && !any) return false;
  for (const PlanPtr& part : all ? clause->must : clause->should) {
    const auto* term = dynamic_cast<const TextTermPlan*>(part.get());
    if (term == nullptr) return false;
    out.terms.push_back(term);
  }
  out.all = all;
  return true;
}

/// One posting list on its way through the segment.
struct Cursor {
  Cursor(std::shared_ptr<const PostingList> postings, const TermScore& term_score, bool has_freqs)
      : list(std::move(postings)), score(&term_score), freqs(has_freqs), bounds(*list) {}

  std::shared_ptr<const PostingList> list;
  const TermScore* score;
  bool freqs;
  size_t at = 0;
  BoundCursor bounds;

  size_t size() const { return list->docs.size(); }
  LocalDocId doc() const { return at < size() ? list->docs[at] : kNoDoc; }
  float score_of(size_t i) const { return score->posting_score(freqs ? list->freqs[i] : 1, list->norms[i]); }
  float score_here() const { return score_of(at); }
  /// To the first posting at or after `doc`.
  void seek(LocalDocId doc) { at = gallop(list->docs.data(), list->docs.size(), at, doc); }
  size_t index_of(LocalDocId doc) const { return gallop(list->docs.data(), list->docs.size(), at, doc); }
  /// The best score that a document of [begin, end) can have; 0 if none is there.
  float bound(LocalDocId begin, LocalDocId end) { return bounds.over(begin, end).best(*score, freqs); }
};

class AnyTerms {
 public:
  AnyTerms(std::vector<Cursor> cursors, const SegmentView& segment, const Bitset* mask, uint32_t target, TopScores& top,
           HitCount& count)
      : cursors_(std::move(cursors)), segment_(segment), mask_(mask), target_(target), top_(top), count_(count) {
    scores_.fill(0);
    bits_.fill(0);
    bounds_.resize(cursors_.size());
    order_.resize(cursors_.size());
    below_.resize(cursors_.size() + 1);
  }

  void run() {
    // One long list alone may prove that there are more hits than are counted, even if the mask hides all it can.
    const uint64_t hidden = mask_ == nullptr ? 0 : segment_.doc_count() - mask_->count();
    for (const Cursor& cursor : cursors_) {
      if (cursor.size() > hidden) known_ = std::max<uint64_t>(known_, cursor.size() - hidden);
    }
    if (known_ > count_.limit || count_.total > count_.limit - known_) count_.total += known_, counting_ = false;
    LocalDocId doc = nearest(0);
    size_t windows = 0;
    while (doc != kNoDoc) {
      const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
      const LocalDocId end = begin + kWindowDocs;
      // As long as the top is not full, everything enters.
      if ((counting_ && !count_.enough()) || top_.threshold() < 0) {
        exhaust(begin, end);
      } else {
        select(begin, end);
      }
      doc = nearest(end);
      if (++windows % 128 == 0) check_time(segment_.context);
    }
  }

 private:
  LocalDocId nearest(LocalDocId from) {
    if (mask_ != nullptr) {
      if (from >= mask_->size()) return kNoDoc;
      from = mask_->next(from);
      if (from >= mask_->size()) return kNoDoc;
    }
    LocalDocId doc = kNoDoc;
    for (Cursor& cursor : cursors_) {
      cursor.seek(from);
      doc = std::min(doc, cursor.doc());
    }
    return doc;
  }
  template <bool kBits>
  void accumulate(Cursor& cursor, LocalDocId begin, size_t last) {
    const LocalDocId* docs = cursor.list->docs.data();
    const uint16_t* freqs = cursor.list->freqs.data();
    const uint8_t* norms = cursor.list->norms.data();
    const bool use_freqs = cursor.freqs;
    const TermScore& score = *cursor.score;
    for (size_t i = cursor.at; i < last; ++i) {
      const uint32_t offset = docs[i] - begin;
      if (kBits) bits_[offset >> 6] |= 1ull << (offset & 63);
      scores_[offset] += score.posting_score(use_freqs ? freqs[i] : 1, norms[i]);
    }
    cursor.at = last;
  }
  void apply_mask(LocalDocId begin) {
    if (mask_ == nullptr) return;
    std::array<uint64_t, kWindowDocs / 64> words;
    copy_window(*mask_, begin, words.data());
    for (size_t w = 0; w < words.size(); ++w) {
      uint64_t gone = bits_[w] & ~words[w];
      bits_[w] &= words[w];
      for (; gone != 0; gone &= gone - 1) scores_[w * 64 + static_cast<size_t>(std::countr_zero(gone))] = 0;
    }
  }
  void offer(LocalDocId doc, float score) { top_.offer(target_, static_cast<uint32_t>(segment_.index), doc, score); }

  /// Every document of the window that has some term, counted unless enough are.
  void exhaust(LocalDocId begin, LocalDocId end) {
    for (Cursor& cursor : cursors_) accumulate<true>(cursor, begin, cursor.index_of(end));
    apply_mask(begin);
    float threshold = top_.threshold();
    uint64_t found = 0;
    for (size_t w = 0; w < bits_.size(); ++w) {
      uint64_t bits = bits_[w];
      bits_[w] = 0;
      found += static_cast<uint64_t>(std::popcount(bits));
      for (; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        const auto score = static_cast<float>(scores_[i]);
        scores_[i] = 0;
        if (score <= threshold) continue;
        offer(begin + static_cast<LocalDocId>(i), score);
        threshold = top_.threshold();
      }
    }
    if (counting_) count_.total += found;
  }

  /// Only documents of the window that can enter the top.
  void select(LocalDocId begin, LocalDocId end) {
    const float threshold = top_.threshold();
    double sum = 0;
    for (size_t i = 0; i < cursors_.size(); ++i) {
      bounds_[i] = cursors_[i].bound(begin, end);
      sum += bounds_[i];
      order_[i] = static_cast<uint32_t>(i);
    }
    if (!beats(sum, threshold)) return;
    std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return bounds_[a] < bounds_[b]; });
    size_t weak = 0;  // terms that cannot bring a document in by themselves
    below_[0] = 0;
    for (size_t i = 0; i < order_.size(); ++i) below_[i + 1] = below_[i] + bounds_[order_[i]];
    while (weak < order_.size() && !beats(below_[weak + 1], threshold)) ++weak;
    limit_ = threshold * (1 - kSlack);
    candidates_ = 0;
    if (weak + 1 == order_.size()) {
      gather_one(cursors_[order_[weak]], begin, end, limit_ - below_[weak]);
    } else {
      gather(weak, begin, end, limit_ - below_[weak]);
    }
    for (size_t left = weak; left > 0 && candidates_ > 0; --left) {
      if (left < weak) drop_below(limit_ - below_[left]);
      add_weak(cursors_[order_[left - 1]], begin);
    }
    for (size_t c = 0; c < candidates_; ++c) {
      const auto score = static_cast<float>(sums_[c]);
      if (score > top_.threshold()) offer(begin + offsets_[c], score);
    }
  }
  void add_candidate(LocalDocId begin, uint32_t offset, double sum) {
    if (mask_ != nullptr && !mask_->test(begin + offset)) return;
    offsets_[candidates_] = static_cast<uint16_t>(offset);
    sums_[candidates_++] = sum;
  }
  /// Candidates of the only strong term, block by block.
  void gather_one(Cursor& cursor, LocalDocId begin, LocalDocId end, double limit) {
    const PostingList& list = *cursor.list;
    cursor.seek(begin);
    const size_t last = cursor.index_of(end);
    for (size_t i = cursor.at; i < last;) {
      const size_t block = i / PostingList::kBlock, stop = std::min(last, (block + 1) * PostingList::kBlock);
      StretchBound bound;
      bound.add(list.bounds[block]);
      if (bound.best(*cursor.score, cursor.freqs) > limit) {
        for (; i < stop; ++i) {
          const float score = cursor.score_of(i);
          if (score > limit) add_candidate(begin, list.docs[i] - begin, score);
        }
      }
      i = stop;
    }
    cursor.at = last;
  }
  /// Candidates of several strong terms: sums of all documents of the window, then those above the limit, which is not negative.
  void gather(size_t weak, LocalDocId begin, LocalDocId end, double limit) {
    for (size_t i = weak; i < order_.size(); ++i) {
      Cursor& cursor = cursors_[order_[i]];
      cursor.seek(begin);
      accumulate<false>(cursor, begin, cursor.index_of(end));
    }
    const __m128d limits = _mm_set1_pd(limit), zero = _mm_setzero_pd();
    double* scores = scores_.data();
    for (uint32_t i = 0; i < kWindowDocs; i += 4) {
      const __m128d a = _mm_loadu_pd(scores + i), b = _mm_loadu_pd(scores + i + 2);
      auto above = static_cast<uint32_t>(_mm_movemask_pd(_mm_cmpgt_pd(a, limits)) | _mm_movemask_pd(_mm_cmpgt_pd(b, limits)) << 2);
      for (; above != 0; above &= above - 1) {
        const uint32_t offset = i + static_cast<uint32_t>(std::countr_zero(above));
        add_candidate(begin, offset, scores[offset]);
      }
      _mm_storeu_pd(scores + i, zero);
      _mm_storeu_pd(scores + i + 2, zero);
    }
  }
  void drop_below(double limit) {
    size_t kept = 0;
    for (size_t c = 0; c < candidates_; ++c) {
      offsets_[kept] = offsets_[c];
      sums_[kept] = sums_[c];
      kept += sums_[c] > limit;
    }
    candidates_ = kept;
  }
  /// Adds what the candidates have of a weak term: looked up one by one, or laid out where that is less work.
  void add_weak(Cursor& cursor, LocalDocId begin) {
    if (candidates_ == 0) return;
    const LocalDocId* docs = cursor.list->docs.data();
    cursor.seek(begin + offsets_[0]);
    const LocalDocId last_doc = begin + offsets_[candidates_ - 1];
    const size_t most = candidates_ * kLayOutRatio;
    if (cursor.at + most < cursor.size() && docs[cursor.at + most] <= last_doc) {
      for (size_t c = 0; c < candidates_; ++c) {
        const LocalDocId doc = begin + offsets_[c];
        cursor.seek(doc);
        if (cursor.doc() == doc) sums_[c] += cursor.score_here();
      }
      return;
    }
    const size_t first = cursor.at, last = cursor.index_of(last_doc + 1);
    accumulate<false>(cursor, begin, last);
    for (size_t c = 0; c < candidates_; ++c) sums_[c] += scores_[offsets_[c]];
    for (size_t i = first; i < last; ++i) scores_[docs[i] - begin] = 0;
  }

  static constexpr double kSlack = 2e-7;      // as beats()
  static constexpr size_t kLayOutRatio = 6;   // postings a candidate, beyond which looking up is less work

  std::vector<Cursor> cursors_;
  const SegmentView& segment_;
  const Bitset* mask_;
  const uint32_t target_;
  TopScores& top_;
  HitCount& count_;
  bool counting_ = true;
  uint64_t known_ = 0;
  std::array<uint64_t, kWindowDocs / 64> bits_;
  std::array<double, kWindowDocs> scores_;
  std::vector<float> bounds_;
  std::vector<uint32_t> order_;   // terms, by their bounds in the window
  std::vector<double> below_;     // what the first i of them can reach together
  double limit_ = 0;              // sums at or below it are out
  size_t candidates_ = 0;         // of the window, ascending
  std::array<uint16_t, kWindowDocs> offsets_;
  std::array<double, kWindowDocs> sums_;
};

void all_terms(std::vector<Cursor> cursors, const SegmentView& segment, const Bitset* mask, uint32_t target, TopScores& top,
               HitCount& count) {
  std::sort(cursors.begin(), cursors.end(), [](const Cursor& a, const Cursor& b) { return a.size() < b.size(); });
  std::vector<std::shared_ptr<const PostingList>> lists;
  for (const Cursor& cursor : cursors) lists.push_back(cursor.list);
  Conjunction matches(std::move(lists));
  size_t windows = 0;
  for (LocalDocId doc = matches.seek(0); doc != kNoDoc;) {
    if (mask != nullptr) {
      doc = mask->next(doc);
      if (doc >= mask->size()) return;
    }
    const LocalDocId begin = doc / kWindowDocs * kWindowDocs, end = begin + kWindowDocs;
    float threshold = top.threshold();
    double sum = HUGE_VAL;
    if (count.enough()) {
      sum = 0;
      for (Cursor& cursor : cursors) sum += cursor.bound(begin, end);
    }
    if (beats(sum, threshold)) {
      matches.intersect(begin, end, mask);
      count.total += matches.size();
      for (size_t i = 0; i < matches.size(); ++i) {
        double score = 0;
        for (size_t t = 0; t < cursors.size(); ++t) {
          score += cursors[t].score->posting_score(cursors[t].freqs ? matches.freq(t, i) : 1, matches.norm(t, i));
        }
        if (static_cast<float>(score) <= threshold) continue;
        top.offer(target, static_cast<uint32_t>(segment.index), matches.doc(i), static_cast<float>(score));
        threshold = top.threshold();
      }
    }
    if (++windows % 64 == 0) check_time(segment.context);
    doc = matches.seek(end);
  }
}

/// Few documents are left by the filters: each is looked up in every list.
void lead_by_mask(std::vector<Cursor> cursors, bool all, const SegmentView& segment, const Bitset& mask, uint32_t target,
                  TopScores& top, HitCount& count) {
  constexpr size_t kBatch = 512;
  LocalDocId docs[kBatch];
  float threshold = top.threshold();
  for (uint32_t from = 0; from < mask.size();) {
    const size_t n = mask.extract(from, docs, kBatch);
    if (n == 0) return;
    for (size_t d = 0; d < n; ++d) {
      double score = 0;
      size_t found = 0;
      for (Cursor& cursor : cursors) {
        cursor.seek(docs[d]);
        if (cursor.doc() == docs[d]) {
          ++found;
          score += cursor.score_here();
        } else if (all) {
          break;
        }
      }
      if (found == 0 || (all && found < cursors.size())) continue;
      ++count.total;
      if (static_cast<float>(score) <= threshold) continue;
      top.offer(target, static_cast<uint32_t>(segment.index), docs[d], static_cast<float>(score));
      threshold = top.threshold();
    }
    from = docs[n - 1] + 1;
    check_time(segment.context);
  }
}

}  // namespace

std::optional<TopTermQuery> as_term_query(const PlanPtr& plan) {
  TopTermQuery out;
  if (!flatten(plan, out)) return std::nullopt;
  return out;
}

void collect_top_terms(const TopTermQuery& query, const SegmentView& segment, const Bitset* mask, uint32_t target, TopScores& top,
                       HitCount& count) {
  if (query.phrase != nullptr) return collect_top_phrase(*query.phrase, segment, mask, target, top, count);
  std::vector<Cursor> cursors;
  uint64_t postings = 0, least = UINT64_MAX;
  for (const TextTermPlan* term : query.terms) {
    auto list = term->postings(segment);
    if (!list || list->docs.empty()) {
      if (query.all) return;
      continue;
    }
    postings += list->docs.size();
    least = std::min<uint64_t>(least, list->docs.size());
    cursors.emplace_back(std::move(list), term->term_score(), term->has_freqs());
  }
  if (cursors.empty()) return;
  const uint64_t work = query.all ? least : postings;
  if (mask != nullptr && uint64_t{mask->count()} * 8 * cursors.size() < work) {
    return lead_by_mask(std::move(cursors), query.all, segment, *mask, target, top, count);
  }
  if (query.all && cursors.size() > 1) return all_terms(std::move(cursors), segment, mask, target, top, count);
  AnyTerms(std::move(cursors), segment, mask, target, top, count).run();
}

}  // namespace tarn::query
