#pragma once

#include <string_view>
#include <vector>

namespace tarn::query {

/// Places at which a text may be cut, ascending, 0 and its length included. Offsets count UTF-16 units.
class Boundaries {
 public:
  static constexpr int kDone = -1;
  explicit Boundaries(std::vector<int> places) : places_(std::move(places)) {}
  /// The last place before `offset`; kDone if there is none.
  int preceding(int offset) const;
  /// The first place behind `offset`; kDone if there is none.
  int following(int offset) const;

 private:
  std::vector<int> places_;
};

/// Words, numbers, runs of blanks, single marks: java.text.BreakIterator.getWordInstance.
Boundaries word_boundaries(std::u16string_view text);
/// java.text.BreakIterator.getSentenceInstance.
Boundaries sentence_boundaries(std::u16string_view text);

}  // namespace tarn::query
