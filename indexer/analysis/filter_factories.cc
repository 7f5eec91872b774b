#include <functional>
#include <map>

#include "indexer/analysis/factories.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/icu_filters.h"
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

/// The words of `key` or of the file `key`_path, with `key`_case; nullopt where neither is given.
std::optional<WordSet> find_words(const Settings& s, const std::string& key) {
  auto words = s.rules(key);
  if (!words) return std::nullopt;
  return WordSet(*words, s.boolean(key + "_case", false));
}

void refuse_position_increments(const Settings& s) {
  if (s.has("enable_position_increments")) {
    throw ApiError(illegal_argument("enable_position_increments is not supported anymore. Please fix your analysis chain"));
  }
}

char32_t delimiter_of(const Settings& s) {
  const std::string text = s.text("delimiter", "|");
  if (utf16_length(text) != 1) {
    throw ApiError(illegal_argument("Setting [delimiter] must be a single, non-null character. [" + text + "] was provided."));
  }
  return to_utf32(text)[0];
}

TokenFilterPtr lowercase(const Settings& s) {
  auto language = s.find_text("language");
  if (!language) return make_lowercase_filter();
  const std::string name = lower(*language);
  if (name == "greek") return make_greek_lowercase_filter();
  if (name == "irish") return make_irish_lowercase_filter();
  if (name == "turkish") return make_turkish_lowercase_filter();
  throw ApiError(illegal_argument("language [" + *language + "] not support for lower case"));
}

TokenFilterPtr stop(const Settings& s) {
  WordSet words = parse_words(s, "stopwords", *find_stop_words("english"), s.boolean("ignore_case", false));
  refuse_position_increments(s);
  return s.boolean("remove_trailing", true) ? make_stop_filter(std::move(words)) : make_suggest_stop_filter(std::move(words));
}

TokenFilterPtr keep(const Settings& s) {
  if (s.find_list("keep_words").has_value() == s.has("keep_words_path")) {
    throw ApiError(illegal_argument("keep requires either `keep_words` or `keep_words_path` to be configured"));
  }
  refuse_position_increments(s);
  return make_keep_words_filter(*find_words(s, "keep_words"));
}

TokenFilterPtr keep_types(const Settings& s) {
  auto types = s.find_list("types");
  if (!types) throw ApiError(illegal_argument("keep_types requires `types` to be configured"));
  const std::string given = s.text("mode", "include");
  const std::string mode = lower(given);
  if (mode != "include" && mode != "exclude") {
    throw ApiError(illegal_argument("`keep_types` tokenfilter mode can only be [include] or [exclude] but was [" + given + "]."));
  }
  return make_keep_types_filter(std::move(*types), mode == "exclude");
}

TokenFilterPtr keyword_marker(const Settings& s) {
  const bool ignore_case = s.boolean("ignore_case", false);
  auto pattern = s.find_text("keywords_pattern");
  if (pattern) {
    if (s.has("keywords") || s.has("keywords_path")) {
      throw ApiError(illegal_argument("cannot specify both `keywords_pattern` and `keywords` or `keywords_path`"));
    }
    return make_keyword_marker_filter(*pattern);
  }
  auto words = find_words(s, "keywords");
  if (!words) {
    throw ApiError(illegal_argument("keyword filter requires either `keywords`, `keywords_path`, or `keywords_pattern` to be configured"));
  }
  WordSet keywords({}, ignore_case);
  for (const std::string& word : words->words()) keywords.add(word);
  return make_keyword_marker_filter(std::move(keywords));
}

TokenFilterPtr stemmer_override(const Settings& s) {
  StemmerOverrides overrides;
  if (!s.rules("rules", [&overrides](const std::string& rule) { add_stemmer_override(overrides, rule); })) {
    throw ApiError(illegal_argument("stemmer override filter requires either `rules` or `rules_path` to be configured"));
  }
  return make_stemmer_override_filter(std::move(overrides));
}

TokenFilterPtr elision(const Settings& s) {
  auto articles = s.words("articles");
  if (!articles) throw ApiError(illegal_argument("elision filter requires [articles] or [articles_path] setting"));
  if (s.find_text("articles") == "_none_") articles->clear();
  return make_elision_filter(WordSet(*articles, s.boolean("articles_case", false)));
}

bool is_possessive(const Settings& s) {
  const std::string language = lower(s.text("language", s.text("name", "porter")));
  return language == "possessive_english" || language == "possessiveenglish";
}
TokenFilterPtr stemmer(const Settings& s) {
  return make_stemmer_filter(s.text("language", s.text("name", "porter")));
}

TokenFilterPtr snowball(const Settings& s) {
  return make_snowball_language_filter(s.text("language", s.text("name", "English")));
}

TokenFilterPtr unique(const Settings& s) { return make_unique_filter(s.boolean("only_on_same_position", false)); }
TokenFilterPtr ascii_folding(const Settings& s) { return make_ascii_folding_filter(s.boolean("preserve_original", false)); }
TokenFilterPtr length(const Settings& s) {
  const int min = s.integer("min", 0), max = s.integer("max", INT32_MAX);
  refuse_position_increments(s);
  return make_length_filter(min, max);
}
TokenFilterPtr trim_filter(const Settings& s) {
  if (s.has("update_offsets")) throw ApiError(illegal_argument("update_offsets is not supported anymore. Please fix your analysis chain"));
  return make_trim_filter();
}
TokenFilterPtr limit(const Settings& s) { return make_limit_filter(s.integer("max_token_count", 1), s.boolean("consume_all_tokens", false)); }

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
  const bool ignore_case = s.boolean("ignore_case", false), query_mode = s.boolean("query_mode", false);
  if (!s.has("common_words") && !s.has("common_words_path")) {
    throw ApiError(illegal_argument("missing or empty [common_words] or [common_words_path] configuration for common_grams token filter"));
  }
  return make_common_grams_filter(parse_words(s, "common_words", {}, ignore_case), query_mode);
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
  std::vector<std::string> patterns;
  // A single pattern may have commas.
  if (s.json().is_object() && s.json().contains("patterns") && s.json()["patterns"].is_string()) {
    patterns.emplace_back(trim(s.json()["patterns"].get_ref<const std::string&>()));
  } else {
    patterns = s.list("patterns");
  }
  if (patterns.empty() && !s.find_list("patterns")) throw ApiError(illegal_argument("required setting 'patterns' is missing for token filter [" + s.name() + "]"));
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
  w.ignore_keywords = graph && s.boolean("ignore_keywords", false);
  w.protected_words = find_words(s, "protected_words").value_or(WordSet());
  s.rules("type_table", [&w](const std::string& rule) { add_type_rule(w.type_table, rule); });
  return make_word_delimiter_filter(w);
}
TokenFilterPtr word_delimiter(const Settings& s) { return word_delimiter_of(s, false); }
TokenFilterPtr word_delimiter_graph(const Settings& s) { return word_delimiter_of(s, true); }

CompoundSettings compound_settings(const Settings& s) {
  CompoundSettings c;
  c.min_word_size = s.integer("min_word_size", 5);
  c.min_subword_size = s.integer("min_subword_size", 2);
  c.max_subword_size = s.integer("max_subword_size", 15);
  c.only_longest_match = s.boolean("only_longest_match", false);
  auto words = find_words(s, "word_list");
  if (!words) throw ApiError(illegal_argument("word_list must be provided for [" + s.name() + "], either as a path to a file, or directly"));
  c.words = std::move(*words);
  return c;
}
TokenFilterPtr dictionary_decompounder(const Settings& s) { return make_dictionary_decompounder_filter(compound_settings(s)); }
TokenFilterPtr hyphenation_decompounder(const Settings& s) {
  CompoundSettings c = compound_settings(s);
  c.no_sub_matches = s.boolean("no_sub_matches", false);
  c.no_overlapping_matches = s.boolean("no_overlapping_matches", false);
  auto path = s.find_text("hyphenation_patterns_path");
  if (!path) throw ApiError(illegal_argument("hyphenation_patterns_path is a required setting."));
  return make_hyphenation_decompounder_filter(std::move(c), *path);
}

TokenFilterPtr min_hash(const Settings& s) {
  MinHashSettings m;
  m.hash_count = s.plain_integer("hash_count", m.hash_count);
  m.bucket_count = s.plain_integer("bucket_count", m.bucket_count);
  m.hash_set_size = s.plain_integer("hash_set_size", m.hash_set_size);
  const auto rotation = s.find_text("with_rotation");
  m.with_rotation = rotation ? lower(*rotation) == "true" : m.bucket_count > 1;
  return make_min_hash_filter(m);
}

TokenFilterPtr fingerprint(const Settings& s) {
  std::string separator = s.text("separator", " ");
  if (utf16_length(separator) != 1) {
    throw ApiError(illegal_argument("Setting [separator] must be a single, non-null character. [" + separator + "] was provided."));
  }
  return make_fingerprint_filter(separator, s.integer("max_output_size", 255));
}

TokenFilterPtr delimited_payload(const Settings& s) {
  // Of a longer text the first character counts.
  const std::u32string delimiter = to_utf32(s.text("delimiter", "|"));
  if (delimiter.empty()) throw ApiError(500, "string_index_out_of_bounds_exception", "Index 0 out of bounds for length 0");
  return make_delimited_payload_filter(delimiter.empty() ? U'|' : delimiter[0], s.text("encoding", "float"));
}
TokenFilterPtr delimited_term_freq(const Settings& s) { return make_delimited_term_frequency_filter(delimiter_of(s)); }

TokenFilterPtr concatenate_graph(const Settings& s) {
  const std::string separator = s.text("token_separator", " ");
  if (utf16_length(separator) > 1) throw ApiError(illegal_argument("token_separator must be either empty or a single character"));
  const int expansions = s.integer("max_graph_expansions", 100);
  if (expansions == 0 || expansions < -1) {
    throw ApiError(illegal_argument("limit must be -1 (which means no limit), or > 0; got: " + std::to_string(expansions)));
  }
  return make_concatenate_graph_filter(separator, s.boolean("preserve_position_increments", false), expansions);
}

TokenFilterPtr not_supported(const Settings& s) {
  throw ApiError(501, "not_implemented_exception", "the type of token filter [" + s.name() + "] is not supported");
}

TokenFilterPtr standard_filter(const Settings&) {
  throw ApiError(illegal_argument("The [standard] token filter has been removed."));
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
      {"bengali_normalization", {plain<make_bengali_normalization_filter>, true, true}},
      {"cjk_bigram", {cjk_bigram, false, false, kRefused}},
      {"cjk_width", {plain<make_cjk_width_filter>, true}},
      {"classic", {plain<make_classic_filter>}},
      {"common_grams", {common_grams, false, false, kRefused}},
      {"concatenate_graph", {concatenate_graph}},
      {"decimal_digit", {plain<make_decimal_digit_filter>, true}},
      {"delimited_payload", {delimited_payload, false, false, kApplies, true}},
      {"delimited_term_freq", {delimited_term_freq, false, false, kApplies, false, true}},
      {"dictionary_decompounder", {dictionary_decompounder, false, false, InSynonyms::kSkipped}},
      {"edge_ngram", {edge_ngram, false, false, kRefused}},
      {"edgeNGram", {old_edge_ngram}},
      {"elision", {elision, true}},
      {"fingerprint", {fingerprint, false, false, kRefused}},
      {"flatten_graph", {plain<make_flatten_graph_filter>}},
      {"german_normalization", {plain<make_german_normalization_filter>, true}},
      {"hindi_normalization", {plain<make_hindi_normalization_filter>, true, true}},
      {"hunspell", {not_supported}},
      {"hyphenation_decompounder", {hyphenation_decompounder, false, false, InSynonyms::kSkipped}},
      {"icu_collation", {make_icu_collation_filter}},
      {"icu_folding", {make_icu_folding_filter, true}},
      {"icu_normalizer", {make_icu_normalizer_filter, true}},
      {"icu_transform", {make_icu_transform_filter, true}},
      {"indic_normalization", {plain<make_indic_normalization_filter>, true}},
      {"keep", {keep}},
      {"keep_types", {keep_types}},
      {"keyword_marker", {keyword_marker, false, true}},
      {"length", {length}},
      {"limit", {limit}},
      {"lowercase", {lowercase, true}},
      {"min_hash", {min_hash}},
      {"pattern_capture", {pattern_capture}},
      {"pattern_replace", {pattern_replace, true}},
      {"persian_normalization", {plain<make_persian_normalization_filter>, true}},
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
      {"standard", {standard_filter, true}},
      {"trim", {trim_filter, true}},
      {"truncate", {truncate, true, true}},
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

std::shared_ptr<FilterDefinition> define(const std::string& name, TokenFilterPtr filter, const FilterType& type) {
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

const Json& no_settings() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

FilterDefinitionPtr make_filter(const std::string& type, const ComponentSettings& s, const IndexLimits& limits) {
  if (auto it = filter_types().find(type); it != filter_types().end()) {
    FilterType kind = it->second;
    if (type == "cjk_bigram" && !s.boolean("output_unigrams", false)) kind.in_synonyms = InSynonyms::kApplies;
    if (type == "stemmer" && is_possessive(s)) kind.shows_keyword = false;
    if (type == "stop" && !s.boolean("remove_trailing", true)) kind.shows_keyword = true;
    auto definition = define(s.name(), it->second.make(s), kind);
    // With the original beside it a folded word would stand twice in a rule or a normalized term.
    if (type == "asciifolding" && s.boolean("preserve_original", false)) definition->single = make_ascii_folding_filter(false);
    return definition;
  }
  if (auto it = stemmer_types().find(type); it != stemmer_types().end()) {
    bool may_normalize = type == "persian_stem";
    return define(s.name(), make_stemmer_filter(it->second), {nullptr, may_normalize, true});
  }
  if (type == "german_stem") return define(s.name(), make_german_stem_filter(), {nullptr, false, true});
  if (type == "ngram" || type == "nGram") return define(s.name(), make_ngram(s, limits), {nullptr, false, false, InSynonyms::kRefused});
  if (type == "shingle") return define(s.name(), make_shingle(s, limits), {nullptr, false, false, InSynonyms::kRefused});
  return make_chain_filter(type, s);
}

bool is_preconfigured_only(std::string_view type) { return type == "keyword_repeat" || type == "type_as_payload"; }

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
      {"condition", true},               {"predicate_token_filter", true},  {"common_grams", true},
      {"elision", true},                 {"hunspell", true},                {"truncate", true}};
  if (needs_settings.contains(name)) {
    throw ApiError(illegal_argument("Analysis settings required - can't instantiate analysis factory"));
  }
  return make_filter(name, ComponentSettings(name, no_settings()), limits);
}

}  // namespace tarn::analysis
