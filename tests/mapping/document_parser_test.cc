#include <gtest/gtest.h>

#include "tests/mapping/support.h"

namespace tarn {
namespace {

using mapping_test::Index;

Index field_of(const std::string& definition) { return Index(R"({"properties":{"f":)" + definition + "}}"); }

TEST(DocumentParserTest, numbers_are_coerced_as_opensearch_does) {
  Index index = field_of(R"({"type":"integer"})");
  index.add(R"({"f":["12","12.9",-2.9,"1e2",""," 12 ",null]})");
  EXPECT_EQ(index.values("f"), "12 12 -2 100 12");
  EXPECT_EQ(index.add_error(R"({"f":"abc"})"), R"(number_format_exception: For input string: "abc")");
  EXPECT_EQ(index.add_error(R"({"f":3000000000})").substr(0, 93),
            "input_coercion_exception: Numeric value (3000000000) out of range of `int` (-2147483648 - 214");
  EXPECT_EQ(index.add_error(R"({"f":"x"})", false),
            "mapper_parsing_exception: failed to parse field [f] of type [integer] in document with id '1'. Preview of field's value: 'x'");
}

TEST(DocumentParserTest, floats_keep_their_precision) {
  Index half = field_of(R"({"type":"half_float"})");
  half.add(R"({"f":[0.1,3.14159,65504]})");
  EXPECT_EQ(half.values("f"), "0.0999755859375 3.140625 65504.0");
  EXPECT_EQ(half.add_error(R"({"f":65520})"), "illegal_argument_exception: [half_float] supports only finite values, but got [65520.0]");
  Index scaled = field_of(R"({"type":"scaled_float","scaling_factor":10})");
  scaled.add(R"({"f":[1.04,1.05,1.06,-1.05]})");
  EXPECT_EQ(scaled.values("f"), "1.0 1.1 1.1 -1.0");
}

TEST(DocumentParserTest, unsigned_long_holds_all_64_bits) {
  Index index = field_of(R"({"type":"unsigned_long"})");
  index.add(R"({"f":[18446744073709551615,"1e3",1.9]})");
  EXPECT_EQ(index.values("f"), "18446744073709551615 1000 1");
  EXPECT_EQ(index.add_error(R"({"f":-1})"), "illegal_argument_exception: Value [-1] is out of range for an unsigned long");
}

TEST(DocumentParserTest, keywords_take_any_scalar_as_it_was_written) {
  Index index = field_of(R"({"type":"keyword","ignore_above":6,"null_value":"N"})");
  index.add(R"({"f":[1.50,true,1E5,"\u00e4\n",null,"too long"]})");
  EXPECT_EQ(index.values("f"), "1.50 true 1E5 \xc3\xa4\n N");
  EXPECT_EQ(index.add_error(R"({"f":{"a":1}})"), "illegal_state_exception: Can't get text on a START_OBJECT at 1:6");
}

TEST(DocumentParserTest, immense_terms_are_refused_after_everything_else) {
  Index index = field_of(R"({"type":"keyword"})");
  const std::string error = index.add_error(R"({"f":")" + std::string(33000, 'x') + R"("})", false);
  EXPECT_TRUE(error.starts_with("illegal_argument_exception: Document contains at least one immense term in field=\"f\"")) << error;
}

TEST(DocumentParserTest, malformed_values_are_ignored_where_asked) {
  Index index = field_of(R"({"type":"integer","ignore_malformed":true})");
  index.add(R"({"f":[1,"x",3,{"a":[1]}]})");
  EXPECT_EQ(index.values("f"), "1 3");
  EXPECT_EQ(index.values("_ignored"), "f");
}

TEST(DocumentParserTest, dates_follow_their_format) {
  Index index = field_of(R"({"type":"date"})");
  index.add(R"({"f":["2024-02-03T04:05:06.789Z","2024-02-03","1706932800000",1706932800000,"2024-02-03T04:05:06+01:00"]})");
  EXPECT_EQ(index.values("f"), "1706933106789 1706918400000 1706932800000 1706932800000 1706929506000");
  EXPECT_EQ(index.add_error(R"({"f":"2024-02-30"})"), "date_time_parse_exception: Failed to parse with all enclosed parsers");
}

TEST(DocumentParserTest, geo_points_come_in_every_form) {
  Index index = field_of(R"({"type":"geo_point"})");
  for (const char* form : {R"("1,2")", "[2,1]", R"({"lat":1,"lon":2})", R"wkt("POINT (2 1)")wkt", R"({"type":"Point","coordinates":[2,1]})"}) {
    index.add(R"({"f":)" + std::string(form) + "}");
    EXPECT_EQ(index.values("f"), "0.9999999823048711,1.9999999646097422") << form;
  }
  index.add(R"({"f":"drm3btev3e86"})");
  EXPECT_EQ(index.values("f"), "41.119999922811985,-71.34000029414892");
  EXPECT_EQ(index.add_error(R"({"f":"100,200"})"), "illegal_argument_exception: illegal latitude value [100.0] for f");
}

TEST(DocumentParserTest, new_fields_are_inferred_and_parsed_afterwards) {
  Index index("{}");
  index.add(R"({"l":1,"d":1.5,"b":true,"t":"2024-01-01","s":"x","o":{"a":[1]},"n":null,"e":[],"x.y":"z"})");
  EXPECT_EQ(to_text(index.mapping->to_json()),
            R"({"properties":{"b":{"type":"boolean"},"d":{"type":"float"},"l":{"type":"long"},"o":{"properties":{"a":{"type":"long"}}},)"
            R"("s":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}},"t":{"type":"date"},)"
            R"("x":{"properties":{"y":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}}}}}})");
  EXPECT_EQ(index.values("s"), "x");
  EXPECT_EQ(index.values("s.keyword"), "x");
  EXPECT_EQ(index.values("x.y.keyword"), "z");
}

TEST(DocumentParserTest, a_wrong_document_leaves_no_new_fields) {
  Index index("{}");
  EXPECT_EQ(index.add_error(R"({"b":[1,2.5]})"), "illegal_argument_exception: mapper [b] cannot be changed from type [long] to [float]");
  EXPECT_NE(index.add_error(R"({"a":1,"n":18446744073709551615})"), "");
  EXPECT_EQ(to_text(index.mapping->to_json()), "{}");
}

TEST(DocumentParserTest, strict_mappings_refuse_new_fields) {
  Index index(R"({"dynamic":"strict","properties":{"a":{"type":"keyword"}}})");
  EXPECT_EQ(index.add_error(R"({"a":"x","b":"y"})", false),
            "strict_dynamic_mapping_exception: mapping set to strict, dynamic introduction of [b] within [_doc] is not allowed");
}

TEST(DocumentParserTest, templates_decide_new_fields) {
  Index index(R"({"dynamic_templates":[{"t0":{"match":"id_*","unmatch":"*_text","mapping":{"type":"keyword"}}}]})");
  index.add(R"({"id_a":"x","id_text":"y"})");
  EXPECT_EQ(index.mapping->find("id_a")->kind, FieldKind::kKeyword);
  EXPECT_EQ(index.mapping->find("id_text")->kind, FieldKind::kText);
}

TEST(DocumentParserTest, nested_objects_come_before_their_root) {
  Index index(R"({"properties":{"n":{"type":"nested","include_in_root":true,"properties":{"a":{"type":"long"},"m":{"type":"nested","properties":{"b":{"type":"long"}}}}}}})");
  index.add(R"({"n":[{"a":1,"m":[{"b":5}]},{"a":2}]})");
  ASSERT_EQ(index.batch.documents.size(), 4u);
  EXPECT_EQ(index.values("_nested_path", 0), "n.m");
  EXPECT_EQ(index.values("b", 0) + index.values("n.m.b", 0), "5");
  EXPECT_EQ(index.values("n.a", 1), "1");
  EXPECT_EQ(index.values("n.a", 2), "2");
  EXPECT_EQ(index.values("n.a", 3), "1 2");
  EXPECT_EQ(index.batch.documents[3].nested, ParsedDocument::kRoot);
  EXPECT_EQ(index.mapping->nested_paths()[index.batch.documents[0].nested], "n.m");
}

TEST(DocumentParserTest, copy_to_gives_values_to_other_fields) {
  Index index(R"({"properties":{"a":{"type":"keyword","copy_to":["all","o.p"]}}})");
  index.add(R"({"a":["x","y"]})");
  EXPECT_EQ(index.values("all.keyword"), "x y");
  EXPECT_EQ(index.values("o.p.keyword"), "x y");
}

TEST(DocumentParserTest, broken_json_is_told_in_jacksons_words) {
  Index index("{}");
  EXPECT_TRUE(index.add_error(R"({"a":1,"a":2})").starts_with("stream_read_exception: Duplicate Object property \"a\""));
  EXPECT_TRUE(index.add_error(R"({"a":})").starts_with("stream_read_exception: Unexpected character ('}' (code 125)): expected a value"));
  EXPECT_EQ(index.add_error(R"({"a":1)", false), "mapper_parsing_exception: failed to parse");
  EXPECT_EQ(index.add_error(R"({"":1})"), "illegal_argument_exception: field name cannot be an empty string");
}

TEST(DocumentParserTest, objects_and_values_do_not_mix) {
  Index index(R"({"properties":{"o":{"type":"object"},"v":{"type":"alias","path":"a"},"a":{"type":"long"}}})");
  EXPECT_EQ(index.add_error(R"({"o":5})"),
            "mapper_parsing_exception: object mapping for [o] tried to parse field [o] as object, but found a concrete value");
  EXPECT_EQ(index.add_error(R"({"v":1})"), "illegal_argument_exception: Cannot write to a field alias [v].");
  EXPECT_EQ(index.add_error(R"({"_id":"x"})"),
            "mapper_parsing_exception: Field [_id] is a metadata field and cannot be added inside a document. Use the index API request "
            "parameters.");
}

TEST(DocumentParserTest, a_failed_document_appends_nothing) {
  Index index = field_of(R"({"type":"long"})");
  index.parser.parse(*index.mapping, index.limits, "1", "", R"({"f":1})", index.batch);
  EXPECT_THROW(index.parser.parse(*index.mapping, index.limits, "2", "", R"({"f":[1,2,"x"]})", index.batch), ApiError);
  EXPECT_EQ(index.batch.values.size(), 1u);
  EXPECT_EQ(index.batch.documents.size(), 1u);
  EXPECT_EQ(index.batch.roots.size(), 1u);
}

TEST(DocumentParserTest, flat_objects_index_paths_and_values) {
  Index index = field_of(R"({"type":"flat_object"})");
  index.add(R"({"f":{"a":{"b":"c"},"d":[1,true]}})");
  EXPECT_EQ(index.values("f"), "f.a.b f.d f.d");
  EXPECT_EQ(index.values("f._value"), "c 1 true");
  EXPECT_EQ(index.values("f._valueAndPath"), "f.a.b=c f.d=1 f.d=true");
}

TEST(DocumentParserTest, join_fields_write_relation_and_parent) {
  Index index = field_of(R"({"type":"join","relations":{"q":["a"]}})");
  index.add(R"({"f":"q"})");
  EXPECT_EQ(index.values("f") + " " + index.values("f#q"), "q 1");
  EXPECT_EQ(index.add_error(R"({"f":{"name":"a","parent":"7"}})"), "illegal_argument_exception: [routing] is missing for join field [f]");
  index.routing = "7";
  index.add(R"({"f":{"name":"a","parent":"7"}})");
  EXPECT_EQ(index.values("f#q") + " " + index.values("_routing"), "7 7");
}

TEST(DocumentParserTest, partial_documents_are_patched_only_without_text) {
  Index index(R"({"properties":{"n":{"type":"long"},"t":{"type":"text"},"o":{"properties":{"k":{"type":"keyword"}}}}})");
  std::vector<FieldId> touched;
  EXPECT_TRUE(index.parser.parse_partial(*index.mapping, "1", R"({"n":5,"o":{"k":null}})", index.batch, touched));
  EXPECT_EQ(touched.size(), 2u);
  EXPECT_EQ(index.values("n"), "5");
  EXPECT_FALSE(index.parser.parse_partial(*index.mapping, "1", R"({"t":"x"})", index.batch, touched));
  EXPECT_FALSE(index.parser.parse_partial(*index.mapping, "1", R"({"new":1})", index.batch, touched));
  EXPECT_EQ(index.batch.roots.size(), 1u);
}

}  // namespace
}  // namespace tarn
