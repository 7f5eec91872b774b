#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/analysis/chain_analyzer.h"
#include "indexer/analysis/settings.h"
#include "indexer/analysis/word_set.h"

namespace tarn::analysis {

/// Limits that an index sets: index.max_ngram_diff and index.max_shingle_diff.
struct IndexLimits {
  int max_ngram_diff = 1;
  int max_shingle_diff = 3;
  static IndexLimits of(const Json& index_settings);
};

struct FilterDefinition;
using FilterDefinitionPtr = std::shared_ptr<const FilterDefinition>;

/// What a token filter may look at while a chain is put together: the parts before it, and filters by name.
struct ChainSoFar {
  const Chain& chain;
  const std::vector<FilterDefinitionPtr>& filters;  ///< those before
  std::function<FilterDefinitionPtr(const std::string& name)> find_filter;
  std::function<const ChainAnalyzer*(const std::string& name)> find_analyzer;  ///< those built so far, then built-in ones
  NamedTokenFilter* part = nullptr;  ///< the part being made, which takes what explain shows of filters inside it
};

/// A configured token filter, not yet part of a chain.
struct FilterDefinition {
  std::string name;
  NamedTokenFilter ready;                ///< filter is null where `build` must make it for each chain
  std::function<TokenFilterPtr(const ChainSoFar&)> build;
  TokenFilterPtr single;                 ///< stands in where one token must stay one: in rules of synonyms, in normalizing; or null
  bool search_only = false;              ///< may be reloaded, and so not be used to index
  bool may_normalize = false;            ///< allowed in a keyword's normalizer
  /// How it takes part in parsing the rules of a synonym filter behind it.
  enum class InSynonyms { kApplies, kSkipped, kRefused } in_synonyms = InSynonyms::kApplies;
};

struct CharFilterDefinition {
  NamedCharFilter part;
  bool may_normalize = false;
};

/// A component of a type with settings; nullopt (null) if there is no such type. Throws ApiError 400 for bad settings.
std::optional<CharFilterDefinition> make_char_filter(const std::string& type, const ComponentSettings& settings);
TokenizerPtr make_tokenizer(const std::string& type, const ComponentSettings& settings, const IndexLimits& limits);
FilterDefinitionPtr make_filter(const std::string& type, const ComponentSettings& settings, const IndexLimits& limits);

/// Filters that look at the chain they stand in: synonyms, multiplexer, condition; null for other types.
FilterDefinitionPtr make_chain_filter(const std::string& type, const ComponentSettings& settings);

/// Components that are known by name without settings; nullopt (null) if there is no such name.
std::optional<CharFilterDefinition> find_preconfigured_char_filter(const std::string& name);
TokenizerPtr find_preconfigured_tokenizer(const std::string& name);
FilterDefinitionPtr find_preconfigured_filter(const std::string& name);
/// A filter that is known by name alone and takes no settings.
bool is_preconfigured_only(std::string_view type);
/// An analyzer that is known by name alone, with what explain calls it where no index is asked; null if there is none.
std::optional<Chain> make_preconfigured_analyzer(const std::string& name);
std::string explained_name(const std::string& analyzer, bool of_index);

/// The chain of an analyzer of a type that is not custom: "standard", "english" ... nullopt if there is no such type.
std::optional<Chain> make_analyzer_chain(const std::string& type, const ComponentSettings& settings);
/// The chains of the language analyzers alone.
std::optional<Chain> make_language_chain(const std::string& language, const ComponentSettings& settings);

/// The words of a list in settings, "_english_" and "_none_" resolved; `otherwise` if the key is missing.
WordSet parse_words(const ComponentSettings& settings, std::string_view key, const std::vector<std::string>& otherwise,
                    bool ignore_case);

}  // namespace tarn::analysis
