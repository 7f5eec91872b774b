#include <gtest/gtest.h>

#include "indexer/base/json_location.h"
#include "query/aggs/aggregations.h"
#include "query/aggs/metric/hdr.h"
#include "query/aggs/metric/tdigest.h"
#include "query/aggs/pipeline/pipeline.h"
#include "query/aggs/types.h"

namespace tarn::query {
namespace {

std::string refusal(const std::string& aggs) {
  try {
    Aggregations::parse(parse_request_json(aggs));
  } catch (const ApiError& error) {
    const Error& outer = error.error();
    return outer.type + ": " + outer.reason + (outer.cause ? " / " + outer.cause->type + ": " + outer.cause->reason : "");
  }
  return "";
}

TEST(AggregationOptions, errors_are_worded_as_object_parser_words_them) {
  EXPECT_EQ(refusal(R"({"a":{"terms":{"field":"k","size":{}}}})"),
            "x_content_parse_exception: [1:35] [terms] size doesn't support values of type: START_OBJECT");
  EXPECT_EQ(refusal(R"({"a":{"terms":{"field":"k","sizee":3}}})"), "x_content_parse_exception: [1:28] [terms] unknown field [sizee] did you mean [size]?");
  EXPECT_EQ(refusal(R"({"a":{"terms":{"field":"k","size":"x"}}})"),
            "x_content_parse_exception: [1:35] [terms] failed to parse field [size] / number_format_exception: For input string: \"x\"");
  EXPECT_EQ(refusal(R"({"a":{"terms":{}}})"), "illegal_argument_exception: Required one of fields [field, script], but none were specified. ");
  EXPECT_EQ(refusal(R"({"a":{"terms":{"field":"k","size":"3.7"}}})"), "");
}

TEST(AggregationOptions, no_json_type_in_any_option_ends_the_process) {
  const char* const values[] = {"1", "-1", "1.5", "1e300", "99999999999999999999", "\"x\"", "\"\"", "true", "null", "[]", "[1]", "[\"a\"]", "[{}]", "{}", "{\"a\":1}", "{\"a\":{}}"};
  const char* const options[] = {"field", "missing", "format", "value_type", "script", "time_zone", "size", "shard_size", "min_doc_count", "order", "include", "exclude",
                                 "collect_mode", "execution_hint", "show_term_doc_count_error", "interval", "offset", "keyed", "extended_bounds", "hard_bounds", "calendar_interval",
                                 "fixed_interval", "ranges", "origin", "unit", "distance_type", "filters", "other_bucket", "other_bucket_key", "precision_threshold", "percents", "values", "tdigest",
                                 "hdr", "compression", "sigma", "value", "weight", "fields", "mode", "path", "type", "sources", "after", "precision", "bounds", "buckets", "minimum_interval",
                                 "terms", "background_filter", "jlh", "gnd", "chi_square", "max_docs_per_value", "max_doc_count", "buckets_path", "gap_policy", "lag", "window", "model",
                                 "settings", "predict", "from", "sort", "_source", "highlight", "shift", "separator", "wrap_longitude", "initial_buffer", "percentages", "minimize", "source_fields"};
  std::vector<std::string> types;
  for (const AggregationType& type : aggregation_types()) types.emplace_back(type.name);
  for (std::string_view name : pipeline_type_names()) types.emplace_back(name);
  for (const std::string& type : types) {
    for (const char* option : options) {
      for (const char* value : values) {
        const std::string other = std::string(option) == "field" ? "missing" : "field";
        const std::string text = R"({"a":{")" + type + R"(":{")" + other + R"(":"f",")" + option + "\":" + value + "}}}";
        try {
          Aggregations::parse(parse_request_json(text));
        } catch (const ApiError&) {
        } catch (const std::exception& error) {
          ADD_FAILURE() << text << ": " << error.what();
        }
      }
    }
  }
}

TEST(TDigest, keeps_single_values_apart_and_reduces_as_a_coordinating_node_does) {
  TDigest digest(100);
  for (int i = 1; i <= 5; ++i) digest.add(i);
  TDigest reduced = digest.reduced();
  EXPECT_EQ(reduced.quantile(0), 1);
  EXPECT_EQ(reduced.quantile(0.5), 3);
  EXPECT_EQ(reduced.quantile(1), 5);
  EXPECT_EQ(reduced.cdf(0), 0);
  EXPECT_EQ(reduced.cdf(9), 1);
  EXPECT_TRUE(std::isnan(TDigest(100).reduced().quantile(0.5)));
}

TEST(TDigest, stays_small_and_close) {
  TDigest digest(100);
  for (int i = 0; i < 100000; ++i) digest.add((i * 7919) % 100000);
  EXPECT_LT(digest.centroids().size(), 220u);
  EXPECT_NEAR(digest.reduced().quantile(0.5), 50000, 500);
  EXPECT_NEAR(digest.reduced().quantile(0.99), 99000, 100);
}

TEST(HdrHistogram, answers_the_upper_end_of_a_part) {
  HdrHistogram histogram(3);
  for (double value : {0.17, 4.47, 8.94}) EXPECT_TRUE(histogram.add(value));
  EXPECT_FALSE(histogram.add(-1));
  EXPECT_NEAR(histogram.value_at_percentile(50), 4.47, 0.005);
  EXPECT_NEAR(histogram.percentile_at_or_below(5), 200.0 / 3, 1e-9);
}

}  // namespace
}  // namespace tarn::query
