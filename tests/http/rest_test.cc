#include "server/rest.h"

#include <gtest/gtest.h>

namespace tarn::server {
namespace {

RestRequest get(const std::string& uri) { return RestRequest::make(Method::kGet, uri); }

template <class Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const ApiError& error) {
    return error.error();
  }
  return Error(0, "", "nothing was thrown");
}

}  // namespace

TEST(RestRequest, decodes_path_and_parameters) {
  const RestRequest request = get("/places/_doc/osl%6F?q=a+b%26&x;y=1&y=2&=z&e=");
  EXPECT_EQ(request.path, "/places/_doc/oslo");
  EXPECT_EQ(request.raw_path, "/places/_doc/osl%6F");
  EXPECT_EQ(request.get("q"), "a b&");
  EXPECT_EQ(request.get("x", "none"), "");
  EXPECT_EQ(request.get("y"), "2");
  EXPECT_EQ(request.parameters.size(), 4U);
}

TEST(RestRequest, refuses_a_broken_escape) {
  const Error error = error_of([] { get("/x?q=%ZZ"); });
  EXPECT_EQ(error.type, "bad_parameter_exception");
  EXPECT_EQ(error.reason, "java.lang.IllegalArgumentException: invalid escape sequence `%ZZ' at index 0 of: %ZZ");
}

TEST(RestRequest, bytes_that_are_no_utf8_become_a_replacement) {
  EXPECT_EQ(decode_uri_component("a%C3b%E2%82%AC", false), "a\xEF\xBF\xBD" "b\xE2\x82\xAC");
}

TEST(RestRequest, reads_booleans_strictly) {
  const RestRequest request = get("/x?a&b=true&c=false&d=yes");
  EXPECT_TRUE(request.get_bool("a", false));
  EXPECT_TRUE(request.get_bool("b", false));
  EXPECT_FALSE(request.get_bool("c", true));
  EXPECT_TRUE(request.get_bool("absent", true));
  EXPECT_EQ(error_of([&] { request.get_bool("d", false); }).reason,
            "Failed to parse value [yes] as only [true] or [false] are allowed.");
}

TEST(RestRequest, reads_numbers_as_java_does) {
  const RestRequest request = get("/x?a=%2B5&b=9999999999&c=&d=1.0");
  EXPECT_EQ(request.get_int("a", 0), 5);
  EXPECT_EQ(request.get_long("b", 0), 9999999999);
  const Error error = error_of([&] { request.get_int("b", 0); });
  EXPECT_EQ(error.reason, "Failed to parse int parameter [b] with value [9999999999]");
  ASSERT_TRUE(error.cause);
  EXPECT_EQ(error.cause->reason, "For input string: \"9999999999\"");
  EXPECT_EQ(error_of([&] { request.get_int("c", 0); }).status, 400);
  EXPECT_EQ(error_of([&] { request.get_int("d", 0); }).status, 400);
}

TEST(RestRequest, reads_times_with_a_unit) {
  const RestRequest request = get("/x?a=5s&b=100ms&c=2M&d=-1&e=0&f=1.5s&g=5&h=3H&i=-5s&j=2000micros&k=xs");
  EXPECT_EQ(request.get_time_ms("a", 0), 5000);
  EXPECT_EQ(request.get_time_ms("b", 0), 100);
  EXPECT_EQ(request.get_time_ms("d", 0), -1);
  EXPECT_EQ(request.get_time_ms("e", 7), 0);
  EXPECT_EQ(request.get_time_ms("h", 0), 3 * 3600 * 1000);
  EXPECT_EQ(request.get_time_ms("j", 0), 2);
  EXPECT_EQ(request.get_time_ms("absent", 9), 9);
  const auto reason = [&](const char* name) { return error_of([&] { request.get_time_ms(name, 0); }).reason; };
  EXPECT_EQ(reason("c"), "failed to parse setting [c] with value [2M] as a time value: unit is missing or unrecognized");
  EXPECT_EQ(reason("f"), "failed to parse [1.5s], fractional time values are not supported");
  EXPECT_EQ(reason("g"), "failed to parse setting [g] with value [5] as a time value: unit is missing or unrecognized");
  EXPECT_EQ(reason("i"),
            "failed to parse setting [i] with value [-5s] as a time value: negative durations are not supported");
  EXPECT_EQ(reason("k"), "failed to parse [xs]");
}

TEST(RestRequest, splits_lists_and_skips_empty_parts) {
  EXPECT_EQ(get("/x?a=b,,c").get_list("a"), (std::vector<std::string>{"b", "c"}));
  EXPECT_TRUE(get("/x").get_list("a").empty());
}

TEST(RestRequest, body_may_come_in_the_parameter_source) {
  EXPECT_EQ(get("/x?source=%7B%22a%22:1%7D&source_content_type=application/json").json_body()["a"], 1);
  EXPECT_EQ(get("/x?source=a:%201&source_content_type=application/yaml").json_body()["a"], 1);
  EXPECT_EQ(error_of([] { get("/x?source=%7B%7D").json_body(); }).status, 500);
  const RestRequest both = RestRequest::make(Method::kPost, "/x?source=%7B%7D", "{}");
  both.json_body();
  EXPECT_EQ(both.unconsumed(), std::vector<std::string>{"source"});
  EXPECT_EQ(error_of([] { get("/x?source=%7B%7D&source_content_type=foo").json_body(); }).reason,
            "invalid Content-Type header [foo]");
  EXPECT_EQ(error_of([] { get("/x").json_body(); }).reason, "request body is required");
  EXPECT_TRUE(get("/x").json_body_or_empty().empty());
}

TEST(RestRequest, names_what_nobody_read_and_suggests_what_was) {
  const RestRequest request = get("/places/_search?aaa=1&ignore_throttle=1&size=2");
  request.get_int("size", 10);
  request.get_bool("ignore_throttled", false);
  EXPECT_EQ(error_of([&] { request.check_parameters(); }).reason,
            "request [/places/_search] contains unrecognized parameters: [aaa], "
            "[ignore_throttle] -> did you mean [ignore_throttled]?");
}

TEST(RestRequest, asking_whether_a_parameter_is_there_suggests_nothing) {
  const RestRequest request = get("/x?sizee=3");
  EXPECT_FALSE(request.has("size"));
  EXPECT_EQ(error_of([&] { request.check_parameters(); }).reason,
            "request [/x] contains unrecognized parameter: [sizee]");
}

}  // namespace tarn::server
