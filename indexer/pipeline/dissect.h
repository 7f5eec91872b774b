#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/error.h"

namespace tarn {

/// A dissect pattern, "%{ip} - %{user} [%{ts}]": keys and the delimiters behind them.
/// Modifiers: -> (padding on the right), + and /n (append), * and & (key by reference), ? and an
/// empty name (skip). Follows: OpenSearch org.opensearch.dissect.DissectParser. Immutable.
class DissectPattern {
 public:
  /// Throws ApiError 500 with pattern_parse or key_parse, which OpenSearch's pipelines wrap.
  DissectPattern(std::string pattern, std::string append_separator);

  /// Fields and values in the order of the pattern; throws ApiError 500 find_match.
  std::vector<std::pair<std::string, std::string>> parse(std::string_view text) const;

  enum class Modifier { none, skip, append, append_with_order, name, value };
  struct Key {
    std::string name;
    Modifier modifier = Modifier::none;
    bool skip_right_padding = false;
    int order = 0;
    std::string delimiter;
    bool skips() const { return modifier == Modifier::skip; }
  };
  const std::vector<Key>& keys() const { return keys_; }
  /// The slice of `text` for each key, in order; false: no match. For patterns of plain and skipped
  /// keys that is all.
  bool match(std::string_view text, std::vector<std::string_view>& values) const;

 private:
  std::string pattern_;
  std::string append_separator_;
  std::string leading_;
  std::vector<Key> keys_;
};

}  // namespace tarn
