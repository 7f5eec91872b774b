#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::query {

/// Edit distances of many terms to one, cheapest where they come in order: the rows of the table that a term shares with the
/// last one are kept, and where these have gone beyond the limit already, the term is not looked at.
class FuzzyMatcher {
 public:
  /// Edits (insert, delete, replace and, with `transpositions`, swap of neighbours) between code points.
  FuzzyMatcher(std::u32string_view wanted, bool transpositions, int limit);
  /// limit + 1 where it is more; otherwise `code_points` becomes the length of the term.
  int distance(std::string_view term, size_t& code_points);

 private:
  bool fill_row(size_t row);

  const std::u32string wanted_;
  const bool transpositions_;
  const int limit_;
  std::u32string term_, last_;
  std::vector<int> table_;   // rows of wanted_.size() + 1: one a code point of last_, and one before them
  size_t rows_ = 0;          // of last_ that are filled in
  bool dead_ = false;        // the last of them is beyond the limit
  std::string dead_bytes_;   // which goes for all terms that begin so
};

}  // namespace tarn::query
