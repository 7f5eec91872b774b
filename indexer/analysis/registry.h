#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "indexer/analysis/factories.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

/// The components and analyzers of one index over those that every index has.
class Registry final : public AnalysisRegistry {
 public:
  /// `analysis` null: only what every index has.
  Registry(const Json* analysis, const Json& index_settings);

  const Analyzer* find_analyzer(std::string_view name) const override;
  const Normalizer* find_normalizer(std::string_view name) const override;
  Json analyze_api(const Json& request, const Analyzer* field_analyzer) const override {
    return analyze_api(request, field_analyzer, of_index_);
  }
  Json analyze_api(const Json& request, const Analyzer* field_analyzer, bool of_index) const override;

  /// Parts by name: those of the index's settings, then preconfigured ones; null (nullopt) if there are none.
  std::optional<CharFilterDefinition> find_char_filter(const std::string& name) const;
  TokenizerPtr find_tokenizer(const std::string& name) const;
  FilterDefinitionPtr find_filter(const std::string& name) const;
  /// As OpenSearch looks parts up for _analyze with an index: its own, then types with no settings, then preconfigured ones.
  std::optional<CharFilterDefinition> find_char_filter_by_type(const std::string& name) const;
  FilterDefinitionPtr find_filter_by_type(const std::string& name) const;
  const ChainAnalyzer* find_chain_analyzer(std::string_view name) const;
  const ChainNormalizer* find_chain_normalizer(std::string_view name) const;
  /// See analysis_mode.h.
  std::vector<std::string> reload_search_analyzers() const;
  const IndexLimits& limits() const { return limits_; }
  int max_token_count() const { return max_token_count_; }

  /// Adds `filters` to `chain`, which has its tokenizer, letting each see those before it.
  /// `find_part`: how they find others by name, if not as find_filter() does.
  using FindFilter = std::function<FilterDefinitionPtr(const std::string& name)>;
  void add_filters(Chain& chain, const std::vector<FilterDefinitionPtr>& filters, const FindFilter& find_part = {}) const;

 private:
  void read_parts(const Json& analysis);
  void read_analyzers(const Json& analysis);
  void read_normalizers(const Json& analysis);
  std::unique_ptr<ChainAnalyzer> make_analyzer(const std::string& name, const ComponentSettings& settings) const;
  std::unique_ptr<ChainAnalyzer> make_custom_analyzer(const std::string& name, const ComponentSettings& settings) const;
  std::unique_ptr<ChainNormalizer> make_normalizer(const std::string& name, const ComponentSettings& settings) const;

  void build_custom(const Json& all, const Json& filters, const std::string& name, std::vector<std::string>& path);

  bool of_index_;
  Json analysis_;  // as given
  IndexLimits limits_;
  int max_token_count_ = 10000;
  std::map<std::string, Error> late_errors_;  // "filter/name": what building an analyzer with it is refused with
  std::map<std::string, CharFilterDefinition, std::less<>> char_filters_;
  std::map<std::string, TokenizerPtr, std::less<>> tokenizers_;
  std::map<std::string, FilterDefinitionPtr, std::less<>> filters_;
  std::map<std::string, std::unique_ptr<const ChainAnalyzer>, std::less<>> analyzers_;
  std::map<std::string, std::unique_ptr<const ChainNormalizer>, std::less<>> normalizers_;
};

}  // namespace tarn::analysis
