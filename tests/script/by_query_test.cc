#include "indexer/script/by_query.h"

#include <gtest/gtest.h>

namespace tarn::script {
namespace {

ByQueryScript make(const std::string& source, bool fixed_metadata = false) {
  return ByQueryScript(compile("painless", source, Context::kUpdate), Json::object(), fixed_metadata);
}

ByQueryScript::Input input() {
  ByQueryScript::Input out;
  out.index = "i";
  out.id = "1";
  out.source = R"({"n":1})";
  out.version = -1;
  return out;
}

std::string reason_of(ByQueryScript script) {
  try {
    script.run(input());
  } catch (const ApiError& error) {
    return error.error().reason;
  }
  return "";
}

TEST(ByQueryScript, changes_the_source_and_leaves_the_rest) {
  auto script = make("ctx._source.n += 1");
  const auto out = script.run(input());
  EXPECT_EQ(out.action, ByQueryScript::Action::kIndex);
  EXPECT_EQ(out.source, R"({"n":2})");
  EXPECT_FALSE(out.id || out.index || out.routing || out.version);
  EXPECT_EQ(script.run(input()).source, R"({"n":2})");
}

TEST(ByQueryScript, tells_what_metadata_a_reindex_changed) {
  const auto out = make("ctx._id = null; ctx._routing = 7; ctx._index = 'j'; ctx._version = 5L").run(input());
  ASSERT_TRUE(out.id && out.routing && out.index && out.version);
  EXPECT_FALSE(out.id->has_value());
  EXPECT_EQ(**out.routing, "7");
  EXPECT_EQ(**out.index, "j");
  EXPECT_EQ(**out.version, 5);
}

TEST(ByQueryScript, refuses_what_opensearch_refuses) {
  EXPECT_EQ(reason_of(make("ctx._routing = 'x'", true)), "Modifying [_routing] not allowed");
  EXPECT_EQ(reason_of(make("ctx.op = null")), "Script cleared operation type");
  EXPECT_EQ(reason_of(make("ctx.op = 'create'")), "Operation type [create] not allowed, only [noop, index, delete] are allowed");
  EXPECT_EQ(reason_of(make("ctx.foo = 1")), "Invalid fields added to context [foo]");
  EXPECT_EQ(reason_of(make("ctx._index = null")), "Can't reindex without a destination index!");
  EXPECT_EQ(reason_of(make("ctx._source = 3")), "class java.lang.Integer cannot be cast to class java.util.Map (java.lang.Integer and "
                                                "java.util.Map are in module java.base of loader 'bootstrap')");
}

TEST(ByQueryScript, no_operation_and_deletion) {
  EXPECT_EQ(make("ctx.op = 'noop'").run(input()).action, ByQueryScript::Action::kNoop);
  EXPECT_EQ(make("ctx.op = 'delete'").run(input()).action, ByQueryScript::Action::kDelete);
}

}  // namespace
}  // namespace tarn::script
