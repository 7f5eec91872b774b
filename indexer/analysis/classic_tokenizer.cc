#include "indexer/analysis/grammar_tokenizer.h"

namespace tarn::analysis {

namespace {

// The grammar of Lucene is of Unicode 3.0.
std::vector<GrammarRule> classic_rules() {
  CharSet cjk{{0x3040, 0x309F}, {0x30A0, 0x30FF}, {0x3100, 0x312F}, {0x31F0, 0x31FF}, {0x3300, 0x337F},
              {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0xFF65, 0xFF9F}};
  CharSet letters = CharSet::icu(
      "[[[:L:]&[:Age=3.0:]&[\\u0000-\\uFFFF]]-[\\u3040-\\u312F]-[\\u31F0-\\u31FF]-[\\u3300-\\u337F]-[\\u3400-\\u4DBF]-[\\u4E00-\\u9FFF]-[\\uF900-\\uFAFF]"
      "-[\\uFF65-\\uFF9F]]");
  CharSet digits = CharSet::icu("[[:Nd:]&[:Age=3.0:]&[\\u0000-\\uFFFF]]");
  CharSet letters_digits = letters;
  for (auto [from, to] : digits.ranges()) letters_digits.add(from, to);
  CharSet words = letters_digits;
  words.add(0xE00, 0xE59);
  Re letter = re_set(letters);
  Re alpha = re_plus(letter);
  Re alphanum = re_plus(re_set(words));
  Re has_digit = re_seq({re_star(re_set(letters_digits)), re_set(digits), re_star(re_set(letters_digits))});
  Re p = re_set(CharSet::of(U"_-/.,"));
  Re dot = re_text(".");
  Re apostrophe = re_seq({alpha, re_plus(re_seq({re_text("'"), alpha}))});
  Re acronym = re_seq({letter, dot, re_plus(re_seq({letter, dot}))});
  Re acronym_like = re_seq({alphanum, dot, re_plus(re_seq({alphanum, dot}))});
  Re company = re_seq({alpha, re_set(CharSet::of(U"&@")), alpha});
  Re email = re_seq({alphanum, re_star(re_seq({re_set(CharSet::of(U".-_")), alphanum})), re_text("@"), alphanum,
                     re_plus(re_seq({re_set(CharSet::of(U".-")), alphanum}))});
  Re host = re_seq({alphanum, re_plus(re_seq({dot, alphanum}))});
  // Every other part of a number has a digit.
  Re number = re_alt({re_seq({alphanum, p, has_digit}), re_seq({has_digit, p, alphanum}),
                      re_seq({alphanum, re_plus(re_seq({p, has_digit, p, alphanum}))}),
                      re_seq({has_digit, re_plus(re_seq({p, alphanum, p, has_digit}))}),
                      re_seq({alphanum, p, has_digit, re_plus(re_seq({p, alphanum, p, has_digit}))}),
                      re_seq({has_digit, p, alphanum, re_plus(re_seq({p, has_digit, p, alphanum}))})});
  std::vector<GrammarRule> rules = {{alphanum, "<ALPHANUM>"}, {apostrophe, "<APOSTROPHE>"}, {acronym, "<ACRONYM>"},
                                    {company, "<COMPANY>"},   {email, "<EMAIL>"},           {host, "<HOST>"},
                                    {number, "<NUM>"},        {re_set(cjk), "<CJ>"},        {acronym_like, "<HOST>"}};
  rules.back().drops_last = true;
  return rules;
}

}  // namespace

TokenizerPtr make_classic_tokenizer(int max_token_length) {
  static const Grammar grammar(classic_rules());
  // Lucene's scanner has no window; this one keeps the work of hostile texts linear.
  constexpr int kWindow = 4096;
  return std::make_shared<GrammarTokenizer>(grammar, GrammarTokenizer::Limits{std::max(kWindow, max_token_length), max_token_length});
}

}  // namespace tarn::analysis
