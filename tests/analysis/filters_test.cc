#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "indexer/analysis/analysis_mode.h"
#include "indexer/analysis/environment.h"
#include "tests/analysis/analysis_support.h"

namespace tarn {
namespace {

/// A config folder with a few files, for the time of a test. Answers in these tests are those of OpenSearch 3.8.0.
class ConfigFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write("words.txt", "the\n# a comment\n\n  fox  \n");
    set_analysis_environment({folder_.string(), {}});
  }
  void TearDown() override {
    set_analysis_environment({});
    std::filesystem::remove_all(folder_);
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
};

std::string filtered(const std::string& filter, const std::string& text, const std::string& tokenizer = "standard") {
  return analyzed(R"({"tokenizer":")" + tokenizer + R"(","filter":[)" + filter + R"(],"text":")" + text + "\"}");
}

TEST_F(ConfigFolder, gives_words_of_files) {
  EXPECT_EQ(filtered(R"({"type":"stop","stopwords_path":"words.txt"})", "the quick fox"), "quick@1[4-9]");
  EXPECT_EQ(filtered(R"({"type":"keep","keep_words_path":"words.txt"})", "the quick fox"), "the@0[0-3] fox@2[10-13]");
}

TEST_F(ConfigFolder, refuses_what_is_not_in_it) {
  auto refused = [](const std::string& path) {
    return refusal([&] { filtered(R"({"type":"stop","stopwords_path":")" + path + "\"}", "x"); });
  };
  EXPECT_EQ(refused("none.txt"), "400 illegal_argument_exception: IOException while reading stopwords_path: file not readable");
  EXPECT_EQ(refused("../x"), "400 illegal_argument_exception: Resource path must be inside config directory: ../x");
  write("latin1.txt", "caf\xe9\n");
  EXPECT_EQ(refused("latin1.txt"), "400 illegal_argument_exception: Unsupported character encoding detected while reading "
                                   "stopwords_path: files must be UTF-8 encoded");
}

TEST_F(ConfigFolder, updateable_synonyms_are_read_again_when_asked) {
  write("synonyms.txt", "quick, fast\n");
  const auto registry = AnalysisRegistry::create(
      parse_json(R"({"filter":{"s":{"type":"synonym_graph","synonyms_path":"synonyms.txt","updateable":true}},
                     "analyzer":{"a":{"tokenizer":"standard","filter":["s"]}}})"),
      Json::object());
  const Analyzer& analyzer = *registry->find_analyzer("a");
  EXPECT_EQ(terms(analyzer, "quick dog"), "fast quick dog");
  write("synonyms.txt", "dog, hound\n");
  EXPECT_EQ(terms(analyzer, "quick dog"), "fast quick dog");
  EXPECT_EQ(reload_search_analyzers(*registry), std::vector<std::string>{"a"});
  EXPECT_EQ(terms(analyzer, "quick dog"), "quick hound dog");
  EXPECT_EQ(refusal_in_mode(analyzer, "a", "index time"),
            "analyzer [a] contains filters [s] that are not allowed to run in index time mode.");
}

TEST_F(ConfigFolder, compounds_part_at_hyphenation_points) {
  write("hyph.xml", R"(<?xml version="1.0"?><hyphenation-info><classes>aA bB dD fF lL sS uU ßSS</classes>
      <patterns>ß1b d1b</patterns></hyphenation-info>)");
  EXPECT_EQ(filtered(R"({"type":"hyphenation_decompounder","hyphenation_patterns_path":"hyph.xml","word_list":["fuß","ball"]})", "fußball"),
            "fußball@0[0-7] fuß@0[0-7] ball@0[0-7]");
}

TEST(Stemmers, have_what_lucene_has_beside_libstemmer) {
  auto stem = [](const std::string& language, const std::string& text) {
    std::string out;
    for (const char c : filtered(R"({"type":"stemmer","language":")" + language + "\"}", text, "keyword")) {
      if (c == '@') break;
      out += c;
    }
    return out;
  };
  EXPECT_EQ(stem("kstem", "organizations"), "organization");
  EXPECT_EQ(stem("light_english", "dying"), "die");
  EXPECT_EQ(stem("kstem", "nationalities"), "nationality");
  EXPECT_EQ(stem("plural_english", "boxes"), "box");
  EXPECT_EQ(stem("plural_english", "shoes"), "shoe");
  EXPECT_EQ(stem("porter2", "added"), "add");
  EXPECT_EQ(stem("german", "aktuell"), "aktull");
  EXPECT_EQ(stem("german", "sozialsystem"), "sozialsystem");
  EXPECT_EQ(stem("swedish", "avlöste"), "avlös");
}

TEST(Multiplexer, gives_each_token_through_each_chain) {
  EXPECT_EQ(filtered(R"({"type":"multiplexer","filters":["lowercase","porter_stem"]})", "Foxes run"),
            "Foxes@0[0-5] foxes@0[0-5] Fox@0[0-5] run@1[6-9]");
}

TEST(MinHash, keeps_the_smallest_hash_of_each_bucket) {
  const std::string hashes = filtered(R"({"type":"min_hash","bucket_count":4})", "a b a");
  EXPECT_EQ(std::count(hashes.begin(), hashes.end(), '@'), 4);
}

TEST(Icu, breaks_words_by_script) {
  EXPECT_EQ(analyzed(R"({"tokenizer":"icu_tokenizer","text":"世界 hello:x"})"), "世界@0[0-2] hello@1[3-8] x@2[9-10]");
}

TEST(Icu, folds_and_transforms) {
  EXPECT_EQ(filtered(R"({"type":"icu_folding"})", "Ünïcödé"), "unicode@0[0-7]");
  EXPECT_EQ(filtered(R"({"type":"icu_folding","unicode_set_filter":"[^åäö]"})", "åÉ"), "åe@0[0-2]");
  EXPECT_EQ(filtered(R"({"type":"icu_transform","id":"Cyrillic-Latin"})", "лиса"), "lisa@0[0-4]");
  EXPECT_EQ(refusal([] { filtered(R"({"type":"icu_transform","id":"Foo-Bar"})", "x"); }), "400 illegal_argument_exception: Illegal ID Foo-Bar");
}

TEST(Patterns, are_refused_in_the_words_of_java) {
  auto refused = [](const std::string& pattern) {
    return refusal([&] { analyzed(R"({"tokenizer":{"type":"pattern","pattern":")" + pattern + R"("},"text":"x"})"); });
  };
  EXPECT_EQ(refused("(a"), "400 pattern_syntax_exception: Unclosed group near index 2\n(a");
  EXPECT_EQ(refused("[a"), "400 pattern_syntax_exception: Unclosed character class near index 1\n[a\n ^");
  EXPECT_EQ(refused("a**"), "400 pattern_syntax_exception: Dangling meta character '*' near index 2\na**\n  ^");
}

}  // namespace
}  // namespace tarn
