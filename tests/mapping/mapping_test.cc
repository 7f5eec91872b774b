#include "indexer/mapping/mapping.h"

#include <gtest/gtest.h>

#include "tests/mapping/support.h"

namespace tarn {
namespace {

using mapping_test::Index;

TEST(MappingTest, shows_what_was_put_in_opensearch_order_without_defaults) {
  Index index(R"({"properties":{"t":{"type":"text","analyzer":"english","fields":{"raw":{"type":"keyword"}}},
                  "n":{"type":"integer","coerce":true,"doc_values":true},"a":{"type":"keyword","copy_to":"t"}}})");
  EXPECT_EQ(to_text(index.mapping->to_json()),
            R"({"properties":{"a":{"type":"keyword","copy_to":["t"]},"n":{"type":"integer","coerce":true},)"
            R"("t":{"type":"text","fields":{"raw":{"type":"keyword"}},"analyzer":"english"}}})");
}

TEST(MappingTest, search_analyzer_makes_the_default_analyzer_visible) {
  Index index(R"({"properties":{"a":{"type":"text","search_analyzer":"english"}}})");
  EXPECT_EQ(to_text(index.mapping->field_json("a")), R"({"type":"text","analyzer":"default","search_analyzer":"english"})");
}

TEST(MappingTest, dotted_names_become_objects) {
  Index index(R"({"properties":{"a.b.c":{"type":"long"},"a.d":{"type":"keyword"}}})");
  EXPECT_EQ(to_text(index.mapping->to_json()),
            R"({"properties":{"a":{"properties":{"b":{"properties":{"c":{"type":"long"}}},"d":{"type":"keyword"}}}}})");
  EXPECT_EQ(index.mapping->find("a.b")->kind, FieldKind::kObject);
}

TEST(MappingTest, refuses_definitions_in_opensearch_words) {
  EXPECT_EQ(mapping_test::create_error(R"({"properties":{"a":{"type":"keyword","foo":1}}})"),
            "mapper_parsing_exception: Failed to parse mapping [_doc]: unknown parameter [foo] on mapper [a] of type [keyword]");
  EXPECT_EQ(mapping_test::create_error(R"({"properties":{"a":{"type":"string"}}})"),
            "mapper_parsing_exception: Failed to parse mapping [_doc]: No handler for type [string] declared on field [a]");
  EXPECT_EQ(mapping_test::create_error(R"({"properties":{"a":{"type":"text","analyzer":"nonesuch"}}})"),
            "mapper_parsing_exception: Failed to parse mapping [_doc]: analyzer [nonesuch] has not been configured in mappings");
  EXPECT_EQ(mapping_test::create_error(R"({"propertys":{}})"),
            "mapper_parsing_exception: Failed to parse mapping [_doc]: Root mapping definition has unsupported parameters:  [propertys : {}]");
  EXPECT_EQ(mapping_test::create_error(R"({"properties":{"a":{"type":"alias","path":"a"}}})"),
            "mapper_parsing_exception: Invalid [path] value [a] for field alias [a]: an alias cannot refer to itself.");
  EXPECT_EQ(mapping_test::create_error(R"({"_doc":{"properties":{}}})"),
            "illegal_argument_exception: The mapping definition cannot be nested under a type");
}

TEST(MappingTest, merge_keeps_ids_and_updates_what_may_change) {
  Index index(R"({"properties":{"a":{"type":"keyword","ignore_above":5}}})");
  const FieldId id = index.mapping->find("a")->id;
  index.merge(R"({"properties":{"a":{"type":"keyword","ignore_above":50},"b":{"type":"long"}}})");
  EXPECT_EQ(index.mapping->find("a")->id, id);
  EXPECT_EQ(index.mapping->find("a")->ignore_above, 50u);
  EXPECT_NE(index.mapping->find("b")->id, id);
}

TEST(MappingTest, merge_reports_conflicts) {
  Index index(R"({"properties":{"a":{"type":"text"},"o":{"type":"object"}}})");
  EXPECT_EQ(index.merge_error(R"({"properties":{"a":{"type":"text","analyzer":"english"}}})"),
            "illegal_argument_exception: Mapper for [a] conflicts with existing mapper:\n\tCannot update parameter [analyzer] from "
            "[default] to [english]");
  EXPECT_EQ(index.merge_error(R"({"properties":{"a":{"type":"long"}}})"),
            "illegal_argument_exception: mapper [a] cannot be changed from type [text] to [long]");
  EXPECT_EQ(index.merge_error(R"({"properties":{"o":{"type":"nested"}}})"),
            "illegal_argument_exception: cannot change object mapping from non-nested to nested");
}

TEST(MappingTest, limits_count_fields_and_depth) {
  MappingLimits limits;
  limits.total_fields = 2;
  EXPECT_EQ(mapping_test::create_error(R"({"properties":{"a":{"type":"long"},"b":{"type":"text","fields":{"k":{"type":"keyword"}}}}})", limits),
            "illegal_argument_exception: Limit of total fields [2] has been exceeded");
}

TEST(MappingTest, finds_aliases_multi_fields_and_members_of_flat_objects) {
  Index index(R"({"properties":{"v":{"type":"alias","path":"t.raw"},"t":{"type":"text","fields":{"raw":{"type":"keyword"}}},
                  "f":{"type":"flat_object"}}})");
  EXPECT_EQ(index.mapping->find("v")->path, "t.raw");
  EXPECT_EQ(index.mapping->find_unresolved("v")->kind, FieldKind::kAlias);
  EXPECT_EQ(index.mapping->find("f.a.b")->path, "f");
  EXPECT_EQ(index.mapping->find("nothing"), nullptr);
  std::string all;
  for (const FieldType* type : index.mapping->match("*")) all += type->path + " ";
  EXPECT_EQ(all, "f t t.raw v ");
}

TEST(MappingTest, source_filter_applies_includes_and_excludes) {
  Index index(R"({"_source":{"includes":["a","o.*"],"excludes":["o.secret"]}})");
  EXPECT_EQ(index.mapping->filter_source(R"({"a":1,"b":2,"o":{"x":1,"secret":2}})"), R"({"a":1,"o":{"x":1}})");
}

}  // namespace
}  // namespace tarn
