#pragma once

#include <vector>

#include "indexer/analysis/automaton.h"
#include "indexer/analysis/component.h"

namespace tarn::analysis {

/// A tokenizer whose tokens are the longest matches of an automaton's rules, as those that Lucene makes with JFlex.
/// Like its scanners it looks at no more than `max_token_length` UTF-16 units at a time, so longer tokens are split.
class GrammarTokenizer final : public Tokenizer {
 public:
  /// `types[rule]` is the token type of a rule; null: what it matches is no token. Both live for ever.
  GrammarTokenizer(const Automaton& automaton, std::vector<const char*> types, int max_token_length)
      : automaton_(automaton), types_(std::move(types)), max_units_(max_token_length) {}
  void tokenize(std::string_view text, TokenBuffer& out) const override;

 private:
  const Automaton& automaton_;
  std::vector<const char*> types_;
  int max_units_;
};

/// UAX #29 word break rules in the manner of Lucene's StandardTokenizer.
TokenizerPtr make_standard_tokenizer(int max_token_length);
/// The same, with URLs and e-mail addresses as one token (UAX29URLEmailTokenizer).
TokenizerPtr make_uax_url_email_tokenizer(int max_token_length);
/// ClassicTokenizer: acronyms, companies, hosts and numbers of English text.
TokenizerPtr make_classic_tokenizer(int max_token_length);

/// The rules of the standard grammar with their types, for grammars that extend it.
struct StandardGrammar {
  std::vector<Re> rules;
  std::vector<const char*> types;
};
StandardGrammar standard_grammar();

}  // namespace tarn::analysis
