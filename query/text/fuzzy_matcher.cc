#include "query/text/fuzzy_matcher.h"

#include <algorithm>
#include <cstdint>

#include "indexer/analysis/text.h"

namespace tarn::query {

FuzzyMatcher::FuzzyMatcher(std::u32string_view wanted, bool transpositions, int limit)
    : wanted_(wanted), transpositions_(transpositions), limit_(limit), table_(wanted.size() + 1) {
  for (size_t j = 0; j <= wanted_.size(); ++j) table_[j] = static_cast<int>(j);
}

int FuzzyMatcher::distance(std::string_view term, size_t& code_points) {
  if (dead_ && term.starts_with(dead_bytes_)) return limit_ + 1;
  code_points = 0;
  for (const char c : term) code_points += (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  const size_t shorter = std::min(code_points, wanted_.size());
  if (std::max(code_points, wanted_.size()) - shorter > static_cast<size_t>(limit_)) return limit_ + 1;
  if (code_points == term.size()) {
    term_.assign(term.begin(), term.end());
  } else {
    term_ = analysis::to_utf32(term);
    code_points = term_.size();
  }
  size_t same = 0;
  while (same < rows_ && same < term_.size() && term_[same] == last_[same]) ++same;
  if (dead_ && same == rows_) return limit_ + 1;
  rows_ = same;
  dead_ = false;
  last_.swap(term_);
  while (rows_ < last_.size()) {
    if (!fill_row(++rows_)) {
      dead_ = true;
      dead_bytes_ = analysis::to_utf8(std::u32string_view(last_).substr(0, rows_));
      return limit_ + 1;
    }
  }
  return std::min(table_[rows_ * (wanted_.size() + 1) + wanted_.size()], limit_ + 1);
}

/// False if no continuation can come back to the limit.
bool FuzzyMatcher::fill_row(size_t i) {
  const size_t width = wanted_.size() + 1;
  if (table_.size() < (i + 1) * width) table_.resize((i + 1) * width);
  int* row = table_.data() + i * width;
  const int* previous = row - width;
  row[0] = static_cast<int>(i);
  int least = row[0];
  for (size_t j = 1; j < width; ++j) {
    const int replace = previous[j - 1] + (last_[i - 1] == wanted_[j - 1] ? 0 : 1);
    row[j] = std::min({replace, previous[j] + 1, row[j - 1] + 1});
    if (transpositions_ && i > 1 && j > 1 && last_[i - 1] == wanted_[j - 2] && last_[i - 2] == wanted_[j - 1]) {
      row[j] = std::min(row[j], (previous - width)[j - 2] + 1);
    }
    least = std::min(least, row[j]);
  }
  return least <= limit_;
}

}  // namespace tarn::query
