#include <gtest/gtest.h>

#include "tests/analysis/analysis_support.h"

namespace tarn {
namespace {

TEST(Standard, splits_at_the_word_breaks_of_unicode) {
  EXPECT_EQ(terms("standard", "The can't 3.14 a_b a.b a:b wi-fi C++ x,y 1,000"),
            "the can't 3.14 a_b a.b a:b wi fi c x y 1,000");
  EXPECT_EQ(terms("standard", "日本 テスト ひら 한국어 ไทย Ünï"), "日 本 テスト ひ ら 한국어 ไทย ünï");
}

TEST(Standard, tells_types_and_offsets) {
  TokenBuffer buffer;
  std::string text = "é 12 日 👩‍👩‍👧";
  AnalysisRegistry::built_in()->find_analyzer("standard")->analyze(text, buffer);
  ASSERT_EQ(buffer.tokens.size(), 4u);
  EXPECT_STREQ(buffer.tokens[0].type, "<ALPHANUM>");
  EXPECT_STREQ(buffer.tokens[1].type, "<NUM>");
  EXPECT_STREQ(buffer.tokens[2].type, "<IDEOGRAPHIC>");
  EXPECT_STREQ(buffer.tokens[3].type, "<EMOJI>");
  EXPECT_EQ(buffer.tokens[1].start_offset, 3u);
  EXPECT_EQ(buffer.end_position, 4);
}

TEST(Standard, splits_long_tokens_at_255_units) {
  TokenBuffer buffer;
  std::string text(600, 'a');
  AnalysisRegistry::built_in()->find_analyzer("standard")->analyze(text, buffer);
  ASSERT_EQ(buffer.tokens.size(), 3u);
  EXPECT_EQ(buffer.tokens[0].term.size(), 255u);
  EXPECT_EQ(buffer.tokens[2].term.size(), 90u);
}

TEST(Standard, keeps_lower_case_terms_as_views_of_the_text) {
  TokenBuffer buffer;
  std::string text = "plain Upper";
  AnalysisRegistry::built_in()->find_analyzer("standard")->analyze(text, buffer);
  EXPECT_EQ(buffer.tokens[0].term.data(), text.data());
  EXPECT_EQ(buffer.tokens[1].term, "upper");
}

TEST(English, stops_and_stems) {
  EXPECT_EQ(terms("english", "The running foxes' and John's generously happy universities"), "run fox john gener happi univers");
  TokenBuffer buffer;
  AnalysisRegistry::built_in()->find_analyzer("english")->analyze("the fox of the", buffer);
  ASSERT_EQ(buffer.tokens.size(), 1u);
  EXPECT_EQ(buffer.tokens[0].position, 1);
  EXPECT_EQ(buffer.end_position, 4);  // removed words at the end count
}

TEST(Languages, stem_as_lucene_does) {
  EXPECT_EQ(terms("german", "Die Kinder spielten fröhlich in den großen Gärten"), "kind spielt frohlich gross gart");
  EXPECT_EQ(terms("french", "Elle a mangé des gâteaux qu'il avait préparés"), "a mang gateau prepar");
  EXPECT_EQ(terms("turkish", "IŞIK ve İstanbul'un sokakları"), "ışık istanbul sokak");
  EXPECT_EQ(terms("cjk", "東京都は"), "東京 京都 都は");
  EXPECT_EQ(terms("arabic", "كانت الكتب القديمة"), "كتب قديم");
  EXPECT_EQ(terms("romanian", "cărțile copiii"), "cărț copii");
}

TEST(Languages, all_are_there) {
  for (const char* name : {"arabic", "armenian", "basque", "bengali", "brazilian", "bulgarian", "catalan", "chinese", "cjk",
                           "czech", "danish", "dutch", "english", "finnish", "french", "galician", "german", "greek",
                           "hindi", "hungarian", "indonesian", "irish", "italian", "latvian", "lithuanian", "norwegian",
                           "persian", "portuguese", "romanian", "russian", "sorani", "spanish", "swedish", "thai",
                           "turkish", "estonian"}) {
    EXPECT_NE(AnalysisRegistry::built_in()->find_analyzer(name), nullptr) << name;
  }
  EXPECT_EQ(AnalysisRegistry::built_in()->find_analyzer("klingon"), nullptr);
}

TEST(Custom, is_built_of_parts_by_name) {
  auto registry = AnalysisRegistry::create(parse_json(R"({
    "char_filter": {"and": {"type": "mapping", "mappings": ["& => and"]}},
    "tokenizer": {"split": {"type": "pattern", "pattern": "[ /]"}},
    "filter": {"long": {"type": "length", "min": "3"}},
    "analyzer": {"mine": {"type": "custom", "char_filter": "and", "tokenizer": "split", "filter": ["long", "lowercase"],
                          "position_increment_gap": 7}}})"), Json::object());
  const Analyzer* mine = registry->find_analyzer("mine");
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(terms(*mine, "You & ME/them all"), "you and them all");
  EXPECT_EQ(mine->position_increment_gap(), 7);
  EXPECT_NE(registry->find_analyzer("english"), nullptr);
}

TEST(Custom, refuses_what_is_not_there) {
  auto create = [](const char* analysis) {
    return refusal([&] { AnalysisRegistry::create(parse_json(analysis), Json::object()); });
  };
  EXPECT_EQ(create(R"({"analyzer":{"mine":{"type":"nonesuch"}}})"),
            "400 illegal_argument_exception: Unknown analyzer type [nonesuch] for [mine]");
  EXPECT_EQ(create(R"({"analyzer":{"mine":{"tokenizer":"nonesuch"}}})"),
            "400 illegal_argument_exception: Failed to build analyzers: [mine]");
  EXPECT_EQ(create(R"({"filter":{"mine":{"type":"hunspell","locale":"en"}}})").substr(0, 3), "501");
  EXPECT_EQ(create(R"({"normalizer":{"n":{"type":"custom","filter":["porter_stem"]}}})"),
            "400 illegal_argument_exception: Custom normalizer [n] may not use filter [porter_stem]");
}

TEST(Normalizer, makes_one_term) {
  auto registry = AnalysisRegistry::create(
      parse_json(R"({"normalizer":{"low":{"type":"custom","filter":["lowercase","asciifolding"]}}})"), Json::object());
  EXPECT_EQ(registry->find_normalizer("low")->normalize("Crème BRÛLÉE"), "creme brulee");
  EXPECT_EQ(registry->find_normalizer("lowercase")->normalize("ABC d"), "abc d");
  EXPECT_EQ(registry->find_normalizer("nope"), nullptr);
}

}  // namespace
}  // namespace tarn
