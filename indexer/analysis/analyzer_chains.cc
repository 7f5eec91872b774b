#include <map>

#include "indexer/analysis/factories.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/grammar_tokenizer.h"
#include "indexer/analysis/icu_filters.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/analysis/stop_words.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

Chain chain_of(TokenizerPtr tokenizer) {
  Chain chain;
  chain.tokenizer = std::move(tokenizer);
  return chain;
}

void add_stop(Chain& chain, WordSet words) {
  if (!words.empty()) chain.add(make_stop_filter(std::move(words)));
}

Chain standard_chain(const ComponentSettings& s) {
  int max = s.integer("max_token_length", 255);
  if (max < 1) throw ApiError(illegal_argument("maxTokenLength must be greater than zero"));
  Chain chain = chain_of(make_standard_tokenizer(max));
  chain.add_normalizing(make_lowercase_filter());
  add_stop(chain, parse_words(s, "stopwords", {}, s.boolean("stopwords_case", false)));
  return chain;
}

Chain pattern_chain(const ComponentSettings& s) {
  Chain chain = chain_of(make_pattern_tokenizer(s.text("pattern", "\\W+"), s.text("flags", ""), -1));
  if (s.boolean("lowercase", true)) chain.add_normalizing(make_lowercase_filter());
  add_stop(chain, parse_words(s, "stopwords", {}, s.boolean("stopwords_case", false)));
  return chain;
}

Chain fingerprint_chain(const ComponentSettings& s) {
  std::string separator = s.text("separator", " ");
  if (code_point_count(separator) != 1) {
    throw ApiError(illegal_argument("Setting [separator] must be a single, non-null character. [" + separator + "] was provided."));
  }
  Chain chain = chain_of(make_standard_tokenizer(255));
  chain.add_normalizing(make_lowercase_filter()).add_normalizing(make_ascii_folding_filter(false));
  add_stop(chain, parse_words(s, "stopwords", {}, s.boolean("stopwords_case", false)));
  chain.add(make_fingerprint_filter(separator, s.integer("max_output_size", 255)));
  return chain;
}

Chain snowball_chain(const ComponentSettings& s) {
  std::string language = s.text("language", s.text("name", "English"));
  static const std::map<std::string, const char*> stop_languages = {
      {"English", "english"}, {"Dutch", "dutch"}, {"German", "german"}, {"German2", "german"}, {"French", "french"}};
  std::vector<std::string> defaults;
  if (auto it = stop_languages.find(language); it != stop_languages.end()) defaults = *find_stop_words(it->second);
  Chain chain = chain_of(make_standard_tokenizer(255));
  if (language == "English" || language == "Porter" || language == "Lovins") chain.add(make_english_possessive_filter());
  chain.add_normalizing(language == "Turkish" ? make_turkish_lowercase_filter() : make_lowercase_filter());
  add_stop(chain, parse_words(s, "stopwords", defaults, s.boolean("stopwords_case", false)));
  chain.add(make_snowball_language_filter(language), true);
  return chain;
}

}  // namespace

std::optional<Chain> make_analyzer_chain(const std::string& type, const ComponentSettings& s) {
  if (type == "standard" || type == "default") return standard_chain(s);
  if (type == "simple") return chain_of(make_letter_tokenizer()).add_normalizing(make_lowercase_filter());
  if (type == "whitespace") return chain_of(make_whitespace_tokenizer(255));
  if (type == "keyword") return chain_of(make_keyword_tokenizer());
  if (type == "stop") {
    Chain chain = chain_of(make_letter_tokenizer());
    chain.add_normalizing(make_lowercase_filter());
    add_stop(chain, parse_words(s, "stopwords", *find_stop_words("english"), s.boolean("stopwords_case", false)));
    return chain;
  }
  if (type == "pattern") return pattern_chain(s);
  if (type == "fingerprint") return fingerprint_chain(s);
  if (type == "snowball") return snowball_chain(s);
  if (type == "chinese") {
    Chain chain = chain_of(make_standard_tokenizer(255));
    chain.add_normalizing(make_lowercase_filter());
    add_stop(chain, parse_words(s, "stopwords", *find_stop_words("english"), s.boolean("stopwords_case", false)));
    return chain;
  }
  if (type == "icu_analyzer") {
    static const Json no_settings = Json::object();
    Chain chain = chain_of(make_icu_tokenizer(ComponentSettings(type, no_settings)));
    chain.char_filters.push_back({{}, make_icu_analyzer_char_filter(s)});
    return chain.add(make_icu_folding_filter(ComponentSettings(type, no_settings)));
  }
  return make_language_chain(type, s);
}

std::optional<Chain> make_preconfigured_analyzer(const std::string& name) {
  static const Json no_settings = Json::object();
  const ComponentSettings s(name, no_settings);
  if (name != "classic") return make_analyzer_chain(name, s);
  Chain chain = chain_of(make_classic_tokenizer(255));
  chain.add(make_classic_filter()).add_normalizing(make_lowercase_filter());
  add_stop(chain, WordSet(*find_stop_words("english")));
  return chain;
}

std::string explained_name(const std::string& analyzer, bool of_index) {
  // Analyzers that were not given a name are called by their classes.
  if (!of_index && analyzer == "fingerprint") return "org.opensearch.analysis.common.FingerprintAnalyzer";
  if (!of_index && analyzer == "icu_analyzer") return "org.opensearch.index.analysis.IcuAnalyzerProvider$1";
  return analyzer;
}

}  // namespace tarn::analysis
