#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "indexer/searcher.h"
#include "query/bind/explanation.h"
#include "query/query.h"

namespace tarn::query {

/// One segment under evaluation.
struct SegmentView {
  const Searcher& searcher;
  size_t index;
  const SegmentReader& reader;
  const SearchContext& context;
  uint32_t doc_count() const { return reader.doc_count(); }

  SegmentView(const Searcher& s, size_t i, const SearchContext& c)
      : searcher(s), index(i), reader(s.segments()[i]), context(c) {}
};

/// Documents are scored window by window, so that the work for one document is a step of a plain loop.
constexpr uint32_t kWindowDocs = 2048;

/// The matches of one window and their scores; a score is defined only where the bit is set.
struct Window {
  std::array<uint64_t, kWindowDocs / 64> bits;
  std::array<float, kWindowDocs> scores;
};

/// Scores of one plan in one segment. Windows are asked for in ascending order; one thread.
class Scorer {
 public:
  virtual ~Scorer() = default;
  /// A lower bound of the first match at or after `doc`; kNoDoc if there is none. Cheap.
  virtual LocalDocId advance(LocalDocId doc) = 0;
  /// Fills `out` for [begin, begin + kWindowDocs); begin is a multiple of kWindowDocs.
  virtual void score(LocalDocId begin, Window& out) = 0;
};

/// Takes note of what a query looks for: highlighting and the like. Clauses that exclude are not shown to it.
class TermVisitor {
 public:
  virtual ~TermVisitor() = default;
  /// One term of the field at `path` (postings or column).
  virtual void term(const std::string& path, const std::string& term, float boost) = 0;
  /// Terms that must stand in order: for each place its alternatives and its position; `slop` as in Lucene.
  virtual void phrase(const std::string& path, const std::vector<std::pair<std::vector<std::string>, int>>& places, int slop,
                      float boost) = 0;
  /// Every term that `accepts`; `pattern` is its description.
  virtual void pattern(const std::string& path, const std::string& pattern, const std::function<bool(std::string_view)>& accepts,
                       float boost) = 0;
};

/// A clause bound to one index: finds documents of its segments by set algebra, and scores them where asked. Immutable.
/// Deleted documents may be among the results; who counts or shows documents removes them.
class Plan {
 public:
  virtual ~Plan() = default;

  /// Upper bound of the matches, and roughly the work; orders the parts of a conjunction.
  virtual uint64_t cost(const SegmentView& segment) const = 0;
  /// Adds the matches to `out`.
  virtual void or_into(const SegmentView& segment, Bitset& out) const = 0;
  /// Removes what does not match from `documents`. Overridden where few candidates are checked faster than all are found.
  virtual void restrict_to(const SegmentView& segment, Bitset& documents) const;
  /// Null if nothing matches.
  virtual std::unique_ptr<Scorer> scorer(const SegmentView& segment) const = 0;

  /// What the clause means, for the filter cache; "" where caching is not worth it.
  virtual std::string cache_key() const { return {}; }
  /// The one field whose column decides what matches, so that patches of others leave a cached result alone; "" if unknown.
  virtual std::string_view cache_path() const { return {}; }
  /// The score of every match, where they all score the same.
  virtual std::optional<float> constant_score() const { return std::nullopt; }
  virtual bool matches_all() const { return false; }
  virtual bool matches_none() const { return false; }

  /// The clause as Lucene's Query.toString() words it.
  virtual std::string describe() const { return "query"; }
  /// Why `doc` has its score, or why it does not match. The value is the score's.
  virtual Explanation explain(const SegmentView& segment, LocalDocId doc) const;
  /// Shows the clause's terms.
  virtual void visit_terms(TermVisitor&) const {}
  /// Whether nested documents may be among the matches (OpenSearch's NestedHelper.mightMatchNestedDocs).
  virtual bool may_match_nested(const Mapping&) const { return true; }
};
using PlanPtr = std::shared_ptr<const Plan>;

/// A plan whose matches all score the same.
class ConstantPlan : public Plan {
 public:
  explicit ConstantPlan(float score) : score_(score) {}
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::optional<float> constant_score() const override { return score_; }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override;

 protected:
  float score_;
};

/// Whether `doc` is a match, and with what score.
std::optional<float> score_of(const Plan& plan, const SegmentView& segment, LocalDocId doc);
bool is_match(const Plan& plan, const SegmentView& segment, LocalDocId doc);
/// Whether the field lies in a nested object, or may.
bool in_nested(const Mapping& mapping, const std::string& path);

/// The matches of `plan`, through the filter cache where that pays.
Bitset evaluate(const Plan& plan, const SegmentView& segment);

/// Throws away work that nobody waits for any more: cancellation as ApiError, the deadline as TimedOut.
struct TimedOut {};
void check_time(const SearchContext& context);

PlanPtr match_all_plan(float score);
PlanPtr match_none_plan();
/// `inner` as a filter whose matches score `score`.
PlanPtr constant_score_plan(PlanPtr inner, float score);

}  // namespace tarn::query
