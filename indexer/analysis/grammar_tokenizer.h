#pragma once

#include <vector>

#include "indexer/analysis/automaton.h"
#include "indexer/analysis/component.h"

namespace tarn::analysis {

/// What a rule of a grammar does with its match.
struct GrammarRule {
  Re pattern;
  const char* type = nullptr;  ///< the token's type, alive for ever; null: no token
  int trailing_context = 0;    ///< code points at the end of the match that are not part of the token
  int token_size = 0;          ///< if positive, the token is so many bytes of the match, the rest is read again
  bool drops_last = false;     ///< the last character goes from the term, but not from the offsets
  bool retries = false;        ///< nothing is consumed; the next match is made with the second set of rules
};

/// The automata of a grammar, made of its rules.
struct Grammar {
  explicit Grammar(std::vector<GrammarRule> rules, std::vector<GrammarRule> retry_rules = {});
  std::vector<GrammarRule> rules, retry_rules;
  Automaton automaton, retry_automaton;
};

/// A tokenizer whose tokens are the longest matches of a grammar's rules, as those that Lucene makes with JFlex.
class GrammarTokenizer final : public Tokenizer {
 public:
  struct Limits {
    int window;     ///< UTF-16 units that a match may look at; longer tokens are split there
    int token_max;  ///< tokens of more units are dropped and leave a gap
  };
  /// `grammar` lives for ever.
  GrammarTokenizer(const Grammar& grammar, Limits limits) : grammar_(grammar), limits_(limits) {}
  void tokenize(std::string_view text, TokenBuffer& out) const override;

 private:
  const Grammar& grammar_;
  Limits limits_;
};

/// UAX #29 word break rules in the manner of Lucene's StandardTokenizer.
TokenizerPtr make_standard_tokenizer(int max_token_length);
/// The same, with URLs and e-mail addresses as one token (UAX29URLEmailTokenizer).
TokenizerPtr make_uax_url_email_tokenizer(int max_token_length);
/// ClassicTokenizer: acronyms, companies, hosts and numbers of English text.
TokenizerPtr make_classic_tokenizer(int max_token_length);

/// The rules of the standard grammar, for grammars that extend it.
std::vector<GrammarRule> standard_rules();

}  // namespace tarn::analysis
