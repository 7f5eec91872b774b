#include "indexer/analysis/char_filters.h"
#include "indexer/analysis/factories.h"
#include "indexer/analysis/grammar_tokenizer.h"
#include "indexer/analysis/icu_filters.h"
#include "indexer/analysis/stop_words.h"
#include "indexer/analysis/text.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

constexpr int kMaxTokenLength = 255;

int max_token_length(const ComponentSettings& s) {
  int length = s.integer("max_token_length", kMaxTokenLength);
  if (length < 1) throw ApiError(illegal_argument("maxTokenLength must be greater than zero"));
  constexpr int kLimit = 1024 * 1024;
  if (length > kLimit) throw ApiError(illegal_argument("maxTokenLength may not exceed 1048576"));
  return length;
}

GramSettings gram_settings(const ComponentSettings& s, bool edges) {
  GramSettings grams;
  grams.min = s.integer("min_gram", 1);
  grams.max = s.integer("max_gram", 2);
  grams.edges_only = edges;
  grams.token_chars = s.list("token_chars");
  for (const std::string& name : grams.token_chars) {
    if (lower(trim(name)) != "custom") continue;
    const auto chars = s.find_text("custom_token_chars");
    if (!chars) throw ApiError(illegal_argument("Token type: 'custom' requires setting `custom_token_chars`"));
    // Lucene looks characters beyond the BMP up by halves, and finds none.
    for (const char32_t c : to_utf32(*chars)) {
      if (c <= 0xFFFF) grams.custom_chars += c;
    }
  }
  return grams;
}

char32_t one_char(const ComponentSettings& s, std::string_view key, char32_t otherwise) {
  auto text = s.find_text(key);
  if (!text) return otherwise;
  if (utf16_length(*text) != 1) throw ApiError(illegal_argument(std::string(key) + " must be a one char value"));
  return to_utf32(*text)[0];
}

PathSettings path_settings(const ComponentSettings& s) {
  PathSettings path;
  path.delimiter = one_char(s, "delimiter", '/');
  path.replacement = one_char(s, "replacement", path.delimiter);
  s.integer("buffer_size", 1024);  // of no use here, but checked
  path.skip = s.integer("skip", 0);
  path.reverse = s.boolean("reverse", false);
  return path;
}

[[noreturn]] void refuse_old_name(const char* old_name, const char* new_name) {
  throw ApiError(illegal_argument(std::string("The [") + old_name +
                                  "] tokenizer name was deprecated pre 1.0. Please change the tokenizer name to [" +
                                  new_name + "] for indices created in versions 3.0 or higher instead."));
}

const Json& no_settings() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

IndexLimits IndexLimits::of(const Json& index_settings) {
  IndexLimits limits;
  ComponentSettings s("index", index_settings);
  limits.max_ngram_diff = s.integer("index.max_ngram_diff", limits.max_ngram_diff);
  limits.max_shingle_diff = s.integer("index.max_shingle_diff", limits.max_shingle_diff);
  return limits;
}

WordSet parse_words(const ComponentSettings& settings, std::string_view key, const std::vector<std::string>& otherwise,
                    bool ignore_case) {
  auto given = settings.words(key);
  if (!given) return WordSet(otherwise);
  if (settings.find_text(key) == "_none_") return WordSet();
  std::vector<std::string> words;
  for (const std::string& word : *given) {
    const std::vector<std::string>* named = nullptr;
    if (word.size() > 2 && word.front() == '_' && word.back() == '_' && word != "_cjk_") {
      named = find_stop_words(std::string_view(word).substr(1, word.size() - 2));
    }
    if (named != nullptr) {
      words.insert(words.end(), named->begin(), named->end());
    } else {
      words.push_back(word);
    }
  }
  return WordSet(words, ignore_case);
}

std::optional<CharFilterDefinition> make_char_filter(const std::string& type, const ComponentSettings& s) {
  if (type == "html_strip") return CharFilterDefinition{{s.name(), make_html_strip_filter(s.list("escaped_tags"))}};
  if (type == "icu_normalizer") return CharFilterDefinition{{s.name(), make_icu_normalizer_char_filter(s)}, true};
  if (type == "mapping") {
    std::vector<MappingRule> rules;
    if (!s.rules("mappings", [&rules](const std::string& rule) { rules.push_back(parse_mapping_rule(rule)); })) throw ApiError(illegal_argument("mapping requires either `mappings` or `mappings_path` to be configured"));
    return CharFilterDefinition{{s.name(), make_mapping_filter(rules)}, true};
  }
  if (type == "pattern_replace") {
    auto pattern = s.find_text("pattern");
    if (!pattern || pattern->empty()) {
      throw ApiError(illegal_argument("pattern is missing for [" + s.name() + "] char filter of type 'pattern_replace'"));
    }
    return CharFilterDefinition{
        {s.name(), make_pattern_replace_char_filter(*pattern, s.text("flags", ""), s.text("replacement", ""))}, true};
  }
  return std::nullopt;
}

std::optional<CharFilterDefinition> find_preconfigured_char_filter(const std::string& name) {
  if (name == "mapping" || name == "pattern_replace") {
    throw ApiError(illegal_argument("Analysis settings required - can't instantiate analysis factory"));
  }
  return make_char_filter(name, ComponentSettings(name, no_settings()));
}

TokenizerPtr make_tokenizer(const std::string& type, const ComponentSettings& s, const IndexLimits& limits) {
  if (type == "standard") return make_standard_tokenizer(max_token_length(s));
  if (type == "uax_url_email") return make_uax_url_email_tokenizer(max_token_length(s));
  if (type == "classic") return make_classic_tokenizer(max_token_length(s));
  if (type == "keyword") {
    check_char_tokenizer_length(s.integer("buffer_size", 256));
    return make_keyword_tokenizer();
  }
  if (type == "letter") return make_letter_tokenizer();
  if (type == "lowercase") return make_lowercase_tokenizer();
  if (type == "whitespace") return make_whitespace_tokenizer(s.integer("max_token_length", kMaxTokenLength));
  if (type == "icu_tokenizer") return make_icu_tokenizer(s);
  if (type == "char_group") return make_char_group_tokenizer(s);
  if (type == "thai") return make_thai_tokenizer();
  if (type == "pattern") {
    auto pattern = s.text("pattern", "\\W+");
    return make_pattern_tokenizer(pattern, s.text("flags", ""), s.integer("group", -1));
  }
  if (type == "simple_pattern") return make_simple_pattern_tokenizer(s.text("pattern", ""), false);
  if (type == "simple_pattern_split") return make_simple_pattern_tokenizer(s.text("pattern", ""), true);
  if (type == "path_hierarchy" || type == "PathHierarchy") return make_path_tokenizer(path_settings(s));
  if (type == "ngram") {
    GramSettings grams = gram_settings(s, false);
    int difference = grams.max - grams.min;
    if (difference > limits.max_ngram_diff) {
      throw ApiError(illegal_argument(
          "The difference between max_gram and min_gram in NGram Tokenizer must be less than or equal to: [" +
          std::to_string(limits.max_ngram_diff) + "] but was [" + std::to_string(difference) +
          "]. This limit can be set by changing the [index.max_ngram_diff] index level setting."));
    }
    return make_ngram_tokenizer(grams);
  }
  if (type == "edge_ngram") return make_ngram_tokenizer(gram_settings(s, true));
  if (type == "nGram") refuse_old_name("nGram", "ngram");
  if (type == "edgeNGram") refuse_old_name("edgeNGram", "edge_ngram");
  return nullptr;
}

TokenizerPtr find_preconfigured_tokenizer(const std::string& name) {
  static const IndexLimits limits;
  return make_tokenizer(name, ComponentSettings(name, no_settings()), limits);
}

}  // namespace tarn::analysis
