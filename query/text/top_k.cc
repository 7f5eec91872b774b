// Top documents of a few terms, in the manner of Lucene's MaxScoreBulkScorer and BlockMaxConjunctionScorer:
//
//   any   windows of 2,048 documents. The terms are ordered by the best score they can reach inside the window; the weak ones that
//         together cannot beat the threshold are looked up only for documents that the strong ones found.
//   all   the rarest term leads, block by block; a block is left out where the bounds of all terms cannot beat the threshold.
//   mask  where filters leave few documents, these lead and all terms are looked up.

#include "query/text/top_k.h"

#include <algorithm>
#include <array>
#include <bit>

#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"

namespace tarn::query {

namespace {

bool flatten(const PlanPtr& plan, TopTermQuery& out) {
  if (const auto* term = dynamic_cast<const TextTermPlan*>(plan.get())) {
    out.terms.push_back(term);
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
  std::shared_ptr<const PostingList> list;
  const TermScore* score = nullptr;
  bool freqs = true;
  size_t at = 0;
  size_t block = 0;

  size_t size() const { return list->docs.size(); }
  LocalDocId doc() const { return at < size() ? list->docs[at] : kNoDoc; }
  float score_here() const { return score->posting_score(freqs ? list->freqs[at] : 1, list->norms[at]); }

  /// To the first posting at or after `doc`.
  void seek(LocalDocId doc) {
    const LocalDocId* docs = list->docs.data();
    const size_t n = list->docs.size();
    if (at >= n || docs[at] >= doc) return;
    size_t step = 1, low = at;
    while (low + step < n && docs[low + step] < doc) {
      low += step;
      step <<= 1;
    }
    at = static_cast<size_t>(std::lower_bound(docs + low, docs + std::min(low + step + 1, n), doc) - docs);
  }
  /// The best score that a document of [begin, end) can have; 0 if none is there.
  float bound(LocalDocId begin, LocalDocId end) {
    const auto& bounds = list->bounds;
    while (block < bounds.size() && bounds[block].last_doc < begin) ++block;
    uint16_t freq = 0;
    uint8_t norm = 255;
    for (size_t b = block; b < bounds.size(); ++b) {
      if (b > block && list->docs[b * PostingList::kBlock] >= end) break;
      freq = std::max(freq, bounds[b].max_freq);
      norm = std::min(norm, bounds[b].min_norm);
      if (bounds[b].last_doc >= end) break;
    }
    if (freq == 0) return 0;
    return score->score(freqs ? freq : 1.0f, norm);
  }
};

/// Float sums of bounds err a little on the safe side.
bool beats(double bound, float threshold) { return static_cast<float>(bound * 1.0000002) > threshold; }

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
      if (counting_ && !count_.enough()) {
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
  void accumulate(Cursor& cursor, LocalDocId begin, LocalDocId end) {
    const PostingList& list = *cursor.list;
    const LocalDocId* docs = list.docs.data();
    const uint16_t* freqs = list.freqs.data();
    const uint8_t* norms = list.norms.data();
    const bool use_freqs = cursor.freqs;
    const TermScore& score = *cursor.score;
    size_t i = cursor.at;
    const auto last = static_cast<size_t>(std::lower_bound(docs + i, docs + std::min<size_t>(list.docs.size(), i + (end - begin)), end) - docs);
    for (; i < last; ++i) {
      const uint32_t offset = docs[i] - begin;
      bits_[offset >> 6] |= 1ull << (offset & 63);
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
  /// Every document of the window that has some term, counted.
  void exhaust(LocalDocId begin, LocalDocId end) {
    for (Cursor& cursor : cursors_) accumulate(cursor, begin, end);
    apply_mask(begin);
    float threshold = top_.threshold();
    for (size_t w = 0; w < bits_.size(); ++w) {
      uint64_t bits = bits_[w];
      bits_[w] = 0;
      count_.total += static_cast<uint64_t>(std::popcount(bits));
      for (; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        const auto score = static_cast<float>(scores_[i]);
        scores_[i] = 0;
        if (score <= threshold) continue;
        top_.offer(target_, static_cast<uint32_t>(segment_.index), begin + static_cast<LocalDocId>(i), score);
        threshold = top_.threshold();
      }
    }
  }
  /// Only documents of the window that can enter the top.
  void select(LocalDocId begin, LocalDocId end) {
    float threshold = top_.threshold();
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
    for (size_t i = weak; i < order_.size(); ++i) {
      Cursor& cursor = cursors_[order_[i]];
      cursor.seek(begin);
      accumulate(cursor, begin, end);
    }
    apply_mask(begin);
    for (size_t w = 0; w < bits_.size(); ++w) {
      uint64_t bits = bits_[w];
      bits_[w] = 0;
      for (; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        double score = scores_[i];
        scores_[i] = 0;
        const auto doc = static_cast<LocalDocId>(begin + i);
        size_t left = weak;
        while (left > 0 && beats(score + below_[left], threshold)) {
          Cursor& cursor = cursors_[order_[--left]];
          cursor.seek(doc);
          if (cursor.doc() == doc) score += cursor.score_here();
        }
        if (left > 0 || static_cast<float>(score) <= threshold) continue;
        top_.offer(target_, static_cast<uint32_t>(segment_.index), doc, static_cast<float>(score));
        threshold = top_.threshold();
      }
    }
  }

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
  std::vector<uint32_t> order_;
  std::vector<double> below_;
};

void all_terms(std::vector<Cursor> cursors, const SegmentView& segment, const Bitset* mask, uint32_t target, TopScores& top,
               HitCount& count) {
  std::sort(cursors.begin(), cursors.end(), [](const Cursor& a, const Cursor& b) { return a.size() < b.size(); });
  Cursor& lead = cursors[0];
  const PostingList& list = *lead.list;
  float threshold = top.threshold();
  for (size_t b = 0; b < list.bounds.size(); ++b) {
    const size_t first = b * PostingList::kBlock, last = std::min(first + PostingList::kBlock, list.docs.size());
    if (count.enough()) {
      double sum = 0;
      for (Cursor& cursor : cursors) sum += cursor.bound(list.docs[first], list.docs[last - 1] + 1);
      if (!beats(sum, threshold)) continue;
    }
    for (lead.at = first; lead.at < last; ++lead.at) {
      const LocalDocId doc = list.docs[lead.at];
      if (mask != nullptr && !mask->test(doc)) continue;
      bool everywhere = true;
      double score = 0;
      for (size_t i = 1; i < cursors.size(); ++i) {
        cursors[i].seek(doc);
        if (cursors[i].doc() == kNoDoc) return;
        if (cursors[i].doc() != doc) {
          everywhere = false;
          break;
        }
      }
      if (!everywhere) continue;
      ++count.total;
      for (const Cursor& cursor : cursors) score += cursor.score_here();
      if (static_cast<float>(score) <= threshold) continue;
      top.offer(target, static_cast<uint32_t>(segment.index), doc, static_cast<float>(score));
      threshold = top.threshold();
    }
    if (b % 256 == 255) check_time(segment.context);
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
    cursors.push_back({std::move(list), &term->term_score(), term->has_freqs()});
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
