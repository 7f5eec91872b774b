// KStem: Robert Krovetz, "Viewing morphology as an inference process" (1993), as Lucene's KStemmer has it: endings are
// taken off step by step, and a step that arrives at a word of the dictionary ends the work.
#include <array>
#include <unordered_map>

#include "indexer/analysis/code_point_stemmers.h"
#include "schemas/embedded.h"

namespace tarn::analysis {

namespace {

constexpr size_t kWordMax = 50;

/// What the dictionary says of a word.
struct Entry {
  std::string_view root;   ///< empty: the word itself
  bool exception = false;  ///< no stem of "-ed" and "-ing"
};

using Dictionary = std::unordered_map<std::string_view, Entry>;

Dictionary read_dictionary(std::string_view text) {
  Dictionary dictionary;
  dictionary.reserve(32768);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty() || line[0] == '#') continue;
    const size_t blank = line.find(' ');
    const std::string_view rest = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    dictionary.emplace(line.substr(0, blank), Entry{rest == "!" ? line.substr(0, blank) : rest, rest == "!"});
  }
  return dictionary;
}

const Dictionary& dictionary() {
  static const Dictionary words = [] {
    for (const EmbeddedFile& file : embedded_schemas()) {
      if (file.name == "kstem.txt") return read_dictionary(file.text());
    }
    return Dictionary();
  }();
  return words;
}

/// One word at work. Characters behind the end stay as they were, and lengthening the word brings them back.
class Stemming {
 public:
  /// Lower-case ASCII letters only, up to kWordMax.
  explicit Stemming(std::string_view word) : size_(word.size()), last_(static_cast<int>(word.size()) - 1) {
    std::copy(word.begin(), word.end(), chars_.begin());
  }

  std::string_view stem() {
    using Step = void (Stemming::*)();
    static constexpr Step kSteps[] = {&Stemming::plural, &Stemming::past_tense, &Stemming::aspect, &Stemming::ity, &Stemming::ness,
                                      &Stemming::ion, &Stemming::er_and_or, &Stemming::ly, &Stemming::al, &Stemming::look_again,
                                      &Stemming::ive, &Stemming::ize, &Stemming::ment, &Stemming::ble, &Stemming::ism, &Stemming::ic,
                                      &Stemming::ncy, &Stemming::nce};
    for (const Step step : kSteps) {
      (this->*step)();
      // The word of the dictionary that stands before "-ive" is noticed after that step only.
      if (match_ != nullptr && step != &Stemming::look_again) break;
    }
    if (match_ != nullptr && !match_->root.empty()) return match_->root;
    return word();
  }

 private:
  std::string_view word() const { return {chars_.data(), size_}; }
  char at(int i) const { return i < 0 ? '\0' : chars_[static_cast<size_t>(i)]; }
  void put(int i, char c) { chars_[static_cast<size_t>(i)] = c; }
  void resize(int size) { size_ = static_cast<size_t>(size); }
  void append(std::string_view text) {
    for (const char c : text) chars_[size_++] = c;
  }
  void append(char c) { chars_[size_++] = c; }

  bool is_vowel(int i) const {
    const char c = at(i);
    if (c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u') return true;
    return c == 'y' && i > 0 && !is_vowel(i - 1);
  }
  bool doubled_consonant(int i) const { return i >= 1 && at(i) == at(i - 1) && !is_vowel(i); }
  bool vowel_in_stem() const {
    for (int i = 0; i <= stem_end_; ++i) {
      if (is_vowel(i)) return true;
    }
    return false;
  }

  /// Sets stem_end_ to the last letter before the suffix.
  bool ends_in(std::string_view suffix) {
    const int n = static_cast<int>(suffix.size());
    if (n > last_) return false;
    if (std::string_view(chars_.data() + last_ + 1 - n, suffix.size()) != suffix) return false;
    stem_end_ = last_ - n;
    return true;
  }

  bool lookup() {
    const auto found = dictionary().find(word());
    match_ = found == dictionary().end() ? nullptr : &found->second;
    return match_ != nullptr;
  }
  /// As lookup, but an exception does not end the work. True for a word that is none.
  bool plain_word() {
    if (match_ != nullptr) return true;
    const auto found = dictionary().find(word());
    if (found == dictionary().end() || found->second.exception) return false;
    match_ = &found->second;
    return true;
  }
  void look_again() { plain_word(); }

  /// The stem with `ending` in place of the suffix, looked up.
  bool try_ending(std::string_view ending) {
    set_ending(ending);
    return lookup();
  }
  void set_ending(std::string_view ending) {
    resize(stem_end_ + 1);
    append(ending);
    last_ = stem_end_ + static_cast<int>(ending.size());
  }
  /// The stem without its doubled last consonant.
  bool try_single() {
    if (!doubled_consonant(stem_end_)) return false;
    resize(stem_end_);
    last_ = stem_end_ - 1;
    if (lookup()) return true;
    append(at(stem_end_ - 1));
    return false;
  }
  bool before_suffix(std::string_view two) const {
    return stem_end_ > 0 && at(stem_end_ - 1) == two[0] && at(stem_end_) == two[1];
  }

  void plural() {
    if (at(last_) != 's') return;
    if (ends_in("ies")) {
      resize(stem_end_ + 3);
      --last_;
      if (lookup()) return;
      ++last_;
      append('s');
      set_ending("y");
      lookup();
    } else if (ends_in("es")) {
      resize(stem_end_ + 2);
      --last_;
      // "crosses" are no plural of "crosse".
      const bool try_e = stem_end_ > 0 && !(at(stem_end_) == 's' && at(stem_end_ - 1) == 's');
      if (try_e && lookup()) return;
      resize(stem_end_ + 1);
      --last_;
      if (lookup()) return;
      append('e');
      ++last_;
      if (!try_e) lookup();
    } else if (size_ > 3 && at(last_ - 1) != 's' && !ends_in("ous")) {
      resize(last_);
      --last_;
      lookup();
    }
  }

  void past_tense() {
    if (size_ <= 4) return;
    if (ends_in("ied")) {
      resize(stem_end_ + 3);
      --last_;
      if (lookup()) return;
      ++last_;
      append('d');
      set_ending("y");
      lookup();
      return;
    }
    if (!ends_in("ed") || !vowel_in_stem()) return;
    resize(stem_end_ + 2);
    last_ = stem_end_ + 1;
    if (plain_word()) return;
    if (try_ending("")) return;
    if (doubled_consonant(last_)) {
      resize(last_);
      --last_;
      if (lookup()) return;
      append(at(last_));
      ++last_;
      lookup();
      return;
    }
    if (at(0) == 'u' && at(1) == 'n') {
      append("ed");
      last_ += 2;
      return;
    }
    set_ending("e");
  }

  void aspect() {
    if (size_ <= 5 || !ends_in("ing") || !vowel_in_stem()) return;
    put(stem_end_ + 1, 'e');
    resize(stem_end_ + 2);
    last_ = stem_end_ + 1;
    if (plain_word()) return;
    resize(last_);
    --last_;
    if (lookup()) return;
    if (doubled_consonant(last_)) {
      --last_;
      resize(last_ + 1);
      if (lookup()) return;
      append(at(last_));
      ++last_;
      lookup();
      return;
    }
    if (stem_end_ > 0 && !is_vowel(stem_end_) && !is_vowel(stem_end_ - 1)) {
      last_ = stem_end_;
      resize(last_ + 1);
      return;
    }
    set_ending("e");
  }

  void ity() {
    const int before = last_;
    if (!ends_in("ity")) return;
    if (try_ending("") || try_ending("e")) return;
    put(stem_end_ + 1, 'i');
    append("ty");
    last_ = before;
    if (before_suffix("il")) {
      resize(stem_end_ - 1);
      append("le");
      last_ = stem_end_;
      lookup();
      return;
    }
    if (before_suffix("iv")) {
      try_ending("e");
      return;
    }
    if (before_suffix("al")) {
      try_ending("");
      return;
    }
    if (lookup()) return;
    set_ending("");
  }

  void nce() {
    const int before = last_;
    if (!ends_in("nce")) return;
    const char vowel = at(stem_end_);
    if (vowel != 'e' && vowel != 'a') return;
    resize(stem_end_);
    append('e');
    last_ = stem_end_;
    if (lookup()) return;
    resize(stem_end_);
    last_ = stem_end_ - 1;
    if (lookup()) return;
    append(vowel);
    append("nce");
    last_ = before;
  }

  void ness() {
    if (!ends_in("ness")) return;
    set_ending("");
    if (at(stem_end_) == 'i') put(stem_end_, 'y');
    lookup();
  }

  void ism() {
    if (ends_in("ism")) try_ending("");
  }

  void ment() {
    const int before = last_;
    if (!ends_in("ment") || try_ending("")) return;
    append("ment");
    last_ = before;
  }

  void ize() {
    const int before = last_;
    if (!ends_in("ize") || try_ending("")) return;
    append('i');
    if (try_single() || try_ending("e")) return;
    resize(stem_end_ + 1);
    append("ize");
    last_ = before;
  }

  void ncy() {
    if (!ends_in("ncy") || (at(stem_end_) != 'e' && at(stem_end_) != 'a')) return;
    put(stem_end_ + 2, 't');
    resize(stem_end_ + 3);
    last_ = stem_end_ + 2;
    if (lookup()) return;
    put(stem_end_ + 2, 'c');
    append('e');
    last_ = stem_end_ + 3;
    lookup();
  }

  void ble() {
    const int before = last_;
    if (!ends_in("ble")) return;
    const char vowel = at(stem_end_);
    if (vowel != 'a' && vowel != 'i') return;
    resize(stem_end_);
    last_ = stem_end_ - 1;
    if (lookup()) return;
    if (doubled_consonant(last_)) {
      resize(last_);
      --last_;
      if (lookup()) return;
      ++last_;
      append(at(last_ - 1));
    }
    resize(stem_end_);
    append('e');
    last_ = stem_end_;
    if (lookup()) return;
    resize(stem_end_);
    append("ate");
    last_ = stem_end_ + 2;
    if (lookup()) return;
    resize(stem_end_);
    append(vowel);
    append("ble");
    last_ = before;
  }

  void ic() {
    if (!ends_in("ic")) return;
    resize(stem_end_ + 3);
    append("al");
    last_ = stem_end_ + 4;
    if (lookup()) return;
    put(stem_end_ + 1, 'y');
    resize(stem_end_ + 2);
    last_ = stem_end_ + 1;
    if (lookup()) return;
    put(stem_end_ + 1, 'e');
    if (lookup()) return;
    if (try_ending("")) return;
    append("ic");
    last_ = stem_end_ + 2;
  }

  void ion() {
    const int before = last_;
    if (!ends_in("ion")) return;
    if (ends_in("ization")) {
      resize(stem_end_ + 3);
      append('e');
      last_ = stem_end_ + 3;
      lookup();
      return;
    }
    if (ends_in("ition")) {
      if (try_ending("e")) return;
      set_ending("ition");
      last_ = before;
    } else if (ends_in("ation")) {
      resize(stem_end_ + 3);
      append('e');
      last_ = stem_end_ + 3;
      if (lookup() || try_ending("e") || try_ending("")) return;
      set_ending("ation");
      last_ = before;
    }
    if (ends_in("ication")) {
      if (try_ending("y")) return;
      set_ending("ication");
      last_ = before;
    }
    stem_end_ = last_ - 3;
    if (try_ending("e") || try_ending("")) return;
    set_ending("ion");
    last_ = before;
  }

  void er_and_or() {
    const int before = last_;
    if (at(last_) != 'r') return;
    if (ends_in("izer")) {
      resize(stem_end_ + 4);
      last_ = stem_end_ + 3;
      lookup();
      return;
    }
    if (!ends_in("er") && !ends_in("or")) return;
    const char vowel = at(stem_end_ + 1);
    if (try_single()) return;
    if (at(stem_end_) == 'i') {
      put(stem_end_, 'y');
      if (try_ending("")) return;
      put(stem_end_, 'i');
      append('e');
    }
    if (at(stem_end_) == 'e') {
      resize(stem_end_);
      last_ = stem_end_ - 1;
      if (lookup()) return;
      append('e');
    }
    resize(stem_end_ + 2);
    last_ = stem_end_ + 1;
    if (lookup() || try_ending("") || try_ending("e")) return;
    resize(stem_end_ + 1);
    append(vowel);
    append('r');
    last_ = before;
  }

  void ly() {
    const int before = last_;
    if (!ends_in("ly")) return;
    put(stem_end_ + 2, 'e');
    if (lookup()) return;
    put(stem_end_ + 2, 'y');
    if (try_ending("")) return;
    if (before_suffix("al")) return;
    append("ly");
    last_ = before;
    if (before_suffix("ab")) {
      put(stem_end_ + 2, 'e');
      last_ = stem_end_ + 2;
      return;
    }
    if (at(stem_end_) == 'i') {
      resize(stem_end_);
      append('y');
      last_ = stem_end_;
      if (lookup()) return;
      resize(stem_end_);
      append("ily");
      last_ = before;
    }
    set_ending("");
  }

  void al() {
    const int before = last_;
    if (size_ < 4 || !ends_in("al") || try_ending("")) return;
    if (try_single() || try_ending("e") || try_ending("um")) return;
    resize(stem_end_ + 1);
    append("al");
    last_ = before;
    if (before_suffix("ic")) {
      resize(stem_end_ - 1);
      last_ = stem_end_ - 2;
      if (lookup()) return;
      resize(stem_end_ - 1);
      append('y');
      last_ = stem_end_ - 1;
      if (lookup()) return;
      resize(stem_end_ - 1);
      append("ic");
      last_ = stem_end_;
      lookup();
      return;
    }
    if (at(stem_end_) == 'i') {
      resize(stem_end_);
      last_ = stem_end_ - 1;
      if (lookup()) return;
      append("ial");
      last_ = before;
      lookup();
    }
  }

  void ive() {
    const int before = last_;
    if (!ends_in("ive") || try_ending("") || try_ending("e")) return;
    resize(stem_end_ + 1);
    append("ive");
    if (before_suffix("at")) {
      put(stem_end_ - 1, 'e');
      resize(stem_end_);
      last_ = stem_end_ - 1;
      if (lookup()) return;
      resize(stem_end_ - 1);
      if (lookup()) return;
      append("ative");
      last_ = before;
    }
    put(stem_end_ + 2, 'o');
    put(stem_end_ + 3, 'n');
    if (lookup()) return;
    put(stem_end_ + 2, 'v');
    put(stem_end_ + 3, 'e');
    last_ = before;
  }

  std::array<char, kWordMax + 16> chars_{};
  size_t size_;
  int last_;            // of the word; runs ahead of size_ in places, as in the original
  int stem_end_ = 0;    // last letter before the suffix that was found
  const Entry* match_ = nullptr;
};

}  // namespace

void stem_kstem(std::u32string& s) {
  if (s.size() <= 2 || s.size() >= kWordMax) return;
  std::string word;
  for (const char32_t c : s) {
    if (c > 0x7F) return;
    word += static_cast<char>(c);
  }
  if (const auto found = dictionary().find(word); found != dictionary().end()) {
    if (!found->second.root.empty()) s.assign(found->second.root.begin(), found->second.root.end());
    return;
  }
  for (const char c : word) {
    if (c < 'a' || c > 'z') return;
  }
  const std::string stem(Stemming(word).stem());
  s.assign(stem.begin(), stem.end());
}

}  // namespace tarn::analysis
