// French, Italian, Spanish and Portuguese, light, and French, minimal: Jacques Savoy. Brazilian: as Lucene's own.
#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"
#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {

constexpr std::u32string_view kAccented = U"àáâäòóôöèéêëùúûüìíîï";
constexpr std::u32string_view kPlain = U"aaaaooooeeeeuuuuiiii";

/// "longer than", ending, what takes the place of the ending.
struct Replacement {
  size_t longer_than;
  std::u32string_view ending;
  std::u32string_view with;
};

bool replace_first(std::u32string& s, std::initializer_list<Replacement> rules) {
  for (const Replacement& rule : rules) {
    if (s.size() <= rule.longer_than || !ends(s, rule.ending)) continue;
    s.replace(s.size() - rule.ending.size(), rule.ending.size(), rule.with);
    return true;
  }
  return false;
}

void french_norm(std::u32string& s) {
  if (s.size() > 4) {
    map_chars(s, U"àáâôèéêùûîç", U"aaaoeeeuuic");
    char32_t last = s[0];
    for (size_t i = 1; i < s.size(); ++i) {
      if (s[i] == last && is_letter(last)) s.erase(i--, 1);
      else last = s[i];
    }
  }
  if (s.size() > 4 && ends(s, U"ie")) drop(s, 2);
  if (s.size() > 4) {
    if (s.back() == U'r') drop(s, 1);
    if (s.back() == U'e') drop(s, 1);
    if (s.back() == U'e') drop(s, 1);
    if (s.size() > 1 && s.back() == from_end(s, 2) && is_letter(s.back())) drop(s, 1);
  }
}

// The suffixes; what is left is normalized by the caller in every case.
void french_suffixes(std::u32string& s) {
  if (replace_first(s, {{9, U"issement", U"ir"}, {8, U"issant", U"ir"}})) return;
  if (s.size() > 6 && ends(s, U"ement")) {
    drop(s, 4);
    if (s.size() > 3 && ends(s, U"ive")) s.replace(s.size() - 2, 2, U"f");
    return;
  }
  if (replace_first(s, {{11, U"ficatrice", U"fier"}, {10, U"ficateur", U"fier"}, {9, U"catrice", U"quer"},
                        {8, U"cateur", U"quer"}, {8, U"atrice", U"er"}, {7, U"ateur", U"er"}})) return;
  replace_first(s, {{6, U"trice", U"teur"}});
  if (replace_first(s, {{5, U"ième", U""}, {7, U"teuse", U"ter"}, {6, U"teur", U"ter"}, {5, U"euse", U"eu"},
                        {8, U"ère", U"er"}, {7, U"ive", U"if"}, {4, U"folle", U"fou"}, {4, U"molle", U"mou"},
                        {9, U"nnelle", U"n"}, {9, U"nnel", U"n"}})) return;
  replace_first(s, {{4, U"ète", U"et"}});
  replace_first(s, {{8, U"ique", U""}});
  if (replace_first(s, {{8, U"esse", U"e"}, {7, U"inage", U"in"}})) return;
  if (s.size() > 9 && ends(s, U"isation")) {
    drop(s, 7);
    if (s.size() > 5 && ends(s, U"ual")) s[s.size() - 2] = U'e';
    return;
  }
  replace_first(s, {{9, U"isateur", U""}, {8, U"ation", U""}, {8, U"ition", U""}});
}

}  // namespace

void stem_french_light(std::u32string& s) {
  if (s.size() > 5 && s.back() == U'x') {
    if (from_end(s, 3) == U'a' && from_end(s, 2) == U'u' && from_end(s, 4) != U'e') s[s.size() - 2] = U'l';
    drop(s, 1);
  }
  if (s.size() > 3 && s.back() == U'x') drop(s, 1);
  if (s.size() > 3 && s.back() == U's') drop(s, 1);
  french_suffixes(s);
  french_norm(s);
}

void stem_french_minimal(std::u32string& s) {
  if (s.size() < 6) return;
  if (s.back() == U'x') {
    if (from_end(s, 3) == U'a' && from_end(s, 2) == U'u') s[s.size() - 2] = U'l';
    return drop(s, 1);
  }
  for (char32_t c : std::u32string_view(U"sreé")) {
    if (s.back() == c) drop(s, 1);
  }
  if (s.back() == from_end(s, 2) && is_letter(s.back())) drop(s, 1);
}

void stem_italian_light(std::u32string& s) {
  if (s.size() < 6) return;
  map_chars(s, kAccented, kPlain);
  char32_t before = from_end(s, 2);
  switch (s.back()) {
    case U'e':
    case U'i': return drop(s, before == U'i' || before == U'h' ? 2 : 1);
    case U'a':
    case U'o': return drop(s, before == U'i' ? 2 : 1);
    default: return;
  }
}

void stem_spanish_light(std::u32string& s) {
  if (s.size() < 5) return;
  map_chars(s, kAccented, kPlain);
  if (is_one_of(s.back(), U"oae")) return drop(s, 1);
  if (s.back() != U's') return;
  if (ends(s, U"eses")) return drop(s, 2);
  if (ends(s, U"ces")) {
    s[s.size() - 3] = U'z';
    return drop(s, 2);
  }
  if (is_one_of(from_end(s, 2), U"oae")) drop(s, 2);
}

void stem_portuguese_light(std::u32string& s) {
  if (s.size() < 4) return;
  if (s.size() > 4 && ends(s, U"es") && is_one_of(from_end(s, 3), U"rslz")) {
    drop(s, 2);
  } else {
    replace_first(s, {{3, U"ns", U"m"}, {4, U"eis", U"el"}, {4, U"éis", U"el"}, {4, U"ais", U"al"}, {4, U"óis", U"ol"},
                      {4, U"is", U"il"}, {3, U"ões", U"ão"}, {3, U"ães", U"ão"}, {6, U"mente", U""}, {3, U"s", U""}});
  }
  if (s.size() > 3 && s.back() == U'a') {
    replace_first(s, {{7, U"inha", U"inho"}, {7, U"iaca", U"iaco"}, {7, U"eira", U"eiro"}, {6, U"osa", U"oso"},
                      {6, U"ica", U"ico"}, {6, U"ida", U"ido"}, {6, U"ada", U"ado"}, {6, U"iva", U"ivo"},
                      {6, U"ama", U"amo"}, {6, U"ona", U"ão"}, {6, U"ora", U"or"}, {6, U"esa", U"ês"}, {6, U"na", U"no"}});
  }
  if (s.size() > 4 && is_one_of(s.back(), U"eao")) drop(s, 1);
  map_chars(s, kAccented, kPlain);
  map_chars(s, U"ãõç", U"aoc");
}

namespace {

/// The regions of the word are taken once, before the steps; the steps cut the word.
class Brazilian {
 public:
  explicit Brazilian(std::u32string& s) : s_(s) {}

  void stem() {
    std::u32string word = s_;
    lower_fully(word);
    map_chars(word, U"áâãéêíóôõúüçñ", U"aaaeeiooouucn");
    if (word.size() >= 2 && is_one_of(word[0], U"\"'-,;.?!")) word.erase(0, 1);
    if (word.size() >= 2 && is_one_of(word.back(), U"-,;.?!'\"")) word.pop_back();
    if (word.size() >= 30 || word.size() <= 2) return;
    bool stemmable = true;
    for (char32_t c : word) stemmable = stemmable && c <= 0xFFFF && is_letter(c);
    s_ = word;
    if (!stemmable) return;
    r1_ = region1(word, has_r1_);
    if (has_r1_) r2_ = region1(r1_, has_r2_);
    rv_ = region_v(word);
    bool altered = standard_suffix() || (has_rv_ && verb_suffix());
    if (!has_rv_) return;
    if (altered) {
      if (ends(rv_, U"ci")) cut(U"i");
    } else {
      for (std::u32string_view suffix : {std::u32string_view(U"os"), std::u32string_view(U"a"), std::u32string_view(U"i"),
                                         std::u32string_view(U"o")}) {
        if (!ends(rv_, suffix)) continue;
        cut(suffix);
        break;
      }
    }
    if (!ends(rv_, U"e")) return;
    cut(U"e");
    if (ends(rv_, U"gue")) cut(U"u");
    else if (ends(rv_, U"cie")) cut(U"i");
  }

 private:
  static bool is_vowel(char32_t c) { return is_one_of(c, U"aeiou"); }

  static std::u32string region1(const std::u32string& word, bool& found) {
    found = false;
    if (word.empty()) return {};
    size_t last = word.size() - 1;
    size_t j = 0;
    while (j < last && !is_vowel(word[j])) ++j;
    if (j >= last) return {};
    while (j < last && is_vowel(word[j])) ++j;
    if (j >= last) return {};
    found = true;
    return word.substr(j + 1);
  }

  std::u32string region_v(const std::u32string& word) {
    has_rv_ = true;
    size_t last = word.size() - 1;
    if (last > 0 && !is_vowel(word[1])) {
      size_t j = 2;
      while (j < last && !is_vowel(word[j])) ++j;
      if (j < last) return word.substr(j + 1);
    }
    if (last > 1 && is_vowel(word[0]) && is_vowel(word[1])) {
      size_t j = 2;
      while (j < last && is_vowel(word[j])) ++j;
      if (j < last) return word.substr(j + 1);
    }
    if (last > 2) return word.substr(3);
    has_rv_ = false;
    return {};
  }

  void cut(std::u32string_view suffix) {
    if (ends(s_, suffix)) drop(s_, suffix.size());
  }

  bool standard_suffix() {
    struct Rule {
      std::u32string_view suffix, with;
      int region = 2;  // 1, 2; 0: RV, behind an e
    };
    static constexpr Rule kRules[] = {
        {U"uciones", U"u"}, {U"imentos", U""}, {U"amentos", U""}, {U"adores", U""}, {U"adoras", U""}, {U"logias", U"logias"},
        {U"encias", U"ente"}, {U"amente", U"", 1}, {U"idades", U""}, {U"acoes", U""}, {U"imento", U""}, {U"amento", U""},
        {U"adora", U""}, {U"ismos", U""}, {U"istas", U""}, {U"logia", U"log"}, {U"ucion", U"u"}, {U"encia", U"ente"},
        {U"mente", U""}, {U"idade", U""}, {U"acao", U""}, {U"ezas", U""}, {U"icos", U""}, {U"icas", U""}, {U"ismo", U""},
        {U"avel", U""}, {U"ivel", U""}, {U"ista", U""}, {U"osos", U""}, {U"osas", U""}, {U"ador", U""}, {U"ivas", U""},
        {U"ivos", U""}, {U"iras", U"ir", 0}, {U"eza", U""}, {U"ico", U""}, {U"ica", U""}, {U"oso", U""}, {U"osa", U""},
        {U"iva", U""}, {U"ivo", U""}, {U"ira", U"ir", 0}};
    for (const Rule& rule : kRules) {
      if (!ends(s_, rule.suffix)) continue;
      const std::u32string& region = rule.region == 1 ? r1_ : rule.region == 2 ? r2_ : rv_;
      if (!ends(region, rule.suffix)) continue;
      if (rule.region == 0 && from_end(s_, rule.suffix.size() + 1) != U'e') continue;
      s_.replace(s_.size() - rule.suffix.size(), rule.suffix.size(), rule.with);
      return true;
    }
    return false;
  }

  bool verb_suffix() {
    static const std::vector<std::u32string> suffixes = split_words(
        U"issemos essemos assemos ariamos eriamos iriamos iremos eremos aremos avamos iramos eramos aramos asseis esseis "
        U"isseis arieis erieis irieis irmos iamos armos ermos areis ereis ireis asses esses isses astes assem essem issem "
        U"ardes erdes irdes ariam eriam iriam arias erias irias estes istes aveis aria eria iria asse esse isse aste este "
        U"iste arei erei irei aram eram iram avam arem erem irem ando endo indo arao erao irao adas idas aras eras iras "
        U"avas ares eres ires ados idos amos emos imos ieis ada ida ara era ira iam ado ido ias ais eis ear ia ei am em "
        U"ar er ir as es is eu iu ou");
    for (const std::u32string& suffix : suffixes) {
      if (!ends(rv_, suffix)) continue;
      // Lucene looks for "ira" but takes off "ava", so such words are altered without a change.
      if (suffix != U"ira") cut(suffix);
      return true;
    }
    return false;
  }

  std::u32string& s_;
  std::u32string r1_, r2_, rv_;
  bool has_r1_ = false, has_r2_ = false, has_rv_ = false;
};

}  // namespace

void stem_brazilian(std::u32string& s) { Brazilian(s).stem(); }

}  // namespace tarn::analysis
