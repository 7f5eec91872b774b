#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "indexer/searcher.h"
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
};
using PlanPtr = std::shared_ptr<const Plan>;

/// A plan whose matches all score the same.
class ConstantPlan : public Plan {
 public:
  explicit ConstantPlan(float score) : score_(score) {}
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::optional<float> constant_score() const override { return score_; }

 protected:
  float score_;
};

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
