#include "server/dispatch.h"

#include <gtest/gtest.h>

namespace tarn::server {
namespace {

class DispatchTest : public testing::Test {
 protected:
  DispatchTest() : dispatch_(router_) {
    router_.add({Method::kGet, Method::kHead}, "/", [](RestRequest&) { return RestResponse::json(Json{{"a", 1}}); });
    router_.add({Method::kGet, Method::kPost}, "/{index}/_search", [](RestRequest& request) {
      request.get_int("size", 10);
      return RestResponse::json(Json{{"index", request.get("index")}, {"body", request.json_body_or_empty()}});
    });
    router_.add(Method::kPost, "/_bulk", [](RestRequest& request) { return RestResponse::text(request.body); });
    router_.add(Method::kGet, "/_fail", [](RestRequest&) -> RestResponse {
      throw ApiError(404, "index_not_found_exception", "no such index [x]");
    });
    router_.add(Method::kGet, "/_bug", [](RestRequest&) -> RestResponse { throw std::runtime_error("oops"); });
    router_.add(Method::kGet, "/_memory", [](RestRequest&) -> RestResponse { throw std::bad_alloc(); });
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  RestResponse call(Method method, const std::string& uri, std::string body = "", Headers headers = {}) {
    RestRequest request;  // as the HTTP layer makes it: nothing decoded
    request.method = method;
    request.uri = uri;
    request.body = std::move(body);
    request.headers = std::move(headers);
    return dispatch_(request);
  }
  static std::string header(const RestResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
  static Headers json() { return {{"content-type", "application/json"}}; }

  Router router_;
  Dispatch dispatch_;
};

}  // namespace

TEST_F(DispatchTest, hands_path_parameters_and_body_to_the_handler) {
  const RestResponse response = call(Method::kPost, "/places/_search?size=1", R"({"b":2})", json());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"index":"places","body":{"b":2}})");
  EXPECT_EQ(response.content_type, "application/json; charset=UTF-8");
}

TEST_F(DispatchTest, wrong_method_is_405_with_allow) {
  const RestResponse response = call(Method::kPut, "/places/_search?x=1");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.body,
            R"({"error":"Incorrect HTTP method for uri [/places/_search?x=1] and method [PUT], allowed: [GET, POST]",)"
            R"("status":405})");
  EXPECT_EQ(header(response, "Allow"), "GET,POST");
}

TEST_F(DispatchTest, unknown_path_is_400_and_options_is_200) {
  const RestResponse response = call(Method::kPost, "/a/b/c%2Fd", "{}", json());
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"error":"no handler found for uri [/a/b/c/d] and method [POST]"})");
  EXPECT_EQ(call(Method::kGet, "/a/<b>").body, R"({"error":"invalid uri has been requested"})");
  EXPECT_EQ(call(Method::kOptions, "/nothing/here").status, 200);
  EXPECT_EQ(header(call(Method::kOptions, "/_bulk"), "Allow"), "POST");
}

TEST_F(DispatchTest, a_body_needs_a_content_type_that_is_known) {
  EXPECT_EQ(call(Method::kPost, "/x/_search", "{}").body,
            R"({"error":"Content-Type header [] is not supported","status":406})");
  EXPECT_EQ(call(Method::kPost, "/x/_search", "{}", {{"content-type", "text/plain"}}).status, 406);
  EXPECT_EQ(call(Method::kPost, "/x/_search", "{}", {{"content-type", "Application/JSON; charset=x"}}).status, 200);
  EXPECT_EQ(call(Method::kPost, "/x/_search", "{}", {{"content-type", "application/x-ndjson"}}).status, 200);
  const RestResponse empty = call(Method::kPost, "/x/_search", "{}", {{"content-type", ""}});
  EXPECT_EQ(empty.status, 400);
  EXPECT_NE(empty.body.find(R"("reason":"java.lang.IllegalArgumentException: invalid Content-Type header []")"),
            std::string::npos);
}

TEST_F(DispatchTest, yaml_bodies_are_read_and_answered_in_yaml) {
  const RestResponse response = call(Method::kPost, "/x/_search", "b: 2\n", {{"content-type", "application/yaml"}});
  EXPECT_EQ(response.body, "---\nindex: \"x\"\nbody:\n  b: 2\n");
  EXPECT_EQ(response.content_type, "application/yaml");
  EXPECT_EQ(call(Method::kPost, "/_bulk", "a", {{"content-type", "application/yaml"}}).status, 406);
}

TEST_F(DispatchTest, cbor_goes_both_ways) {
  const std::vector<uint8_t> bytes = Json::to_cbor(Json{{"b", 2}});
  const RestResponse response = call(Method::kPost, "/x/_search", std::string(bytes.begin(), bytes.end()),
                                     {{"content-type", "application/cbor"}});
  EXPECT_EQ(response.content_type, "application/cbor");
  EXPECT_EQ(Json::from_cbor(response.body)["body"]["b"], 2);
}

TEST_F(DispatchTest, errors_have_opensearchs_body_and_are_not_filtered) {
  const RestResponse response = call(Method::kGet, "/_fail?filter_path=error.type");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body,
            R"({"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index [x]"}],)"
            R"("type":"index_not_found_exception","reason":"no such index [x]"},"status":404})");
  EXPECT_TRUE(call(Method::kGet, "/_fail?pretty").body.starts_with("{\n  \"error\" : {\n"));
  EXPECT_NE(call(Method::kGet, "/_fail?error_trace").body.find(R"("stack_trace":"IndexNotFoundException[no such)"),
            std::string::npos);
}

TEST_F(DispatchTest, bugs_are_500_and_lack_of_memory_is_429) {
  EXPECT_EQ(call(Method::kGet, "/_bug").status, 500);
  const RestResponse memory = call(Method::kGet, "/_memory");
  EXPECT_EQ(memory.status, 429);
  EXPECT_EQ(header(memory, "Retry-After"), "1");
}

TEST_F(DispatchTest, refuses_parameters_that_nobody_read) {
  EXPECT_EQ(call(Method::kGet, "/?pretty&human&error_trace&format=json&filter_path=a").status, 200);
  const RestResponse response = call(Method::kGet, "/?preety");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("request [/] contains unrecognized parameter: [preety] -> did you mean [pretty]?"),
            std::string::npos);
  EXPECT_EQ(call(Method::kGet, "/?pretty=maybe").status, 400);
}

TEST_F(DispatchTest, renders_pretty_filter_path_and_format) {
  EXPECT_EQ(call(Method::kGet, "/?pretty").body, "{\n  \"a\" : 1\n}\n");
  EXPECT_EQ(call(Method::kGet, "/?filter_path=b").body, "{}");
  EXPECT_EQ(call(Method::kGet, "/?format=yaml").body, "---\na: 1\n");
  EXPECT_EQ(call(Method::kGet, "/?format=toml").body, R"({"a":1})");
  EXPECT_EQ(call(Method::kGet, "/", "", {{"accept", "application/yaml"}}).body, "---\na: 1\n");
  EXPECT_EQ(call(Method::kGet, "/?format=smile").status, 406);
}

TEST_F(DispatchTest, echoes_the_opaque_id) {
  EXPECT_EQ(header(call(Method::kGet, "/", "", {{"x-opaque-id", "me-7"}}), "X-Opaque-Id"), "me-7");
  EXPECT_EQ(call(Method::kGet, "/", "", {{"x-opaque-id", "a"}, {"x-opaque-id", "b"}}).status, 400);
}

TEST_F(DispatchTest, knows_kinds_of_work) {
  EXPECT_EQ(classify(Method::kGet, "/places/_search"), WorkClass::kSearch);
  EXPECT_EQ(classify(Method::kPost, "/_bulk"), WorkClass::kWrite);
  EXPECT_EQ(classify(Method::kPut, "/places/_doc/1"), WorkClass::kWrite);
  EXPECT_EQ(classify(Method::kGet, "/places/_doc/1"), WorkClass::kGet);
  EXPECT_EQ(classify(Method::kGet, "/_cat/count"), WorkClass::kManagement);
  EXPECT_EQ(classify(Method::kGet, ""), WorkClass::kManagement);
  EXPECT_EQ(classify(Method::kPost, "/_reindex"), WorkClass::kWaiting);
}

}  // namespace tarn::server
