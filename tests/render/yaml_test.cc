#include "server/render/yaml.h"

#include <gtest/gtest.h>

#include "indexer/base/error.h"

namespace tarn::server {

// The expected texts were recorded from OpenSearch 3.8.0.

TEST(Yaml, writes_sequences_below_their_key_without_indent) {
  EXPECT_EQ(json_to_yaml(R"({"a":"x","n":1,"nest":[[1,2],[],[{"a":1,"b":[]}],{},{"c":{"d":1}}]})"),
            "---\na: \"x\"\n\"n\": 1\nnest:\n- - 1\n  - 2\n- []\n- - a: 1\n    b: []\n- {}\n- c:\n    d: 1\n");
  EXPECT_EQ(json_to_yaml(R"([{"index":"places","pri":"1"}])"), "---\n- index: \"places\"\n  pri: \"1\"\n");
}

TEST(Yaml, escapes_text_in_double_quotes) {
  EXPECT_EQ(json_to_yaml(R"({"s":"a\nb\t\"c'\\ \u0001\u0085\u00a0é😀"})"),
            "---\ns: \"a\\nb\\t\\\"c'\\\\ \\x01\\N\\_é😀\"\n");
}

TEST(Yaml, folds_long_text_at_a_blank) {
  EXPECT_EQ(json_to_yaml(R"({"_source":{"long":"The quick brown fox jumps over the lazy dog and then runs away from the very long line that follows here"}})"),
            "---\n_source:\n  long: \"The quick brown fox jumps over the lazy dog and then runs away from the very\\\n"
            "    \\ long line that follows here\"\n");
}

TEST(Yaml, quotes_names_that_would_be_read_as_something_else) {
  EXPECT_EQ(json_to_yaml(R"({"true":1,"123":1,"-":1,"a b":1,"a: b":1,"a #b":1,"":1,"[a":1,"a]":1,"'a":1,"y":1,"a\nb":1})"),
            "---\n\"true\": 1\n\"123\": 1\n\"-\": 1\na b: 1\n'a: b': 1\n'a #b': 1\n? \"\"\n: 1\n'[a': 1\na]: 1\n"
            "'''a': 1\n\"y\": 1\n? \"a\\nb\"\n: 1\n");
}

TEST(Yaml, bodies_become_json) {
  EXPECT_EQ(yaml_to_json("---\nsize: 0\nquery:\n  term: {a: \"1\"}\nlist: [1.5, true, ~, text]\n"),
            R"({"size":0,"query":{"term":{"a":"1"}},"list":[1.5,true,null,"text"]})");
  EXPECT_THROW(yaml_to_json("a: [1"), ApiError);
  EXPECT_THROW(yaml_to_json("a: 1\n---\nb: 2\n"), ApiError);
  EXPECT_THROW(yaml_to_json("a: 1\na: 2\n"), ApiError);
  EXPECT_EQ(yaml_to_json("# nothing\n"), "");
}

TEST(Yaml, aliases_may_not_multiply) {
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    laughs += std::string(1, c) + ": &" + c + " [" + before;
    for (int i = 0; i < 9; ++i) laughs += "," + before;
    laughs += "]\n";
  }
  EXPECT_THROW(yaml_to_json(laughs), ApiError);
}

}  // namespace tarn::server
