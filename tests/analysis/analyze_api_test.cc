#include <gtest/gtest.h>

#include "tests/analysis/analysis_support.h"

namespace tarn {
namespace {

TEST(AnalyzeApi, counts_offsets_in_utf16_units) {
  EXPECT_EQ(analyzed(R"({"tokenizer":"standard","text":"a𝒳b 𠀀 c"})"), "a𝒳b@0[0-4] 𠀀@1[5-7] c@2[8-9]");
}

TEST(AnalyzeApi, puts_a_gap_between_texts) {
  EXPECT_EQ(analyzed(R"({"tokenizer":"whitespace","text":["a b","c"]})"), "a@0[0-1] b@1[2-3] c@102[4-5]");
}

TEST(AnalyzeApi, maps_offsets_back_through_char_filters) {
  EXPECT_EQ(analyzed(R"({"tokenizer":"whitespace","char_filter":["html_strip"],"text":"<b>one</b> &eacute;t <i>two</i>"})"),
            "one@0[3-10] ét@1[11-20] two@2[24-31]");
  EXPECT_EQ(analyzed(R"({"tokenizer":"whitespace","char_filter":[{"type":"mapping","mappings":[":) => _happy_"]}],"text":"é :) x"})"),
            "é@0[0-1] _happy_@1[2-4] x@2[5-6]");
}

TEST(AnalyzeApi, shows_each_part_of_a_custom_chain) {
  Json answer = AnalysisRegistry::built_in()->analyze_api(
      parse_json(R"({"tokenizer":"standard","filter":["porter_stem"],"text":"running","explain":true,"attributes":["keyword"]})"), nullptr);
  EXPECT_EQ(answer["detail"]["tokenfilters"][0]["tokens"].dump(),
            R"([{"token":"run","start_offset":0,"end_offset":7,"type":"<ALPHANUM>","position":0,"keyword":false}])");
}

TEST(AnalyzeApi, builds_synonym_graphs) {
  EXPECT_EQ(analyzed(R"({"tokenizer":"standard","filter":[{"type":"synonym_graph","synonyms":["ny, new york"]}],"text":"in ny now"})"),
            "in@0[0-2] new@1[3-5] ny@1[3-5] york@2[3-5] now@3[6-9]");
  EXPECT_EQ(analyzed(R"({"tokenizer":"standard","filter":[{"type":"synonym","synonyms":["united states, usa"]}],"text":"the united states army"})"),
            "the@0[0-3] united@1[4-10] usa@1[4-17] states@2[11-17] army@3[18-22]");
}

TEST(AnalyzeApi, refuses_as_opensearch_words_it) {
  auto refused = [](const char* request) {
    return refusal([&] { AnalysisRegistry::built_in()->analyze_api(parse_json(request), nullptr); });
  };
  EXPECT_EQ(refused(R"({"tokenizer":"standard"})"),
            "400 action_request_validation_exception: Validation Failed: 1: text is missing;");
  EXPECT_EQ(refused(R"({"analyzer":"nope","text":"x"})"), "400 illegal_argument_exception: failed to find global analyzer [nope]");
  EXPECT_EQ(refused(R"({"tokenizer":"standard","filter":["nope"],"text":"x"})"),
            "400 illegal_argument_exception: failed to find global filter under [nope]");
  EXPECT_EQ(refused(R"({"tokenizer":{"type":"ngram","min_gram":1,"max_gram":4},"text":"fox"})").substr(0, 70),
            "400 illegal_argument_exception: The difference between max_gram and mi");
  EXPECT_EQ(refused(R"({"tokenizer":"standard","filter":[{"type":"synonym","synonyms":["a => b => c"]}],"text":"a"})"),
            "400 illegal_argument_exception: Failed to build synonyms");
}

}  // namespace
}  // namespace tarn
