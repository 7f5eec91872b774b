#pragma once

#include <vector>

#include "query/lucene/intervals.h"
#include "query/text/doc_positions.h"

namespace tarn::query {

/// An interval of positions, both ends included; gaps are the positions inside that no part covers.
struct Interval {
  int32_t start, end;
  int64_t gaps = 0;
  int64_t width = 0;   ///< what an interval around subtracts for it: its length, or what repeated parts cover
};

/// Finds the intervals of a source in documents that a DocPositions has loaded, in the order of Lucene's iterators.
class IntervalMatcher {
 public:
  IntervalMatcher(const IntervalSource& source, DocPositions& positions);
  void match(std::vector<Interval>& out);
  Bitset candidates(uint32_t doc_count) const;

 private:
  class Cursor;
  void terms(std::vector<Interval>& out) const;
  void block(std::vector<Interval>& out);
  void ordered(std::vector<Interval>& out);
  void unordered(std::vector<Interval>& out);
  void any(std::vector<Interval>& out);
  void repeated(std::vector<Interval>& out);
  void filtered(std::vector<Interval>& out);
  bool find_parts();
  std::vector<Cursor> cursors() const;

  const IntervalSource& source_;
  const DocPositions& positions_;
  std::vector<size_t> slots_;
  std::vector<IntervalMatcher> parts_;
  std::vector<std::vector<Interval>> found_;
  IntervalSource::Keep keep_;   ///< of kScript
};

}  // namespace tarn::query
