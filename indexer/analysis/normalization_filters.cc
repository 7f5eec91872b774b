#include <unicode/uchar.h>

#include "indexer/analysis/filters.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

namespace {

using Normalize = void (*)(std::u32string& s);

class NormalizationFilter final : public TermFilter {
 public:
  explicit NormalizationFilter(Normalize normalize) : normalize_(normalize) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u32string chars = to_utf32(term);
    normalize_(chars);
    out = to_utf8(chars);
    return out != term;
  }

 private:
  Normalize normalize_;
};

constexpr std::u32string_view kTatweelAndHarakat = U"\u0640\u064B\u064C\u064D\u064E\u064F\u0650\u0651\u0652";

void normalize_arabic(std::u32string& s) {
  map_chars(s, U"\u0622\u0623\u0625\u0649\u0629", U"\u0627\u0627\u0627\u064A\u0647");
  std::erase_if(s, [](char32_t c) { return is_one_of(c, kTatweelAndHarakat); });
}

void normalize_persian(std::u32string& s) {
  map_chars(s, U"\u06CC\u06D2\u06A9\u06C0\u06C1", U"\u064A\u064A\u0643\u0647\u0647");
  std::erase(s, U'\u0654');
}

void normalize_sorani(std::u32string& s) {
  for (size_t i = 0; i < s.size(); ++i) {
    switch (s[i]) {
      case 0x64A:
      case 0x649: s[i] = 0x6CC; break;
      case 0x643: s[i] = 0x6A9; break;
      case 0x200C:
        if (i > 0 && s[i - 1] == 0x647) s[i - 1] = 0x6D5;
        s.erase(i--, 1);
        break;
      case 0x647:
        if (i + 1 == s.size()) s[i] = 0x6D5;
        break;
      case 0x629: s[i] = 0x6D5; break;
      case 0x6BE: s[i] = 0x647; break;
      case 0x631:
        if (i == 0) s[i] = 0x695;
        break;
      case 0x692: s[i] = 0x695; break;
      default:
        if (is_one_of(s[i], kTatweelAndHarakat) || u_charType(static_cast<UChar32>(s[i])) == U_FORMAT_CHAR) s.erase(i--, 1);
    }
  }
}

void normalize_hindi(std::u32string& s) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == 0x928 && i + 1 < s.size() && s[i + 1] == 0x94D) {  // dead n
      s[i] = 0x902;
      s.erase(i + 1, 1);
    } else if (is_one_of(s[i], U"\u093C\u200C\u200D\u094D")) {  // nukta, joiners, virama
      s.erase(i--, 1);
    }
  }
  map_chars(s,
            U"\u0901\u0929\u0931\u0934\u0958\u0959\u095A\u095B\u095C\u095D\u095E\u095F\u0945\u0946\u0949\u094A\u090D\u090E"
            U"\u0911\u0912\u0972\u0906\u0908\u090A\u0960\u0961\u0910\u0914\u0940\u0942\u0944\u0963\u0948\u094C",
            U"\u0902\u0928\u0930\u0933\u0915\u0916\u0917\u091C\u0921\u0922\u092B\u092F\u0947\u0947\u094B\u094B\u090F\u090F"
            U"\u0913\u0913\u0905\u0905\u0907\u0909\u090B\u090C\u090F\u0913\u093F\u0941\u0943\u0962\u0947\u094B");
}

void normalize_bengali(std::u32string& s) {
  constexpr char32_t kHasanta = 0x9CD;
  for (size_t i = 0; i < s.size(); ++i) {
    size_t n = s.size();
    switch (s[i]) {
      case 0x981: s.erase(i--, 1); break;  // candrabindu
      case 0x9C0: s[i] = 0x9BF; break;
      case 0x9C2: s[i] = 0x9C1; break;
      case 0x995:
        if (i + 2 < n && s[i + 1] == kHasanta && s[i + 2] == 0x9BF) {
          if (i == 0) {
            s[i] = 0x996;
            s.erase(i + 1, 2);
          } else {
            s[i + 1] = 0x996;
            s.erase(i + 2, 1);
          }
        }
        break;
      case 0x999: s[i] = 0x982; break;
      case 0x9AF:  // ya-phala
        if (i == 2 && s[i - 1] == kHasanta) {
          s[i - 1] = 0x9C7;
          if (i + 1 < n && s[i + 1] == 0x9BE) s.erase(i + 1, 1);
          s.erase(i--, 1);
        } else if (i >= 1 && s[i - 1] == kHasanta) {
          s.erase(i - 1, 2);
          i -= 2;
        }
        break;
      case 0x9AC:  // ba-phala
        if (i == 0 || s[i - 1] != kHasanta) break;
        if (i == 2 || (i >= 5 && s[i - 3] == kHasanta)) {
          s.erase(i - 1, 2);
          i -= 2;
        } else if (i >= 2) {
          s[i - 1] = s[i - 2];
          s.erase(i--, 1);
        }
        break;
      case 0x983:  // visarga
        if (i + 1 < n) s[i] = s[i + 1];
        else if (n <= 3) s[i] = 0x9B9;
        else s.erase(i, 1);
        break;
      case 0x9B6:
      case 0x9B7: s[i] = 0x9B8; break;
      case 0x9A3: s[i] = 0x9A8; break;
      case 0x9DC:
      case 0x9DD: s[i] = 0x9B0; break;
      case 0x9CE: s[i] = 0x9A4; break;
      default: break;
    }
  }
}

// ae, oe, ue become a, o, u as umlauts do, unless a vowel or q stands before the u.
void normalize_german(std::u32string& s) {
  enum { kOrdinary, kAfterVowel, kMayTakeE } state = kOrdinary;
  for (size_t i = 0; i < s.size(); ++i) {
    switch (s[i]) {
      case U'a':
      case U'o': state = kMayTakeE; break;
      case U'u': state = state == kOrdinary ? kMayTakeE : kAfterVowel; break;
      case U'e':
        if (state == kMayTakeE) s.erase(i--, 1);
        state = kAfterVowel;
        break;
      case U'i':
      case U'q':
      case U'y': state = kAfterVowel; break;
      case U'ä': s[i] = U'a'; state = kAfterVowel; break;
      case U'ö': s[i] = U'o'; state = kAfterVowel; break;
      case U'ü': s[i] = U'u'; state = kAfterVowel; break;
      case U'ß':
        s.replace(i++, 1, U"ss");
        state = kOrdinary;
        break;
      default: state = kOrdinary;
    }
  }
}

void normalize_serbian(std::u32string& s) {
  std::u32string out;
  for (char32_t c : s) {
    switch (c) {
      case U'ђ':
      case U'đ': out += U"dj"; break;
      case U'љ': out += U"lj"; break;
      case U'њ': out += U"nj"; break;
      case U'џ': out += U"dz"; break;
      default: out += c;
    }
  }
  map_chars(out, U"абвгдежзžијклмнопрстћцчćčуфхшš", U"abvgdezzzijklmnoprstcccccufhss");
  s = std::move(out);
}

/// Sequences that stand for one letter, as offsets into the block of a script; -1: two characters are enough, 0xFF: ZWJ.
struct IndicDecomposition {
  int first, second, third, result;
  int scripts;  // bits by script, in the order of kIndicBases
};

enum IndicScript { kDeva = 1, kBeng = 2, kGuru = 4, kGujr = 8, kOrya = 16, kTaml = 32, kTelu = 64, kKnda = 128, kMlym = 256 };
constexpr char32_t kIndicBases[] = {0x900, 0x980, 0xA00, 0xA80, 0xB00, 0xB80, 0xC00, 0xC80, 0xD00};

constexpr IndicDecomposition kIndic[] = {
    {0x05, 0x3E, 0x45, 0x11, kDeva | kGujr}, {0x05, 0x3E, 0x46, 0x12, kDeva}, {0x05, 0x3E, 0x47, 0x13, kDeva | kGujr},
    {0x05, 0x3E, 0x48, 0x14, kDeva | kGujr}, {0x05, 0x3E, -1, 0x06, kDeva | kBeng | kGuru | kGujr | kOrya},
    {0x05, 0x45, -1, 0x72, kDeva}, {0x05, 0x45, -1, 0x0D, kGujr}, {0x05, 0x46, -1, 0x04, kDeva},
    {0x05, 0x47, -1, 0x0F, kGujr}, {0x05, 0x48, -1, 0x10, kGuru | kGujr}, {0x05, 0x49, -1, 0x11, kDeva | kGujr},
    {0x05, 0x4A, -1, 0x12, kDeva}, {0x05, 0x4B, -1, 0x13, kDeva | kGujr}, {0x05, 0x4C, -1, 0x14, kDeva | kGuru | kGujr},
    {0x06, 0x45, -1, 0x11, kDeva | kGujr}, {0x06, 0x46, -1, 0x12, kDeva}, {0x06, 0x47, -1, 0x13, kDeva | kGujr},
    {0x06, 0x48, -1, 0x14, kDeva | kGujr}, {0x07, 0x57, -1, 0x08, kMlym}, {0x09, 0x41, -1, 0x0A, kDeva},
    {0x09, 0x57, -1, 0x0A, kTaml | kMlym}, {0x0E, 0x46, -1, 0x10, kMlym}, {0x0F, 0x45, -1, 0x0D, kDeva},
    {0x0F, 0x46, -1, 0x0E, kDeva}, {0x0F, 0x47, -1, 0x10, kDeva}, {0x0F, 0x57, -1, 0x10, kOrya},
    {0x12, 0x3E, -1, 0x13, kMlym}, {0x12, 0x4C, -1, 0x14, kTelu | kKnda}, {0x12, 0x55, -1, 0x13, kTelu},
    {0x12, 0x57, -1, 0x14, kTaml | kMlym}, {0x13, 0x57, -1, 0x14, kOrya}, {0x15, 0x3C, -1, 0x58, kDeva},
    {0x16, 0x3C, -1, 0x59, kDeva | kGuru}, {0x17, 0x3C, -1, 0x5A, kDeva | kGuru}, {0x1C, 0x3C, -1, 0x5B, kDeva | kGuru},
    {0x21, 0x3C, -1, 0x5C, kDeva | kBeng | kOrya}, {0x22, 0x3C, -1, 0x5D, kDeva | kBeng | kOrya},
    {0x23, 0x4D, 0xFF, 0x7A, kMlym}, {0x24, 0x4D, 0xFF, 0x4E, kBeng}, {0x28, 0x3C, -1, 0x29, kDeva},
    {0x28, 0x4D, 0xFF, 0x7B, kMlym}, {0x2B, 0x3C, -1, 0x5E, kDeva | kGuru}, {0x2F, 0x3C, -1, 0x5F, kDeva | kBeng},
    {0x2C, 0x41, 0x41, 0x0B, kTelu}, {0x30, 0x3C, -1, 0x31, kDeva}, {0x30, 0x4D, 0xFF, 0x7C, kMlym},
    {0x32, 0x4D, 0xFF, 0x7D, kMlym}, {0x33, 0x3C, -1, 0x34, kDeva}, {0x33, 0x4D, 0xFF, 0x7E, kMlym},
    {0x35, 0x41, -1, 0x2E, kTelu}, {0x3E, 0x45, -1, 0x49, kDeva | kGujr}, {0x3E, 0x46, -1, 0x4A, kDeva},
    {0x3E, 0x47, -1, 0x4B, kDeva | kGujr}, {0x3E, 0x48, -1, 0x4C, kDeva | kGujr}, {0x3F, 0x55, -1, 0x40, kKnda},
    {0x41, 0x41, -1, 0x42, kGuru}, {0x46, 0x3E, -1, 0x4A, kTaml | kMlym}, {0x46, 0x42, 0x55, 0x4B, kKnda},
    {0x46, 0x42, -1, 0x4A, kKnda}, {0x46, 0x46, -1, 0x48, kMlym}, {0x46, 0x55, -1, 0x47, kTelu | kKnda},
    {0x46, 0x56, -1, 0x48, kTelu | kKnda}, {0x46, 0x57, -1, 0x4C, kTaml | kMlym},
    {0x47, 0x3E, -1, 0x4B, kBeng | kOrya | kTaml | kMlym}, {0x47, 0x57, -1, 0x4C, kBeng | kOrya},
    {0x4A, 0x55, -1, 0x4B, kKnda}, {0x72, 0x3F, -1, 0x07, kGuru}, {0x72, 0x40, -1, 0x08, kGuru},
    {0x72, 0x47, -1, 0x0F, kGuru}, {0x73, 0x41, -1, 0x09, kGuru}, {0x73, 0x42, -1, 0x0A, kGuru},
    {0x73, 0x4B, -1, 0x13, kGuru}};

// The number of the script whose block holds `c`, or -1.
int indic_script(char32_t c) {
  for (int i = 0; i < 9; ++i) {
    if (c >= kIndicBases[i] && c < kIndicBases[i] + 0x80) return i;
  }
  return -1;
}

void normalize_indic(std::u32string& s) {
  for (size_t i = 0; i + 1 < s.size(); ++i) {
    int script = indic_script(s[i]);
    if (script < 0 || indic_script(s[i + 1]) != script) continue;
    auto base = static_cast<int>(kIndicBases[script]);
    int first = static_cast<int>(s[i]) - base;
    int second = static_cast<int>(s[i + 1]) - base;
    int third = -1;
    if (i + 2 < s.size()) {
      if (s[i + 2] == 0x200D) third = 0xFF;
      else if (indic_script(s[i + 2]) == script) third = static_cast<int>(s[i + 2]) - base;
    }
    for (const IndicDecomposition& d : kIndic) {
      if (d.first != first || !(d.scripts & 1 << script) || d.second != second || (d.third >= 0 && d.third != third)) continue;
      s[i] = static_cast<char32_t>(base + d.result);
      s.erase(i + 1, d.third >= 0 ? 2 : 1);
      break;
    }
  }
}

TokenFilterPtr make(Normalize normalize) { return std::make_shared<NormalizationFilter>(normalize); }

}  // namespace

TokenFilterPtr make_arabic_normalization_filter() { return make(normalize_arabic); }
TokenFilterPtr make_bengali_normalization_filter() { return make(normalize_bengali); }
TokenFilterPtr make_german_normalization_filter() { return make(normalize_german); }
TokenFilterPtr make_hindi_normalization_filter() { return make(normalize_hindi); }
TokenFilterPtr make_indic_normalization_filter() { return make(normalize_indic); }
TokenFilterPtr make_persian_normalization_filter() { return make(normalize_persian); }
TokenFilterPtr make_serbian_normalization_filter() { return make(normalize_serbian); }
TokenFilterPtr make_sorani_normalization_filter() { return make(normalize_sorani); }

}  // namespace tarn::analysis
