#include "query/collect/execute.h"

#include <algorithm>

#include "indexer/thread_pool.h"
#include "query/bind/compound.h"
#include "query/collect/top_groups.h"
#include "query/filter/bits_scorer.h"
#include "query/search_session.h"
#include "query/text/top_k.h"

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
  QueryPhase(const SearchRequest& request, const SearchContext& context, Aggregations::Run* aggregations, size_t capacity,
             const ScrollPosition* scroll = nullptr)
      : request_(request), context_(context), aggregations_(aggregations), capacity_(capacity), top_scores_(capacity_),
        top_sorted_(capacity_), scroll_(scroll) {
    if (!request.collapse_field.empty()) groups_ = std::make_unique<TopGroups>(request.collapse_field, capacity);
    by_keys_ = groups_ || !request.sort.empty() || scroll_ != nullptr;
  }

  /// Searches targets [first, last).
  QueryResult run(const std::vector<BoundTarget>& targets, size_t first, size_t last) {
    try {
      for (size_t t = first; t < last; ++t) run_target(targets[t], static_cast<uint32_t>(t));
    } catch (const TimedOut&) {
      result_.timed_out = true;
    }
    if (groups_) {
      result_.hits = groups_->take_sorted();
      result_.has_max_score = (request_.track_scores || request_.sort.empty()) && !result_.hits.empty();
      result_.max_score = max_score_;
    } else if (request_.sort.empty() && scroll_ != nullptr) {
      result_.hits = top_sorted_.hits();
      result_.has_max_score = !result_.hits.empty();
      result_.max_score = max_score_;
    } else if (request_.sort.empty()) {
      result_.hits = top_scores_.take_sorted();
      result_.has_max_score = !result_.hits.empty();
      if (result_.has_max_score) result_.max_score = result_.hits.front().score;
    } else {
      result_.hits = top_sorted_.hits();
      const bool score_first = request_.sort[0].field == "_score" && request_.sort[0].origins.empty();
      result_.has_max_score = (request_.track_scores || score_first) && !result_.hits.empty();
      result_.max_score = max_score_;
    }
    return std::move(result_);
  }

 private:
  void run_target(const BoundTarget& target, uint32_t t) {
    if (aggregations_ != nullptr) aggregations_->begin(target.searcher());
    bool by_score = request_.sort.empty() && capacity_ > 0;
    for (const BoundSort& key : target.sort) {
      by_score |= key.kind == BoundSort::Kind::kScore;
      by_score |= key.kind == BoundSort::Kind::kScript && key.script->script->uses(script::Variable::kScore);
    }
    const bool scores = by_score || (request_.track_scores && capacity_ > 0) || request_.min_score || wants_scores();
    target_seen_ = 0;
    if (!scores && run_halves(target, t)) return;
    for (size_t s = 0; s < target.searcher().segments().size(); ++s) {
      check_time(context_);
      const SegmentView segment(target.searcher(), s, context_);
      if (request_.terminate_after > 0 && target_seen_ >= static_cast<uint64_t>(request_.terminate_after)) {
        if (result_.terminated_early) break;
        Bitset more = evaluate(*target.plan, segment);  // was there anything left?
        if (const auto visible = visible_documents(segment)) more &= *visible;
        result_.terminated_early = !more.none();
        continue;
      }
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
    if (count <= left) return;
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
    collect_unscored(target, t, segment, documents);
  }
  /// Documents that the query found, for the hits; the aggregations have seen them.
  void collect_unscored(const BoundTarget& target, uint32_t t, const SegmentView& segment, Bitset& documents) {
    if (target.post_filter) target.post_filter->restrict_to(segment, documents);
    result_.total += documents.count();
    if (capacity_ == 0) return;
    begin_keys(target, t, segment);
    groups_ ? groups_->add_all(documents) : top_sorted_.add_all(documents);
    end_keys();
  }

  /// Aggregations of many documents: the segments in two halves, side by side where a thread is free. The halves do not depend on
  /// that, so that sums do not either. False where this does not pay.
  bool run_halves(const BoundTarget& target, uint32_t t) {
    const Searcher& searcher = target.searcher();
    const size_t count = searcher.segments().size();
    if (aggregations_ == nullptr || context_.pool == nullptr || request_.terminate_after > 0 || count < 2 || searcher.doc_count() < kDocsWorthHalves) {
      return false;
    }
    std::unique_ptr<Aggregations::Run> fork = aggregations_->fork();
    if (!fork) return false;
    size_t middle = 1;
    while (middle + 1 < count && searcher.doc_base(middle + 1) <= searcher.doc_count() / 2) ++middle;
    std::vector<Bitset> found(count);
    const auto collect = [&](size_t half) {
      Aggregations::Run& run = half == 0 ? *aggregations_ : *fork;
      for (size_t s = half == 0 ? 0 : middle; s < (half == 0 ? middle : count); ++s) {
        check_time(context_);
        const SegmentView segment(searcher, s, context_);
        found[s] = evaluate(*target.plan, segment);
        if (const auto visible = visible_documents(segment)) found[s] &= *visible;
        run.collect(s, found[s]);
      }
    };
    try {
      run_parallel(*context_.pool, 2, collect);
    } catch (const TimedOut&) {
      aggregations_->absorb(std::move(fork));
      throw;
    }
    aggregations_->absorb(std::move(fork));
    for (size_t s = 0; s < count; ++s) collect_unscored(target, t, SegmentView(searcher, s, context_), found[s]);
    return true;
  }

  /// Where all matches score the same, the first documents are the best.
  bool run_constant(const BoundTarget& target, uint32_t t, const SegmentView& segment) {
    if (by_keys_ || request_.min_score) return false;
    const auto score = target.plan->constant_score();
    if (!score) return false;
    Bitset documents = evaluate(*target.plan, segment);
    if (const auto visible = visible_documents(segment)) documents &= *visible;
    terminate(documents);
    if (aggregations_ != nullptr) aggregations_->collect(segment.index, documents);
    if (target.post_filter) target.post_filter->restrict_to(segment, documents);
    result_.total += documents.count();
    LocalDocId docs[256];
    size_t left = capacity_;
    for (uint32_t from = 0; left > 0 && from < documents.size() && *score > top_scores_.threshold();) {
      const size_t n = documents.extract(from, docs, std::min<size_t>(left, std::size(docs)));
      if (n == 0) break;
      for (size_t i = 0; i < n; ++i) top_scores_.offer(t, static_cast<uint32_t>(segment.index), docs[i], *score);
      left -= n;
      from = docs[n - 1] + 1;
    }
    return true;
  }

  /// Terms in order of score: the loops with block bounds. False where the query is of another kind.
  bool run_top_terms(const BoundTarget& target, uint32_t t, const SegmentView& segment) {
    if (by_keys_ || request_.min_score || request_.terminate_after > 0) return false;
    const auto query = as_term_query(target.plan);
    if (!query) return false;
    if (aggregations_ != nullptr || target.post_filter) {
      // All matches are needed anyway: they become the mask, and are counted at once.
      Bitset documents = evaluate(*target.plan, segment);
      if (const auto visible = visible_documents(segment)) documents &= *visible;
      if (aggregations_ != nullptr) aggregations_->collect(segment.index, documents);
      if (target.post_filter) target.post_filter->restrict_to(segment, documents);
      result_.total += documents.count();
      HitCount uncounted{1, 0};
      collect_top_terms(*query, segment, &documents, t, top_scores_, uncounted);
      return true;
    }
    const auto mask = mask_of(*query, segment);
    if (mask && mask->none()) return true;
    HitCount count{result_.total, count_limit()};
    collect_top_terms(*query, segment, mask.get(), t, top_scores_, count);
    result_.total = count.total;
    return true;
  }
  uint64_t count_limit() const {
    return request_.track_total_hits < 0 ? 0 : static_cast<uint64_t>(request_.track_total_hits);
  }
  static std::shared_ptr<const Bitset> mask_of(const TopTermQuery& query, const SegmentView& segment) {
    const auto visible = visible_documents(segment);
    if (query.filter.empty() && query.must_not.empty()) return visible;
    BoolPlan filters;
    filters.filter = query.filter;
    filters.must_not = query.must_not;
    const auto mask = filters.mask(segment);
    if (!visible) return mask;
    auto both = std::make_shared<Bitset>(*mask);
    *both &= *visible;
    return both;
  }

  void run_scored(const BoundTarget& target, uint32_t t, const SegmentView& segment) {
    if (!wants_scores() && (run_constant(target, t, segment) || run_top_terms(target, t, segment))) return;
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
    std::vector<float> scores(wants_scores() ? segment.doc_count() : 0);
    if (by_keys_) begin_keys(target, t, segment);
    Window window;
    for (LocalDocId doc = scorer->advance(0); doc != kNoDoc && doc < segment.doc_count();) {
      const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
      scorer->score(begin, window);
      mask(window, begin, accept.get(), segment.doc_count());
      if (request_.min_score) drop_below(window, *request_.min_score);
      if (aggregations_ != nullptr) copy_matches(window, begin, matches);
      if (!scores.empty()) {
        std::copy_n(window.scores.begin(), std::min<size_t>(kWindowDocs, scores.size() - begin), scores.begin() + begin);
      }
      if (post) mask(window, begin, post.get(), segment.doc_count());
      collect_window(window, begin, t, static_cast<uint32_t>(segment.index));
      if (begin + kWindowDocs >= segment.doc_count()) break;
      doc = scorer->advance(begin + kWindowDocs);
      if ((begin / kWindowDocs) % 64 == 63) check_time(context_);
    }
    if (aggregations_ != nullptr) aggregations_->collect(segment.index, matches, scores.empty() ? nullptr : scores.data());
    if (by_keys_) end_keys();
  }

  bool wants_scores() const { return aggregations_ != nullptr && aggregations_->needs_scores(); }

  void begin_keys(const BoundTarget& target, uint32_t t, const SegmentView& segment) {
    if (groups_) {
      groups_->begin_segment(target.group_sort, t, segment);
    } else {
      const bool on = scroll_ != nullptr && scroll_->any;
      top_sorted_.begin_segment(scroll_ != nullptr ? target.group_sort : target.sort, on ? scroll_->last.sort : target.search_after,
                                t, segment, on ? &scroll_->last : nullptr);
    }
  }
  void end_keys() { groups_ ? groups_->end_segment() : top_sorted_.end_segment(); }

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
    if (by_keys_) {
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
    groups_ ? groups_->add(docs, scores, n) : top_sorted_.add(docs, scores, n);
  }

  static constexpr uint32_t kDocsWorthHalves = 50000;

  const SearchRequest& request_;
  const SearchContext& context_;
  Aggregations::Run* aggregations_;
  const size_t capacity_;
  TopScores top_scores_;
  TopSorted top_sorted_;
  std::unique_ptr<TopGroups> groups_;
  const ScrollPosition* scroll_;
  bool by_keys_ = false;
  QueryResult result_;
  float max_score_ = 0;
  uint64_t target_seen_ = 0;
};

void limit_total(const SearchRequest& request, QueryResult& result) {
  const int64_t limit = request.track_total_hits;
  if (limit < 0 || result.total <= static_cast<uint64_t>(limit)) return;
  result.total = static_cast<uint64_t>(limit);
  result.total_is_exact = false;
}

/// Each target has windows of its own, as each shard has.
QueryResult run_rescored(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context,
                         Aggregations::Run* aggregations) {
  const auto page = static_cast<size_t>(request.from + request.size);
  size_t capacity = page;
  for (const RescoreClause& clause : request.rescore) {
    capacity = std::max(capacity, static_cast<size_t>(std::max<int64_t>(0, clause.window_size)));
  }
  QueryResult all;
  for (size_t t = 0; t < targets.size(); ++t) {
    QueryResult one = QueryPhase(request, context, aggregations, capacity).run(targets, t, t + 1);
    for (size_t i = 0; i < request.rescore.size(); ++i) {
      rescore(request.rescore[i], *targets[t].rescore[i], targets[t].searcher(), context, one.hits);
    }
    all.hits.insert(all.hits.end(), one.hits.begin(), one.hits.end());
    all.total += one.total;
    all.timed_out |= one.timed_out;
    all.terminated_early |= one.terminated_early;
  }
  std::stable_sort(all.hits.begin(), all.hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });
  if (all.hits.size() > page) all.hits.resize(page);
  all.has_max_score = !all.hits.empty();
  if (all.has_max_score) all.max_score = all.hits.front().score;
  return all;
}

}  // namespace

QueryResult run_query_phase(const SearchRequest& request, const std::vector<BoundTarget>& targets,
                            const SearchContext& context, Aggregations::Run* aggregations, const SearchSession* session) {
  const ScrollPosition* scroll = session == nullptr ? nullptr : session->scroll;
  const bool rescored = !request.rescore.empty() && request.size > 0;
  QueryResult result = rescored ? run_rescored(request, targets, context, aggregations)
                                : QueryPhase(request, context, aggregations, static_cast<size_t>(request.from + request.size),
                                             scroll)
                                      .run(targets, 0, targets.size());
  limit_total(request, result);
  return result;
}

}  // namespace tarn::query
