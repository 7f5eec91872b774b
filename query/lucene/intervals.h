#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/lucene/tree.h"

namespace tarn::query {

/// A source of minimal intervals: one node of Lucene's IntervalsSource trees. Immutable.
struct IntervalSource {
  enum class Kind {
    kNone, kTerms, kBlock, kOrdered, kUnordered, kOr, kRepeating, kExtend, kMaxGaps,
    kContaining, kContainedBy, kNotContaining, kNotContainedBy, kOverlapping, kNotOverlapping, kBefore, kAfter,
    kScript,
  };
  /// Whether an interval is kept: start, end, gaps. With state of its own (a script that runs), so each matcher makes one.
  using Keep = std::function<bool(int start, int end, int gaps)>;
  Kind kind = Kind::kNone;
  std::string path;                                   ///< kTerms: field
  std::vector<std::string> terms;                     ///< kTerms: any of them
  std::vector<std::shared_ptr<const IntervalSource>> parts;  ///< of filters: what is filtered, then by what
  int number = 0;                                     ///< kRepeating: times; kExtend: positions before; kMaxGaps
  std::function<Keep()> make_filter;                  ///< kScript
  std::string text;                                   ///< toString; equal sources have equal texts

  int min_extent() const;
};
using IntervalSourcePtr = std::shared_ptr<const IntervalSource>;

IntervalSourcePtr interval_none();
IntervalSourcePtr interval_terms(std::string path, std::vector<std::string> terms, std::string text);
/// These build as Lucene's static builders do: they flatten, count repeated parts and pull disjunctions up.
/// Throw illegal_argument_exception "Too many disjunctions to expand".
IntervalSourcePtr interval_block(std::vector<IntervalSourcePtr> parts);
IntervalSourcePtr interval_ordered(std::vector<IntervalSourcePtr> parts);
IntervalSourcePtr interval_unordered(std::vector<IntervalSourcePtr> parts);
IntervalSourcePtr interval_or(std::vector<IntervalSourcePtr> parts);
IntervalSourcePtr interval_extend(IntervalSourcePtr part, int before);
IntervalSourcePtr interval_max_gaps(IntervalSourcePtr part, int gaps);
IntervalSourcePtr interval_script(IntervalSourcePtr part, std::function<IntervalSource::Keep()> make_filter, const std::string& script);
IntervalSourcePtr interval_filter(IntervalSource::Kind kind, IntervalSourcePtr part, IntervalSourcePtr by);

/// IntervalQuery: documents of `field` with an interval, scored by how short and many they are.
class LuceneIntervals final : public LuceneQuery {
 public:
  LuceneIntervals(std::string field, IntervalSourcePtr source) : field_(std::move(field)), source_(std::move(source)) {}
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string to_string() const override { return field_ + ":" + source_->text; }
  std::string type() const override { return "IntervalQuery"; }
  const IntervalSource& source() const { return *source_; }

 private:
  std::string field_;
  IntervalSourcePtr source_;
};

}  // namespace tarn::query
