// English, minimal: Harman's S stemmer. German: Caumanns; light and minimal: Savoy. Norwegian: as Lucene's own. Swedish,
// light: Savoy.
#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"
#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {
// True as well where the term is the end of one of the words, as the original compares from the back.
bool ends_with_part(const std::u32string& s, const std::vector<std::u32string>& words) {
  return std::any_of(words.begin(), words.end(), [&s](const std::u32string& word) { return ends(s, word) || ends(word, s); });
}
}  // namespace

void stem_english_minimal(std::u32string& s) {
  size_t n = s.size();
  if (n < 3 || s.back() != U's') return;
  char32_t before = s[n - 2];
  if (before == U'u' || before == U's') return;
  if (before == U'e') {
    if (n > 3 && s[n - 3] == U'i' && s[n - 4] != U'a' && s[n - 4] != U'e') {
      s[n - 3] = U'y';
      return drop(s, 2);
    }
    if (is_one_of(s[n - 3], U"iaoe")) return;
  }
  drop(s, 1);
}

void stem_english_plural(std::u32string& s) {
  static const std::vector<std::u32string> keep_e_of_oes = {U"shoes", U"canoes", U"oboes"};
  static const std::vector<std::u32string> keep_e_of_ches = {U"cliches", U"avalanches", U"mustaches", U"moustaches", U"quiches",
                                                             U"headaches", U"heartaches", U"porsches", U"tranches", U"caches"};
  const size_t n = s.size();
  if (n < 3 || s.back() != U's' || is_one_of(s[n - 2], U"us")) return;
  if (s[n - 2] == U'e' && n > 3) {
    if (n > 4 && s[n - 3] == U'i') {
      s[n - 3] = U'y';
      return drop(s, 2);
    }
    if (n > 4 && s[n - 3] == U'x') return drop(s, 2);
    if (s[n - 3] == U'o') return drop(s, ends_with_part(s, keep_e_of_oes) ? 1 : 2);
    if (n > 4 && s[n - 4] == U's' && is_one_of(s[n - 3], U"hs")) return drop(s, 2);
    if (n > 4 && ends(s, U"ches")) return drop(s, ends_with_part(s, keep_e_of_ches) ? 1 : 2);
  }
  drop(s, 1);
}

void stem_german_light(std::u32string& s) {
  map_chars(s, U"äàáâöòóôïìíîüùúû", U"aaaaooooiiiiuuuu");
  constexpr std::u32string_view kBeforeSt = U"bdfghklmnt";
  if (s.size() > 5 && ends(s, U"ern")) drop(s, 3);
  else if (s.size() > 4 && from_end(s, 2) == U'e' && is_one_of(s.back(), U"mnrs")) drop(s, 2);
  else if (s.size() > 3 && s.back() == U'e') drop(s, 1);
  else if (s.size() > 3 && s.back() == U's' && is_one_of(from_end(s, 2), kBeforeSt)) drop(s, 1);
  if (s.size() > 5 && ends(s, U"est")) drop(s, 3);
  else if (s.size() > 4 && (ends(s, U"er") || ends(s, U"en"))) drop(s, 2);
  else if (s.size() > 4 && ends(s, U"st") && is_one_of(from_end(s, 3), kBeforeSt)) drop(s, 2);
}

void stem_german_minimal(std::u32string& s) {
  if (s.size() < 5) return;
  map_chars(s, U"äöü", U"aou");
  if (s.size() > 6 && ends(s, U"nen")) return drop(s, 3);
  if (s.size() > 5 && (ends(s, U"en") || ends(s, U"se") || ends(s, U"es") || ends(s, U"er"))) return drop(s, 2);
  if (is_one_of(s.back(), U"nesr")) drop(s, 1);
}

namespace {

// Common letter groups stand as one sign while suffixes are cut, so that they are not cut in two.
class German {
 public:
  explicit German(std::u32string& s) : s_(s) {}

  void stem() {
    lower_fully(s_);
    for (char32_t c : s_) {
      if (c > 0xFFFF || !is_letter(c)) return;
    }
    substitute();
    strip();
    if (s_.size() > 5 && ends(s_, U"erin*")) {
      drop(s_, 1);
      strip();
    }
    if (!s_.empty() && s_.back() == U'z') s_.back() = U'x';
    restore();
    size_t particle = s_.size() > 4 ? s_.find(U"gege") : std::u32string::npos;
    if (particle != std::u32string::npos) s_.erase(particle, 2);
  }

 private:
  struct Group {
    std::u32string_view letters;
    char32_t sign;
  };
  static constexpr Group kGroups[] = {{U"sch", U'$'}, {U"ch", U'§'}, {U"ei", U'%'}, {U"ie", U'&'}, {U"ig", U'#'}, {U"st", U'!'}};

  void substitute() {
    for (size_t c = 0; c < s_.size(); ++c) {
      if (c > 0 && s_[c] == s_[c - 1]) s_[c] = U'*';
      else if (s_[c] == U'ä') s_[c] = U'a';
      else if (s_[c] == U'ö') s_[c] = U'o';
      else if (s_[c] == U'ü') s_[c] = U'u';
      else if (s_[c] == U'ß') {
        s_.replace(c, 1, U"ss");
        ++substituted_;
      }
      for (const Group& group : kGroups) {
        if (s_.compare(c, group.letters.size(), group.letters) != 0) continue;
        s_.replace(c, group.letters.size(), 1, group.sign);
        substituted_ += group.letters.size() - 1;
        break;
      }
    }
  }

  void strip() {
    while (s_.size() > 3) {
      if (s_.size() + substituted_ > 5 && ends(s_, U"nd")) drop(s_, 2);
      else if (s_.size() + substituted_ > 4 && (ends(s_, U"em") || ends(s_, U"er"))) drop(s_, 2);
      else if (is_one_of(s_.back(), U"esnt")) drop(s_, 1);
      else break;
    }
  }

  void restore() {
    std::u32string out;
    for (char32_t c : s_) {
      if (c == U'*' && !out.empty()) {
        out += out.back();
        continue;
      }
      const Group* group = nullptr;
      for (const Group& g : kGroups) {
        if (g.sign == c) group = &g;
      }
      if (group != nullptr) out += group->letters;
      else out += c;
    }
    s_ = std::move(out);
  }

  std::u32string& s_;
  size_t substituted_ = 0;
};

void norwegian_light(std::u32string& s, bool nynorsk) {
  if (s.size() > 4 && s.back() == U's') drop(s, 1);
  static const SuffixTable bokmal = {{7, 5, U"heter heten"},  {5, 3, U"dom het"},         {7, 5, U"elser elsen"},
                                     {6, 4, U"ende else este eren"}, {5, 3, U"ere est ene"}, {4, 2, U"er en et st te"},
                                     {3, 1, U"a e n"}};
  static const SuffixTable nynorsk_table = {{7, 5, U"heita"}, {8, 6, U"heiter leiken leikar"}, {5, 3, U"dom"},
                                            {6, 4, U"heit semd leik"}, {7, 5, U"elser elsen"}, {6, 4, U"ande else aste aren"},
                                            {5, 3, U"are ast ene ane"}, {4, 2, U"er en et ar te"}, {3, 1, U"a e n"}};
  (nynorsk ? nynorsk_table : bokmal).apply(s);
}

void norwegian_minimal(std::u32string& s, bool nynorsk) {
  if (s.size() > 4 && s.back() == U's') drop(s, 1);
  static const SuffixTable bokmal = {{5, 3, U"ene"}, {4, 2, U"er en et"}, {3, 1, U"a e"}};
  static const SuffixTable nynorsk_table = {{5, 3, U"ene ane"}, {4, 2, U"er en et ar"}, {3, 1, U"a e"}};
  (nynorsk ? nynorsk_table : bokmal).apply(s);
}

}  // namespace

void stem_german(std::u32string& s) { German(s).stem(); }
void stem_norwegian_light(std::u32string& s) { norwegian_light(s, false); }
void stem_nynorsk_light(std::u32string& s) { norwegian_light(s, true); }
void stem_norwegian_minimal(std::u32string& s) { norwegian_minimal(s, false); }
void stem_nynorsk_minimal(std::u32string& s) { norwegian_minimal(s, true); }

void stem_swedish_light(std::u32string& s) {
  if (s.size() > 4 && s.back() == U's') drop(s, 1);
  static const SuffixTable table = {{7, 5, U"elser heten"}, {6, 4, U"arne erna ande else aste orna aren"}, {5, 3, U"are ast het"},
                                    {4, 2, U"ar er or en at te et"}, {3, 1, U"t a e n"}};
  table.apply(s);
}

}  // namespace tarn::analysis
