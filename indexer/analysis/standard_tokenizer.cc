#include <string>

#include "indexer/analysis/grammar_tokenizer.h"

namespace tarn::analysis {

namespace {

// A set of Lucene's grammar. Its scanner was generated with the properties of Unicode 12.1: what is younger is unknown to
// it, and what became a letter or a mark inside of words since then is none.
CharSet known(const char* pattern) {
  return CharSet::icu(("[" + std::string(pattern) + "&[:age=12.1:]-[\\u02E5-\\u02EB\\u055A\\u055F\\u058A\\uA708-\\uA716\\U00016FE2]]").c_str());
}

struct Sets {
  CharSet extend_format_zwj = known("[[:WB=Format:][:WB=Extend:][:WB=ZWJ:]]");
  CharSet extend_format_zwj_sans_selectors =
      known("[[[:WB=Format:][:WB=Extend:][:WB=ZWJ:]]-[\\uFE0E\\uFE0F]]");
  CharSet zwj = known("[:WB=ZWJ:]");
  CharSet hangul = known("[[:Script=Hangul:]&[[:WB=ALetter:][:WB=Hebrew_Letter:]]]");
  CharSet letter = known("[[:WB=ALetter:][:WB=Hebrew_Letter:]]");
  CharSet hebrew = known("[:WB=Hebrew_Letter:]");
  CharSet numeric = known("[[:WB=Numeric:][[:Block=Halfwidth_And_Fullwidth_Forms:]&[:Nd:]]]");
  CharSet katakana = known("[:WB=Katakana:]");
  CharSet mid_letter = known("[[:WB=MidLetter:][:WB=MidNumLet:][:WB=Single_Quote:]]");
  CharSet mid_numeric = known("[[:WB=MidNum:][:WB=MidNumLet:][:WB=Single_Quote:]]");
  CharSet extend_num_let = known("[:WB=ExtendNumLet:]");
  CharSet han = known("[:Script=Han:]");
  CharSet hiragana = known("[:Script=Hiragana:]");
  CharSet single_quote = known("[:WB=Single_Quote:]");
  CharSet double_quote = known("[:WB=Double_Quote:]");
  CharSet regional_indicator = known("[:WB=Regional_Indicator:]");
  CharSet complex_context = known("[:LB=Complex_Context:]");
  // Code points that are kept for future pictures count already.
  CharSet emoji_char = CharSet::icu(
      "[[:Extended_Pictographic:][\\U0001FA6E-\\U0001FFFD][[:Emoji:]-[:WB=Regional_Indicator:]-[0-9#*]-[©®™\\u3030\\u303D]-[:Emoji_Modifier:]]]");
  CharSet emoji_modifier_base = known("[:Emoji_Modifier_Base:]");
  CharSet emoji_modifier = known("[:Emoji_Modifier:]");
};

Re extended(const CharSet& set, const CharSet& extenders) { return re_seq({re_set(set), re_star(re_set(extenders))}); }

Re emoji_rule(const Sets& s) {
  const CharSet& ext = s.extend_format_zwj_sans_selectors;
  Re zwj = re_set(s.zwj);
  Re presentation = re_set(CharSet{{0xFE0F, 0xFE0F}});
  Re emoji = re_alt({re_seq({re_star(zwj), extended(s.emoji_char, ext), re_optional(presentation)}),
                     re_seq({re_optional(re_seq({re_star(zwj), extended(s.emoji_modifier_base, ext)})),
                             extended(s.emoji_modifier, ext)})});
  Re tags = re_seq({re_plus(re_set(CharSet{{0xE0020, 0xE007E}})), re_set(CharSet{{0xE007F, 0xE007F}})});
  Re sequence = re_seq({emoji, re_alt({re_star(re_seq({zwj, emoji})), tags})});
  CharSet key_cap_bases{{'0', '9'}, {'#', '#'}, {'*', '*'}};
  Re key_cap = re_seq({extended(key_cap_bases, ext), re_optional(presentation), extended(CharSet{{0x20E3, 0x20E3}}, ext)});
  Re flag = re_repeat(extended(s.regional_indicator, s.extend_format_zwj), 2, 2);
  return re_alt({sequence, key_cap, flag});
}

}  // namespace

std::vector<GrammarRule> standard_rules() {
  const Sets s;
  auto ex = [&s](const CharSet& set) { return extended(set, s.extend_format_zwj); };
  Re connectors = re_star(ex(s.extend_num_let));
  // (item ((connectors | middle) item)*)
  auto joined = [](const Re& item, std::vector<Re> middles) {
    return re_seq({item, re_star(re_seq({re_alt(std::move(middles)), item}))});
  };
  Re number = joined(ex(s.numeric), {connectors, ex(s.mid_numeric)});
  Re hebrew = re_seq({ex(s.hebrew), re_alt({ex(s.single_quote), re_seq({ex(s.double_quote), ex(s.hebrew)})})});
  Re letters = joined(ex(s.letter), {connectors, ex(s.mid_letter)});
  Re katakana = joined(ex(s.katakana), {connectors});
  Re run = re_alt({katakana, re_plus(re_alt({hebrew, number, letters}))});
  Re word = re_seq({connectors, run, re_star(re_seq({re_plus(ex(s.extend_num_let)), run})), connectors});
  return {{emoji_rule(s), "<EMOJI>"},
          {re_seq({connectors, number, connectors}), "<NUM>"},
          {re_plus(ex(s.hangul)), "<HANGUL>"},
          {re_plus(ex(s.katakana)), "<KATAKANA>"},
          {word, "<ALPHANUM>"},
          {re_plus(ex(s.complex_context)), "<SOUTHEAST_ASIAN>"},
          {ex(s.han), "<IDEOGRAPHIC>"},
          {ex(s.hiragana), "<HIRAGANA>"}};
}

TokenizerPtr make_standard_tokenizer(int max_token_length) {
  // A function static, because the automaton is the same for every registry and costs milliseconds to build.
  static const Grammar grammar(standard_rules());
  return std::make_shared<GrammarTokenizer>(grammar, GrammarTokenizer::Limits{max_token_length, max_token_length});
}

}  // namespace tarn::analysis
