#include "query/percolate/percolate_plan.h"

#include <algorithm>

#include "indexer/mapping/query_check.h"
#include "query/dsl/clause.h"
#include "query/filter/listed_scorer.h"
#include "query/percolate/percolation_visitor.h"

namespace tarn::query {

namespace {

/// What a stored query takes once it is parsed, roughly: a few small objects a clause.
constexpr size_t kParsedQueryBytes = 1024;

/// The stored queries of an index by segment and ordinal, parsed when first needed.
class ParsedQueries {
 public:
  explicit ParsedQueries(size_t segments) : by_segment_(segments) {}
  QueryPtr get(size_t segment, Ordinal ordinal, std::string_view text) const {
    {
      const std::lock_guard lock(mutex_);
      const auto found = by_segment_[segment].find(ordinal);
      if (found != by_segment_[segment].end()) return found->second;
    }
    QueryPtr parsed = parse_query(parse_json(text));
    const std::lock_guard lock(mutex_);
    return by_segment_[segment].try_emplace(ordinal, std::move(parsed)).first->second;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::unordered_map<Ordinal, QueryPtr>> by_segment_;
};

std::shared_ptr<const ParsedQueries> parsed_queries(const SegmentView& segment, const std::string& field) {
  const Searcher& searcher = segment.searcher;
  return std::static_pointer_cast<const ParsedQueries>(cached_for_searcher(segment.context, "percolator:" + field, searcher, [&] {
    size_t bytes = 0;
    for (const SegmentReader& reader : searcher.segments()) {
      if (const KeywordColumn* column = reader.keywords(field)) bytes += size_t{column->ordinal_count()} * kParsedQueryBytes;
    }
    return SearcherCache::Value{std::make_shared<const ParsedQueries>(searcher.segments().size()), bytes};
  }));
}

/// Lucene's MemoryIndex has one similarity for all fields.
Explanation with_plain_similarity(Explanation explanation) {
  constexpr std::string_view kOurs = "[PerFieldSimilarity]";
  if (const size_t at = explanation.description.find(kOurs); at != std::string::npos) {
    explanation.description.replace(at, kOurs.size(), "[BM25Similarity]");
  }
  for (Explanation& detail : explanation.details) detail = with_plain_similarity(std::move(detail));
  return explanation;
}

}  // namespace

PercolatePlan::PercolatePlan(std::string field, std::string name, std::shared_ptr<const PercolatedDocuments> documents,
                             const SearchContext& context)
    : field_(std::move(field)), name_(std::move(name)), documents_(std::move(documents)), context_(context) {
  context_.filter_cache = nullptr;  // nothing about these documents will be asked again
}

uint64_t PercolatePlan::cost(const SegmentView& segment) const {
  const KeywordColumn* queries = segment.reader.keywords(field_);
  return queries == nullptr ? 0 : segment.doc_count();  // each is work, so other clauses go first
}

Bitset PercolatePlan::candidates(const SegmentView& segment) const {
  Bitset out(segment.doc_count());
  const KeywordColumn* terms = segment.reader.keywords(field_ + ".extracted_terms");
  if (terms == nullptr || documents_->searcher().segments().empty()) return out;
  const auto take = [&](std::string_view term) {
    if (const auto ordinal = terms->find(term)) terms->or_docs_into(*ordinal, *ordinal + 1, out);
  };
  take(kAnyDocument);
  const SegmentReader& percolated = documents_->searcher().segments().front();
  std::string term;
  for (const std::string& path : percolated.segment().field_paths()) {
    // The first term of the field that any stored query names; most fields have none.
    term = path + '\0';
    const Ordinal first = terms->lower_bound(term);
    if (first == terms->ordinal_count() || !terms->term(first).starts_with(term)) continue;
    const size_t prefix = term.size();
    const auto take_token = [&](std::string_view token) {
      term.resize(prefix);
      take(term.append(token));
    };
    if (const KeywordColumn* column = percolated.keywords(path)) {
      for (Ordinal ordinal = 0; ordinal < column->ordinal_count(); ++ordinal) take_token(column->term(ordinal));
    }
    if (const TextIndex* text = percolated.text(path)) {
      const auto cursor = text->terms("");
      while (cursor->next()) take_token(cursor->term());
    }
  }
  if (const Bitset* live = segment.reader.live()) out &= *live;
  return out;
}

PlanPtr PercolatePlan::stored_query(const SegmentView& segment, LocalDocId doc) const {
  const KeywordColumn* queries = segment.reader.keywords(field_);
  const Ordinal ordinal = queries == nullptr ? kNoOrdinal : queries->first(doc);
  if (ordinal == kNoOrdinal) return nullptr;
  const QueryPtr query = parsed_queries(segment, field_)->get(segment.index, ordinal, queries->term(ordinal));
  Binder binder{documents_->searcher(), context_, {}, {}};
  return bind(*query, binder);
}

Bitset PercolatePlan::matching_documents(const Plan& stored, const SegmentView& percolated) const {
  Bitset out(percolated.doc_count(), true);
  if (const Bitset* roots = percolated.reader.segment().roots()) out &= *roots;
  if (stored.matches_none()) return Bitset(percolated.doc_count());
  stored.restrict_to(percolated, out);
  return out;
}

bool PercolatePlan::matches(const SegmentView& segment, LocalDocId doc) const {
  check_time(segment.context);
  const PlanPtr stored = stored_query(segment, doc);
  if (!stored) return false;
  return !matching_documents(*stored, SegmentView(documents_->searcher(), 0, context_)).none();
}

void PercolatePlan::restrict_to(const SegmentView& segment, Bitset& documents) const {
  documents &= candidates(segment);
  if (documents.none()) return;
  const std::lock_guard lock(mutex_);
  if (memos_.empty()) memos_.resize(segment.searcher.segments().size());
  Memo& memo = memos_[segment.index];
  if (memo.known.size() == 0) memo = {Bitset(segment.doc_count()), Bitset(segment.doc_count())};
  Bitset unknown = documents;
  unknown.and_not(memo.known);
  unknown.for_each([&](LocalDocId doc) {
    if (matches(segment, doc)) memo.matches.set(doc);
    memo.known.set(doc);
  });
  documents &= memo.matches;
}

void PercolatePlan::or_into(const SegmentView& segment, Bitset& out) const {
  Bitset all(segment.doc_count(), true);
  restrict_to(segment, all);
  out |= all;
}

float PercolatePlan::score(const SegmentView& segment, LocalDocId doc) const {
  const PlanPtr stored = stored_query(segment, doc);
  if (!stored) return 0;
  const SegmentView percolated(documents_->searcher(), 0, context_);
  const Bitset matching = matching_documents(*stored, percolated);
  const auto scorer = stored->scorer(percolated);
  if (!scorer) return 0;
  float best = 0;
  Window window;
  LocalDocId window_begin = kNoDoc;
  matching.for_each([&](LocalDocId match) {
    if (const LocalDocId begin = match / kWindowDocs * kWindowDocs; begin != window_begin) {
      window_begin = begin;
      scorer->advance(begin);
      scorer->score(begin, window);
    }
    best = std::max(best, window.scores[match - window_begin]);
  });
  return best;
}

std::unique_ptr<Scorer> PercolatePlan::scorer(const SegmentView& segment) const {
  Bitset all(segment.doc_count());
  or_into(segment, all);
  ListedScores list;
  all.for_each([&](LocalDocId doc) {
    list.docs.push_back(doc);
    list.scores.push_back(score(segment, doc));
  });
  return make_listed_scorer(std::move(list));
}

std::vector<size_t> PercolatePlan::slots(const SegmentView& segment, LocalDocId doc) const {
  std::vector<size_t> out;
  if (documents_->searcher().segments().empty() || !is_match(*this, segment, doc)) return out;
  const PlanPtr stored = stored_query(segment, doc);
  const SegmentView percolated(documents_->searcher(), 0, context_);
  // The rows of the percolated documents are their slots.
  matching_documents(*stored, percolated).for_each([&](LocalDocId match) {
    out.push_back(percolated.reader.segment().row(match).value);
  });
  return out;
}

std::string PercolatePlan::describe() const {
  std::string out = "PercolateQuery{document_sources={";
  for (size_t slot = 0; slot < documents_->size(); ++slot) out += documents_->source(slot) + "\n";
  return out + "},field=" + field_ + "}";
}

Explanation PercolatePlan::explain(const SegmentView& segment, LocalDocId doc) const {
  const auto found = slots(segment, doc);
  if (found.empty()) return Explanation::no("PercolateQuery");
  const PlanPtr stored = stored_query(segment, doc);
  const SegmentView percolated(documents_->searcher(), 0, context_);
  // Lucene's document 0, whichever matched: OpenSearch asks for that one.
  Explanation first = stored->explain(percolated, 0);
  return Explanation::yes(score(segment, doc), "PercolateQuery", {with_plain_similarity(std::move(first))});
}

void PercolatePlan::visit_terms(TermVisitor& visitor) const {
  if (auto* wanted = dynamic_cast<PercolationVisitor*>(&visitor)) wanted->found.push_back(this);
}

std::vector<const PercolatePlan*> percolations(const Plan& plan) {
  PercolationVisitor visitor;
  plan.visit_terms(visitor);
  return std::move(visitor.found);
}

}  // namespace tarn::query
