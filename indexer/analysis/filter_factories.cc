#include <functional>
#include <map>

#include "indexer/analysis/factories.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/analysis/stop_words.h"
#include "indexer/analysis/synonym_map.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

using Settings = ComponentSettings;
using InSynonyms = FilterDefinition::InSynonyms;

// What explain shows and where the filter may stand, beside how it is made.
struct FilterType {
  TokenFilterPtr (*make)(const Settings&);
  bool may_normalize = false;
  bool shows_keyword = false;
  InSynonyms in_synonyms = InSynonyms::kApplies;
  bool shows_payload = false;
  bool shows_term_frequency = false;
};

template <TokenFilterPtr (*Make)()>
TokenFilterPtr plain(const Settings&) {
  return Make();
}

std::vector<std::string> required_list(const Settings& s, std::string_view key, const std::string& reason) {
  auto words = s.words(key, std::string(key) + "_path");
  if (!words) throw ApiError(illegal_argument(reason));
  return *words;
}

char32_t delimiter_of(const Settings& s) {
  std::string text = s.text("delimiter", "|");
  if (text.empty()) throw ApiError(illegal_argument("Setting [delimiter] must be a single, non-null character. [" + text + "] was provided."));
  if (code_point_count(text) > 1) {
    throw ApiError(illegal_argument("Setting [delimiter] must be a single, non-null character. [" + text + "] was provided."));
  }
  return to_utf32(text)[0];
}

TokenFilterPtr lowercase(const Settings& s) {
  auto language = s.find_text("language");
  if (!language) return make_lowercase_filter();
  if (*language == "greek") return make_greek_lowercase_filter();
  if (*language == "irish") return make_irish_lowercase_filter();
  if (*language == "turkish") return make_turkish_lowercase_filter();
  throw ApiError(illegal_argument("language [" + *language + "] not support for lower case"));
}

TokenFilterPtr stop(const Settings& s) {
  WordSet words = parse_words(s, "stopwords", *find_stop_words("english"), s.boolean("ignore_case", false));
  return s.boolean("remove_trailing", true) ? make_stop_filter(std::move(words)) : make_suggest_stop_filter(std::move(words));
}

TokenFilterPtr keep(const Settings& s) {
  auto words = s.words("keep_words", "keep_words_path");
  if (!words) throw ApiError(illegal_argument("keep requires either `keep_words` or `keep_words_path` to be configured"));
  return make_keep_words_filter(WordSet(*words, s.boolean("keep_words_case", false)));
}

TokenFilterPtr keep_types(const Settings& s) {
  auto types = s.list("types");
  if (types.empty()) throw ApiError(illegal_argument("keep_types requires `types` to be configured"));
  std::string mode = s.text("mode", "include");
  if (mode != "include" && mode != "exclude") {
    throw ApiError(illegal_argument("`keep_types` tokenfilter mode can only be [include] or [exclude] but was [" + mode + "]."));
  }
  return make_keep_types_filter(std::move(types), mode == "exclude");
}

TokenFilterPtr keyword_marker(const Settings& s) {
  auto pattern = s.find_text("keywords_pattern");
  if (pattern) {
    if (s.has("keywords") || s.has("keywords_path")) {
      throw ApiError(illegal_argument("cannot specify both `keywords_pattern` and `keywords` or `keywords_path`"));
    }
    return make_keyword_marker_filter(*pattern);
  }
  auto words = required_list(s, "keywords",
                             "keyword filter requires either `keywords`, `keywords_path`, or `keywords_pattern` to be configured");
  return make_keyword_marker_filter(WordSet(words, s.boolean("ignore_case", false)));
}

TokenFilterPtr stemmer_override(const Settings& s) {
  auto rules = s.words("rules", "rules_path");
  if (!rules) {
    throw ApiError(illegal_argument("stemmer override filter requires either `rules` or `rules_path` to be configured"));
  }
  return make_stemmer_override_filter(*rules);
}

TokenFilterPtr elision(const Settings& s) {
  auto articles = required_list(s, "articles", "elision filter requires [articles] or [articles_path] setting");
  return make_elision_filter(WordSet(articles, s.boolean("articles_case", false)));
}

TokenFilterPtr stemmer(const Settings& s) {
  return make_stemmer_filter(s.text("language", s.text("name", "porter")));
}

TokenFilterPtr snowball(const Settings& s) {
  return make_snowball_language_filter(s.text("language", s.text("name", "English")));
}

TokenFilterPtr unique(const Settings& s) { return make_unique_filter(s.boolean("only_on_same_position", false)); }
TokenFilterPtr ascii_folding(const Settings& s) { return make_ascii_folding_filter(s.boolean("preserve_original", false)); }
TokenFilterPtr length(const Settings& s) { return make_length_filter(s.integer("min", 0), s.integer("max", INT32_MAX)); }
TokenFilterPtr limit(const Settings& s) { return make_limit_filter(s.integer("max_token_count", 1)); }

TokenFilterPtr truncate(const Settings& s) {
  int length = s.integer("length", -1);
  if (length <= 0) throw ApiError(illegal_argument("length parameter must be provided"));
  return make_truncate_filter(length);
}

TokenFilterPtr edge_ngram(const Settings& s) {
  int min = s.integer("min_gram", 1);
  int max = s.integer("max_gram", 2);
  std::string side = s.text("side", "front");
  if (side != "front" && side != "back") throw ApiError(illegal_argument("invalid side: " + side));
  TokenFilterPtr grams = make_edge_ngram_filter(min, max, s.boolean("preserve_original", false));
  if (side == "front") return grams;
  class Back final : public TokenFilter {
   public:
    explicit Back(TokenFilterPtr grams) : grams_(std::move(grams)), reverse_(make_reverse_filter()) {}
    void apply(TokenBuffer& tokens) const override {
      reverse_->apply(tokens);
      grams_->apply(tokens);
      reverse_->apply(tokens);
    }

   private:
    TokenFilterPtr grams_, reverse_;
  };
  return std::make_shared<Back>(std::move(grams));
}

TokenFilterPtr common_grams(const Settings& s) {
  auto words = s.words("common_words", "common_words_path");
  if (!words || words->empty()) {
    throw ApiError(illegal_argument("missing or empty [common_words] or [common_words_path] configuration for common_grams token filter"));
  }
  return make_common_grams_filter(WordSet(*words, s.boolean("ignore_case", false)), s.boolean("query_mode", false));
}

TokenFilterPtr cjk_bigram(const Settings& s) {
  bool han = true, hiragana = true, katakana = true, hangul = true;
  for (const std::string& script : s.list("ignored_scripts")) {
    if (script == "han") han = false;
    if (script == "hiragana") hiragana = false;
    if (script == "katakana") katakana = false;
    if (script == "hangul") hangul = false;
  }
  return make_cjk_bigram_filter(han, hiragana, katakana, hangul, s.boolean("output_unigrams", false));
}

TokenFilterPtr pattern_replace(const Settings& s) {
  auto pattern = s.find_text("pattern");
  if (!pattern) throw ApiError(illegal_argument("pattern is missing for [" + s.name() + "] token filter of type 'pattern_replace'"));
  return make_pattern_replace_filter(*pattern, s.text("flags", ""), s.text("replacement", ""), s.boolean("all", true));
}

TokenFilterPtr pattern_capture(const Settings& s) {
  auto patterns = s.list("patterns");
  if (patterns.empty()) throw ApiError(illegal_argument("required setting 'patterns' is missing for token filter [" + s.name() + "]"));
  return make_pattern_capture_filter(patterns, s.boolean("preserve_original", true));
}

TokenFilterPtr word_delimiter_of(const Settings& s, bool graph) {
  WordDelimiterSettings w;
  w.graph = graph;
  w.generate_word_parts = s.boolean("generate_word_parts", true);
  w.generate_number_parts = s.boolean("generate_number_parts", true);
  w.catenate_words = s.boolean("catenate_words", false);
  w.catenate_numbers = s.boolean("catenate_numbers", false);
  w.catenate_all = s.boolean("catenate_all", false);
  w.split_on_case_change = s.boolean("split_on_case_change", true);
  w.split_on_numerics = s.boolean("split_on_numerics", true);
  w.preserve_original = s.boolean("preserve_original", false);
  w.stem_english_possessive = s.boolean("stem_english_possessive", true);
  w.adjust_offsets = s.boolean("adjust_offsets", true);
  w.ignore_keywords = s.boolean("ignore_keywords", false);
  w.protected_words = WordSet(s.words("protected_words", "protected_words_path").value_or(std::vector<std::string>{}));
  w.type_table = s.words("type_table", "type_table_path").value_or(std::vector<std::string>{});
  return make_word_delimiter_filter(w);
}
TokenFilterPtr word_delimiter(const Settings& s) { return word_delimiter_of(s, false); }
TokenFilterPtr word_delimiter_graph(const Settings& s) { return word_delimiter_of(s, true); }

TokenFilterPtr dictionary_decompounder(const Settings& s) {
  auto words = s.words("word_list", "word_list_path");
  if (!words || words->empty()) throw ApiError(illegal_argument("word_list must be provided for [" + s.name() + "], either as a path to a file, or directly"));
  CompoundSettings c;
  c.words = WordSet(*words);
  c.min_word_size = s.integer("min_word_size", 5);
  c.min_subword_size = s.integer("min_subword_size", 2);
  c.max_subword_size = s.integer("max_subword_size", 15);
  c.only_longest_match = s.boolean("only_longest_match", false);
  return make_dictionary_decompounder_filter(std::move(c));
}

TokenFilterPtr fingerprint(const Settings& s) {
  std::string separator = s.text("separator", " ");
  if (code_point_count(separator) != 1) {
    throw ApiError(illegal_argument("Setting [separator] must be a single, non-null character. [" + separator + "] was provided."));
  }
  return make_fingerprint_filter(separator, s.integer("max_output_size", 255));
}

TokenFilterPtr delimited_payload(const Settings& s) {
  return make_delimited_payload_filter(delimiter_of(s), s.text("encoding", "float"));
}
TokenFilterPtr delimited_term_freq(const Settings& s) { return make_delimited_term_frequency_filter(delimiter_of(s)); }

TokenFilterPtr concatenate_graph(const Settings& s) {
  std::string separator = s.text("token_separator", " ");
  std::string method = s.text("increment_gap", "");
  return make_concatenate_graph_filter(separator, s.boolean("preserve_position_increments", false),
                                       s.boolean("preserve_separators", true), s.integer("max_graph_expansions", 100));
}

TokenFilterPtr not_supported(const Settings& s) {
  throw ApiError(501, "not_implemented_exception", "the type of token filter [" + s.name() + "] is not supported");
}

TokenFilterPtr old_edge_ngram(const Settings&) {
  throw ApiError(illegal_argument(
      "The [edgeNGram] tokenizer name was deprecated pre 1.0. Please change the tokenizer name to [edge_ngram] for "
      "indices created in versions 3.0 or higher instead."));
}

const std::map<std::string, FilterType, std::less<>>& filter_types() {
  constexpr auto kRefused = InSynonyms::kRefused;
  constexpr auto kApplies = InSynonyms::kApplies;
  static const std::map<std::string, FilterType, std::less<>> types = {
      {"apostrophe", {plain<make_apostrophe_filter>}},
      {"arabic_normalization", {plain<make_arabic_normalization_filter>, true}},
      {"asciifolding", {ascii_folding, true}},
      {"bengali_normalization", {plain<make_bengali_normalization_filter>, true}},
      {"cjk_bigram", {cjk_bigram, false, false, kRefused}},
      {"cjk_width", {plain<make_cjk_width_filter>, true}},
      {"classic", {plain<make_classic_filter>}},
      {"common_grams", {common_grams, false, false, kRefused}},
      {"concatenate_graph", {concatenate_graph}},
      {"decimal_digit", {plain<make_decimal_digit_filter>, true}},
      {"delimited_payload", {delimited_payload, false, false, kApplies, true}},
      {"delimited_term_freq", {delimited_term_freq, false, false, kApplies, false, true}},
      {"dictionary_decompounder", {dictionary_decompounder, false, false, kRefused}},
      {"edge_ngram", {edge_ngram, false, false, kRefused}},
      {"edgeNGram", {old_edge_ngram}},
      {"elision", {elision, true}},
      {"fingerprint", {fingerprint, false, false, kRefused}},
      {"flatten_graph", {plain<make_flatten_graph_filter>}},
      {"german_normalization", {plain<make_german_normalization_filter>, true}},
      {"hindi_normalization", {plain<make_hindi_normalization_filter>, true}},
      {"hunspell", {not_supported}},
      {"hyphenation_decompounder", {not_supported}},
      {"indic_normalization", {plain<make_indic_normalization_filter>, true}},
      {"keep", {keep}},
      {"keep_types", {keep_types}},
      {"keyword_marker", {keyword_marker, false, true}},
      {"length", {length}},
      {"limit", {limit}},
      {"lowercase", {lowercase, true}},
      {"min_hash", {not_supported}},
      {"pattern_capture", {pattern_capture, false, false, kRefused}},
      {"pattern_replace", {pattern_replace, true}},
      {"persian_normalization", {plain<make_persian_normalization_filter>, true}},
      {"predicate_token_filter", {not_supported}},
      {"condition", {not_supported}},
      {"remove_duplicates", {plain<make_remove_duplicates_filter>}},
      {"reverse", {plain<make_reverse_filter>}},
      {"scandinavian_folding", {plain<make_scandinavian_folding_filter>, true}},
      {"scandinavian_normalization", {plain<make_scandinavian_normalization_filter>, true}},
      {"serbian_normalization", {plain<make_serbian_normalization_filter>, true}},
      {"snowball", {snowball, false, true}},
      {"sorani_normalization", {plain<make_sorani_normalization_filter>, true}},
      {"stemmer", {stemmer, false, true}},
      {"stemmer_override", {stemmer_override, false, true}},
      {"stop", {stop}},
      {"trim", {plain<make_trim_filter>, true}},
      {"truncate", {truncate, false, true}},
      {"unique", {unique}},
      {"uppercase", {plain<make_uppercase_filter>, true}},
      {"word_delimiter", {word_delimiter, false, true, kRefused}},
      {"word_delimiter_graph", {word_delimiter_graph, false, true, kRefused}},
  };
  return types;
}

// Filters that are one stemmer.
const std::map<std::string, const char*, std::less<>>& stemmer_types() {
  static const std::map<std::string, const char*, std::less<>> types = {
      {"arabic_stem", "arabic"},   {"brazilian_stem", "brazilian"}, {"czech_stem", "czech"},   {"dutch_stem", "dutch"},
      {"french_stem", "french"},   {"kstem", "kstem"},        {"persian_stem", "persian"},
      {"porter_stem", "porter"},   {"russian_stem", "russian"}};
  return types;
}

FilterDefinitionPtr define(const std::string& name, TokenFilterPtr filter, const FilterType& type) {
  auto definition = std::make_shared<FilterDefinition>();
  definition->name = name;
  definition->ready = {name, std::move(filter), type.shows_keyword, type.shows_payload, type.shows_term_frequency};
  definition->may_normalize = type.may_normalize;
  definition->in_synonyms = type.in_synonyms;
  return definition;
}

TokenFilterPtr make_ngram(const Settings& s, const IndexLimits& limits) {
  int min = s.integer("min_gram", 1);
  int max = s.integer("max_gram", 2);
  if (max - min > limits.max_ngram_diff) {
    throw ApiError(illegal_argument(
        "The difference between max_gram and min_gram in NGram Tokenizer must be less than or equal to: [" +
        std::to_string(limits.max_ngram_diff) + "] but was [" + std::to_string(max - min) +
        "]. This limit can be set by changing the [index.max_ngram_diff] index level setting."));
  }
  return make_ngram_filter(min, max, s.boolean("preserve_original", false));
}

TokenFilterPtr make_shingle(const Settings& s, const IndexLimits& limits) {
  ShingleSettings shingle;
  shingle.max = s.integer("max_shingle_size", 2);
  shingle.min = s.integer("min_shingle_size", 2);
  shingle.output_unigrams = s.boolean("output_unigrams", true);
  shingle.output_unigrams_if_no_shingles = s.boolean("output_unigrams_if_no_shingles", false);
  shingle.separator = s.text("token_separator", " ");
  shingle.filler = s.text("filler_token", "_");
  int difference = shingle.max - shingle.min + (shingle.output_unigrams ? 1 : 0);
  if (difference > limits.max_shingle_diff) {
    throw ApiError(illegal_argument(
        "In Shingle TokenFilter the difference between max_shingle_size and min_shingle_size (and +1 if outputting "
        "unigrams) must be less than or equal to: [" +
        std::to_string(limits.max_shingle_diff) + "] but was [" + std::to_string(difference) +
        "]. This limit can be set by changing the [index.max_shingle_diff] index level setting."));
  }
  return make_shingle_filter(shingle);
}

// The chain that turns the rules of a synonym filter into terms: all before it but what may not or need not be there.
Chain chain_for_synonyms(const ChainSoFar& so_far) {
  Chain chain = so_far.chain;
  chain.filters.clear();
  for (size_t i = 0; i < so_far.filters.size(); ++i) {
    const FilterDefinition& before = *so_far.filters[i];
    if (before.in_synonyms == InSynonyms::kRefused) {
      throw ApiError(illegal_argument("Token filter [" + before.name + "] cannot be used to parse synonyms"));
    }
    if (before.in_synonyms == InSynonyms::kApplies) chain.filters.push_back(so_far.chain.filters[i]);
  }
  return chain;
}

FilterDefinitionPtr make_synonyms(const std::string& type, const Settings& s) {
  auto definition = std::make_shared<FilterDefinition>();
  SynonymSettings settings;
  auto rules = s.words("synonyms", "synonyms_path");
  if (!rules) throw ApiError(illegal_argument("synonym requires either `synonyms` or `synonyms_path` to be configured"));
  settings.rules = *rules;
  settings.wordnet = s.text("format", "") == "wordnet";
  settings.expand = s.boolean("expand", true);
  settings.lenient = s.boolean("lenient", false);
  if (auto own_analyzer = s.find_text("synonym_analyzer")) {
    throw ApiError(501, "not_implemented_exception", "[synonym_analyzer] of [" + s.name() + "] is not supported");
  }
  definition->name = s.name();
  definition->in_synonyms = InSynonyms::kSkipped;
  bool graph = type == "synonym_graph";
  definition->build = [settings, graph](const ChainSoFar& so_far) {
    Chain chain = chain_for_synonyms(so_far);
    SynonymMap map = read_synonyms(settings, [&chain](std::string_view text, TokenBuffer& out) {
      run_chain(chain, chain.filters.size(), text, out);
    });
    return graph ? make_synonym_graph_filter(std::move(map)) : make_synonym_filter(std::move(map));
  };
  return definition;
}

FilterDefinitionPtr make_multiplexer(const Settings& s) {
  auto definition = std::make_shared<FilterDefinition>();
  definition->name = s.name();
  definition->in_synonyms = s.boolean("preserve_original", true) ? InSynonyms::kSkipped : InSynonyms::kRefused;
  std::vector<std::string> lists;
  if (s.json().contains("filters") && s.json()["filters"].is_array()) {
    for (const Json& list : s.json()["filters"]) lists.push_back(list.is_string() ? list.get<std::string>() : to_text(list));
  } else {
    lists = s.list("filters");
  }
  bool preserve = s.boolean("preserve_original", true);
  definition->build = [lists, preserve](const ChainSoFar& so_far) {
    std::vector<std::vector<TokenFilterPtr>> chains;
    for (const std::string& list : lists) {
      Chain inner = so_far.chain;
      std::vector<FilterDefinitionPtr> before = so_far.filters;
      std::vector<TokenFilterPtr> parts;
      for (size_t from = 0; from <= list.size();) {
        size_t comma = std::min(list.find(',', from), list.size());
        std::string name(trim(std::string_view(list).substr(from, comma - from)));
        from = comma + 1;
        if (name.empty()) continue;
        FilterDefinitionPtr part = so_far.find_filter(name);
        if (part == nullptr) throw ApiError(illegal_argument("Multiplexing filter failed to find filter [" + name + "]"));
        TokenFilterPtr filter = part->ready.filter;
        if (filter == nullptr) filter = part->build({inner, before, so_far.find_filter});
        inner.filters.push_back({name, filter});
        before.push_back(part);
        parts.push_back(std::move(filter));
      }
      chains.push_back(std::move(parts));
    }
    return make_multiplexer_filter(std::move(chains), preserve);
  };
  return definition;
}

const Json& no_settings() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

FilterDefinitionPtr make_filter(const std::string& type, const ComponentSettings& s, const IndexLimits& limits) {
  if (auto it = filter_types().find(type); it != filter_types().end()) return define(s.name(), it->second.make(s), it->second);
  if (auto it = stemmer_types().find(type); it != stemmer_types().end()) {
    bool may_normalize = type == "persian_stem";
    return define(s.name(), make_stemmer_filter(it->second), {nullptr, may_normalize, true});
  }
  if (type == "german_stem") return define(s.name(), make_german_stem_filter(), {nullptr, false, true});
  if (type == "ngram" || type == "nGram") return define(s.name(), make_ngram(s, limits), {nullptr, false, false, InSynonyms::kRefused});
  if (type == "shingle") return define(s.name(), make_shingle(s, limits), {nullptr, false, false, InSynonyms::kRefused});
  if (type == "synonym" || type == "synonym_graph") return make_synonyms(type, s);
  if (type == "multiplexer") return make_multiplexer(s);
  return nullptr;
}

FilterDefinitionPtr find_preconfigured_filter(const std::string& name) {
  static const IndexLimits limits;
  constexpr auto kRefused = InSynonyms::kRefused;
  static const std::map<std::string, FilterDefinitionPtr, std::less<>> special = [] {
    std::map<std::string, FilterDefinitionPtr, std::less<>> out;
    auto add = [&out](const char* n, TokenFilterPtr filter, FilterType type) { out.emplace(n, define(n, std::move(filter), type)); };
    add("common_grams", make_common_grams_filter({}, false), {nullptr, false, false, kRefused});
    add("edge_ngram", make_edge_ngram_filter(1, 1, false), {nullptr, false, false, kRefused});
    add("elision", make_elision_filter(WordSet({"l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"}, true)),
        {nullptr, true});
    add("keyword_repeat", make_keyword_repeat_filter(), {nullptr, false, true, kRefused});
    add("stemmer", make_stemmer_filter("porter"), {nullptr, false, true});
    add("truncate", make_truncate_filter(10), {nullptr, false, true});
    add("type_as_payload", make_type_as_payload_filter(), {nullptr, false, false, InSynonyms::kApplies, true});
    return out;
  }();
  if (auto it = special.find(name); it != special.end()) return it->second;
  if (name == "nGram" || name == "edgeNGram") {
    throw ApiError(illegal_argument("The [" + name + "] token filter name was deprecated in 6.4 and cannot be used in new indices. "
                                    "Please change the filter name to [" + (name == "nGram" ? "ngram" : "edge_ngram") + "] instead."));
  }
  // Types that need settings, and those that OpenSearch knows by type only.
  static const std::map<std::string, bool, std::less<>> needs_settings = {
      {"dictionary_decompounder", true}, {"hyphenation_decompounder", true}, {"keep", true},     {"keep_types", true},
      {"keyword_marker", true},          {"pattern_capture", true},          {"pattern_replace", true},
      {"stemmer_override", true},        {"synonym", true},                  {"synonym_graph", true},
      {"condition", true},               {"predicate_token_filter", true}};
  if (needs_settings.contains(name)) {
    throw ApiError(illegal_argument("Analysis settings required - can't instantiate analysis factory"));
  }
  return make_filter(name, ComponentSettings(name, no_settings()), limits);
}

}  // namespace tarn::analysis
