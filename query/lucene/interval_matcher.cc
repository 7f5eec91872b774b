#include "query/lucene/interval_matcher.h"

#include <algorithm>

#include "query/lucene/candidate_scorer.h"
#include "query/text/similarity.h"

namespace tarn::query {

namespace {
constexpr int32_t kNoMore = INT32_MAX;
using Kind = IntervalSource::Kind;
}  // namespace

/// Lucene's IntervalIterator over intervals that were found already.
class IntervalMatcher::Cursor {
 public:
  explicit Cursor(const std::vector<Interval>* list) : list_(list) {}
  int32_t next() {
    if (at_ < static_cast<ptrdiff_t>(list_->size())) ++at_;
    return start();
  }
  int32_t start() const { return at_ < 0 ? -1 : done() ? kNoMore : here().start; }
  int32_t end() const { return at_ < 0 ? -1 : done() ? kNoMore : here().end; }
  int64_t width() const { return here().width; }
  const Interval& here() const { return (*list_)[static_cast<size_t>(at_)]; }
  bool done() const { return at_ >= static_cast<ptrdiff_t>(list_->size()); }

 private:
  const std::vector<Interval>* list_;
  ptrdiff_t at_ = -1;
};

IntervalMatcher::IntervalMatcher(const IntervalSource& source, DocPositions& positions)
    : source_(source), positions_(positions), found_(source.parts.size()) {
  for (const std::string& term : source.terms) slots_.push_back(positions.announce(source.path, term));
  for (const auto& part : source.parts) parts_.emplace_back(*part, positions);
  if (source.make_filter) keep_ = source.make_filter();
}

Bitset IntervalMatcher::candidates(uint32_t doc_count) const {
  switch (source_.kind) {
    case Kind::kNone: return Bitset(doc_count);
    case Kind::kTerms: {
      Bitset out(doc_count);
      for (const size_t slot : slots_) positions_.or_documents(slot, out);
      return out;
    }
    case Kind::kOr: {
      Bitset out(doc_count);
      for (const IntervalMatcher& part : parts_) out |= part.candidates(doc_count);
      return out;
    }
    case Kind::kBlock:
    case Kind::kOrdered:
    case Kind::kUnordered: {
      Bitset out(doc_count, true);
      for (const IntervalMatcher& part : parts_) out &= part.candidates(doc_count);
      return out;
    }
    default: return parts_[0].candidates(doc_count);
  }
}

void IntervalMatcher::match(std::vector<Interval>& out) {
  switch (source_.kind) {
    case Kind::kNone: return;
    case Kind::kTerms: return terms(out);
    case Kind::kBlock: return block(out);
    case Kind::kOrdered: return ordered(out);
    case Kind::kUnordered: return unordered(out);
    case Kind::kOr: return any(out);
    case Kind::kRepeating: return repeated(out);
    case Kind::kExtend: {
      std::vector<Interval> inner;
      parts_[0].match(inner);
      for (Interval interval : inner) {
        interval.start = std::max(0, interval.start - source_.number);
        interval.width = interval.end - interval.start + 1;
        out.push_back(interval);
      }
      return;
    }
    case Kind::kScript: {
      std::vector<Interval> inner;
      parts_[0].match(inner);
      for (const Interval& interval : inner) {
        if (keep_(interval.start, interval.end, static_cast<int>(interval.gaps))) out.push_back(interval);
      }
      return;
    }
    case Kind::kMaxGaps: {
      std::vector<Interval> inner;
      parts_[0].match(inner);
      for (const Interval& interval : inner) {
        if (interval.gaps <= source_.number) out.push_back(interval);
      }
      return;
    }
    default: return filtered(out);
  }
}

void IntervalMatcher::terms(std::vector<Interval>& out) const {
  const size_t begin = out.size();
  for (const size_t slot : slots_) {
    for (const int32_t position : positions_.positions(slot)) out.push_back({position, position, 0, 1});
  }
  if (slots_.size() < 2) return;
  // Several terms are a disjunction, whose equal intervals are one.
  const auto from = out.begin() + static_cast<ptrdiff_t>(begin);
  std::sort(from, out.end(), [](const Interval& a, const Interval& b) { return a.start < b.start; });
  out.erase(std::unique(from, out.end(), [](const Interval& a, const Interval& b) { return a.start == b.start; }), out.end());
}

bool IntervalMatcher::find_parts() {
  bool all = true;
  for (size_t i = 0; i < parts_.size(); ++i) {
    found_[i].clear();
    parts_[i].match(found_[i]);
    all &= !found_[i].empty();
  }
  return all;
}

std::vector<IntervalMatcher::Cursor> IntervalMatcher::cursors() const {
  std::vector<Cursor> out;
  for (const auto& list : found_) out.emplace_back(&list);
  return out;
}

void IntervalMatcher::block(std::vector<Interval>& out) {
  if (!find_parts()) return;
  auto subs = cursors();
  while (subs[0].next() != kNoMore) {
    size_t i = 1;
    while (i < subs.size()) {
      while (subs[i].start() <= subs[i - 1].end()) {
        if (subs[i].next() == kNoMore) return;
      }
      if (subs[i].start() == subs[i - 1].end() + 1) {
        ++i;
      } else {
        if (subs[0].next() == kNoMore) return;
        i = 1;
      }
    }
    const int32_t start = subs[0].start(), end = subs.back().end();
    out.push_back({start, end, 0, int64_t{end} - start + 1});
  }
}

void IntervalMatcher::ordered(std::vector<Interval>& out) {
  if (!find_parts()) return;
  auto subs = cursors();
  subs[0].next();
  size_t i = 1;
  while (true) {  // one round finds one interval: the first one, then made as short as it gets
    Interval best{kNoMore, kNoMore, 0, 0};
    int32_t last_start = kNoMore;
    bool minimizing = false, ended = false;
    while (!ended) {
      while (true) {
        if (subs[i - 1].end() >= last_start) {
          ended = true;
          break;
        }
        if (i == subs.size() || (minimizing && subs[i].start() > subs[i - 1].end())) break;
        do {
          if (subs[i].end() >= last_start || subs[i].next() == kNoMore) {
            ended = true;
            break;
          }
        } while (subs[i].start() <= subs[i - 1].end());
        if (ended) break;
        ++i;
      }
      if (ended) break;
      best.start = subs[0].start();
      best.end = subs.back().end();
      best.width = int64_t{best.end} - best.start + 1;
      best.gaps = best.width;
      for (const Cursor& sub : subs) best.gaps -= sub.width();
      last_start = subs.back().start();
      i = 1;
      if (subs[0].next() == kNoMore) break;
      minimizing = true;
    }
    if (best.start == kNoMore) return;
    out.push_back(best);
    if (subs[0].start() == kNoMore) return;
  }
}

void IntervalMatcher::unordered(std::vector<Interval>& out) {
  if (!find_parts()) return;
  auto subs = cursors();
  std::vector<Cursor*> queue;
  int32_t queue_end = -1;
  for (Cursor& sub : subs) {
    sub.next();
    queue.push_back(&sub);
    queue_end = std::max(queue_end, sub.end());
  }
  const auto before = [](const Cursor* a, const Cursor* b) {
    return a->start() != b->start() ? a->start() < b->start() : a->end() > b->end();
  };
  const auto advance_top = [&] {
    const auto top = std::min_element(queue.begin(), queue.end(), before);
    if ((*top)->next() == kNoMore) {
      queue.erase(top);
    } else {
      queue_end = std::max(queue_end, (*top)->end());
    }
  };
  int32_t start = -1;
  while (true) {
    while (queue.size() == subs.size() && (*std::min_element(queue.begin(), queue.end(), before))->start() == start) advance_top();
    if (queue.size() < subs.size()) return;
    Interval best{};
    do {
      const Cursor* top = *std::min_element(queue.begin(), queue.end(), before);
      start = best.start = top->start();
      best.end = queue_end;
      best.width = int64_t{best.end} - best.start + 1;
      best.gaps = best.width;
      for (const Cursor& sub : subs) best.gaps -= sub.width();
      if (top->end() == best.end) break;
      advance_top();
    } while (queue.size() == subs.size() && best.end == queue_end);
    out.push_back(best);
  }
}

void IntervalMatcher::any(std::vector<Interval>& out) {
  find_parts();
  auto subs = cursors();
  std::vector<Cursor*> queue;
  for (Cursor& sub : subs) {
    if (sub.next() != kNoMore) queue.push_back(&sub);
  }
  const auto before = [](const Cursor* a, const Cursor* b) {
    return a->end() != b->end() ? a->end() < b->end() : a->start() > b->start();
  };
  while (!queue.empty()) {
    const Interval current = (*std::min_element(queue.begin(), queue.end(), before))->here();
    out.push_back(current);
    while (!queue.empty()) {  // intervals around the one that was given are not minimal
      const auto top = std::min_element(queue.begin(), queue.end(), before);
      if (!((*top)->start() <= current.start && (*top)->end() >= current.end)) break;
      if ((*top)->next() == kNoMore) queue.erase(top);
    }
  }
}

void IntervalMatcher::repeated(std::vector<Interval>& out) {
  std::vector<Interval> inner;
  parts_[0].match(inner);
  const auto times = static_cast<size_t>(source_.number);
  for (size_t i = 0; i + times <= inner.size(); ++i) {
    Interval interval{inner[i].start, inner[i + times - 1].end, 0, 0};
    for (size_t k = i; k < i + times; ++k) interval.width += int64_t{inner[k].end} - inner[k].start + 1;
    interval.gaps = int64_t{interval.end} - interval.start + 1 - interval.width;
    out.push_back(interval);
  }
}

void IntervalMatcher::filtered(std::vector<Interval>& out) {
  find_parts();
  const std::vector<Interval>& wanted = found_[0];
  const Kind kind = source_.kind;
  if (kind == Kind::kBefore || kind == Kind::kAfter) {
    for (const Interval& a : wanted) {
      const bool any = std::any_of(found_[1].begin(), found_[1].end(), [&](const Interval& b) {
        return kind == Kind::kBefore ? a.end <= std::max(0, b.start - 1) : a.start >= b.end + 1;
      });
      if (any) out.push_back(a);
    }
    return;
  }
  const bool negated = kind == Kind::kNotContaining || kind == Kind::kNotContainedBy || kind == Kind::kNotOverlapping;
  Cursor b(&found_[1]);
  b.next();
  for (const Interval& a : wanted) {
    const auto passed = [&] {
      switch (kind) {
        case Kind::kContaining:
        case Kind::kNotContaining: return b.start() < a.start && b.end() < a.end;
        case Kind::kContainedBy:
        case Kind::kNotContainedBy: return b.end() < a.end;
        default: return b.end() < a.start;
      }
    };
    while (!b.done() && passed()) b.next();
    if (b.done()) {
      if (!negated) return;
      out.push_back(a);
      continue;
    }
    bool accepted = false;
    switch (kind) {
      case Kind::kContaining: accepted = a.start <= b.start() && a.end >= b.end(); break;
      case Kind::kContainedBy: accepted = b.start() <= a.start; break;
      case Kind::kOverlapping: accepted = b.start() <= a.end; break;
      case Kind::kNotContainedBy: accepted = a.start < b.start(); break;
      default: accepted = b.start() > a.end;
    }
    if (accepted) out.push_back(a);
  }
}

namespace {

float interval_freq(const std::vector<Interval>& intervals, int min_extent) {
  float freq = 0;
  for (const Interval& interval : intervals) {
    const int64_t length = int64_t{interval.end} - interval.start + 1;
    freq = static_cast<float>(freq + 1.0 / static_cast<double>(std::max<int64_t>(length - min_extent + 1, 1)));
  }
  return freq;
}

class IntervalsPlan final : public Plan {
 public:
  IntervalsPlan(std::string field, IntervalSourcePtr source, float boost)
      : field_(std::move(field)), source_(std::move(source)), boost_(boost) {}
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all(segment.doc_count(), true);
    restrict_to(segment, all);
    out |= all;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    DocPositions positions(segment);
    IntervalMatcher matcher(*source_, positions);
    documents &= matcher.candidates(segment.doc_count());
    std::vector<Interval> intervals;
    uint32_t seen = 0;
    for (uint32_t doc = documents.next(0); doc < documents.size(); doc = documents.next(doc + 1)) {
      if ((++seen & 1023) == 0) check_time(segment.context);
      intervals.clear();
      positions.load(doc);
      matcher.match(intervals);
      if (intervals.empty()) documents.reset(doc);
      if (doc + 1 >= documents.size()) break;
    }
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::string describe() const override { return field_ + ":" + source_->text; }
  void visit_terms(TermVisitor& visitor) const override { visit(*source_, visitor); }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, field_); }

 private:
  static void visit(const IntervalSource& source, TermVisitor& visitor) {
    for (const std::string& term : source.terms) visitor.term(source.path, term, 1);
    for (const auto& part : source.parts) visit(*part, visitor);
  }
  std::string field_;
  IntervalSourcePtr source_;
  float boost_;
};

class IntervalScorer final : public CandidateScorer {
 public:
  IntervalScorer(const SegmentView& segment, const IntervalSource& source, float boost)
      : CandidateScorer(segment), positions_(segment_), matcher_(source, positions_), min_extent_(source.min_extent()), boost_(boost) {
    candidates_ = matcher_.candidates(segment.doc_count());
  }

 private:
  std::optional<float> score_of(LocalDocId doc) override {
    intervals_.clear();
    positions_.load(doc);
    matcher_.match(intervals_);
    if (intervals_.empty()) return std::nullopt;
    return boost_ * (1.0f - 1.0f / (1.0f + interval_freq(intervals_, min_extent_)));
  }

  DocPositions positions_;
  IntervalMatcher matcher_;
  int min_extent_;
  float boost_;
  std::vector<Interval> intervals_;
};

std::unique_ptr<Scorer> IntervalsPlan::scorer(const SegmentView& segment) const {
  auto scorer = std::make_unique<IntervalScorer>(segment, *source_, boost_);
  if (scorer->advance(0) == kNoDoc) return nullptr;
  return scorer;
}

}  // namespace

PlanPtr LuceneIntervals::plan(Binder&, float boost) const { return std::make_shared<IntervalsPlan>(field_, source_, boost); }

}  // namespace tarn::query
