#include <map>

#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/stem_tools.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

// Names of libstemmer that are also names of the stemmer filter, and other names for them.
const std::map<std::string, const char*, std::less<>>& snowball_names() {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"armenian", "armenian"}, {"basque", "basque"},         {"catalan", "catalan"},   {"danish", "danish"},
      {"dutch", "dutch"},       {"english", "porter"},        {"finnish", "finnish"},   {"french", "french"},
      {"german", "german"},    {"german2", "german"},        {"hungarian", "hungarian"}, {"irish", "irish"},
      {"italian", "italian"},   {"lithuanian", "lithuanian"}, {"norwegian", "norwegian"}, {"porter", "porter"},
      {"porter2", "english"},   {"portuguese", "portuguese"}, {"romanian", "romanian"}, {"russian", "russian"},
      {"spanish", "spanish"},   {"swedish", "swedish"},       {"turkish", "turkish"}};
  return names;
}

const std::map<std::string, CodePointStemmer, std::less<>>& own_stemmers() {
  static const std::map<std::string, CodePointStemmer, std::less<>> names = {
      {"arabic", stem_arabic},
      {"bengali", stem_bengali},
      {"brazilian", stem_brazilian},
      {"bulgarian", stem_bulgarian},
      {"czech", stem_czech},
      {"estonian", stem_estonian},
      {"galician", stem_galician},
      {"greek", stem_greek},
      {"hindi", stem_hindi},
      {"indonesian", stem_indonesian},
      {"kstem", stem_kstem},
      {"latvian", stem_latvian},
      {"light_english", stem_kstem},
      {"light_finish", stem_finnish_light},
      {"light_finnish", stem_finnish_light},
      {"light_french", stem_french_light},
      {"light_german", stem_german_light},
      {"light_hungarian", stem_hungarian_light},
      {"light_italian", stem_italian_light},
      {"light_norwegian", stem_norwegian_light},
      {"light_nynorsk", stem_nynorsk_light},
      {"light_portuguese", stem_portuguese_light},
      {"light_russian", stem_russian_light},
      {"light_spanish", stem_spanish_light},
      {"light_swedish", stem_swedish_light},
      {"minimal_english", stem_english_minimal},
      {"minimal_french", stem_french_minimal},
      {"minimal_galician", stem_galician_minimal},
      {"minimal_german", stem_german_minimal},
      {"minimal_norwegian", stem_norwegian_minimal},
      {"minimal_nynorsk", stem_nynorsk_minimal},
      {"minimal_portuguese", stem_portuguese_minimal},
      {"persian", stem_persian},
      {"plural_english", stem_english_plural},
      {"portuguese_rslp", stem_portuguese},
      {"sorani", stem_sorani}};
  return names;
}

// lightFrench and minimalGerman are older ways to write light_french and minimal_german.
std::string spelled_with_underscore(std::string_view name) {
  for (std::string_view kind : {std::string_view("light"), std::string_view("minimal"), std::string_view("possessive"), std::string_view("plural")}) {
    if (name.starts_with(kind) && name.size() > kind.size() && name[kind.size()] != '_') {
      return std::string(kind) + "_" + std::string(name.substr(kind.size()));
    }
  }
  return std::string(name);
}

/// The Romanian algorithm of libstemmer 2.2 expects s and t with cedilla and Lucene's with comma; terms come out with comma.
class RomanianFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    change(tokens, U"\u0219\u021B", U"\u015F\u0163");
    snowball_->apply(tokens);
    change(tokens, U"\u015F\u0163", U"\u0219\u021B");
  }

 private:
  static void change(TokenBuffer& tokens, std::u32string_view from, std::u32string_view to) {
    for (Token& token : tokens.tokens) {
      if (token.keyword || is_ascii(token.term)) continue;
      std::u32string chars = to_utf32(token.term);
      map_chars(chars, from, to);
      std::string changed = to_utf8(chars);
      if (changed != token.term) token.term = tokens.keep(changed);
    }
  }
  TokenFilterPtr snowball_ = make_snowball_filter("romanian");
};

TokenFilterPtr make_libstemmer_filter(const char* algorithm) {
  if (std::string_view(algorithm) == "romanian") return std::make_shared<RomanianFilter>();
  return make_snowball_filter(algorithm);
}

std::string capitalized(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

// The classes of Lucene by name, with the algorithms of libstemmer.
const std::map<std::string, const char*, std::less<>>& snowball_classes() {
  static const std::map<std::string, const char*, std::less<>> classes = {
      {"Arabic", "arabic"},   {"Armenian", "armenian"}, {"Basque", "basque"},         {"Catalan", "catalan"},
      {"Danish", "danish"},   {"Dutch", "dutch"},       {"English", "english"},       {"Finnish", "finnish"},
      {"French", "french"},   {"German", "german"},     {"German2", "german"},    {"Greek", "greek"},           {"Hindi", "hindi"},
      {"Hungarian", "hungarian"}, {"Indonesian", "indonesian"}, {"Irish", "irish"},   {"Italian", "italian"},
      {"Lithuanian", "lithuanian"}, {"Nepali", "nepali"}, {"Norwegian", "norwegian"}, {"Porter", "snowball_porter"},
      {"Portuguese", "portuguese"}, {"Romanian", "romanian"}, {"Russian", "russian"}, {"Serbian", "serbian"},
      {"Spanish", "spanish"}, {"Swedish", "swedish"},   {"Tamil", "tamil"},           {"Turkish", "turkish"},
      {"Yiddish", "yiddish"}};
  return classes;
}

[[noreturn]] void unknown(const std::string& class_name) {
  Error error = illegal_argument("Invalid stemmer class specified: " + class_name);
  throw ApiError(error.caused_by(
      Error(400, "class_not_found_exception", "org.tartarus.snowball.ext." + class_name + "Stemmer")));
}

}  // namespace

TokenFilterPtr make_stemmer_filter(std::string_view language) {
  const std::string given = lower(language);
  // Two names have no other spelling.
  const std::string name = given == "minimalgalician" || given == "minimalnorwegian" ? given : spelled_with_underscore(given);
  if (auto it = own_stemmers().find(name); it != own_stemmers().end()) return make_code_point_stemmer(it->second);
  if (name == "possessive_english") return make_english_possessive_filter();
  if (auto it = snowball_names().find(name); it != snowball_names().end()) return make_libstemmer_filter(it->second);
  return make_snowball_language_filter(language);
}

TokenFilterPtr make_snowball_language_filter(std::string_view language) {
  const std::string name = capitalized(language);
  if (name == "Estonian") return make_code_point_stemmer(stem_estonian);
  auto it = snowball_classes().find(name);
  if (it == snowball_classes().end()) unknown(name);
  return make_libstemmer_filter(it->second);
}

TokenFilterPtr make_german_stem_filter() { return make_code_point_stemmer(stem_german); }

}  // namespace tarn::analysis
