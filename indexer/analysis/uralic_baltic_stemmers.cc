// Finnish, light: Savoy, CLEF 2003. Hungarian, light: Savoy. Latvian: after Kreslin's thesis.
#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

namespace {
bool is_vowel(char32_t c) { return is_one_of(c, U"aeiouy"); }

void finnish_clitics(std::u32string& s) {
  while (s.size() > 8 && (ends(s, U"kin") || ends(s, U"ko"))) drop(s, ends(s, U"kin") ? 3 : 2);
  static const SuffixTable long_ones = {{11, 8, U"dellinen"}, {11, 9, U"dellisuus"}};
  long_ones.apply(s);
}

void finnish_cases(std::u32string& s) {
  auto becomes_s = [&s](size_t at_end, size_t cut) {
    s[s.size() - at_end] = U's';
    drop(s, cut);
  };
  static const SuffixTable nine = {{8, 4, U"tten"}, {8, 5, U"eiden"}};
  static const SuffixTable seven = {{6, 4, U"neen niin seen teen inen"}};
  static const SuffixTable seven_b = {{6, 3, U"ssa sta lla lta tta ksi lle"}};
  static const SuffixTable short_ones = {{5, 2, U"na ne"}, {5, 3, U"nei"}, {4, 2, U"ja ta"}, {4, 1, U"a"}};
  if (s.size() > 8) {
    if (ends(s, U"nnen")) return becomes_s(4, 3);
    if (ends(s, U"ntena")) return becomes_s(5, 4);
    if (nine.apply(s)) return;
  }
  if (s.size() > 6) {
    if (seven.apply(s)) return;
    if (from_end(s, 3) == U'h' && is_vowel(from_end(s, 2)) && s.back() == U'n') return drop(s, 3);
    if (ends(s, U"den")) return becomes_s(3, 2);
    if (ends(s, U"ksen")) return becomes_s(4, 3);
    if (seven_b.apply(s)) return;
  }
  if (short_ones.apply(s)) return;
  if (s.size() > 4 && s.back() == U'n') drop(s, is_vowel(from_end(s, 2)) ? 2 : 1);
}
}  // namespace

void stem_finnish_light(std::u32string& s) {
  if (s.size() < 4) return;
  map_chars(s, U"äåö", U"aao");
  finnish_clitics(s);
  static const SuffixTable adverbs = {{5, 3, U"lla tse sti"}, {5, 2, U"ni"}, {5, 1, U"aa"}};
  adverbs.apply(s);
  finnish_cases(s);
  if (s.size() > 5 && ends(s, U"hde")) s.replace(s.size() - 3, 3, U"ksi");
  static const SuffixTable endings = {{4, 2, U"ei at"}, {3, 1, U"t s j e a i"}};
  endings.apply(s);
  if (s.size() > 8 && is_one_of(s.back(), U"eou")) drop(s, 1);
  if (s.size() > 4) {
    if (s.back() == U'i') drop(s, 1);
    if (s.size() > 4) {
      char32_t last = s[0];
      for (size_t i = 1; i < s.size(); ++i) {
        if (s[i] == last && is_one_of(last, U"kpt")) s.erase(i--, 1);
        else last = s[i];
      }
    }
  }
}

namespace {

void hungarian_case(std::u32string& s) {
  static const SuffixTable first = {{6, 4, U"kent"}, {5, 3, U"nak nek val vel ert rol ban ben bol nal nel hoz hez tol"}};
  if (first.apply(s)) return;
  size_t n = s.size();
  if (n > 5 && (ends(s, U"al") || ends(s, U"el")) && !is_vowel(s[n - 3]) && s[n - 3] == s[n - 4]) return drop(s, 3);
  if (n <= 4) return;
  static const SuffixTable second = {{4, 2, U"at et ot va ve ra re ba be ul ig"}};
  if (second.apply(s)) return;
  if ((ends(s, U"on") || ends(s, U"en")) && !is_vowel(s[n - 3])) return drop(s, 2);
  if (is_one_of(s.back(), U"tn")) return drop(s, 1);
  if (is_one_of(s.back(), U"ae") && s[n - 2] == s[n - 3] && !is_vowel(s[n - 2])) drop(s, 2);
}

void hungarian_possessive(std::u32string& s) {
  size_t n = s.size();
  if (n > 6) {
    if (!is_vowel(s[n - 5]) && (ends(s, U"atok") || ends(s, U"otok") || ends(s, U"etek"))) return drop(s, 4);
    if (ends(s, U"itek") || ends(s, U"itok")) return drop(s, 4);
  }
  if (n > 5) {
    if (!is_vowel(s[n - 4]) && (ends(s, U"unk") || ends(s, U"tok") || ends(s, U"tek"))) return drop(s, 3);
    if (is_vowel(s[n - 4]) && ends(s, U"juk")) return drop(s, 3);
    if (ends(s, U"ink")) return drop(s, 3);
  }
  if (n > 4) {
    static const std::vector<std::u32string> behind_consonant = split_words(U"am em om ad ed od uk");
    static const std::vector<std::u32string> behind_vowel = split_words(U"nk ja je");
    if (ends_with_any(s, is_vowel(s[n - 3]) ? behind_vowel : behind_consonant)) return drop(s, 2);
    if (ends(s, U"im") || ends(s, U"id") || ends(s, U"ik")) return drop(s, 2);
  }
  if (n > 3) {
    bool vowel_before = is_vowel(s[n - 2]);
    if (is_one_of(s.back(), U"ae") ? !vowel_before : is_one_of(s.back(), U"md") ? vowel_before : s.back() == U'i') drop(s, 1);
  }
}

}  // namespace

void stem_hungarian_light(std::u32string& s) {
  map_chars(s, U"áëéíóőõöúűũûü", U"aeeioooouuuuu");
  hungarian_case(s);
  hungarian_possessive(s);
  if (s.size() > 3 && s.back() == U'k') drop(s, s.size() > 4 && is_one_of(from_end(s, 2), U"aoe") ? 2 : 1);
  if (s.size() > 3 && is_one_of(s.back(), U"aeio")) drop(s, 1);
}

namespace {

struct LatvianAffix {
  std::u32string_view text;
  int vowels;  // the word has more vowels than this
  bool palatalizes;
};

constexpr LatvianAffix kLatvianAffixes[] = {
    {U"ajiem", 3, false}, {U"ajai", 3, false}, {U"ajam", 2, false}, {U"ajām", 2, false}, {U"ajos", 2, false},
    {U"ajās", 2, false},  {U"iem", 2, true},   {U"ajā", 2, false},  {U"ais", 2, false},  {U"ai", 2, false},
    {U"ei", 2, false},    {U"ām", 1, false},   {U"am", 1, false},   {U"ēm", 1, false},   {U"īm", 1, false},
    {U"im", 1, false},    {U"um", 1, false},   {U"us", 1, true},    {U"as", 1, false},   {U"ās", 1, false},
    {U"es", 1, false},    {U"os", 1, true},    {U"ij", 1, false},   {U"īs", 1, false},   {U"ēs", 1, false},
    {U"is", 1, false},    {U"ie", 1, false},   {U"u", 1, true},     {U"a", 1, true},     {U"i", 1, true},
    {U"e", 1, false},     {U"ā", 1, false},    {U"ē", 1, false},    {U"ī", 1, false},    {U"ū", 1, false},
    {U"o", 1, false},     {U"s", 0, false},    {U"š", 0, false}};

// Undoes the softening that the removed ending caused.
void unpalatalize(std::u32string& s, char32_t removed) {
  if (removed == U'u') {
    if (ends(s, U"kš")) {
      s.replace(s.size() - 1, 1, U"st");
      return;
    }
    if (ends(s, U"ņņ")) {
      s.replace(s.size() - 2, 2, U"nn");
      return;
    }
  }
  if (ends(s, U"pj") || ends(s, U"bj") || ends(s, U"mj") || ends(s, U"vj")) return drop(s, 1);
  static const std::vector<std::u32string> pairs = split_words(U"šņ žņ šļ žļ ļņ ļļ");
  if (ends_with_any(s, pairs)) {
    std::u32string tail = s.substr(s.size() - 2);
    map_chars(tail, U"šžļņ", U"szln");
    s.replace(s.size() - 2, 2, tail);
    return;
  }
  std::u32string last(1, s.back());
  map_chars(last, U"čļņ", U"cln");
  s.back() = last[0];
}

}  // namespace

void stem_latvian(std::u32string& s) {
  int vowels = 0;
  for (char32_t c : s) vowels += is_one_of(c, U"aeiouāīēū");
  for (const LatvianAffix& affix : kLatvianAffixes) {
    if (vowels <= affix.vowels || s.size() < affix.text.size() + 3 || !ends(s, affix.text)) continue;
    drop(s, affix.text.size());
    if (affix.palatalizes) unpalatalize(s, affix.text[0]);
    return;
  }
}

}  // namespace tarn::analysis
