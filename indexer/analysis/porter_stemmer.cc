#include "indexer/analysis/porter_stemmer.h"

namespace tarn::analysis {

namespace {

template <class Word>
class Porter {
 public:
  explicit Porter(Word& word) : w_(word) {}

  void stem() {
    if (w_.size() < 3) return;
    plurals();
    if (w_.size() > 1 && ends("y") && has_vowel(stem_size_)) w_.back() = 'i';
    double_suffixes();
    full_and_ness();
    residues();
    final_e();
  }

 private:
  /// Whether the word ends in `suffix`, what is before it being the stem. A suffix that is the whole word counts too.
  bool ends(std::string_view suffix) {
    if (w_.size() < suffix.size()) return false;
    size_t stem = w_.size() - suffix.size();
    for (size_t i = 0; i < suffix.size(); ++i) {
      if (w_[stem + i] != static_cast<typename Word::value_type>(suffix[i])) return false;
    }
    stem_size_ = stem;
    return true;
  }
  void set(std::string_view with) {
    w_.resize(stem_size_);
    for (char c : with) w_ += static_cast<typename Word::value_type>(c);
  }
  bool replace(std::string_view suffix, std::string_view with) {
    if (!ends(suffix)) return false;
    if (measure(stem_size_) > 0) set(with);
    return true;
  }

  bool consonant(size_t i) const {
    switch (w_[i]) {
      case 'a': case 'e': case 'i': case 'o': case 'u': return false;
      case 'y': return i == 0 || !consonant_before_y(i);
      default: return true;
    }
  }
  // A run of y alternates, so it is walked instead of recursed into.
  bool consonant_before_y(size_t i) const {
    size_t first = i - 1;
    while (first > 0 && w_[first] == 'y') --first;
    bool is_consonant = w_[first] == 'y' ? true : consonant_other(first);
    for (size_t k = first + 1; k < i; ++k) is_consonant = !is_consonant;
    return is_consonant;
  }
  bool consonant_other(size_t i) const {
    auto c = w_[i];
    return !(c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u');
  }

  // The number of vowel-consonant sequences in the first `size` characters.
  int measure(size_t size) const {
    int count = 0;
    size_t i = 0;
    while (i < size && consonant(i)) ++i;
    while (i < size) {
      while (i < size && !consonant(i)) ++i;
      if (i >= size) break;
      ++count;
      while (i < size && consonant(i)) ++i;
    }
    return count;
  }
  bool has_vowel(size_t size) const {
    for (size_t i = 0; i < size; ++i) {
      if (!consonant(i)) return true;
    }
    return false;
  }
  bool double_consonant(size_t last) const { return last >= 1 && w_[last] == w_[last - 1] && consonant(last); }
  // consonant - vowel - consonant other than w, x, y
  bool short_syllable(size_t last) const {
    if (last < 2 || !consonant(last) || consonant(last - 1) || !consonant(last - 2)) return false;
    return w_[last] != 'w' && w_[last] != 'x' && w_[last] != 'y';
  }

  void plurals() {
    if (w_.back() == 's') {
      if (ends("sses")) w_.resize(w_.size() - 2);
      else if (ends("ies")) set("i");
      else if (w_[w_.size() - 2] != 's') w_.pop_back();
    }
    if (ends("eed")) {
      if (measure(stem_size_) > 0) w_.pop_back();
      return;
    }
    if (!((ends("ed") || ends("ing")) && has_vowel(stem_size_))) return;
    w_.resize(stem_size_);
    if (ends("at")) set("ate");
    else if (ends("bl")) set("ble");
    else if (ends("iz")) set("ize");
    else if (!w_.empty() && double_consonant(w_.size() - 1)) {
      if (w_.back() != 'l' && w_.back() != 's' && w_.back() != 'z') w_.pop_back();
    } else if (!w_.empty() && measure(w_.size()) == 1 && short_syllable(w_.size() - 1)) {
      w_ += 'e';
    }
  }

  bool any(std::initializer_list<std::pair<std::string_view, std::string_view>> rules) {
    for (auto [suffix, with] : rules) {
      if (replace(suffix, with)) return true;
    }
    return false;
  }

  void double_suffixes() {
    if (w_.size() < 2) return;
    switch (w_[w_.size() - 2]) {
      case 'a': any({{"ational", "ate"}, {"tional", "tion"}}); break;
      case 'c': any({{"enci", "ence"}, {"anci", "ance"}}); break;
      case 'e': any({{"izer", "ize"}}); break;
      case 'l': any({{"bli", "ble"}, {"alli", "al"}, {"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}}); break;
      case 'o': any({{"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"}}); break;
      case 's': any({{"alism", "al"}, {"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}}); break;
      case 't': any({{"aliti", "al"}, {"iviti", "ive"}, {"biliti", "ble"}}); break;
      case 'g': any({{"logi", "log"}}); break;
      default: break;
    }
  }

  void full_and_ness() {
    switch (w_.back()) {
      case 'e': any({{"icate", "ic"}, {"ative", ""}, {"alize", "al"}}); break;
      case 'i': any({{"iciti", "ic"}}); break;
      case 'l': any({{"ical", "ic"}, {"ful", ""}}); break;
      case 's': any({{"ness", ""}}); break;
      default: break;
    }
  }

  bool ends_residue() {
    switch (w_[w_.size() - 2]) {
      case 'a': return ends("al");
      case 'c': return ends("ance") || ends("ence");
      case 'e': return ends("er");
      case 'i': return ends("ic");
      case 'l': return ends("able") || ends("ible");
      case 'n': return ends("ant") || ends("ement") || ends("ment") || ends("ent");
      case 'o':
        return (ends("ion") && stem_size_ > 0 && (w_[stem_size_ - 1] == 's' || w_[stem_size_ - 1] == 't')) || ends("ou");
      case 's': return ends("ism");
      case 't': return ends("ate") || ends("iti");
      case 'u': return ends("ous");
      case 'v': return ends("ive");
      case 'z': return ends("ize");
      default: return false;
    }
  }
  void residues() {
    if (w_.size() >= 2 && ends_residue() && measure(stem_size_) > 1) w_.resize(stem_size_);
  }

  void final_e() {
    if (w_.empty()) return;
    if (w_.back() == 'e') {
      int m = measure(w_.size());
      // The e itself is a vowel at the end, which adds nothing to the measure.
      if (m > 1 || (m == 1 && !(w_.size() >= 2 && short_syllable(w_.size() - 2)))) w_.pop_back();
    }
    if (!w_.empty() && w_.back() == 'l' && double_consonant(w_.size() - 1) && measure(w_.size()) > 1) w_.pop_back();
  }

  Word& w_;
  size_t stem_size_ = 0;
};

}  // namespace

void porter_stem(std::string& word) { Porter<std::string>(word).stem(); }
void porter_stem(std::u32string& word) { Porter<std::u32string>(word).stem(); }

}  // namespace tarn::analysis
