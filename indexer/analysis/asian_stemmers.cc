// Arabic: Larkey, Ballesteros and Connell, light10. Bengali: after Sengupta and Chaudhuri, and Savoy. Hindi: Ramanathan
// and Rao. Indonesian: Tala. Persian and Sorani: as Lucene's own.
#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

void stem_arabic(std::u32string& s) {
  static const std::vector<std::u32string> prefixes = split_words(U"ال وال بال كال فال لل و");
  static const std::vector<std::u32string> suffixes = split_words(U"ها ان ات ون ين يه ية ه ة ي");
  for (const std::u32string& prefix : prefixes) {
    if (s.size() < (prefix.size() == 1 ? 4 : prefix.size() + 2) || !begins(s, prefix)) continue;
    s.erase(0, prefix.size());
    break;
  }
  for (const std::u32string& suffix : suffixes) {
    if (s.size() >= suffix.size() + 2 && ends(s, suffix)) drop(s, suffix.size());
  }
}

void stem_persian(std::u32string& s) {
  static const std::vector<std::u32string> suffixes =
      split_words(U"\u0627\u062A \u0627\u0646 \u062A\u0631\u064A\u0646 \u062A\u0631 \u064A\u064A \u064A \u0647\u0627 \u200C");
  for (const std::u32string& suffix : suffixes) {
    if (s.size() >= suffix.size() + 2 && ends(s, suffix)) drop(s, suffix.size());
  }
}

void stem_hindi(std::u32string& s) {
  static const SuffixTable table = {
      {6, 5, U"ाएंगी ाएंगे ाऊंगी ाऊंगा ाइयाँ ाइयों ाइयां"},
      {5, 4, U"ाएगी ाएगा ाओगी ाओगे एंगी ेंगी एंगे ेंगे ूंगी ूंगा ातीं नाओं नाएं ताओं ताएं ियाँ ियों ियां"},
      {4, 3, U"ाकर ाइए ाईं ाया ेगी ेगा ोगी ोगे ाने ाना ाते ाती ाता तीं ाओं ाएं ुओं ुएं ुआं"},
      {3, 2, U"कर ाओ िए ाई ाए ने नी ना ते ीं ती ता ाँ ां ों ें"},
      {2, 1, U"ो े ू ु ी ि ा"}};
  table.apply(s);
}

void stem_bengali(std::u32string& s) {
  static const SuffixTable table = {
      {9, 8, U"িয়াছিলাম িতেছিলাম িতেছিলেন ইতেছিলেন িয়াছিলেন ইয়াছিলেন"},
      {8, 7, U"িতেছিলি িতেছিলে িয়াছিলা িয়াছিলে িতেছিলা িয়াছিলি য়েদেরকে"},
      {7, 6, U"িতেছিস িতেছেন িয়াছিস িয়াছেন েছিলাম েছিলেন েদেরকে"},
      {6, 5, U"িতেছি িতেছা িতেছে ছিলাম ছিলেন িয়াছি িয়াছা িয়াছে েছিলে েছিলা য়েদের দেরকে"},
      {5, 4, U"িলাম িলেন িতাম িতেন িবেন ছিলি ছিলে ছিলা তেছে িতেছ খানা খানি গুলো গুলি য়েরা েদের"},
      {4, 3, U"লাম িলি ইলি িলে ইলে লেন িলা ইলা তাম িতি ইতি িতে ইতে তেন িতা িবা ইবা িবি ইবি বেন িবে ইবে ছেন য়োন য়ের েরা দের"},
      {3, 2, U"িস েন লি লে লা তি তে তা বি বে বা ছি ছা ছে ুন ুক টা টি নি ের তে রা কে"},
      {2, 1, U"ি ী া ো ে ব ত"}};
  table.apply(s);
}

void stem_sorani(std::u32string& s) {
  if (s.size() > 5 && ends(s, U"دا")) drop(s, 2);
  else if (s.size() > 4 && ends(s, U"نا")) drop(s, 1);
  else if (s.size() > 6 && ends(s, U"ەوە")) drop(s, 3);
  static const SuffixTable possessive = {{6, 3, U"مان یان تان"}};
  possessive.apply(s);
  static const SuffixTable table = {{6, 3, U"ێکی"}, {7, 4, U"یەکی"}, {5, 2, U"ێک"},   {6, 3, U"یەک"}, {6, 3, U"ەکە"},
                                    {5, 2, U"کە"},  {7, 4, U"ەکان"}, {6, 3, U"کان"},  {7, 4, U"یانی"}, {6, 3, U"انی"},
                                    {6, 3, U"یان"}, {5, 2, U"ان"},   {7, 4, U"یانە"}, {6, 3, U"انە"}, {5, 2, U"ایە ەیە"},
                                    {4, 1, U"ە"},   {4, 1, U"ی"}};
  table.apply(s);
}

namespace {

class Indonesian {
 public:
  explicit Indonesian(std::u32string& s) : s_(s) {
    for (char32_t c : s) syllables_ += is_vowel(c);
  }

  void stem() {
    if (syllables_ > 2) remove_particle();
    if (syllables_ > 2) remove_possessive();
    size_t before = s_.size();
    if (syllables_ > 2) remove_first_prefix();
    if (s_.size() != before) {
      before = s_.size();
      if (syllables_ > 2) remove_suffix();
      if (s_.size() != before && syllables_ > 2) remove_second_prefix();
    } else {
      if (syllables_ > 2) remove_second_prefix();
      if (syllables_ > 2) remove_suffix();
    }
  }

 private:
  enum Removed { kKe = 1, kPeng = 2, kDi = 4, kMeng = 8, kTer = 16, kBer = 32, kPe = 64 };

  static bool is_vowel(char32_t c) { return is_one_of(c, U"aeiou"); }
  void cut_end(size_t n) {
    drop(s_, n);
    --syllables_;
  }
  void cut_begin(size_t n, int flag) {
    s_.erase(0, n);
    flags_ |= flag;
    --syllables_;
  }

  void remove_particle() {
    if (ends(s_, U"kah") || ends(s_, U"lah") || ends(s_, U"pun")) cut_end(3);
  }
  void remove_possessive() {
    if (ends(s_, U"ku") || ends(s_, U"mu")) cut_end(2);
    else if (ends(s_, U"nya")) cut_end(3);
  }
  bool vowel_at(size_t i) const { return s_.size() > i && is_vowel(s_[i]); }

  void remove_first_prefix() {
    if (begins(s_, U"meng")) return cut_begin(4, kMeng);
    if (begins(s_, U"meny") && vowel_at(4)) {
      s_[3] = U's';
      return cut_begin(3, kMeng);
    }
    if (begins(s_, U"men") || begins(s_, U"mem")) return cut_begin(3, kMeng);
    if (begins(s_, U"me")) return cut_begin(2, kMeng);
    if (begins(s_, U"peng")) return cut_begin(4, kPeng);
    if (begins(s_, U"peny") && vowel_at(4)) {
      s_[3] = U's';
      return cut_begin(3, kPeng);
    }
    if (begins(s_, U"peny")) return cut_begin(4, kPeng);
    if (begins(s_, U"pen") && vowel_at(3)) {
      s_[2] = U't';
      return cut_begin(2, kPeng);
    }
    if (begins(s_, U"pen") || begins(s_, U"pem")) return cut_begin(3, kPeng);
    if (begins(s_, U"di")) return cut_begin(2, kDi);
    if (begins(s_, U"ter")) return cut_begin(3, kTer);
    if (begins(s_, U"ke")) cut_begin(2, kKe);
  }

  void remove_second_prefix() {
    if (begins(s_, U"ber")) return cut_begin(3, kBer);
    if (s_ == U"belajar") return cut_begin(3, kBer);
    if (begins(s_, U"be") && s_.size() > 4 && !is_vowel(s_[2]) && s_[3] == U'e' && s_[4] == U'r') return cut_begin(2, kBer);
    if (begins(s_, U"per")) return cut_begin(3, 0);
    if (s_ == U"pelajar") return cut_begin(3, 0);
    if (begins(s_, U"pe")) cut_begin(2, kPe);
  }

  void remove_suffix() {
    if (ends(s_, U"kan") && !(flags_ & (kKe | kPeng | kPe))) return cut_end(3);
    if (ends(s_, U"an") && !(flags_ & (kDi | kMeng | kTer))) return cut_end(2);
    if (ends(s_, U"i") && !ends(s_, U"si") && !(flags_ & (kBer | kKe | kPeng))) cut_end(1);
  }

  std::u32string& s_;
  int syllables_ = 0;
  int flags_ = 0;
};

}  // namespace

void stem_indonesian(std::u32string& s) { Indonesian(s).stem(); }

}  // namespace tarn::analysis
