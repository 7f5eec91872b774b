#include "query/lucene/spans.h"

#include <algorithm>
#include <climits>

namespace tarn::query {

namespace {

constexpr int32_t kNoMore = INT32_MAX;

/// Walks a document's spans as Lucene's Spans does: before the first, on one, past the last.
class SpanCursor {
 public:
  explicit SpanCursor(const std::vector<Span>* spans) : spans_(spans) {}
  int32_t next() {
    if (at_ < static_cast<ptrdiff_t>(spans_->size())) ++at_;
    return start();
  }
  int32_t start() const { return at_ < 0 ? -1 : done() ? kNoMore : here().start; }
  int32_t end() const { return at_ < 0 ? -1 : done() ? kNoMore : here().end; }
  const Span& here() const { return (*spans_)[static_cast<size_t>(at_)]; }

 private:
  bool done() const { return at_ >= static_cast<ptrdiff_t>(spans_->size()); }
  const std::vector<Span>* spans_;
  ptrdiff_t at_ = -1;
};

bool ordered(const Span& a, const Span& b) { return a.start != b.start ? a.start < b.start : a.end < b.end; }

using MatcherPtr = std::unique_ptr<SpanMatcher>;
using ScoredTerms = std::set<std::pair<std::string, std::string>>;

class TermMatcher final : public SpanMatcher {
 public:
  TermMatcher(const DocPositions& positions, size_t slot) : positions_(positions), slot_(slot) {}
  void match(std::vector<Span>& out) override {
    for (const int32_t position : positions_.positions(slot_)) out.push_back({position, position + 1, 0});
  }
  Bitset candidates(uint32_t doc_count) const override {
    Bitset out(doc_count);
    positions_.or_documents(slot_, out);
    return out;
  }

 private:
  const DocPositions& positions_;
  size_t slot_;
};

class OrMatcher final : public SpanMatcher {
 public:
  explicit OrMatcher(std::vector<MatcherPtr> clauses) : clauses_(std::move(clauses)) {}
  void match(std::vector<Span>& out) override {
    const auto begin = static_cast<ptrdiff_t>(out.size());
    for (const auto& clause : clauses_) clause->match(out);
    std::stable_sort(out.begin() + begin, out.end(), ordered);
  }
  Bitset candidates(uint32_t doc_count) const override {
    Bitset out(doc_count);
    for (const auto& clause : clauses_) out |= clause->candidates(doc_count);
    return out;
  }

 private:
  std::vector<MatcherPtr> clauses_;
};

Bitset all_of(const std::vector<MatcherPtr>& clauses, uint32_t doc_count) {
  Bitset out(doc_count, true);
  for (const auto& clause : clauses) {
    if (clause) out &= clause->candidates(doc_count);
  }
  return out;
}

/// NearSpansOrdered. A null clause is a gap of `gaps[i]` positions.
class OrderedMatcher final : public SpanMatcher {
 public:
  OrderedMatcher(std::vector<MatcherPtr> clauses, std::vector<int> gaps, int slop)
      : clauses_(std::move(clauses)), gaps_(std::move(gaps)), slop_(slop), found_(clauses_.size()) {}
  void match(std::vector<Span>& out) override {
    std::vector<SpanCursor> cursors;
    for (size_t i = 0; i < clauses_.size(); ++i) {
      found_[i].clear();
      if (clauses_[i]) {
        clauses_[i]->match(found_[i]);
        if (found_[i].empty()) return;
      }
      cursors.emplace_back(&found_[i]);
      if (i > 0) cursors.back().next();
    }
    // A gap that leads stands at every position in turn.
    for (int32_t lead = 0; clauses_[0] == nullptr || cursors[0].next() != kNoMore; ++lead) {
      const int32_t start = clauses_[0] ? cursors[0].start() : lead;
      int32_t width = 0, end = clauses_[0] ? cursors[0].end() : lead + gaps_[0];
      for (size_t i = 1; i < cursors.size(); ++i) {
        if (!clauses_[i]) {
          end += gaps_[i];
          continue;
        }
        while (cursors[i].start() < end) cursors[i].next();
        if (cursors[i].start() == kNoMore) return;
        width += cursors[i].start() - end;
        end = cursors[i].end();
      }
      if (width <= slop_) out.push_back({start, end, width});
    }
  }
  Bitset candidates(uint32_t doc_count) const override { return all_of(clauses_, doc_count); }

 private:
  std::vector<MatcherPtr> clauses_;
  std::vector<int> gaps_;
  int slop_;
  std::vector<std::vector<Span>> found_;
};

/// NearSpansUnordered: a window over all clauses, moved by its first span.
class UnorderedMatcher final : public SpanMatcher {
 public:
  UnorderedMatcher(std::vector<MatcherPtr> clauses, int slop)
      : clauses_(std::move(clauses)), slop_(slop), found_(clauses_.size()) {}
  void match(std::vector<Span>& out) override {
    std::vector<SpanCursor> cursors;
    int64_t total = 0;
    int32_t last = -1;
    for (size_t i = 0; i < clauses_.size(); ++i) {
      found_[i].clear();
      clauses_[i]->match(found_[i]);
      if (found_[i].empty()) return;
      cursors.emplace_back(&found_[i]);
      cursors.back().next();
      total += cursors.back().end() - cursors.back().start();
      last = std::max(last, cursors.back().end());
    }
    while (true) {
      auto top = std::min_element(cursors.begin(), cursors.end(),
                                  [](const SpanCursor& a, const SpanCursor& b) { return ordered(a.here(), b.here()); });
      if (last - top->start() - total <= slop_) out.push_back({top->start(), last, last - top->start()});
      total -= top->end() - top->start();
      if (top->next() == kNoMore) return;
      total += top->end() - top->start();
      last = std::max(last, top->end());
    }
  }
  Bitset candidates(uint32_t doc_count) const override { return all_of(clauses_, doc_count); }

 private:
  std::vector<MatcherPtr> clauses_;
  int slop_;
  std::vector<std::vector<Span>> found_;
};

class NotMatcher final : public SpanMatcher {
 public:
  NotMatcher(MatcherPtr include, MatcherPtr exclude, int pre, int post)
      : include_(std::move(include)), exclude_(std::move(exclude)), pre_(pre), post_(post) {}
  void match(std::vector<Span>& out) override {
    std::vector<Span> wanted, unwanted;
    include_->match(wanted);
    exclude_->match(unwanted);
    SpanCursor exclude(&unwanted);
    exclude.next();
    for (const Span& span : wanted) {
      while (exclude.start() != kNoMore && exclude.end() <= int64_t{span.start} - pre_) exclude.next();
      if (exclude.start() == kNoMore || int64_t{exclude.start()} - post_ >= span.end) out.push_back(span);
    }
  }
  Bitset candidates(uint32_t doc_count) const override { return include_->candidates(doc_count); }

 private:
  MatcherPtr include_, exclude_;
  int pre_, post_;
};

class FirstMatcher final : public SpanMatcher {
 public:
  FirstMatcher(MatcherPtr inner, int end) : inner_(std::move(inner)), end_(end) {}
  void match(std::vector<Span>& out) override {
    std::vector<Span> spans;
    inner_->match(spans);
    for (const Span& span : spans) {
      if (span.start >= end_) return;
      if (span.end <= end_) out.push_back(span);
    }
  }
  Bitset candidates(uint32_t doc_count) const override { return inner_->candidates(doc_count); }

 private:
  MatcherPtr inner_;
  int end_;
};

/// SpanContainingQuery gives the big spans, SpanWithinQuery the little ones.
class ContainMatcher final : public SpanMatcher {
 public:
  ContainMatcher(MatcherPtr big, MatcherPtr little, bool gives_big)
      : big_(std::move(big)), little_(std::move(little)), gives_big_(gives_big) {}
  void match(std::vector<Span>& out) override {
    std::vector<Span> bigs, littles;
    big_->match(bigs);
    little_->match(littles);
    SpanCursor big(&bigs), little(&littles);
    if (gives_big_) {
      while (big.next() != kNoMore) {
        while (little.start() < big.start()) {
          if (little.next() == kNoMore) return;
        }
        if (big.end() >= little.end()) out.push_back(big.here());
      }
      return;
    }
    while (little.next() != kNoMore) {
      while (big.end() < little.end()) {
        if (big.next() == kNoMore) return;
      }
      if (big.start() <= little.start()) out.push_back(little.here());
    }
  }
  Bitset candidates(uint32_t doc_count) const override {
    Bitset out = big_->candidates(doc_count);
    out &= little_->candidates(doc_count);
    return out;
  }

 private:
  MatcherPtr big_, little_;
  bool gives_big_;
};

class SpanTermQuery final : public LuceneSpan {
 public:
  SpanTermQuery(std::string field, std::string term) : field_(std::move(field)), term_(std::move(term)) {}
  std::string to_string() const override { return field_ + ":" + term_; }
  const std::string& field() const override { return field_; }
  MatcherPtr matcher(DocPositions& positions) const override {
    return std::make_unique<TermMatcher>(positions, positions.announce(field_, term_));
  }
  void scored_terms(ScoredTerms& out) const override { out.emplace(field_, term_); }

 private:
  std::string field_, term_;
};

class SpanTermsQuery final : public LuceneSpan {
 public:
  SpanTermsQuery(std::string field, std::vector<std::string> terms, std::string text)
      : field_(std::move(field)), terms_(std::move(terms)), text_(std::move(text)) {}
  std::string to_string() const override { return text_; }
  const std::string& field() const override { return field_; }
  MatcherPtr matcher(DocPositions& positions) const override {
    std::vector<MatcherPtr> clauses;
    for (const std::string& term : terms_) {
      clauses.push_back(std::make_unique<TermMatcher>(positions, positions.announce(field_, term)));
    }
    return std::make_unique<OrMatcher>(std::move(clauses));
  }
  void scored_terms(ScoredTerms& out) const override {
    for (const std::string& term : terms_) out.emplace(field_, term);
  }

 private:
  std::string field_;
  std::vector<std::string> terms_;
  std::string text_;
};

class SpanGapQuery final : public LuceneSpan {
 public:
  SpanGapQuery(std::string field, int width) : field_(std::move(field)), width_(width) {}
  std::string to_string() const override { return "SpanGap(:" + std::to_string(width_) + ")"; }
  const std::string& field() const override { return field_; }
  MatcherPtr matcher(DocPositions&) const override { return nullptr; }
  void scored_terms(ScoredTerms&) const override {}
  int width() const { return width_; }

 private:
  std::string field_;
  int width_;
};

std::string list_text(const std::vector<LuceneSpanPtr>& clauses) {
  std::string out = "[";
  for (const auto& clause : clauses) {
    if (out.size() > 1) out += ", ";
    out += clause->to_string();
  }
  return out + "]";
}

class SpanOrQuery final : public LuceneSpan {
 public:
  explicit SpanOrQuery(std::vector<LuceneSpanPtr> clauses) : clauses_(std::move(clauses)) {}
  std::string to_string() const override { return "spanOr(" + list_text(clauses_) + ")"; }
  const std::string& field() const override { return clauses_.front()->field(); }
  MatcherPtr matcher(DocPositions& positions) const override {
    std::vector<MatcherPtr> out;
    for (const auto& clause : clauses_) out.push_back(clause->matcher(positions));
    return std::make_unique<OrMatcher>(std::move(out));
  }
  void scored_terms(ScoredTerms& out) const override {
    for (const auto& clause : clauses_) clause->scored_terms(out);
  }
  const std::vector<LuceneSpanPtr>& clauses() const { return clauses_; }

 private:
  std::vector<LuceneSpanPtr> clauses_;
};

class SpanNearQuery final : public LuceneSpan {
 public:
  SpanNearQuery(std::vector<LuceneSpanPtr> clauses, int slop, bool in_order)
      : clauses_(std::move(clauses)), slop_(slop), in_order_(in_order) {}
  std::string to_string() const override {
    return "spanNear(" + list_text(clauses_) + ", " + std::to_string(slop_) + ", " + (in_order_ ? "true" : "false") + ")";
  }
  const std::string& field() const override { return clauses_.front()->field(); }
  MatcherPtr matcher(DocPositions& positions) const override {
    std::vector<MatcherPtr> matchers;
    std::vector<int> gaps;
    for (const auto& clause : clauses_) {
      matchers.push_back(clause->matcher(positions));
      const auto* gap = dynamic_cast<const SpanGapQuery*>(clause.get());
      gaps.push_back(gap != nullptr ? gap->width() : 0);
    }
    if (in_order_) return std::make_unique<OrderedMatcher>(std::move(matchers), std::move(gaps), slop_);
    return std::make_unique<UnorderedMatcher>(std::move(matchers), slop_);
  }
  void scored_terms(ScoredTerms& out) const override {
    for (const auto& clause : clauses_) clause->scored_terms(out);
  }
  const std::vector<LuceneSpanPtr>& clauses() const { return clauses_; }
  bool in_order() const { return in_order_; }

 private:
  std::vector<LuceneSpanPtr> clauses_;
  int slop_;
  bool in_order_;
};

class SpanNotQuery final : public LuceneSpan {
 public:
  SpanNotQuery(LuceneSpanPtr include, LuceneSpanPtr exclude, int pre, int post)
      : include_(std::move(include)), exclude_(std::move(exclude)), pre_(pre), post_(post) {}
  std::string to_string() const override {
    return "spanNot(" + include_->to_string() + ", " + exclude_->to_string() + ", " + std::to_string(pre_) + ", " +
           std::to_string(post_) + ")";
  }
  const std::string& field() const override { return include_->field(); }
  MatcherPtr matcher(DocPositions& positions) const override {
    auto include = include_->matcher(positions);
    return std::make_unique<NotMatcher>(std::move(include), exclude_->matcher(positions), pre_, post_);
  }
  void scored_terms(ScoredTerms& out) const override { include_->scored_terms(out); }

 private:
  LuceneSpanPtr include_, exclude_;
  int pre_, post_;
};

class SpanFirstQuery final : public LuceneSpan {
 public:
  SpanFirstQuery(LuceneSpanPtr match, int end) : match_(std::move(match)), end_(end) {}
  std::string to_string() const override { return "spanFirst(" + match_->to_string() + ", " + std::to_string(end_) + ")"; }
  const std::string& field() const override { return match_->field(); }
  MatcherPtr matcher(DocPositions& positions) const override {
    return std::make_unique<FirstMatcher>(match_->matcher(positions), end_);
  }
  void scored_terms(ScoredTerms& out) const override { match_->scored_terms(out); }

 private:
  LuceneSpanPtr match_;
  int end_;
};

class SpanContainQuery final : public LuceneSpan {
 public:
  SpanContainQuery(LuceneSpanPtr big, LuceneSpanPtr little, bool gives_big)
      : big_(std::move(big)), little_(std::move(little)), gives_big_(gives_big) {}
  std::string to_string() const override {
    return std::string(gives_big_ ? "SpanContaining(" : "SpanWithin(") + big_->to_string() + ", " + little_->to_string() + ")";
  }
  const std::string& field() const override { return big_->field(); }
  MatcherPtr matcher(DocPositions& positions) const override {
    auto big = big_->matcher(positions);
    return std::make_unique<ContainMatcher>(std::move(big), little_->matcher(positions), gives_big_);
  }
  void scored_terms(ScoredTerms& out) const override {
    big_->scored_terms(out);
    little_->scored_terms(out);
  }

 private:
  LuceneSpanPtr big_, little_;
  bool gives_big_;
};

class SpanMaskingQuery final : public LuceneSpan {
 public:
  SpanMaskingQuery(LuceneSpanPtr query, std::string field) : query_(std::move(query)), field_(std::move(field)) {}
  std::string to_string() const override { return "mask(" + query_->to_string() + ") as " + field_; }
  const std::string& field() const override { return field_; }
  MatcherPtr matcher(DocPositions& positions) const override { return query_->matcher(positions); }
  void scored_terms(ScoredTerms& out) const override { query_->scored_terms(out); }
  const LuceneSpan& scored() const override { return query_->scored(); }

 private:
  LuceneSpanPtr query_;
  std::string field_;
};

}  // namespace

LuceneSpanPtr span_term(std::string field, std::string term) {
  return std::make_shared<SpanTermQuery>(std::move(field), std::move(term));
}
LuceneSpanPtr span_terms(std::string field, std::vector<std::string> terms, std::string text) {
  return std::make_shared<SpanTermsQuery>(std::move(field), std::move(terms), std::move(text));
}
LuceneSpanPtr span_gap(std::string field, int width) { return std::make_shared<SpanGapQuery>(std::move(field), width); }
LuceneSpanPtr span_or(std::vector<LuceneSpanPtr> clauses) { return std::make_shared<SpanOrQuery>(std::move(clauses)); }
LuceneSpanPtr span_near(std::vector<LuceneSpanPtr> clauses, int slop, bool in_order) {
  return std::make_shared<SpanNearQuery>(std::move(clauses), slop, in_order);
}
LuceneSpanPtr span_with_slop(const LuceneSpan& query, int slop) {
  if (const auto* near = dynamic_cast<const SpanNearQuery*>(&query)) return span_near(near->clauses(), slop, near->in_order());
  if (const auto* any = dynamic_cast<const SpanOrQuery*>(&query)) {
    std::vector<LuceneSpanPtr> clauses;
    for (const LuceneSpanPtr& clause : any->clauses()) {
      const auto changed = span_with_slop(*clause, slop);
      clauses.push_back(changed ? changed : clause);
    }
    return span_or(std::move(clauses));
  }
  return nullptr;
}
LuceneSpanPtr span_not(LuceneSpanPtr include, LuceneSpanPtr exclude, int pre, int post) {
  return std::make_shared<SpanNotQuery>(std::move(include), std::move(exclude), pre, post);
}
LuceneSpanPtr span_first(LuceneSpanPtr match, int end) { return std::make_shared<SpanFirstQuery>(std::move(match), end); }
LuceneSpanPtr span_containing(LuceneSpanPtr big, LuceneSpanPtr little) {
  return std::make_shared<SpanContainQuery>(std::move(big), std::move(little), true);
}
LuceneSpanPtr span_within(LuceneSpanPtr big, LuceneSpanPtr little) {
  return std::make_shared<SpanContainQuery>(std::move(big), std::move(little), false);
}
LuceneSpanPtr span_masking(LuceneSpanPtr query, std::string field) {
  return std::make_shared<SpanMaskingQuery>(std::move(query), std::move(field));
}

}  // namespace tarn::query
