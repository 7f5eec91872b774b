#include <gtest/gtest.h>

#include <random>

#include "tests/analysis/analysis_support.h"

namespace tarn {
namespace {

const char* const kAnalyzers[] = {"standard", "simple",  "whitespace", "keyword", "stop",   "pattern", "fingerprint", "english",
                                  "french",   "german",  "cjk",        "thai",    "arabic", "persian", "bengali",     "hindi",
                                  "greek",    "turkish", "irish",      "sorani",  "dutch",  "snowball", "brazilian",  "galician"};

// Offsets lie in the text and terms are UTF-8, whatever the text.
void expect_sound(const Analyzer& analyzer, std::string_view text) {
  TokenBuffer buffer;
  analyzer.analyze(text, buffer);
  for (const Token& token : buffer.tokens) {
    ASSERT_LE(token.start_offset, token.end_offset);
    ASSERT_LE(token.end_offset, text.size());
    ASSERT_LT(token.position, buffer.end_position);
  }
}

TEST(Robustness, any_bytes_are_analyzed) {
  std::mt19937 random(20);
  for (const char* name : kAnalyzers) {
    const Analyzer& analyzer = *AnalysisRegistry::built_in()->find_analyzer(name);
    for (int round = 0; round < 60; ++round) {
      std::string text(random() % 60, '\0');
      for (char& c : text) c = static_cast<char>(random() % (round % 2 == 0 ? 256 : 128));
      expect_sound(analyzer, text);
    }
  }
}

TEST(Robustness, random_unicode_is_analyzed) {
  std::mt19937 random(21);
  const char32_t starts[] = {0x20, 0x600, 0x900, 0x980, 0xE00, 0x3040, 0x4E00, 0xAC00, 0x1F300, 0x200B, 0x370, 0xFE00};
  for (const char* name : kAnalyzers) {
    const Analyzer& analyzer = *AnalysisRegistry::built_in()->find_analyzer(name);
    for (int round = 0; round < 60; ++round) {
      std::string text;
      for (size_t i = random() % 30; i > 0; --i) {
        char32_t c = starts[random() % std::size(starts)] + random() % 0x80;
        text += c < 0x80 ? std::string(1, static_cast<char>(c))
                : c < 0x800 ? std::string{static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))}
                : c < 0x10000 ? std::string{static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))}
                              : std::string{static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
                                            static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
      }
      expect_sound(analyzer, text);
    }
  }
}

TEST(Robustness, a_huge_token_takes_linear_time) {
  for (const char* c : {"a", "_", "é", "日", "<", "&", "@", ".", "a.", "-", "'", "👩‍"}) {
    std::string text;
    while (text.size() < 300'000) text += c;
    for (const char* name : {"standard", "english", "whitespace", "cjk"}) {
      expect_sound(*AnalysisRegistry::built_in()->find_analyzer(name), text);
    }
  }
}

TEST(Robustness, hostile_texts_pass_every_tokenizer_and_char_filter) {
  auto registry = AnalysisRegistry::create(parse_json(R"({
    "analyzer": {
      "url": {"tokenizer": "uax_url_email"}, "classic": {"tokenizer": "classic"}, "path": {"tokenizer": "letter"},
      "html": {"tokenizer": "standard", "char_filter": ["html_strip"]},
      "delimiter": {"tokenizer": "whitespace", "filter": ["word_delimiter_graph", "flatten_graph"]}}})"), Json::object());
  for (const char* c : {"a", "a@", "a.com", "\"", "[", "<a x='", "<!--", "&#", "a-B1", "http://", "://"}) {
    std::string text;
    while (text.size() < 30'000) text += c;
    for (const char* name : {"url", "classic", "html"}) expect_sound(*registry->find_analyzer(name), text);
    expect_sound(*registry->find_analyzer("delimiter"), text.substr(0, 5000));
  }
}

TEST(Robustness, many_and_deep_synonyms_are_bounded) {
  Json rules = Json::array();
  std::string deep = "w0";
  for (int i = 1; i < 500; ++i) deep += " w" + std::to_string(i);
  rules.push_back(deep + " => short");
  for (int i = 0; i < 2000; ++i) rules.push_back("a" + std::to_string(i) + ", b" + std::to_string(i) + " c, d");
  Json analysis = {{"filter", {{"syn", {{"type", "synonym_graph"}, {"synonyms", rules}, {"lenient", true}}}}},
                   {"analyzer", {{"mine", {{"tokenizer", "standard"}, {"filter", {"syn"}}}}}}};
  auto registry = AnalysisRegistry::create(analysis, Json::object());
  EXPECT_EQ(terms(*registry->find_analyzer("mine"), deep), "short");
}

}  // namespace
}  // namespace tarn
