#include <map>

#include "indexer/analysis/char_filters.h"
#include "indexer/analysis/factories.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/grammar_tokenizer.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/analysis/stop_words.h"
#include "indexer/analysis/tokenizers.h"

namespace tarn::analysis {

namespace {

/// Puts together one language's chain as Lucene's analyzer does; the order of the calls is the order of the filters.
class Builder {
 public:
  Builder(const std::string& language, const ComponentSettings& settings) : settings_(settings) {
    chain_.tokenizer = make_standard_tokenizer(255);
    stop_words_ = parse_words(settings, "stopwords", *find_stop_words(language), settings.boolean("stopwords_case", false));
  }

  Builder& tokenizer(TokenizerPtr tokenizer) {
    chain_.tokenizer = std::move(tokenizer);
    return *this;
  }
  Builder& char_filter(CharFilterPtr filter) {
    chain_.char_filters.push_back({{}, std::move(filter)});
    return *this;
  }
  Builder& add(TokenFilterPtr filter) {
    chain_.add(std::move(filter));
    return *this;
  }
  /// A filter that changes characters only.
  Builder& normalizing(TokenFilterPtr filter) {
    chain_.add_normalizing(std::move(filter));
    return *this;
  }
  Builder& lowercase() { return normalizing(make_lowercase_filter()); }
  Builder& elision(const std::vector<std::string>& articles) { return normalizing(make_elision_filter(WordSet(articles, true))); }
  Builder& stop() {
    if (!stop_words_.empty()) add(make_stop_filter(stop_words_));
    return *this;
  }
  /// Words of the setting stem_exclusion are not stemmed.
  Builder& exclusion() {
    auto words = settings_.list("stem_exclusion");
    if (!words.empty()) chain_.add(make_keyword_marker_filter(WordSet(words)), true);
    return *this;
  }
  Builder& stem(std::string_view name) {
    chain_.add(make_stemmer_filter(name), true);
    return *this;
  }
  Builder& stop_exclusion_stem(std::string_view name) { return stop().exclusion().stem(name); }
  Chain done() { return std::move(chain_); }

 private:
  const ComponentSettings& settings_;
  Chain chain_;
  WordSet stop_words_;
};

Chain dutch(Builder& b) {
  return b.lowercase()
      .stop()
      .exclusion()
      .add(make_stemmer_override_filter({{"fiets", "fiets"}, {"bromfiets", "bromfiets"}, {"ei", "eier"}, {"kind", "kinder"}}))
      .stem("dutch")
      .done();
}

// Languages that are no more than lowercase, stop words and a stemmer, by the name that the stemmer filter knows.
const std::map<std::string, const char*>& plain_languages() {
  static const std::map<std::string, const char*> stemmers = {
      {"armenian", "armenian"},     {"basque", "basque"},         {"brazilian", "brazilian"}, {"bulgarian", "bulgarian"},
      {"czech", "czech"},           {"danish", "danish"},         {"estonian", "estonian"},   {"finnish", "finnish"},
      {"galician", "galician"},     {"hungarian", "hungarian"},   {"indonesian", "indonesian"},
      {"latvian", "latvian"},       {"lithuanian", "lithuanian"}, {"norwegian", "norwegian"},
      {"portuguese", "light_portuguese"}, {"romanian", "romanian"}, {"russian", "russian"},
      {"spanish", "light_spanish"}, {"swedish", "swedish"}};
  return stemmers;
}

using Make = Chain (*)(Builder&);

const std::map<std::string, Make>& special_languages() {
  static const std::map<std::string, Make> makers = {
      {"arabic",
       [](Builder& b) {
         return b.lowercase().normalizing(make_decimal_digit_filter()).stop().normalizing(make_arabic_normalization_filter()).exclusion().stem("arabic").done();
       }},
      {"bengali",
       [](Builder& b) {
         return b.lowercase().normalizing(make_decimal_digit_filter()).exclusion().normalizing(make_indic_normalization_filter())
             .normalizing(make_bengali_normalization_filter()).stop().stem("bengali").done();
       }},
      {"catalan", [](Builder& b) { return b.elision({"d", "l", "m", "n", "s", "t"}).lowercase().stop_exclusion_stem("catalan").done(); }},
      {"cjk",
       [](Builder& b) {
         return b.normalizing(make_cjk_width_filter()).lowercase().add(make_cjk_bigram_filter(true, true, true, true, false)).stop().done();
       }},
      {"dutch", dutch},
      {"english",
       [](Builder& b) { return b.add(make_english_possessive_filter()).lowercase().stop_exclusion_stem("porter").done(); }},
      {"french",
       [](Builder& b) {
         return b.elision({"l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"})
             .lowercase().stop_exclusion_stem("light_french").done();
       }},
      {"german",
       [](Builder& b) {
         return b.lowercase().stop().exclusion().normalizing(make_german_normalization_filter()).stem("light_german").done();
       }},
      {"greek", [](Builder& b) { return b.normalizing(make_greek_lowercase_filter()).stop().stem("greek").done(); }},
      {"hindi",
       [](Builder& b) {
         return b.lowercase().normalizing(make_decimal_digit_filter()).exclusion().normalizing(make_indic_normalization_filter())
             .normalizing(make_hindi_normalization_filter()).stop().stem("hindi").done();
       }},
      {"irish",
       [](Builder& b) {
         return b.add(make_stop_filter(WordSet({"h", "n", "t"}, true))).elision({"d", "m", "b"})
             .normalizing(make_irish_lowercase_filter()).stop_exclusion_stem("irish").done();
       }},
      {"italian",
       [](Builder& b) {
         return b.elision({"c", "l", "all", "dall", "dell", "nell", "sull", "coll", "pell", "gl", "agl", "dagl", "degl",
                           "negl", "sugl", "un", "m", "t", "s", "v", "d"})
             .lowercase().stop_exclusion_stem("light_italian").done();
       }},
      {"persian",
       [](Builder& b) {
         return b.char_filter(make_persian_char_filter()).lowercase().normalizing(make_decimal_digit_filter())
             .normalizing(make_arabic_normalization_filter()).normalizing(make_persian_normalization_filter()).stop().exclusion().stem("persian").done();
       }},
      {"sorani",
       [](Builder& b) {
         return b.normalizing(make_sorani_normalization_filter()).lowercase().normalizing(make_decimal_digit_filter()).stop_exclusion_stem("sorani").done();
       }},
      {"thai",
       [](Builder& b) {
         return b.tokenizer(make_thai_tokenizer()).lowercase().normalizing(make_decimal_digit_filter()).stop().done();
       }},
      {"turkish",
       [](Builder& b) {
         return b.add(make_apostrophe_filter()).normalizing(make_turkish_lowercase_filter()).stop_exclusion_stem("turkish").done();
       }},
  };
  return makers;
}

}  // namespace

std::optional<Chain> make_language_chain(const std::string& language, const ComponentSettings& settings) {
  if (auto it = special_languages().find(language); it != special_languages().end()) {
    Builder builder(language, settings);
    return it->second(builder);
  }
  if (auto it = plain_languages().find(language); it != plain_languages().end()) {
    return Builder(language, settings).lowercase().stop_exclusion_stem(it->second).done();
  }
  return std::nullopt;
}

}  // namespace tarn::analysis
