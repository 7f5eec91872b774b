#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rest.h"

namespace tarn::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Handler named(const std::string& name) {
  return [name](RestRequest&) { return RestResponse::text(name); };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.add({Method::kGet, Method::kHead, Method::kPut, Method::kDelete}, "/{index}", named("index"));
    router_.add({Method::kGet, Method::kPost}, "/_analyze", named("analyze"));
    router_.add(Method::kGet, "/", named("root"));
    router_.add({Method::kGet, Method::kPut}, "/{index}/_doc/{id}", named("doc"));
    router_.add(Method::kGet, "/_nodes/{node_id}", named("node"));
    router_.add(Method::kPost, "/_nodes/{metric}", named("metric"));
    router_.add(Method::kGet, "/_nodes/stats", named("stats"));
    router_.add(Method::kGet, "/{index}/_mapping", named("mapping"));
  }

  std::string handled(Method method, std::string_view path) {
    match_ = router_.match(method, path);
    if (!match_.handler) return "";
    RestRequest request;
    return (*match_.handler)(request).body;
  }

  Router router_;
  Router::Match match_;
};

}  // namespace

TEST_F(RouterTest, a_literal_wins_over_a_parameter) {
  EXPECT_EQ(handled(Method::kGet, "/_analyze"), "analyze");
  EXPECT_EQ(handled(Method::kGet, "/_nodes/stats"), "stats");
  EXPECT_EQ(handled(Method::kGet, "/places"), "index");
  EXPECT_EQ(match_.path_parameters.at("index"), "places");
}

TEST_F(RouterTest, goes_back_to_the_parameter_where_the_literal_leads_nowhere) {
  EXPECT_EQ(handled(Method::kGet, "/_analyze/_mapping"), "mapping");
  EXPECT_EQ(match_.path_parameters.at("index"), "_analyze");
}

TEST_F(RouterTest, a_literal_at_the_end_hides_the_parameter_for_other_methods) {
  EXPECT_EQ(handled(Method::kPut, "/_analyze"), "");
  EXPECT_THAT(match_.allowed, ElementsAre(Method::kGet, Method::kPost));
}

TEST_F(RouterTest, methods_of_one_path_may_name_its_parameter_differently) {
  EXPECT_EQ(handled(Method::kGet, "/_nodes/x"), "node");
  EXPECT_EQ(match_.path_parameters.at("node_id"), "x");
  EXPECT_EQ(handled(Method::kPost, "/_nodes/x"), "metric");
  EXPECT_EQ(match_.path_parameters.at("metric"), "x");
}

TEST_F(RouterTest, decodes_parameters_but_not_slashes_into_segments) {
  EXPECT_EQ(handled(Method::kGet, "/places/_doc/a%2Fb+c%20d"), "doc");
  EXPECT_EQ(match_.path_parameters.at("id"), "a/b+c d");
}

TEST_F(RouterTest, a_slash_at_the_end_is_nothing_and_two_within_are_no_path) {
  EXPECT_EQ(handled(Method::kGet, "/places/_mapping/"), "mapping");
  EXPECT_EQ(handled(Method::kGet, "/"), "root");
  EXPECT_EQ(handled(Method::kGet, "/places//_mapping"), "");
  EXPECT_THAT(match_.allowed, IsEmpty());
  EXPECT_EQ(handled(Method::kGet, "//places"), handled(Method::kGet, "/places"));
}

TEST_F(RouterTest, head_must_be_registered) {
  EXPECT_EQ(handled(Method::kHead, "/places"), "index");
  EXPECT_EQ(handled(Method::kHead, "/places/_doc/1"), "");
  EXPECT_THAT(match_.allowed, ElementsAre(Method::kGet, Method::kPut));
}

}  // namespace tarn::server
