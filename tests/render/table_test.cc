#include "server/render/table.h"

#include <gtest/gtest.h>

namespace tarn::server {
namespace {

Table indices() {
  Table table;
  table.column("index", "i,idx", "index name").right("pri", "p,shards.primary", "number of primary shards");
  table.right("docs.count", "dc,docsCount", "available docs").right("docs.deleted", "dd", "deleted docs");
  table.add({"store.size", "ss", "size of all", true, true, "pri"});
  table.hidden("pri.store.size", "", "size of primaries", true);
  table.row({"listings", int64_t{1}, int64_t{44}, int64_t{0}, ByteSize{5 << 20}, ByteSize{5 << 20}});
  table.row({"places", int64_t{12}, int64_t{5}, std::monostate(), ByteSize{1300}, ByteSize{1300}});
  return table;
}

std::string shown(const std::string& query, std::vector<std::pair<std::string, std::string>> headers = {}) {
  const RestRequest request = RestRequest::make(Method::kGet, "/_cat/indices?" + query, "", std::move(headers));
  const RestResponse response = render_table(request, indices());
  EXPECT_EQ(request.unconsumed(), std::vector<std::string>());
  return response.body;
}

}  // namespace

TEST(Table, aligns_columns_and_does_not_pad_the_last) {
  EXPECT_EQ(shown("h=pri,index"), " 1 listings\n12 places\n");
  EXPECT_EQ(shown("v&h=index,pri"), "index    pri\nlistings   1\nplaces    12\n");
}

TEST(Table, shows_default_columns_with_human_sizes) {
  EXPECT_EQ(shown(""), "listings  1 44 0   5mb\nplaces   12  5   1.2kb\n");
}

TEST(Table, knows_aliases_wildcards_and_siblings) {
  EXPECT_EQ(shown("h=i,dc&v"), "i        dc\nlistings 44\nplaces    5\n");
  EXPECT_EQ(shown("h=docs*&v"), "docs.count docs.deleted\n        44            0\n         5             \n");
  EXPECT_EQ(shown("h=ss&pri&v&bytes=b"), "     ss  pri.ss\n5242880 5242880\n   1300    1300\n");
  EXPECT_EQ(shown("h=nonesuch&v"), "\n\n\n");
}

TEST(Table, sorts_by_value_and_by_several_keys) {
  EXPECT_EQ(shown("h=index&s=dc"), "places\nlistings\n");
  EXPECT_EQ(shown("h=index&s=index:desc"), "places\nlistings\n");
  EXPECT_EQ(shown("h=index&s=store.size:desc,index"), "listings\nplaces\n");
  EXPECT_EQ(shown("h=index&s=dd"), "places\nlistings\n");
}

TEST(Table, refuses_an_unknown_sort_key_as_opensearch_does) {
  try {
    shown("s=zz");
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.error().status, 500);
    EXPECT_EQ(error.error().reason, "Unable to sort by unknown sort key `zz`");
  }
}

TEST(Table, is_json_if_format_or_accept_ask) {
  const std::string json = R"([{"index":"listings","dd":"0"},{"index":"places","dd":null}])";
  EXPECT_EQ(shown("h=index,dd&format=json"), json);
  EXPECT_EQ(shown("h=index,dd", {{"Accept", "application/json"}}), json);
  EXPECT_EQ(shown("h=index&format=text", {{"Accept", "application/json"}}), "listings\nplaces\n");
}

TEST(Table, explains_its_columns) {
  const std::string help = shown("help");
  EXPECT_TRUE(help.starts_with("index          | i,idx            | index name              \n")) << help;
}

TEST(Table, prints_units_as_opensearch_does) {
  EXPECT_EQ(byte_size_text(0), "0b");
  EXPECT_EQ(byte_size_text(1023), "1023b");
  EXPECT_EQ(byte_size_text(1024), "1kb");
  EXPECT_EQ(byte_size_text(1300), "1.2kb");
  EXPECT_EQ(byte_size_text(int64_t{3} << 40), "3tb");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1550), "1.5k");
  EXPECT_EQ(duration_text(0), "0s");
  EXPECT_EQ(duration_text(1'590'000'000), "1.5s");
  EXPECT_EQ(duration_text(61'000'000'000), "1m");
  EXPECT_EQ(duration_text(7'000'000), "7ms");
}

}  // namespace tarn::server
