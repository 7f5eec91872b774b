#include "indexer/catalog.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace tarn {
namespace {

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() : folder_(std::filesystem::temp_directory_path() / ("tarn_catalog_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    open();
  }
  ~CatalogTest() override {
    catalog_.reset();
    engine_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    catalog_.reset();
    engine_.reset();
    Engine::Options options;
    options.data_directory = folder_;
    engine_ = Engine::open(options);
    catalog_ = Catalog::open(*engine_);
  }
  std::shared_ptr<Index> create(const std::string& name, const char* body = "{}") { return catalog_->create_index(name, parse_json(body)); }
  std::string names(std::string_view expression, IndicesOptions options = {}) {
    std::string out;
    for (const auto& resolved : catalog_->resolve(expression, options)) out += (out.empty() ? "" : ",") + resolved.index->name();
    return out;
  }
  Error error_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const ApiError& error) {
      return error.error();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Error(0, "", "");
  }

  std::filesystem::path folder_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, expressions_name_indices) {
  create("a1");
  create("a2");
  create("b1", R"({"aliases":{"zl":{}}})");
  create(".hidden", R"({"settings":{"hidden":true}})");
  EXPECT_EQ(names("a*"), "a1,a2");
  EXPECT_EQ(names("a*,-a2"), "a1");
  EXPECT_EQ(names("_all"), "a1,a2,b1");
  EXPECT_EQ(names(".h*"), ".hidden");
  EXPECT_EQ(names("zl,a1"), "a1,b1");
  EXPECT_EQ(names("none*"), "");
  EXPECT_EQ(error_of([&] { names("nonesuch"); }).reason, "no such index [nonesuch]");
  IndicesOptions lenient;
  lenient.ignore_unavailable = true;
  EXPECT_EQ(names("nonesuch,a1", lenient), "a1");
  IndicesOptions strict;
  strict.allow_no_indices = false;
  EXPECT_EQ(error_of([&] { names("none*", strict); }).reason, "no such index [none*]");
}

TEST_F(CatalogTest, closed_indices_are_refused_by_name_and_passed_over_by_pattern) {
  create("a1");
  create("a2")->set_closed(true);
  EXPECT_EQ(names("a*"), "a1");
  EXPECT_EQ(error_of([&] { names("a2"); }).type, "index_closed_exception");
}

TEST_F(CatalogTest, filters_of_aliases_come_along_unless_the_index_is_named) {
  create("one", R"({"aliases":{"f":{"filter":{"term":{"k":"a"}},"search_routing":"1,2"}}})");
  EXPECT_EQ(catalog_->resolve("f", {})[0].alias_filters.size(), 1u);
  EXPECT_EQ(catalog_->resolve("f", {})[0].search_routing.size(), 2u);
  EXPECT_TRUE(catalog_->resolve("f,one", {})[0].alias_filters.empty());
}

TEST_F(CatalogTest, writes_go_to_the_write_index_or_create_one) {
  create("w-1", R"({"aliases":{"w":{}}})");
  EXPECT_EQ(catalog_->resolve_write("w", true, false, nullptr)->name(), "w-1");
  create("w-2", R"({"aliases":{"w":{}}})");
  EXPECT_EQ(error_of([&] { catalog_->resolve_write("w", true, false, nullptr); }).type, "illegal_argument_exception");
  EXPECT_EQ(catalog_->resolve_write("fresh", true, false, nullptr)->name(), "fresh");
  EXPECT_EQ(error_of([&] { catalog_->resolve_write("other", false, false, nullptr); }).status, 404);
  EXPECT_EQ(error_of([&] { catalog_->resolve_write("w-1", true, true, nullptr); }).reason,
            "no such index [w-1] and [require_alias] request flag is [true] and [w-1] is not an alias");
  catalog_->put_cluster_settings(parse_json(R"({"persistent":{"action.auto_create_index":"-no*,+*"}})"));
  EXPECT_EQ(error_of([&] { catalog_->resolve_write("nope", true, false, nullptr); }).reason,
            "no such index [nope] and [action.auto_create_index] contains [-no*] which forbids automatic creation of the index");
}

TEST_F(CatalogTest, alias_actions_are_all_or_nothing) {
  create("a1");
  create("a2");
  catalog_->update_aliases(parse_json(R"([{"add":{"index":"a*","alias":"x"}}])"));
  EXPECT_EQ(catalog_->indices_of_alias("x").size(), 2u);
  EXPECT_EQ(error_of([&] { catalog_->update_aliases(parse_json(R"([{"remove":{"index":"a1","alias":"x"}},{"add":{"index":"gone","alias":"x"}}])")); }).status, 404);
  EXPECT_EQ(catalog_->indices_of_alias("x").size(), 2u);
  catalog_->update_aliases(parse_json(R"([{"remove_index":{"index":"a2"}},{"add":{"index":"a1","alias":"a2"}}])"));
  EXPECT_FALSE(engine_->find("a2"));
  EXPECT_TRUE(catalog_->is_alias("a2"));
  EXPECT_EQ(error_of([&] { catalog_->update_aliases(parse_json(R"([{"remove":{"index":"a1","alias":"none"}}])")); }).reason, "aliases [none] missing");
}

TEST_F(CatalogTest, templates_apply_and_survive_a_restart) {
  catalog_->put_template("component", "c", parse_json(R"({"template":{"settings":{"refresh_interval":"8s"},"mappings":{"properties":{"c":{"type":"long"}}}}})"), false);
  catalog_->put_template("index", "t", parse_json(R"({"index_patterns":["t*"],"composed_of":["c"],"template":{"aliases":{"all-{index}":{}},
      "mappings":{"properties":{"a":{"type":"keyword"}}}}})"), false);
  open();
  {
    const auto index = create("t1");   // an index in hand keeps the engine's store open
    EXPECT_EQ(index->settings()->refresh_interval_ms, 8000);
    EXPECT_TRUE(index->mapping()->find("c"));
    EXPECT_TRUE(index->mapping()->find("a"));
  }
  EXPECT_TRUE(catalog_->is_alias("all-t1"));
  open();
  EXPECT_TRUE(catalog_->is_alias("all-t1"));
  EXPECT_EQ(error_of([&] { catalog_->delete_template("component", "c"); }).reason,
            "component templates [c] cannot be removed as they are still in use by index templates [t]");
  EXPECT_EQ(error_of([&] { catalog_->put_template("index", "u", parse_json(R"({"index_patterns":["t1*"]})"), false); }).status, 400);
}

TEST_F(CatalogTest, settings_change_by_scope) {
  create("s");
  const auto put = [&](const char* body) { catalog_->put_settings(catalog_->resolve("s", IndicesOptions{.forbid_closed = false}), IndexSettings::flatten(parse_json(body)), false); };
  put(R"({"refresh_interval":"9s"})");
  EXPECT_EQ(engine_->find("s")->settings()->refresh_interval_ms, 9000);
  put(R"({"refresh_interval":null})");
  EXPECT_EQ(engine_->find("s")->settings()->refresh_interval_ms, 1000);
  EXPECT_TRUE(error_of([&] { put(R"({"codec":"lz4"})"); }).reason.starts_with("Can't update non dynamic settings [[index.codec]] for open indices [[s/"));
  engine_->find("s")->set_closed(true);
  put(R"({"codec":"lz4"})");
  EXPECT_EQ(error_of([&] { put(R"({"number_of_shards":2})"); }).reason, "final s setting [index.number_of_shards], not updateable");
}

TEST_F(CatalogTest, blocks_forbid_what_they_name) {
  const auto index = create("b", R"({"settings":{"blocks.write":true}})");
  EXPECT_EQ(error_of([&] { check_index_block(*index, BlockLevel::kWrite); }).reason, "index [b] blocked by: [FORBIDDEN/8/index write (api)];");
  EXPECT_NO_THROW(check_index_block(*index, BlockLevel::kRead));
}

TEST_F(CatalogTest, cluster_settings_are_checked) {
  EXPECT_EQ(error_of([&] { catalog_->put_cluster_settings(parse_json(R"({"transient":{"foo.bar":1}})")); }).reason, "transient setting [foo.bar], not recognized");
  EXPECT_EQ(error_of([&] { catalog_->put_cluster_settings(parse_json(R"({"persistent":{"http.port":1}})")); }).reason,
            "persistent setting [http.port], not dynamically updateable");
  catalog_->put_cluster_settings(parse_json(R"({"persistent":{"search":{"max_buckets":10}}})"));
  open();
  EXPECT_EQ(catalog_->cluster_setting("search.max_buckets", ""), "10");
}

}  // namespace
}  // namespace tarn
