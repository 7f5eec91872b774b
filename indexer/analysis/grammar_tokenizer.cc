#include "indexer/analysis/grammar_tokenizer.h"

#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {

std::vector<Re> patterns(const std::vector<GrammarRule>& rules) {
  std::vector<Re> out;
  for (const GrammarRule& rule : rules) out.push_back(rule.pattern);
  return out;
}

struct Match {
  const char* end;
  int rule = -1;
};

// The longest match at `p` that needs no more than `window` UTF-16 units.
Match longest_match(const Automaton& automaton, const char* p, const char* end, int window) {
  Match match{p};
  uint32_t state = Automaton::kStart;
  const char* limit = end - p > window ? p + window : end;  // moves on as multi-byte characters are met
  while (p < limit) {
    auto byte = static_cast<unsigned char>(*p);
    const char* after = p + 1;
    uint16_t char_class;
    if (byte < 0x80) {
      char_class = automaton.ascii_class(byte);
    } else {
      after = p;
      char32_t c = next_code_point(after, end);
      if (c > 0xFFFF && limit - p < 2 && limit < end) break;  // half a surrogate pair fits: none of it is seen
      limit += (after - p) - (c > 0xFFFF ? 2 : 1);
      if (limit > end) limit = end;
      char_class = automaton.class_of(c);
    }
    state = automaton.next(state, char_class);
    if (state == Automaton::kDead) break;
    p = after;
    int accepts = automaton.accepts(state);
    if (accepts >= 0) match = {p, accepts};
  }
  return match;
}

const char* step_back(const char* begin, const char* p, int code_points) {
  for (; code_points > 0 && p > begin; --code_points) {
    do --p;
    while (p > begin && (static_cast<unsigned char>(*p) & 0xC0) == 0x80);
  }
  return p;
}

}  // namespace

Grammar::Grammar(std::vector<GrammarRule> main_rules, std::vector<GrammarRule> second_rules)
    : rules(std::move(main_rules)), retry_rules(std::move(second_rules)), automaton(patterns(rules)),
      retry_automaton(patterns(retry_rules)) {}

void GrammarTokenizer::tokenize(std::string_view text, TokenBuffer& out) const {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  int32_t position = out.end_position;
  bool retry = false;
  for (const char* p = begin; p < end;) {
    Match match = longest_match(retry ? grammar_.retry_automaton : grammar_.automaton, p, end, limits_.window);
    if (match.rule < 0) {
      if (static_cast<unsigned char>(*p) < 0x80) {
        ++p;
      } else {
        next_code_point(p, end);
      }
      continue;
    }
    const GrammarRule& rule = (retry ? grammar_.retry_rules : grammar_.rules)[static_cast<size_t>(match.rule)];
    retry = rule.retries;
    if (retry) continue;
    const char* token_end = match.end;
    if (rule.trailing_context > 0) token_end = step_back(p, token_end, rule.trailing_context);
    if (rule.token_size > 0) token_end = p + rule.token_size;
    if (rule.type != nullptr) {
      Token token;
      token.term = {p, static_cast<size_t>(token_end - p)};
      if (rule.drops_last) token.term.remove_suffix(1);
      token.position = position++;
      token.start_offset = static_cast<uint32_t>(p - begin);
      token.end_offset = static_cast<uint32_t>(p - begin + static_cast<ptrdiff_t>(token.term.size()));
      token.type = rule.type;
      bool fits = token.term.size() <= static_cast<size_t>(limits_.token_max) ||
                  utf16_length(token.term) <= static_cast<size_t>(limits_.token_max);
      if (fits) out.tokens.push_back(token);
    }
    p = token_end;
  }
  out.end_position = position;
}

}  // namespace tarn::analysis
