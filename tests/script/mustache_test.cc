#include "indexer/script/mustache.h"

#include <gtest/gtest.h>

#include "indexer/base/error.h"

namespace tarn::script {
namespace {

/// The rendered text, or "type: reason" of the error.
std::string rendered(const std::string& text, const char* params) {
  try {
    return Mustache(text).render(parse_json(params));
  } catch (const ApiError& error) {
    return error.error().type + ": " + error.error().reason;
  }
}

constexpr const char* kParams = R"({"a":1,"s":"x\"y","l":[1,"b",[2,3],{"z":1}],"o":{"k":"v","n":{"m":2}},"t":true,"f":false,"e":"","el":[],"eo":{},"n":null,
    "d":1.5,"D":1e20,"objs":[{"n":"p"},{"n":"q"}],"u":"a b&c/d","zero":0})";

// Answers recorded from OpenSearch 3.8.0, POST _render/template.
struct Recorded {
  const char *text, *result;
};
constexpr Recorded kRecorded[] = {
    {"{{a}} {{s}} {{{s}}} {{&s}} {{d}} {{D}} {{n}} {{nope}} {{t}}", "1 x\\\"y x\"y x\"y 1.5 1.0E20   true"},
    {"{{l}} {{o}} {{el}} {{eo}}", "{0=1, 1=b, 2=[2, 3], 3={z=1}} {k=v, n={m=2}} {} {}"},
    {"{{l.0}} {{l.2.1}} {{l.size}} {{l.+1}} {{l.x}} {{o.n.m}} {{o.size}}", "1 3 4 b  2 "},
    {"{{s.length}} {{s.empty}} {{s.toUpperCase}}", "3 false X\\\"Y"},
    {"{{#e}}E{{/e}}{{^e}}N{{/e}}{{#f}}E{{/f}}{{^f}}N{{/f}}{{#el}}E{{/el}}{{^el}}N{{/el}}{{#n}}E{{/n}}{{^n}}N{{/n}}", "NNNN"},
    {"{{#eo}}E{{/eo}}{{#zero}}E{{/zero}}{{#t}}E{{/t}}", "EEE"},
    {"{{#objs}}{{n}}{{a}},{{/objs}}{{#l}}<{{.}}>{{/l}}", "p1,q1,<1><b><{0=2, 1=3}><{z=1}>"},
    {"{{#toJson}}l{{/toJson}}{{#toJson}}o.n{{/toJson}}{{#toJson}}s{{/toJson}}{{#toJson}}n{{/toJson}}", "[1,\"b\",[2,3],{\"z\":1}]{\"m\":2}x\"y"},
    {"{{#join}}l{{/join}} {{#join}}a{{/join}} {{#join delimiter=' | '}}l{{/join delimiter=' | '}}", "1,b,[2, 3],{z=1} a 1 | b | [2, 3] | {z=1}"},
    {"{{#url}}http://x/{{u}}?q=~-._*{{/url}}", "http%3A%2F%2Fx%2Fa+b%26c%2Fd%3Fq%3D%7E-._*"},
    {"{{#url}}{{#join}}l{{/join}}{{/url}}", "1%2Cb%2C%5B2%2C+3%5D%2C%7Bz%3D1%7D"},
    {"{{!comment}}x{{=<% %>=}}<%a%>{{a}}", "x1{{a}}"},
    {" {{#a}} \n y \n {{/a}} \n z", "  y \n  z"},
    {"x\r\n{{a}}\r\ny", "x\r\n1\r\ny"},
    {"{{a}", "script_exception: Improperly closed variable @[query-template:1]"},
    {"{{{a}}", "script_exception: Improperly closed variable: a in query-template:1@6 @[query-template:1]"},
    {"{{}}", "script_exception: Empty mustache @[query-template:1]"},
    {"{{#a}}", "script_exception: Failed to close 'a' tag @[query-template:1]"},
    {"{{#a}}{{/b}}", "script_exception: Mismatched start/end tags: a != b in query-template:1 @[query-template:1]"},
    {"{{/a}}", "script_exception: Mismatched start/end tags: null != a in query-template:1 @[query-template:1]"},
    {"{{>part}}", "script_exception: Partial templates are not supported in OpenSearch Mustache scripts: [part]"},
    {"{{#toJson}}{{/toJson}}", "script_exception: Mustache function [toJson] must contain one and only one identifier"},
    {"a\nb {{l.9}}", "mustache_exception: Failed to get value for l.9 @[query-template:2]"},
    {"{{#l.9}}x{{/l.9}}", "mustache_exception: 9 @[query-template:1]"},
};

TEST(Mustache, renders_as_opensearch) {
  for (const Recorded& one : kRecorded) EXPECT_EQ(rendered(one.text, kParams), one.result) << one.text;
}

TEST(Mustache, members_stand_in_the_order_of_javas_maps) {
  EXPECT_EQ(rendered("{{o}}{{#toJson}}o{{/toJson}}", R"({"o":{"zz":1,"a":2,"bb":3,"key":4}})"),
            R"({zz=1, bb=3, a=2, key=4}{"zz":1,"bb":3,"a":2,"key":4})");
}

TEST(Mustache, escapes_as_its_content_type_asks) {
  const Json params = parse_json(R"({"b":"x\"& y"})");
  EXPECT_EQ(Mustache("{{b}}", Mustache::escape_of("text/plain")).render(params), "x\"& y");
  EXPECT_EQ(Mustache("{{b}}", Mustache::escape_of("application/x-www-form-urlencoded")).render(params), "x%22%26+y");
  EXPECT_THROW(Mustache::escape_of("application/foo"), ApiError);
}

TEST(Mustache, refuses_output_without_bound) {
  std::string list = "{\"l\":[0";
  for (int i = 1; i < 2000; ++i) list += ",0";
  const std::string nested = "{{#l}}{{#l}}{{#l}}x{{/l}}{{/l}}{{/l}}";
  EXPECT_TRUE(rendered(nested, (list + "]}").c_str()).starts_with("circuit_breaking_exception"));
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{{#a}}";
  EXPECT_TRUE(rendered(deep, "{}").starts_with("script_exception"));
}

}  // namespace
}  // namespace tarn::script
