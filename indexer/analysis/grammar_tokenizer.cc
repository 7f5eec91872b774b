#include "indexer/analysis/grammar_tokenizer.h"

#include "indexer/analysis/text.h"

namespace tarn::analysis {

void GrammarTokenizer::tokenize(std::string_view text, TokenBuffer& out) const {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const Automaton& automaton = automaton_;
  int32_t position = out.end_position;
  for (const char* p = begin; p < end;) {
    uint32_t state = Automaton::kStart;
    int rule = -1;
    const char* accepted = p;
    const char* q = p;
    const char* limit = end - p > max_units_ ? p + max_units_ : end;  // moves on as multi-byte characters are met
    while (q < limit) {
      auto byte = static_cast<unsigned char>(*q);
      const char* after = q + 1;
      uint16_t char_class;
      if (byte < 0x80) {
        char_class = automaton.ascii_class(byte);
      } else {
        after = q;
        char32_t c = next_code_point(after, end);
        if (c > 0xFFFF && limit - q < 2 && limit < end) break;  // half a surrogate pair fits: none of it is seen
        limit += (after - q) - (c > 0xFFFF ? 2 : 1);
        if (limit > end) limit = end;
        char_class = automaton.class_of(c);
      }
      state = automaton.next(state, char_class);
      if (state == Automaton::kDead) break;
      q = after;
      int accepts = automaton.accepts(state);
      if (accepts >= 0) {
        rule = accepts;
        accepted = q;
      }
    }
    if (rule < 0) {
      if (static_cast<unsigned char>(*p) < 0x80) {
        ++p;
      } else {
        next_code_point(p, end);
      }
      continue;
    }
    if (types_[rule] != nullptr) {
      Token token;
      token.term = {p, static_cast<size_t>(accepted - p)};
      token.position = position++;
      token.start_offset = static_cast<uint32_t>(p - begin);
      token.end_offset = static_cast<uint32_t>(accepted - begin);
      token.type = types_[rule];
      out.tokens.push_back(token);
    }
    p = accepted;
  }
  out.end_position = position;
}

}  // namespace tarn::analysis
