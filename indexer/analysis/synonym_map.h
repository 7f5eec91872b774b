#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/analysis/component.h"
#include "indexer/analysis/word_set.h"

namespace tarn::analysis {

/// Synonym rules, ready to match: phrases of terms to phrases that are given beside or instead of them.
class SynonymMap {
 public:
  using Phrase = std::vector<std::string>;
  struct Rule {
    std::vector<Phrase> outputs;  ///< each once, in order of the rules
    bool keep_original = false;
  };

  void add(const Phrase& input, const Phrase& output, bool keep_original);
  bool empty() const { return rules_.empty(); }

  /// Walks the trie of inputs term by term.
  static constexpr int kRoot = 0;
  static constexpr int kNowhere = -1;
  int step(int node, std::string_view term) const {
    const auto& children = nodes_[static_cast<size_t>(node)].children;
    auto it = children.find(term);
    return it == children.end() ? kNowhere : it->second;
  }
  const Rule* rule_at(int node) const {
    int rule = nodes_[static_cast<size_t>(node)].rule;
    return rule < 0 ? nullptr : &rules_[static_cast<size_t>(rule)];
  }
  bool continues(int node) const { return !nodes_[static_cast<size_t>(node)].children.empty(); }

 private:
  struct Node {
    std::unordered_map<std::string, int, StringHash, std::equal_to<>> children;
    int rule = -1;
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::vector<Rule> rules_;
};

struct SynonymSettings {
  std::vector<std::string> rules;
  bool wordnet = false;
  bool expand = true;
  bool lenient = false;
};

/// Reads rules in Solr's or WordNet's format; `analyze` turns each side into terms as the filters before would.
/// Throws ApiError 400 "Failed to build synonyms" for a bad rule, unless lenient.
SynonymMap read_synonyms(const SynonymSettings& settings,
                         const std::function<void(std::string_view text, TokenBuffer& out)>& analyze);

TokenFilterPtr make_synonym_filter(SynonymMap map);        ///< SynonymFilter: phrases overlap word by word
TokenFilterPtr make_synonym_graph_filter(SynonymMap map);  ///< SynonymGraphFilter: phrases are paths of a graph

}  // namespace tarn::analysis
