// Portuguese and Galician: RSLP, steps of suffix rules with exceptions.
#include <algorithm>
#include <map>

#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/rslp_rules.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

namespace {

/// The steps of one language, ready to run.
class Rslp {
 public:
  explicit Rslp(const std::vector<RslpStep>& steps) {
    for (const RslpStep& step : steps) {
      Step& s = steps_[std::u32string(step.name)];
      s.word_min = step.word_min == 0 ? SIZE_MAX : step.word_min;
      s.whole_words = step.whole_word_exceptions;
      s.endings = split_words(step.endings);
      for (const RslpRule& rule : step.rules) {
        s.rules.push_back({rule, split_words(rule.exceptions)});
        if (step.word_min == 0) s.word_min = std::min(s.word_min, rule.stem_min + rule.suffix.size());
      }
    }
  }

  /// True if a rule changed the word's length, which is how Lucene sees it.
  bool apply(std::u32string_view step_name, std::u32string& word) const {
    const Step& step = steps_.at(std::u32string(step_name));
    if (word.size() < step.word_min || (!step.endings.empty() && !ends_with_any(word, step.endings))) return false;
    size_t before = word.size();
    for (const Rule& rule : step.rules) {
      size_t suffix = rule.rule.suffix.size();
      if (word.size() < suffix + rule.rule.stem_min || !ends(word, rule.rule.suffix)) continue;
      bool exception = step.whole_words ? std::find(rule.exceptions.begin(), rule.exceptions.end(), word) != rule.exceptions.end()
                                        : ends_with_any(word, rule.exceptions);
      if (exception) continue;
      word.replace(word.size() - suffix, suffix, rule.rule.replacement);
      break;
    }
    return word.size() != before;
  }

 private:
  struct Rule {
    RslpRule rule;
    std::vector<std::u32string> exceptions;
  };
  struct Step {
    size_t word_min;
    bool whole_words;
    std::vector<std::u32string> endings;
    std::vector<Rule> rules;
  };
  std::map<std::u32string, Step> steps_;
};

const Rslp& galician() {
  static const Rslp rslp(kGalicianSteps);
  return rslp;
}

const Rslp& portuguese() {
  static const Rslp rslp(kPortugueseSteps);
  return rslp;
}

}  // namespace

void stem_galician(std::u32string& s) {
  const Rslp& rslp = galician();
  rslp.apply(U"Plural", s);
  rslp.apply(U"Unification", s);
  rslp.apply(U"Adverb", s);
  while (rslp.apply(U"Augmentative", s)) {
  }
  if (!rslp.apply(U"Noun", s)) rslp.apply(U"Verb", s);
  rslp.apply(U"Vowel", s);
  map_chars(s, U"áéêíóú", U"aeeiou");
}

void stem_galician_minimal(std::u32string& s) { galician().apply(U"Plural", s); }

void stem_portuguese(std::u32string& s) {
  const Rslp& rslp = portuguese();
  rslp.apply(U"Plural", s);
  rslp.apply(U"Adverb", s);
  rslp.apply(U"Feminine", s);
  rslp.apply(U"Augmentative", s);
  if (!rslp.apply(U"Noun", s) && !rslp.apply(U"Verb", s)) rslp.apply(U"Vowel", s);
  map_chars(s, U"àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", U"aaaaaaceeeeiiiinooooouuuuyy");
}

void stem_portuguese_minimal(std::u32string& s) { portuguese().apply(U"Plural", s); }

}  // namespace tarn::analysis
