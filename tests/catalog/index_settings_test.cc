#include "indexer/mapping/index_settings.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const ApiError& error) {
    return error.error();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(0, "", "");
}

Error refusal(const Json& settings) {
  return error_of([&] { IndexSettings::validate(IndexSettings::flatten(settings)); });
}

TEST(IndexSettings, table_is_sorted_for_binary_search) {
  const auto table = IndexSettings::table();
  for (size_t i = 1; i < table.size(); ++i) EXPECT_LT(table[i - 1].key, table[i].key);
}

TEST(IndexSettings, every_default_is_a_valid_value) {
  for (const auto& spec : IndexSettings::table()) {
    const Json value = default_setting(spec);
    if (value.is_string() && value.get<std::string>().empty()) continue;
    const auto error = check_setting(spec, value);
    EXPECT_FALSE(error) << spec.key << ": " << (error ? error->reason : "");
  }
}

TEST(IndexSettings, flattens_any_form_and_adds_the_prefix) {
  const Json flat = IndexSettings::flatten(parse_json(R"({"index":{"number_of_shards":2},"refresh_interval":"5s","index.hidden":true,
                                                          "query.default_field":["a","b"],"codec":null})"));
  EXPECT_EQ(to_text(flat), R"({"index.codec":null,"index.hidden":"true","index.number_of_shards":"2","index.query.default_field":["a","b"],"index.refresh_interval":"5s"})");
  EXPECT_EQ(to_text(IndexSettings::nest(parse_json(R"({"index.a.b":"1","index.a.c":"2"})"))), R"({"index":{"a":{"b":"1","c":"2"}}})");
}

TEST(IndexSettings, refuses_unknown_names_with_a_suggestion) {
  EXPECT_EQ(refusal({{"index.refresh_intervall", "1s"}}).reason, "unknown setting [index.refresh_intervall] did you mean [index.refresh_interval]?");
  EXPECT_EQ(refusal({{"index.nonesuch", 1}}).reason,
            "unknown setting [index.nonesuch] please check that any required plugins are installed, or check the breaking changes "
            "documentation for removed settings");
  const Error both = refusal({{"foo", 1}, {"bar", 2}});
  EXPECT_EQ(both.reason, "unknown setting [index.bar] did you mean [index.warm]?");
  EXPECT_EQ(both.members["suppressed"].size(), 1u);
}

TEST(IndexSettings, refuses_values_in_opensearchs_words) {
  EXPECT_EQ(refusal({{"number_of_shards", 0}}).reason, "Failed to parse value [0] for setting [index.number_of_shards] must be >= 1");
  EXPECT_EQ(refusal({{"number_of_shards", 1025}}).reason, "Failed to parse value [1025] for setting [index.number_of_shards] must be <= 1024");
  const Error bad = refusal({{"number_of_replicas", "many"}});
  EXPECT_EQ(bad.reason, "Failed to parse value [many] for setting [index.number_of_replicas]");
  EXPECT_EQ(bad.cause->reason, "For input string: \"many\"");
  EXPECT_EQ(refusal({{"hidden", "yes"}}).reason, "Failed to parse value [yes] as only [true] or [false] are allowed.");
  EXPECT_EQ(refusal({{"refresh_interval", "5"}}).reason,
            "failed to parse setting [index.refresh_interval] with value [5] as a time value: unit is missing or unrecognized");
  EXPECT_EQ(refusal({{"translog.sync_interval", "1ms"}}).reason,
            "failed to parse value [1ms] for setting [index.translog.sync_interval], must be >= [100ms]");
  EXPECT_EQ(refusal({{"codec", "x"}}).reason,
            "unknown value for [index.codec] must be one of [default, lz4, best_compression, zlib] but was: x");
}

TEST(IndexSettings, refuses_private_settings_of_a_request_but_loads_them) {
  EXPECT_EQ(refusal({{"index.uuid", "x"}}).reason, "Validation Failed: 1: private index setting [index.uuid] can not be set explicitly;");
  EXPECT_NO_THROW(IndexSettings::create(Json{{"index.provided_name", "x"}, {"index.number_of_shards", "1"}}));
}

TEST(IndexSettings, refuses_what_tarn_does_not_do) {
  EXPECT_EQ(refusal({{"index.sort.field", "a"}}).status, 501);
  EXPECT_EQ(refusal({{"index.similarity.x.type", "scripted"}}).status, 501);
}

TEST(IndexSettings, reads_the_values_that_others_work_with) {
  const auto settings = IndexSettings::create(parse_json(R"({"index.refresh_interval":"-1","index.translog.durability":"async",
      "index.number_of_shards":"3","index.blocks.write":"true","index.mapping.total_fields.limit":"7",
      "index.tarn.dedupe.fields":["a","b"],"index.tarn.dedupe.policy":"last","index.similarity.default.type":"BM25",
      "index.similarity.default.b":"0.3"})"));
  EXPECT_EQ(settings->refresh_interval_ms, -1);
  EXPECT_TRUE(settings->refresh_interval_explicit);
  EXPECT_FALSE(settings->durability_request);
  EXPECT_EQ(settings->number_of_shards, 3);
  EXPECT_TRUE(settings->block_write);
  EXPECT_EQ(settings->mapping_limits.total_fields, 7);
  EXPECT_EQ(settings->dedupe_fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(settings->dedupe_keep_last);
  EXPECT_FLOAT_EQ(find_similarity(settings->mapping_limits.similarities, "")->b, 0.3f);
}

TEST(IndexSettings, scopes_hold_below_prefixes) {
  EXPECT_EQ(IndexSettings::scope_of("index.refresh_interval"), SettingScope::kDynamic);
  EXPECT_EQ(IndexSettings::scope_of("index.analysis.analyzer.x.type"), SettingScope::kStatic);
  EXPECT_EQ(IndexSettings::scope_of("index.routing.allocation.include._id"), SettingScope::kDynamic);
  EXPECT_EQ(IndexSettings::scope_of("index.number_of_shards"), SettingScope::kFinal);
}

}  // namespace
}  // namespace tarn
