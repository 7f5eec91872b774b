#include "server/cli/import_mapping.h"

#include <gtest/gtest.h>

#include "server/cli/cli_error.h"
#include "server/cli/document_writer.h"
#include "server/cli/schema_set.h"

namespace tarn::cli {
namespace {

std::string apply(const ImportMapping& mapping, std::string_view document) {
  std::string out;
  std::string id;
  std::string reason;
  if (!mapping.apply(document, out, id, reason)) return "refused: " + reason;
  return id.empty() ? out : id + " " + out;
}

TEST(import_mapping, makes_ids_and_places_and_keeps_the_rest_byte_for_byte) {
  const ImportMapping mapping(SchemaSet("listings").import_mapping());
  EXPECT_EQ(
      apply(mapping, R"({ "id" : "7","latitude":55.9, "longitude": -3.1,"price":1.50 })"),
      R"(7 { "id" : "7","latitude":55.9, "longitude": -3.1,"price":1.50 ,"location":{"lat":55.9,"lon":-3.1}})");
  EXPECT_EQ(apply(mapping, R"({"id":7,"latitude":95,"longitude":0})"),
            R"(7 {"id":7,"latitude":95,"longitude":0})");
  EXPECT_EQ(apply(mapping, R"({"id":"a\"b","latitude":"1.5","longitude":"2"})"),
            R"(a"b {"id":"a\"b","latitude":"1.5","longitude":"2","location":{"lat":1.5,"lon":2}})");
  EXPECT_EQ(apply(mapping, R"({"name":"x"})"), "refused: the id field [id] is missing or empty");
  EXPECT_EQ(apply(mapping, R"([1])"), "refused: not a JSON object");
  EXPECT_EQ(apply(mapping, R"({"id":1)"), "refused: not a JSON object");
}

TEST(import_mapping, renames_drops_and_converts) {
  const ImportMapping mapping(
      Json{{"rename", {{"a", "b"}}},
           {"drop", {"secret"}},
           {"types", {{"n", "number"}, {"t", "string"}, {"f", "boolean"}}}});
  EXPECT_EQ(apply(mapping, R"({"a":{"x":[1]},"secret":1,"n":"2.50","t":7,"f":"yes","z":null})"),
            R"({"b":{"x":[1]},"n":2.50,"t":"7","f":true,"z":null})");
  EXPECT_EQ(apply(mapping, R"({"n":"","secret":2})"), "{}");
  EXPECT_EQ(apply(mapping, R"({"n":"many"})"), R"({"n":"many"})");
}

TEST(import_mapping, unknown_members_are_refused) {
  EXPECT_THROW(ImportMapping(Json{{"idd", "x"}}), CliError);
  EXPECT_THROW(ImportMapping(Json{{"types", {{"a", "float"}}}}), CliError);
}

TEST(import_mapping, every_schema_is_whole) {
  for (const std::string& name : SchemaSet::names())
    EXPECT_NO_THROW(ImportMapping(SchemaSet(name).import_mapping())) << name;
  EXPECT_EQ(SchemaSet("events-lenient")
                .show()["index_templates"]["tarn-events"]["template"]["settings"]["index"]
                       ["default_pipeline"],
            "events-enrich-or-reject");
  EXPECT_TRUE(ImportMapping(SchemaSet("events").import_mapping()).is_identity());
}

TEST(document_writer, writes_bulk_lines) {
  std::string body;
  std::string reason;
  const ImportMapping none;
  make_index_writer(none, {})->append({"{\"a\":1}", 1}, 0, body, reason);
  EXPECT_EQ(body, "{\"index\":{}}\n{\"a\":1}\n");
  body.clear();
  make_index_writer(none, {false, "abcdefghijklmnopqrstuv"})->append({"{}", 1}, 64, body, reason);
  EXPECT_EQ(body, "{\"create\":{\"_id\":\"abcdefghijklmn----0-\"}}\n{}\n");
  body.clear();
  EXPECT_FALSE(make_index_writer(none, {})->append({"[1]", 1}, 0, body, reason));
  EXPECT_EQ(body, "");
}

TEST(document_writer, writes_updates) {
  std::string body;
  std::string reason;
  const auto writer = make_update_writer("id", false);
  EXPECT_TRUE(writer->append({R"({"id":"x\"1","price": 5.0,"o":{"id":1}})", 1}, 0, body, reason));
  EXPECT_TRUE(writer->append({R"({"_id":17,"price":6})", 2}, 1, body, reason));
  EXPECT_EQ(body,
            "{\"update\":{\"_id\":\"x\\\"1\"}}\n{\"doc\":{\"price\":5.0,\"o\":{\"id\":1}}}\n"
            "{\"update\":{\"_id\":\"17\"}}\n{\"doc\":{\"price\":6}}\n");
  EXPECT_FALSE(writer->append({R"({"price":6})", 3}, 2, body, reason));
  EXPECT_FALSE(writer->append({R"({"id":"x"})", 4}, 3, body, reason));
}

}  // namespace
}  // namespace tarn::cli
