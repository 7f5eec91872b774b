#include "indexer/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <map>

namespace tarn {
namespace {

std::shared_ptr<const Pipeline> pipeline(std::string_view definition,
                                         PipelineResolver resolver = {}) {
  return Pipeline::create("test", parse_json(definition), std::move(resolver));
}

/// The source after the pipeline, or "type: reason", or "dropped".
std::string run(std::string_view definition, std::string_view source) {
  IngestDocument document;
  document.index = "i";
  document.id = "1";
  std::string out;
  try {
    if (pipeline(definition)->run_on_text(source, document, out) == IngestOutcome::dropped)
      return "dropped";
  } catch (const ApiError& failure) {
    return failure.error().type + ": " + failure.error().reason;
  }
  return out;
}

constexpr std::string_view kEvents = R"({"processors":[
  {"dissect":{"field":"event_name","pattern":"%{event_type}:%{event_subtype}:%{?rest}"}},
  {"date":{"field":"created_at","formats":["UNIX"],"target_field":"created_datetime"}}]})";

TEST(pipeline, enriches_an_event_and_keeps_its_bytes) {
  EXPECT_TRUE(pipeline(kEvents)->only_adds_members());
  EXPECT_EQ(
      run(kEvents,
          R"({ "event_name": "user:session:login", "created_at":1706932800, "amount": 1.50 })"),
      R"({ "event_name": "user:session:login", "created_at":1706932800, "amount": 1.50 ,)"
      R"("event_type":"user","event_subtype":"session","created_datetime":"2024-02-03T04:00:00.000Z"})");
}

TEST(pipeline, the_plan_and_the_tree_agree) {
  const std::string tree_only = R"({"processors":[{"set":{"field":"x","value":1,"if":"false"}},
    {"dissect":{"field":"event_name","pattern":"%{event_type}:%{event_subtype}:%{?rest}"}},
    {"date":{"field":"created_at","formats":["UNIX"],"target_field":"created_datetime"}}]})";
  EXPECT_FALSE(pipeline(tree_only)->only_adds_members());
  for (const char* source :
       {R"({"event_name":"a:b:c","created_at":0})", R"({"event_name":"a:b:c:d","created_at":-1})",
        R"({"event_name":"a\":\u00e9:c","created_at":1700000000})",
        R"({"event_name":"::c","created_at":1})", R"({"event_name":"a:b","created_at":1})",
        R"({"event_name":5,"created_at":1})", R"({"created_at":1})",
        R"({"event_name":"a:b:c","created_at":"x"})",
        R"({"event_name":"a:b:c","created_at":"1706932800.5"})",
        R"({"event_name":"a:b:c","created_at":1.5})", R"({"event_name":"a:b:c","created_at":null})",
        R"({"event_name":"a:b:c","created_at":1,"event_type":"old"})",
        R"({"event_name":"a:b:c","created_at":9223372036854775807})", R"({})"}) {
    const std::string expected = run(tree_only, source);
    const std::string actual = run(kEvents, source);
    if (expected.starts_with('{')) {
      EXPECT_EQ(parse_json(actual), parse_json(expected)) << source;
    } else {
      EXPECT_EQ(actual, expected) << source;
    }
  }
}

TEST(pipeline, an_event_that_cannot_be_enriched_is_refused_with_the_reason) {
  EXPECT_EQ(run(kEvents, R"({"event_name":"login","created_at":1})"),
            "find_match: Unable to find match for dissect pattern: "
            "%{event_type}:%{event_subtype}:%{?rest} against source: login");
  EXPECT_EQ(run(kEvents, R"({"event_name":"a:b:c","created_at":"soon"})"),
            "illegal_argument_exception: unable to parse date [soon]");
}

TEST(pipeline, on_failure_may_send_the_document_to_another_index) {
  const auto rejecting =
      pipeline(R"({"processors":[{"fail":{"message":"no {{a}}","tag":"t"}}],"on_failure":[
    {"set":{"field":"_index","value":"{{_index}}-rejects"}},
    {"set":{"field":"why","value":"{{_ingest.on_failure_message}}, {{_ingest.on_failure_processor_type}} {{_ingest.on_failure_processor_tag}}"}}]})");
  IngestDocument document;
  document.index = "events";
  std::string out;
  ASSERT_EQ(rejecting->run_on_text(R"({"a":1})", document, out), IngestOutcome::kept);
  EXPECT_EQ(document.index, "events-rejects");
  EXPECT_EQ(out, R"({"a":1,"why":"no 1, fail t"})");
}

TEST(pipeline, conditions_read_the_document) {
  const auto with = [](std::string_view condition, std::string_view source) {
    Json definition = parse_json(R"({"processors":[{"set":{"field":"hit","value":true}}]})");
    definition["processors"][0]["set"]["if"] = std::string(condition);
    return run(to_text(definition), source).find("\"hit\"") != std::string::npos;
  };
  EXPECT_TRUE(with("ctx.a == 1 && ctx.b.c != 'x'", R"({"a":1,"b":{"c":"y"}})"));
  EXPECT_FALSE(with("ctx.b?.c == 'y'", R"({"a":1})"));
  EXPECT_TRUE(with("ctx.containsKey('a') && !ctx.containsKey('z')", R"({"a":1})"));
  EXPECT_TRUE(with("ctx['a'] > 0.5 || ctx.nothing.at.all == 1", R"({"a":1})"));
  EXPECT_TRUE(with("return ctx.name.toLowerCase().startsWith(\"an\");", R"({"name":"Ann"})"));
  EXPECT_TRUE(with("ctx.tags instanceof List && ctx.tags.size() == 2 && ctx.tags[1] == 'b'",
                   R"({"tags":["a","b"]})"));
  EXPECT_TRUE(with("['GET','PUT'].contains(ctx.verb)", R"({"verb":"PUT"})"));
}

TEST(pipeline, scripts_have_statements_and_what_painless_lacks_is_refused) {
  EXPECT_EQ(run(R"({"processors":[{"set":{"field":"a","value":1,"if":"for (x in ctx.l) { if (x > 1) { return true } } return false"}}]})", R"({"l":[1,2]})"),
            R"({"l":[1,2],"a":1})");
  EXPECT_EQ(run(R"({"processors":[{"script":{"source":"ctx.a = ctx.remove('b') + params.c","params":{"c":2}}}]})", R"({"b":1})"), R"({"a":3})");
  try {
    pipeline(R"json({"processors":[{"script":{"source":"ctx.a = new File('x')"}}]})json");
    FAIL();
  } catch (const ApiError& failure) {
    EXPECT_EQ(failure.error().type, "script_exception");
    EXPECT_EQ(failure.error().members["processor_type"], "script");
  }
}

TEST(pipeline, pipelines_call_each_other_and_cycles_are_refused) {
  std::map<std::string, std::shared_ptr<const Pipeline>, std::less<>> all;
  const auto resolver = [&all](std::string_view name) {
    const auto it = all.find(name);
    return it == all.end() ? nullptr : it->second;
  };
  all["inner"] = Pipeline::create(
      "inner", parse_json(R"({"processors":[{"set":{"field":"b","value":2}}]})"), resolver);
  all["loop"] = Pipeline::create(
      "loop", parse_json(R"({"processors":[{"pipeline":{"name":"loop"}}]})"), resolver);
  IngestDocument document;
  document.source = parse_json(R"({"a":1})");
  pipeline(R"({"processors":[{"pipeline":{"name":"inner"}}]})", resolver)->run(document);
  EXPECT_EQ(to_text(document.source), R"({"a":1,"b":2})");
  EXPECT_THROW(all["loop"]->run(document), ApiError);
}

TEST(pipeline, metadata_can_be_read_and_changed) {
  IngestDocument document;
  document.index = "i";
  document.source = parse_json(R"({"k":"v"})");
  pipeline(
      R"({"processors":[{"set":{"field":"_id","value":"{{_index}}-{{k}}"}},{"set":{"field":"_routing","value":"r"}},
    {"remove":{"field":"k"}}]})")
      ->run(document);
  EXPECT_EQ(document.id, "i-v");
  EXPECT_EQ(document.routing, "r");
  EXPECT_EQ(to_text(document.source), "{}");
}

TEST(pipeline, every_grok_pattern_of_the_dictionary_compiles) {
  const Json patterns = grok_pattern_list(false)["patterns"];
  EXPECT_GT(patterns.size(), 300u);
  for (const auto& [name, pattern] : patterns.items()) {
    Json definition = parse_json(R"({"processors":[{"grok":{"field":"m","patterns":[]}}]})");
    definition["processors"][0]["grok"]["patterns"].push_back("%{" + name + ":x}");
    EXPECT_NO_THROW(Pipeline::create("p", definition)) << name;
  }
}

}  // namespace
}  // namespace tarn
