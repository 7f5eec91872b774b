// What changed between the algorithms of libstemmer 2.2, which Debian has, and those of Lucene 10 (Snowball's main branch).
#include "indexer/analysis/stem_tools.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {

/// English: a doubled consonant stays where only a vowel stands before it ("added", "erring").
bool english(std::string_view word, std::string& stem) {
  for (const std::string_view ending : {"ed", "ing", "edly", "ingly"}) {
    if (word.size() != 3 + ending.size() || !word.ends_with(ending)) continue;
    const char vowel = word[0], consonant = word[1];
    if ((vowel != 'a' && vowel != 'e' && vowel != 'o') || consonant != word[2]) return false;
    if (std::string_view("bdfgmnprt").find(consonant) == std::string_view::npos) return false;
    stem = word.substr(0, 3);
    return true;
  }
  return false;
}

bool italian(std::string_view word, std::string& stem) {
  if (word != "divano") return false;
  stem = "divan";
  return true;
}

/// Where R1 begins: behind the first consonant after a vowel, not before the third letter.
size_t region_1(const std::u32string& word, std::u32string_view vowels) {
  size_t at = 0;
  while (at < word.size() && !is_one_of(word[at], vowels)) ++at;
  while (at < word.size() && is_one_of(word[at], vowels)) ++at;
  return std::max<size_t>(std::min(at + 1, word.size()), 3);
}

/// Swedish: "-öst" becomes "-ös" behind more letters than "l".
bool swedish(std::string_view word, std::string& stem) {
  if (!stem.ends_with("\u00F6st")) return false;
  const std::u32string letters = to_utf32(stem);
  if (letters.size() < 4 || !is_one_of(from_end(letters, 4), U"iklnprtuv")) return false;
  if (letters.size() - 3 < region_1(to_utf32(word), U"aeiouy\u00E4\u00E5\u00F6")) return false;
  stem.pop_back();
  return true;
}

/// German: the end of "System" is no suffix.
bool german_system(std::string_view word, std::string& stem) {
  if (!word.ends_with("system")) return false;
  stem.clear();
  for (char32_t c : to_utf32(prepare_word("german", word))) {
    if (c == U'\u00DF') stem += 's';
    append_code_point(stem, c == U'\u00DF' ? U's' : c == U'\u00E4' ? U'a' : c == U'\u00F6' ? U'o' : c == U'\u00FC' ? U'u' : c);
  }
  return true;
}

constexpr std::u32string_view kGermanVowels = U"aeiouy\u00E4\u00F6\u00FC";

/// German: ae, oe and ue are umlauts but behind q, and where u stands between vowels.
std::string german_umlauts(std::string_view word) {
  std::u32string s = to_utf32(word), out;
  auto vowel = [&s](size_t i) { return i < s.size() && is_one_of(s[i], kGermanVowels); };
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == U'u' && i > 0 && vowel(i - 1) && vowel(i + 1)) {
      s[i] = U'U';  // a consonant to what follows
      out += U'u';
    } else if (s[i] == U'q' && i + 1 < s.size() && s[i + 1] == U'u') {
      out += U"qu";
      ++i;
    } else if (i + 1 < s.size() && s[i + 1] == U'e' && is_one_of(s[i], U"aou")) {
      out += s[i] == U'a' ? U'\u00E4' : s[i] == U'o' ? U'\u00F6' : U'\u00FC';
      ++i;
    } else {
      out += s[i];
    }
  }
  return to_utf8(out);
}

}  // namespace

std::string prepare_word(std::string_view algorithm, std::string_view word) {
  return algorithm == "german" ? german_umlauts(word) : std::string(word);
}

bool update_stem(std::string_view algorithm, std::string_view word, std::string& stem) {
  if (algorithm == "english") return english(word, stem);
  if (algorithm == "german") return german_system(word, stem);
  if (algorithm == "italian") return italian(word, stem);
  if (algorithm == "swedish") return swedish(word, stem);
  return false;
}

}  // namespace tarn::analysis
