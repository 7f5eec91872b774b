#include "server/cli/http_client.h"

#include <gtest/gtest.h>

#include "server/cli/cli_error.h"
#include "tests/cli/fake_server.h"

namespace tarn::cli {
namespace {

TEST(http_client, reads_urls) {
  const Url url = Url::parse("http://ann:p%40ss@search:9201/es/");
  EXPECT_EQ(url.host, "search");
  EXPECT_EQ(url.port, "9201");
  EXPECT_EQ(url.prefix, "/es");
  EXPECT_EQ(url.authorization, "Basic YW5uOnBAc3M=");
  EXPECT_EQ(Url::parse("localhost").port, "9200");
  EXPECT_EQ(Url::parse("http://[::1]:92").host, "::1");
  EXPECT_THROW(Url::parse("https://x"), CliError);
  EXPECT_THROW(Url::parse("http://x:y"), CliError);
}

TEST(http_client, keeps_the_connection_and_reads_chunks) {
  FakeServer server([](const FakeServer::Request& request) {
    FakeServer::Answer answer;
    answer.body = request.method + " " + request.target + " " + request.body;
    answer.chunked = request.target == "/chunked";
    return answer;
  });
  HttpClient client(Url::parse(server.url()));
  EXPECT_EQ(client.request("GET", "/a").body, "GET /a ");
  EXPECT_EQ(client.request("POST", "/chunked", "a body of some length").body,
            "POST /chunked a body of some length");
  EXPECT_EQ(client.request("HEAD", "/b").body, "");
  EXPECT_EQ(client.request("PUT", "/c", "x").body, "PUT /c x");
}

TEST(http_client, opens_a_closed_connection_again) {
  int calls = 0;
  FakeServer server([&calls](const FakeServer::Request&) {
    FakeServer::Answer answer;
    answer.hang_up = ++calls == 2;
    return answer;
  });
  HttpClient client(Url::parse(server.url()));
  EXPECT_EQ(client.request("GET", "/").status, 200);
  EXPECT_EQ(client.request("GET", "/").status, 200);
  EXPECT_EQ(calls, 3);
}

TEST(http_client, says_why_there_is_no_connection) {
  HttpClient client(Url::parse("http://127.0.0.1:1"));
  EXPECT_THROW(client.request("GET", "/"), ConnectionError);
}

}  // namespace
}  // namespace tarn::cli
