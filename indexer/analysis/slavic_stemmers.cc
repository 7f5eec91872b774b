// Bulgarian: Preslav Nakov, Jacques Savoy. Czech: Ljiljana Dolamic and Jacques Savoy. Russian, light: the same.
#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

void stem_bulgarian(std::u32string& s) {
  if (s.size() < 4) return;
  if (s.size() > 5 && ends(s, U"ища")) return drop(s, 3);
  static const SuffixTable article = {{6, 3, U"ият"}, {5, 2, U"ът то те та ия"}, {4, 2, U"ят"}};
  article.apply(s);
  auto last_becomes = [&s](size_t cut, char32_t c) {
    drop(s, cut);
    s.back() = c;
  };
  size_t n = s.size();
  static const SuffixTable plural6 = {{6, 3, U"овци ове"}};
  static const SuffixTable plural5 = {{5, 3, U"ища"}, {5, 2, U"та"}};
  if (plural6.apply(s)) {
  } else if (n > 6 && ends(s, U"еве")) {
    last_becomes(2, U'й');
  } else if (plural5.apply(s)) {
  } else if (n > 5 && ends(s, U"ци")) {
    last_becomes(1, U'к');
  } else if (n > 5 && ends(s, U"зи")) {
    last_becomes(1, U'г');
  } else if (n > 5 && s[n - 3] == U'е' && s[n - 1] == U'и') {
    s[n - 3] = U'я';
    drop(s, 1);
  } else if (n > 4 && ends(s, U"си")) {
    last_becomes(1, U'х');
  } else if (n > 4 && ends(s, U"и")) {
    drop(s, 1);
  }
  if (s.size() > 3) {
    if (ends(s, U"я")) drop(s, 1);
    if (is_one_of(s.back(), U"аое")) drop(s, 1);
  }
  if (s.size() > 4 && ends(s, U"ен")) last_becomes(1, U'н');
  if (s.size() > 5 && from_end(s, 2) == U'ъ') s.erase(s.size() - 2, 1);
}

void stem_czech(std::u32string& s) {
  static const SuffixTable cases = {
      {7, 5, U"atech"},
      {6, 4, U"ětem etem atům"},
      {5, 3, U"ech ich ích ého ěmi emi ému ěte ete ěti eti ího iho ími ímu imu ách ata aty ých ama ami ové ovi ými"},
      {4, 2, U"em es ém ím ům at ám os us ým mi ou"},
      {3, 1, U"a e i o u ů y á é í ý ě"}};
  static const SuffixTable possessives = {{5, 2, U"ov in ův"}};
  cases.apply(s);
  possessives.apply(s);
  size_t n = s.size();
  if (n == 0) return;
  if (ends(s, U"čt") || ends(s, U"št")) {
    s[n - 2] = s[n - 2] == U'č' ? U'c' : U's';
    s[n - 1] = U'k';
  } else if (is_one_of(s.back(), U"cč")) {
    s.back() = U'k';
  } else if (is_one_of(s.back(), U"zž")) {
    s.back() = U'h';
  } else if (n > 1 && s[n - 2] == U'e') {
    s.erase(n - 2, 1);
  } else if (n > 2 && s[n - 2] == U'ů') {
    s[n - 2] = U'o';
  }
}

void stem_russian_light(std::u32string& s) {
  static const SuffixTable cases = {
      {6, 4, U"иями оями"},
      {5, 3, U"иям иях оях ями оям оьв ами его ему ери ими ого ому ыми оев"},
      {4, 2, U"ая яя ях юю ах ею их ия ию ьв ою ую ям ых ея ам ем ей ём ев ий им ое ой ом ов ые ый ым ми"},
      {3, 1, U"а е и о у й ы я ь"}};
  cases.apply(s);
  if (s.size() <= 3) return;
  if (is_one_of(s.back(), U"ьи") || (s.back() == U'н' && from_end(s, 2) == U'н')) drop(s, 1);
}

}  // namespace tarn::analysis
