// Estonian: Linda Freienthal's algorithm, which Snowball has and libstemmer 2.2 has not.
#include <unordered_map>

#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

namespace {

constexpr std::u32string_view kVowels = U"aeiouõäöü";
constexpr std::u32string_view kShortVowels = U"aeiuo";

// Irregular verbs: forms, then what stands for all of them.
constexpr std::u32string_view kVerbs[][2] = {
    {U"joo", U"joon jood joob joote joome joovad jõin jõid jõi jõime jõite joomata juuakse joodakse juua jooma"},
    {U"saa", U"saan saad saab saate saame saavad saaksin saaksid saaks saaksite saaksime sain said sai saite saime saamata saadakse saadi saama saada"},
    {U"viima", U"viin viid viib viite viime viivad viiksin viiksid viiks viiksite viiksime viisin viisite viisime viimata viiakse viidi viima viia"},
    {U"keesi", U"keen keeb keed kees keeme keete keevad keeksin keeks keeksid keeksime keeksite keemata keema keeta keedakse"},
    {U"löö", U"löön lööd lööb lööme lööte löövad lööksin lööksid lööks lööksime lööksite löömata lüüakse löödakse löödi lööma lüüa"},
    {U"lõi", U"lõin lõid lõi lõime lõite"},
    {U"loo", U"loon lood loob loome loote loovad looksin looksid looks looksime looksite loomata luuakse loodi luua looma"},
    {U"käisi", U"käin käib käid käis käime käite käivad käiksin käiks käiksid käiksime käiksite käimata käiakse käidi käia käima"},
    {U"söö", U"söön sööb sööd sööme sööte söövad sööksin sööks sööksid sööksime sööksite sõin sõi sõid sõime sõite söömata süüakse söödakse söödi sööma süüa"},
    {U"too", U"toon tood toob toote toome toovad tooksin tooksid tooks tooksite tooksime tõin tõid tõi tõime tõite toomata tuuakse toodi tooma tuua"},
    {U"võisi", U"võin võid võib võime võis võite võivad võiksin võiksid võiks võiksime võiksite võimata võidakse võidi võida võima"},
    {U"jääma", U"jään jääd jääb jääme jääte jäävad jääksin jääksid jääks jääksime jääksite jäime jäite jäin jäid jäi jäämata jäädakse jääda jääma jäädi"},
    {U"müüsi", U"müün müüd müüb müüs müüme müüte müüvad müüksin müüksid müüks müüksime müüksite müümata müüakse müüdi müüa müüma"},
    {U"luge", U"loeb loen loed loeme loete loevad loeks loeksin loeksid loeksime loeksite"},
    {U"põde", U"põen põeb põed põeme põete põevad põeksin põeks põeksid põeksime põeksite"},
    {U"ladu", U"laon laob laod laome laote laovad laoksin laoks laoksid laoksime laoksite"},
    {U"tegi", U"teeksin teeks teeksid teeksime teeksite teen teeb teed teeme teete teevad tegemata tehakse tehti tegema teha"},
    {U"nägi", U"näen näeb näed näeme näete näevad näeksin näeks näeksid näeksime näeksite nägemata nähakse nähti näha nägema"}};

class Estonian {
 public:
  explicit Estonian(std::u32string& s) : s_(s) {}

  void stem() {
    static const auto verbs = [] {
      std::unordered_map<std::u32string, std::u32string_view> map;
      for (const auto& verb : kVerbs) {
        for (std::u32string& form : split_words(verb[1])) map.emplace(std::move(form), verb[0]);
      }
      return map;
    }();
    if (auto it = verbs.find(s_); it != verbs.end()) {
      s_ = it->second;
      return;
    }
    size_t i = 0;
    while (i < s_.size() && !is_one_of(s_[i], kVowels)) ++i;
    while (i < s_.size() && is_one_of(s_[i], kVowels)) ++i;
    region_ = i < s_.size() ? i + 1 : s_.size();
    emphasis();
    if (!verb()) {
      special_noun_endings();
      case_ending();
      plural();
      degrees();
      if (size_t size = find(U"i"); size && short_vowel_before(size)) drop(s_, size);
      if (size_t size = find(U"nu tu du va")) drop(s_, size);
    }
    undouble();
  }

 private:
  // The size of the longest of `endings` that the region ends in, or 0.
  size_t find(std::u32string_view endings) const {
    size_t longest = 0;
    for (size_t from = 0; from < endings.size();) {
      size_t blank = std::min(endings.find(U' ', from), endings.size());
      std::u32string_view ending = endings.substr(from, blank - from);
      from = blank + 1;
      if (ending.size() > longest && s_.size() >= region_ + ending.size() && ends(s_, ending)) longest = ending.size();
    }
    return longest;
  }
  char32_t before(size_t ending) const { return from_end(s_, ending + 1); }
  bool vowel_before(size_t ending) const { return before(ending) != 0 && is_one_of(before(ending), kVowels); }
  bool short_vowel_before(size_t ending) const { return before(ending) != 0 && is_one_of(before(ending), kShortVowels); }
  bool long_vowel_before(size_t ending) const { return vowel_before(ending) && before(ending) == before(ending + 1); }
  void replace(size_t ending, std::u32string_view with) { s_.replace(s_.size() - ending, ending, with); }

  void emphasis() {
    size_t size = find(U"gi ki");
    if (size == 0 || s_.size() < size + 4) return;
    if (ends(s_, U"gi")) {
      if (is_one_of(before(size), U"cjlmnqrvwxaeiouõäöü") && !long_vowel_before(size)) drop(s_, size);
    } else if (is_one_of(before(size), U"kptgbdshfšzž")) {
      drop(s_, size);
    }
  }

  bool verb() {
    size_t size = find(U"nuksin nuksime nuksid nuksite ksin ksid ksime ksite mata takse dakse taks daks akse sime site sin me da n b");
    if (size == 0) return false;
    std::u32string_view ending = std::u32string_view(s_).substr(s_.size() - size);
    if (ending == U"akse") {
      replace(size, U"a");
    } else if (ending == U"me" || ending == U"da" || ending == U"n" || ending == U"b") {
      if (!vowel_before(size)) return false;
      drop(s_, size);
    } else {
      drop(s_, size);
    }
    return true;
  }

  void special_noun_endings() {
    if (size_t size = find(U"lasse last lane lasi")) return replace(size, U"lase");
    if (size_t size = find(U"misse mist mine misi")) return replace(size, U"mise");
    if (size_t size = find(U"lisse list line lisi")) replace(size, U"lise");
  }

  void case_ending() {
    size_t size = find(U"sse st le lt ga ks ta t s l");
    if (size == 0) return;
    bool fits = size == 1 && s_.back() == U't' ? s_.size() >= size + 4 : short_vowel_before(size) || long_vowel_before(size);
    if (fits) drop(s_, size);
  }

  void plural() {
    size_t size = find(U"ikkude ikke ike sid te de d");
    if (size == 0) return;
    std::u32string ending = s_.substr(s_.size() - size);
    if (ending.starts_with(U"ik")) {
      replace(size, U"iku");
    } else if (ending == U"sid") {
      if (!long_vowel_before(size)) drop(s_, size);
    } else if (ending == U"te") {
      std::u32string stem = s_.substr(0, s_.size() - size);
      if (stem.size() < 4) replace(size, U"t");
      else if (ends(stem, U"mis") || ends(stem, U"las") || ends(stem, U"lis")) replace(size, U"e");
      else if (!ends(stem, U"t")) drop(s_, size);
    } else if (short_vowel_before(size) || long_vowel_before(size)) {
      drop(s_, size);
    }
  }

  void degrees() {
    size_t size = find(U"mai ma m");
    if (size == 0) return;
    if (size == 2 || short_vowel_before(size)) drop(s_, size);
  }

  // kk, pp and tt before a last vowel are written once.
  void undouble() {
    if (s_.empty() || !is_one_of(s_.back(), kVowels) || s_.size() - 1 < region_) return;
    char32_t consonant = from_end(s_, 2);
    if (is_one_of(consonant, U"kpt") && from_end(s_, 3) == consonant) s_.erase(s_.size() - 2, 1);
  }

  std::u32string& s_;
  size_t region_ = 0;  // where endings may begin
};

}  // namespace

void stem_estonian(std::u32string& s) { Estonian(s).stem(); }

}  // namespace tarn::analysis
