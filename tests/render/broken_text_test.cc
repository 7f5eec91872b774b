#include <gtest/gtest.h>

#include <random>

#include "indexer/base/error.h"
#include "server/render/filter_path.h"
#include "server/render/pretty.h"
#include "server/render/yaml.h"

namespace tarn::server {

// Valid text is a precondition, but a broken one must not read beyond its end, hang or crash.
TEST(BrokenText, ends_all_transformations) {
  const std::string valid =
      R"({"_id":"1","a":[1,2.50,{"b":"x\u00e9\n\"y"},[],{}],"c.d":{"e":null,"f":true}, /* c */ "_source":{ "g" : 1E+2 }})";
  const FilterPath paths[] = {FilterPath::parse("a.b,**.g"), FilterPath::parse("-a.b"), FilterPath::parse("c\\.d.*")};
  std::mt19937 random(4711);
  for (int round = 0; round < 20000; ++round) {
    std::string text = valid;
    for (unsigned change = random() % 4; change > 0 && !text.empty(); --change) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = "{}[]\",:\\ /*\x01\xC3\xFFu1"[random() % 17]; break;
        case 1: text.erase(at, random() % 5); break;
        default: text.resize(at + 1);
      }
    }
    EXPECT_LT(pretty_json(text).size(), text.size() * 60 + 100);
    for (const FilterPath& path : paths) EXPECT_LT(path.apply(text).size(), text.size() * 10 + 100);
    EXPECT_LT(json_to_yaml(text).size(), text.size() * 60 + 100);
    try {
      yaml_to_json(text);
    } catch (const ApiError&) {
    }
  }
}

}  // namespace tarn::server
