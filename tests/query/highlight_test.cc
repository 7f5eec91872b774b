#include <gtest/gtest.h>

#include "query/highlight/boundaries.h"
#include "query/highlight/highlighter.h"

namespace tarn::query {
namespace {

std::vector<int> places(const Boundaries& boundaries) {
  std::vector<int> out;
  for (int at = boundaries.following(-1); at != Boundaries::kDone; at = boundaries.following(at)) out.push_back(at);
  return out;
}

// Expected places are those of java.text.BreakIterator.
TEST(Boundaries, WordsKeepInnerPunctuationAndNumbersTheirSigns) {
  EXPECT_EQ(places(word_boundaries(u"high-efficiency, it's")), (std::vector<int>{0, 15, 16, 17, 21}));
  EXPECT_EQ(places(word_boundaries(u"$3.50 20%")), (std::vector<int>{0, 5, 6, 9}));
}

TEST(Boundaries, APeriodEndsASentenceUnlessASmallLetterFollows) {
  EXPECT_EQ(places(sentence_boundaries(u"One. Two.three. four. Five")), (std::vector<int>{0, 5, 22, 26}));
  EXPECT_EQ(places(sentence_boundaries(u"Yes! no? End")), (std::vector<int>{0, 5, 9, 12}));
  EXPECT_EQ(places(sentence_boundaries(u"location.<br />Next")), (std::vector<int>{0, 9, 19}));
}

FieldText text_of(std::u16string value) {
  FieldText out;
  std::vector<TextToken> tokens;
  int position = 0;
  for (size_t at = 0; at < value.size();) {
    const size_t end = std::min(value.find(u' ', at), value.size());
    std::string term;
    for (size_t i = at; i < end; ++i) term += static_cast<char>(value[i]);
    tokens.push_back({term, position++, static_cast<int>(at), static_cast<int>(end)});
    at = end + 1;
  }
  out.values.push_back(std::move(value));
  out.tokens.push_back(std::move(tokens));
  return out;
}

FieldTerms phrase(std::vector<std::string> words, int slop) {
  FieldTerms out;
  FieldTerms::Phrase phrase{{}, slop, 1};
  for (size_t i = 0; i < words.size(); ++i) phrase.places.push_back({{words[i]}, static_cast<int>(i)});
  out.phrases.push_back(std::move(phrase));
  return out;
}

TEST(UnifiedHighlighter, MarksWordsOfAPhraseOnlyWhereThePhraseStands) {
  const FieldText text = text_of(u"fox quick fox and quick brown fox");
  const FieldTerms query = phrase({"quick", "fox"}, 0);
  EXPECT_EQ(highlight_unified({{&text, &query}}, {}),
            (std::vector<std::string>{"fox <em>quick</em> <em>fox</em> and quick brown fox"}));
}

TEST(UnifiedHighlighter, ShowsTheBeginningWhereNothingIsFound) {
  HighlightSettings settings;
  settings.no_match_size = 6;
  const FieldText text = text_of(u"several words here");
  const FieldTerms nothing;
  EXPECT_EQ(highlight_unified({{&text, &nothing}}, settings), (std::vector<std::string>{"several"}));
}

TEST(FastVectorHighlighter, JoinsAdjacentWordsOfAPhrase) {
  const FieldText text = text_of(u"a quick fox ran");
  const FieldTerms query = phrase({"quick", "fox"}, 0);
  EXPECT_EQ(highlight_vectors({{&text, &query}}, {}), (std::vector<std::string>{"a <em>quick fox</em> ran"}));
}

TEST(Encoder, EscapesWhatHtmlReads) { EXPECT_EQ(encode_text(u"<a href='/'>\"&", true), "&lt;a href=&#x27;&#x2F;&#x27;&gt;&quot;&amp;"); }

}  // namespace
}  // namespace tarn::query
