#include "query/collect/execute.h"

#include <algorithm>

#include "query/bind/compound.h"
#include "query/filter/bits_scorer.h"

namespace tarn::query {

std::shared_ptr<const Bitset> visible_documents(const SegmentView& segment) {
  const Bitset* roots = segment.reader.segment().roots();
  const auto& live = segment.reader.shared_live();
  if (roots == nullptr) return live;
  auto out = std::make_shared<Bitset>(*roots);
  if (live) *out &= *live;
  return out;
}

namespace {

/// Runs one request over its targets, segment by segment.
class QueryPhase {
 public:
  QueryPhase(const SearchRequest& request, const SearchContext& context, Aggregations::Run* aggregations)
      : request_(request), context_(context), aggregations_(aggregations),
        capacity_(static_cast<size_t>(request.from + request.size)), top_scores_(capacity_), top_sorted_(capacity_) {}

  QueryResult run(const std::vector<BoundTarget>& targets) {
    try {
      for (uint32_t t = 0; t < targets.size(); ++t) run_target(targets[t], t);
    } catch (const TimedOut&) {
      result_.timed_out = true;
    }
    if (request_.sort.empty()) {
      result_.hits = top_scores_.take_sorted();
      result_.has_max_score = !result_.hits.empty();
      if (result_.has_max_score) result_.max_score = result_.hits.front().score;
    } else {
      result_.hits = top_sorted_.hits();
      result_.has_max_score = request_.track_scores && result_.total > 0 && capacity_ > 0;
      result_.max_score = max_score_;
    }
    limit_total();
    return std::move(result_);
  }

 private:
  void run_target(const BoundTarget& target, uint32_t t) {
    if (aggregations_ != nullptr) aggregations_->begin(target.searcher());
    bool by_score = request_.sort.empty() && capacity_ > 0;
    for (const BoundSort& key : target.sort) by_score |= key.kind == BoundSort::Kind::kScore;
    const bool scores = by_score || (request_.track_scores && capacity_ > 0) || request_.min_score;
    target_seen_ = 0;
    for (size_t s = 0; s < target.searcher().segments().size(); ++s) {
      check_time(context_);
      const SegmentView segment(target.searcher(), s, context_);
      if (request_.terminate_after > 0 && target_seen_ >= static_cast<uint64_t>(request_.terminate_after)) break;
      if (scores) {
        run_scored(target, t, segment);
      } else {
        run_unscored(target, t, segment);
      }
    }
  }

  /// Keeps the first documents only, where terminate_after asks.
  void terminate(Bitset& documents) {
    if (request_.terminate_after <= 0) return;
    const uint64_t left = static_cast<uint64_t>(request_.terminate_after) - target_seen_;
    const uint32_t count = documents.count();
    target_seen_ += std::min<uint64_t>(count, left);
    if (count < left) return;
    result_.terminated_early = true;
    uint64_t kept = 0;
    uint32_t end = 0;
    for (uint32_t doc = documents.next(0); doc < documents.size() && kept < left; ++kept) {
      end = doc + 1;
      if (end >= documents.size()) break;
      doc = documents.next(end);
    }
    Bitset head(documents.size());
    head.set_range(0, end);
    documents &= head;
  }

  void run_unscored(const BoundTarget& target, uint32_t t, const SegmentView& segment) {
    const auto visible = visible_documents(segment);
    if (aggregations_ == nullptr && target.plan->matches_all() && !target.post_filter && request_.terminate_after <= 0 &&
        capacity_ == 0) {
      result_.total += visible ? visible->count() : segment.doc_count();
      return;
    }
    Bitset documents = evaluate(*target.plan, segment);
    if (visible) documents &= *visible;
    terminate(documents);
    if (aggregations_ != nullptr) aggregations_->collect(segment.index, documents);
    if (target.post_filter) target.post_filter->restrict_to(segment, documents);
    result_.total += documents.count();
    if (capacity_ == 0) return;
    top_sorted_.begin_segment(target.sort, target.search_after, t, segment);
    top_sorted_.add_all(documents);
    top_sorted_.end_segment();
  }

  void run_scored(const BoundTarget& target, uint32_t t, const SegmentView& segment) {
    const auto scorer = target.plan->scorer(segment);
    if (!scorer) return;
    auto accept = visible_documents(segment);
    if (request_.terminate_after > 0) {
      auto documents = std::make_shared<Bitset>(evaluate(*target.plan, segment));
      if (accept) *documents &= *accept;
      terminate(*documents);
      accept = documents;
    }
    std::shared_ptr<Bitset> post;
    if (target.post_filter) post = std::make_shared<Bitset>(evaluate(*target.post_filter, segment));
    Bitset matches(aggregations_ != nullptr ? segment.doc_count() : 0);
    if (!request_.sort.empty()) top_sorted_.begin_segment(target.sort, target.search_after, t, segment);
    Window window;
    for (LocalDocId doc = scorer->advance(0); doc != kNoDoc && doc < segment.doc_count();) {
      const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
      scorer->score(begin, window);
      mask(window, begin, accept.get(), segment.doc_count());
      if (request_.min_score) drop_below(window, *request_.min_score);
      if (aggregations_ != nullptr) copy_matches(window, begin, matches);
      if (post) mask(window, begin, post.get(), segment.doc_count());
      collect_window(window, begin, t, static_cast<uint32_t>(segment.index));
      if (begin + kWindowDocs >= segment.doc_count()) break;
      doc = scorer->advance(begin + kWindowDocs);
      if ((begin / kWindowDocs) % 64 == 63) check_time(context_);
    }
    if (aggregations_ != nullptr) aggregations_->collect(segment.index, matches);
    if (!request_.sort.empty()) top_sorted_.end_segment();
  }

  static void mask(Window& window, LocalDocId begin, const Bitset* bits, uint32_t doc_count) {
    if (bits != nullptr) {
      std::array<uint64_t, kWindowDocs / 64> words;
      copy_window(*bits, begin, words.data());
      for (size_t w = 0; w < words.size(); ++w) window.bits[w] &= words[w];
    } else if (begin + kWindowDocs > doc_count) {
      for (uint32_t i = doc_count - begin; i < kWindowDocs; ++i) window.bits[i >> 6] &= ~(1ull << (i & 63));
    }
  }
  static void drop_below(Window& window, float least) {
    for (size_t w = 0; w < window.bits.size(); ++w) {
      for (uint64_t bits = window.bits[w]; bits != 0; bits &= bits - 1) {
        const auto i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        if (window.scores[i] < least) window.bits[w] &= ~(bits & -bits);
      }
    }
  }
  static void copy_matches(const Window& window, LocalDocId begin, Bitset& matches) {
    for (size_t w = 0; w < window.bits.size() && begin / 64 + w < matches.word_count(); ++w) {
      matches.words()[begin / 64 + w] = window.bits[w];
    }
  }

  void collect_window(const Window& window, LocalDocId begin, uint32_t target, uint32_t segment) {
    size_t count = 0;
    for (const uint64_t word : window.bits) count += static_cast<size_t>(std::popcount(word));
    result_.total += count;
    if (count == 0 || capacity_ == 0) return;
    if (!request_.sort.empty()) {
      add_sorted(window, begin);
      return;
    }
    float threshold = top_scores_.threshold();
    for (size_t w = 0; w < window.bits.size(); ++w) {
      for (uint64_t bits = window.bits[w]; bits != 0; bits &= bits - 1) {
        const auto i = static_cast<uint32_t>(w * 64 + static_cast<size_t>(std::countr_zero(bits)));
        if (window.scores[i] <= threshold) continue;
        top_scores_.offer(target, segment, begin + i, window.scores[i]);
        threshold = top_scores_.threshold();
      }
    }
  }
  void add_sorted(const Window& window, LocalDocId begin) {
    LocalDocId docs[kWindowDocs];
    float scores[kWindowDocs];
    size_t n = 0;
    for (size_t w = 0; w < window.bits.size(); ++w) {
      for (uint64_t bits = window.bits[w]; bits != 0; bits &= bits - 1) {
        const auto i = static_cast<uint32_t>(w * 64 + static_cast<size_t>(std::countr_zero(bits)));
        docs[n] = begin + i;
        scores[n] = window.scores[i];
        max_score_ = std::max(max_score_, scores[n]);
        ++n;
      }
    }
    top_sorted_.add(docs, scores, n);
  }

  void limit_total() {
    const int64_t limit = request_.track_total_hits;
    if (limit < 0 || result_.total <= static_cast<uint64_t>(limit)) return;
    result_.total = static_cast<uint64_t>(limit);
    result_.total_is_exact = false;
  }

  const SearchRequest& request_;
  const SearchContext& context_;
  Aggregations::Run* aggregations_;
  const size_t capacity_;
  TopScores top_scores_;
  TopSorted top_sorted_;
  QueryResult result_;
  float max_score_ = 0;
  uint64_t target_seen_ = 0;
};

}  // namespace

QueryResult run_query_phase(const SearchRequest& request, const std::vector<BoundTarget>& targets,
                            const SearchContext& context, Aggregations::Run* aggregations) {
  return QueryPhase(request, context, aggregations).run(targets);
}

}  // namespace tarn::query
