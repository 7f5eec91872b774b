#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "indexer/analysis/component.h"

namespace tarn::analysis {

struct NamedCharFilter {
  std::string name;
  CharFilterPtr filter;
  bool normalizes = false;   ///< applies to parts of patterns too (Lucene's normalize)
};

struct NamedTokenFilter {
  std::string name;
  TokenFilterPtr filter;
  /// Attributes that explain shows from this filter on, such as "keyword" (Lucene's KeywordAttribute); see analyze_api.
  bool shows_keyword = false;
  bool shows_payload = false;
  bool shows_term_frequency = false;
  bool normalizes = false;   ///< applies to parts of patterns too (Lucene's normalize)
  TokenFilterPtr single = nullptr;  ///< what normalizing uses instead of `filter`; or null
  bool search_only = false;  ///< may be reloaded, and so not be used to index
};

/// The parts of an analyzer, in the order of use.
struct Chain {
  std::vector<NamedCharFilter> char_filters;
  std::string tokenizer_name;
  TokenizerPtr tokenizer;
  std::vector<NamedTokenFilter> filters;

  Chain& add(TokenFilterPtr filter, bool shows_keyword = false) {
    filters.push_back({{}, std::move(filter), shows_keyword});
    return *this;
  }
  /// A filter that changes characters only, and so those of patterns too.
  Chain& add_normalizing(TokenFilterPtr filter) {
    filters.push_back({{}, std::move(filter)});
    filters.back().normalizes = true;
    return *this;
  }
};

/// Runs char filters and the tokenizer of `chain`, and its first `filter_count` filters.
void run_chain(const Chain& chain, size_t filter_count, std::string_view text, TokenBuffer& out);
/// `text` behind the first `count` char filters.
std::string filtered_text(const Chain& chain, size_t count, std::string_view text);

class ChainAnalyzer final : public Analyzer {
 public:
  /// `is_custom`: configured of parts by the user, which explain then shows one by one.
  ChainAnalyzer(std::string name, Chain chain, bool is_custom, int position_increment_gap = 100);

  void analyze(std::string_view text, TokenBuffer& out) const override;
  std::string normalize(std::string_view text) const;
  int position_increment_gap() const override { return gap_; }

  const std::string& name() const { return name_; }
  std::shared_ptr<const Chain> chain() const;
  bool is_custom() const { return is_custom_; }
  /// Filters that make it one for searches only.
  std::vector<std::string> search_only_filters() const;
  /// Takes another chain from now on; only for analyzers that are for searches only.
  void reload(std::shared_ptr<const Chain> chain) const;

 private:
  std::string name_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Chain> chain_;  // guarded by mutex_ where reloads_
  bool reloads_;
  bool is_custom_;
  int gap_;
};

/// A keyword's chain: char filters, the whole text as one token, filters.
class ChainNormalizer final : public Normalizer {
 public:
  explicit ChainNormalizer(Chain chain, bool is_custom = true) : chain_(std::move(chain)), is_custom_(is_custom) {}
  bool is_custom() const { return is_custom_; }
  std::string normalize(std::string_view text) const override;
  const Chain& chain() const { return chain_; }

 private:
  Chain chain_;
  bool is_custom_;
};

}  // namespace tarn::analysis
