#pragma once

#include <string_view>
#include <vector>

namespace tarn::analysis {

struct RslpRule {
  std::u32string_view suffix;
  size_t stem_min;  ///< code points that must stay
  std::u32string_view replacement;
  std::u32string_view exceptions = {};  ///< parted by blanks
};

struct RslpStep {
  std::u32string_view name;
  size_t word_min;               ///< 0: what the shortest rule needs
  bool whole_word_exceptions;    ///< exceptions are words; otherwise endings
  std::u32string_view endings;   ///< the word must end in one of these; none: no condition
  std::vector<RslpRule> rules;
};

extern const std::vector<RslpStep> kGalicianSteps;
extern const std::vector<RslpStep> kPortugueseSteps;

}  // namespace tarn::analysis
