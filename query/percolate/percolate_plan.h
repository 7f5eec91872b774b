#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/filter/searcher_cache.h"
#include "query/percolate/documents.h"
#include "query/tree.h"

namespace tarn::query {

/// The documents of an index whose stored query matches some of the percolated documents. A stored query is run once, when
/// first asked for; which ones need to be run is told by the terms that were extracted when they were stored.
class PercolatePlan final : public Plan {
 public:
  /// `field`: the percolator field. `name`: of the clause, or the field's. Its score is the best that the stored query gives one
  /// of the documents, whatever the clause's boost, as in OpenSearch.
  PercolatePlan(std::string field, std::string name, std::shared_ptr<const PercolatedDocuments> documents,
                const SearchContext& context);

  uint64_t cost(const SegmentView& segment) const override;
  void or_into(const SegmentView& segment, Bitset& out) const override;
  void restrict_to(const SegmentView& segment, Bitset& documents) const override;
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::string describe() const override;
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;
  void visit_terms(TermVisitor& visitor) const override;

  const std::string& name() const { return name_; }
  const SearchContext& context() const { return context_; }
  const PercolatedDocuments& documents() const { return *documents_; }
  /// Which of the percolated documents the query stored in `doc` matches, ascending.
  std::vector<size_t> slots(const SegmentView& segment, LocalDocId doc) const;
  /// The query stored in `doc`, bound to the percolated documents; null if there is none.
  PlanPtr stored_query(const SegmentView& segment, LocalDocId doc) const;

 private:
  struct Memo {
    Bitset known, matches;
  };
  Bitset candidates(const SegmentView& segment) const;
  bool matches(const SegmentView& segment, LocalDocId doc) const;
  /// Live root documents among the percolated ones that match.
  Bitset matching_documents(const Plan& stored, const SegmentView& percolated) const;
  float score(const SegmentView& segment, LocalDocId doc) const;

  std::string field_, name_;
  std::shared_ptr<const PercolatedDocuments> documents_;
  SearchContext context_;             // of the stored queries
  mutable std::mutex mutex_;
  mutable std::vector<Memo> memos_;   // by segment; guarded by mutex_
};

/// The percolate clauses of a plan, but those that exclude.
std::vector<const PercolatePlan*> percolations(const Plan& plan);

}  // namespace tarn::query
