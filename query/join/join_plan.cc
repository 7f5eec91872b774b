#include "query/join/join_plan.h"

#include <algorithm>
#include <mutex>

#include "query/filter/bits_scorer.h"
#include "query/join/shared_ordinals.h"

namespace tarn::query {

Bitset documents_of_relations(const SegmentView& segment, const std::string& path, const std::vector<std::string>& relations) {
  Bitset out(segment.doc_count());
  const KeywordColumn* names = segment.reader.keywords(path);
  if (names == nullptr) return out;
  for (const std::string& relation : relations) {
    if (const auto ordinal = names->find(relation)) names->or_docs_into(*ordinal, *ordinal + 1, out);
  }
  return out;
}

namespace {

constexpr size_t kBatch = 1024;

/// visit(document, shared number) for each of `documents` that has an id.
template <class Visit>
void each_id(const SegmentView& segment, const std::string& id_path, const SharedOrdinals& shared, const Bitset& documents,
             Visit&& visit) {
  const KeywordColumn* ids = segment.reader.keywords(id_path);
  if (ids == nullptr) return;
  std::array<LocalDocId, kBatch> docs;
  std::array<Ordinal, kBatch> ordinals;
  for (uint32_t from = 0; from < documents.size();) {
    const size_t count = documents.extract(from, docs.data(), kBatch);
    if (count == 0) break;
    ids->gather(docs.data(), count, ordinals.data());
    for (size_t i = 0; i < count; ++i) {
      if (ordinals[i] != kNoOrdinal) visit(docs[i], shared.of(segment.index, ordinals[i]));
    }
    from = docs[count - 1] + 1;
  }
}

/// The live documents of the sides' `from` that match.
Bitset matching_sources(const Plan& inner, const JoinSides& sides, const SegmentView& segment) {
  Bitset out = documents_of_relations(segment, sides.path, sides.from);
  if (const Bitset* live = segment.reader.live()) out &= *live;
  if (!out.none()) inner.restrict_to(segment, out);
  return out;
}

/// What the matches left for each value that joins.
struct Found {
  std::shared_ptr<const SharedOrdinals> shared;
  std::vector<uint32_t> counts;
  std::vector<float> scores;   // empty: nobody asks for them
  bool has(uint32_t number, const JoinSides& sides) const {
    return counts[number] >= std::max(1u, sides.from_min) && counts[number] <= sides.from_max;
  }
};

class JoinScorer final : public Scorer {
 public:
  JoinScorer(Bitset matches, const SegmentView& segment, const JoinSides& sides, const Found& found, NestedScore mode, float boost)
      : matches_(std::move(matches)), segment_(segment), sides_(sides), found_(found), mode_(mode), boost_(boost),
        ids_(segment.reader.keywords(sides.id_path)) {}
  LocalDocId advance(LocalDocId doc) override {
    if (doc >= matches_.size()) return kNoDoc;
    const uint32_t next = matches_.next(doc);
    return next >= matches_.size() ? kNoDoc : next;
  }
  void score(LocalDocId begin, Window& out) override {
    copy_window(matches_, begin, out.bits.data());
    for (size_t w = 0; w < out.bits.size(); ++w) {
      for (uint64_t bits = out.bits[w]; bits != 0; bits &= bits - 1) {
        const size_t at = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        const uint32_t number = found_.shared->of(segment_.index, ids_->first(static_cast<LocalDocId>(begin + at)));
        out.scores[at] = score_of_number(number) * boost_;
      }
    }
  }

 private:
  float score_of_number(uint32_t number) const {
    const float score = found_.scores[number];
    return mode_ == NestedScore::kAvg ? score / static_cast<float>(found_.counts[number]) : score;
  }
  Bitset matches_;
  const SegmentView segment_;
  const JoinSides& sides_;
  const Found& found_;
  NestedScore mode_;
  float boost_;
  const KeywordColumn* ids_;
};

class JoinPlan final : public Plan {
 public:
  JoinPlan(PlanPtr inner, JoinSides sides, NestedScore mode, float boost)
      : inner_(std::move(inner)), sides_(std::move(sides)), mode_(mode), boost_(boost) {}

  uint64_t cost(const SegmentView& segment) const override {
    uint64_t documents = 0;
    const KeywordColumn* names = segment.reader.keywords(sides_.path);
    if (names == nullptr) return 0;
    for (const std::string& relation : sides_.to) {
      if (const auto ordinal = names->find(relation)) documents += names->doc_freq(*ordinal);
    }
    return documents;
  }

  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all(segment.doc_count(), true);
    restrict_to(segment, all);
    out |= all;
  }

  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    documents &= documents_of_relations(segment, sides_.path, sides_.to);
    if (documents.none()) return;
    const Found& found = matches(segment);
    Bitset kept(segment.doc_count());
    each_id(segment, sides_.id_path, *found.shared, documents, [&](LocalDocId doc, uint32_t number) {
      if (found.has(number, sides_)) kept.set(doc);
    });
    documents = std::move(kept);
  }

  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override {
    Bitset matching(segment.doc_count());
    or_into(segment, matching);
    if (mode_ == NestedScore::kNone) return make_bits_scorer(std::make_shared<const Bitset>(std::move(matching)), boost_);
    if (matching.none()) return nullptr;
    return std::make_unique<JoinScorer>(std::move(matching), segment, sides_, matches(segment), mode_, boost_);
  }

  std::optional<float> constant_score() const override {
    return mode_ == NestedScore::kNone ? std::optional<float>(boost_) : std::nullopt;
  }
  std::string describe() const override { return "LateParsingQuery {joinField=" + sides_.id_path + "}"; }

  /// As Lucene: by the value that joins alone, whatever the document's relation.
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    const KeywordColumn* ids = segment.reader.keywords(sides_.id_path);
    const Ordinal ordinal = ids == nullptr ? kNoOrdinal : ids->first(doc);
    if (ordinal == kNoOrdinal) return Explanation::no("Not a match");
    const std::string value(ids->term(ordinal));
    const Found& found = matches(segment);
    const uint32_t number = found.shared->of(segment.index, ordinal);
    if (!found.has(number, sides_)) return Explanation::no("Not a match, join value " + value);
    if (found.scores.empty()) return Explanation::yes(boost_, "A match, join value " + value);
    const float score = mode_ == NestedScore::kAvg ? found.scores[number] / static_cast<float>(found.counts[number]) : found.scores[number];
    return Explanation::yes(score * boost_, "A match, join value " + value + boost_text(boost_));
  }

 private:
  const Found& matches(const SegmentView& segment) const {
    std::call_once(once_, [&] { find(segment.searcher, segment.context); });
    return found_;
  }

  void find(const Searcher& searcher, const SearchContext& context) const {
    Found found;
    found.shared = shared_ordinals(searcher, sides_.id_path, context);
    found.counts.assign(found.shared->count(), 0);
    if (mode_ != NestedScore::kNone) found.scores.assign(found.shared->count(), 0);
    for (size_t i = 0; i < searcher.segments().size(); ++i) {
      check_time(context);
      const SegmentView segment(searcher, i, context);
      const Bitset sources = matching_sources(*inner_, sides_, segment);
      if (sources.none()) continue;
      if (mode_ == NestedScore::kNone) {
        each_id(segment, sides_.id_path, *found.shared, sources, [&](LocalDocId, uint32_t number) { ++found.counts[number]; });
      } else {
        add_scores(segment, sources, found);
      }
    }
    found_ = std::move(found);
  }

  void add_scores(const SegmentView& segment, const Bitset& sources, Found& found) const {
    const auto scorer = inner_->scorer(segment);
    if (!scorer) return;
    Window window;
    LocalDocId window_begin = kNoDoc;
    each_id(segment, sides_.id_path, *found.shared, sources, [&](LocalDocId doc, uint32_t number) {
      if (const LocalDocId begin = doc / kWindowDocs * kWindowDocs; begin != window_begin) {
        window_begin = begin;
        scorer->advance(begin);
        scorer->score(begin, window);
      }
      const float score = window.scores[doc - window_begin];
      float& kept = found.scores[number];
      const bool first = found.counts[number]++ == 0;
      if (first) kept = score;
      else if (mode_ == NestedScore::kMin) kept = std::min(kept, score);
      else if (mode_ == NestedScore::kMax) kept = std::max(kept, score);
      else kept += score;
    });
  }

  PlanPtr inner_;
  JoinSides sides_;
  NestedScore mode_;
  float boost_;
  mutable std::once_flag once_;
  mutable Found found_;
};

/// The matches of the inner clause, found once a segment however many hits ask.
class Sources {
 public:
  Sources(PlanPtr inner, JoinSides sides) : inner_(std::move(inner)), sides_(std::move(sides)) {}

  std::vector<DocRef> of(const Searcher& searcher, const SearchContext& context, DocRef hit) {
    std::vector<DocRef> out;
    const SegmentView hit_segment(searcher, hit.segment, context);
    const KeywordColumn* names = hit_segment.reader.keywords(sides_.path);
    const KeywordColumn* hit_ids = hit_segment.reader.keywords(sides_.id_path);
    if (names == nullptr || hit_ids == nullptr) return out;
    const Ordinal name = names->first(hit.doc), id = hit_ids->first(hit.doc);
    if (name == kNoOrdinal || id == kNoOrdinal) return out;
    if (std::find(sides_.to.begin(), sides_.to.end(), names->term(name)) == sides_.to.end()) return out;
    const std::string value(hit_ids->term(id));
    for (uint32_t i = 0; i < searcher.segments().size(); ++i) {
      const SegmentView segment(searcher, i, context);
      const KeywordColumn* ids = segment.reader.keywords(sides_.id_path);
      const auto ordinal = ids == nullptr ? std::nullopt : ids->find(value);
      if (!ordinal) continue;
      Bitset documents(segment.doc_count());
      ids->or_docs_into(*ordinal, *ordinal + 1, documents);
      documents &= matching(segment);
      documents.for_each([&](LocalDocId doc) { out.push_back({i, doc}); });
    }
    return out;
  }

 private:
  const Bitset& matching(const SegmentView& segment) {
    const std::lock_guard lock(mutex_);
    if (by_segment_.size() <= segment.index) by_segment_.resize(segment.searcher.segments().size());
    auto& kept = by_segment_[segment.index];
    if (!kept) kept = std::make_unique<const Bitset>(matching_sources(*inner_, sides_, segment));
    return *kept;
  }
  PlanPtr inner_;
  JoinSides sides_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const Bitset>> by_segment_;
};

}  // namespace

PlanPtr join_plan(PlanPtr inner, JoinSides sides, NestedScore mode, float boost) {
  if (inner->matches_none()) return inner;
  return std::make_shared<JoinPlan>(std::move(inner), std::move(sides), mode, boost);
}

std::shared_ptr<BoundInnerHits> join_inner_hits(const std::shared_ptr<const InnerHitsClause>& clause, PlanPtr inner, JoinSides sides,
                                                const std::string& default_name) {
  auto out = std::make_shared<BoundInnerHits>();
  out->name = clause->name.value_or(default_name);
  out->clause = clause;
  out->plan = inner;
  auto sources = std::make_shared<Sources>(std::move(inner), std::move(sides));
  out->documents = [sources](const Searcher& searcher, const SearchContext& context, DocRef hit) {
    return sources->of(searcher, context, hit);
  };
  return out;
}

}  // namespace tarn::query
