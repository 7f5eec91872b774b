// OpenSearch's recorded answers to _simulate, where ../shared/conformance is at hand.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "indexer/pipeline/pipeline.h"

namespace tarn {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

/// Everything that is recorded is answered alike; members compare in any order.
bool same(const Json& expected, const Json& actual) {
  if (expected.is_string() && expected == "*") return true;
  if (expected.is_object()) {
    if (!actual.is_object() || actual.size() != expected.size()) return false;
    for (const auto& [key, value] : expected.items()) {
      if (!actual.contains(key) || !same(value, actual.at(key))) return false;
    }
    return true;
  }
  if (expected.is_array()) {
    if (!actual.is_array() || actual.size() != expected.size()) return false;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!same(expected[i], actual[i])) return false;
    }
    return true;
  }
  return expected == actual;
}

Json answer(const Json& test) {
  const Json& request = test["request"];
  const auto path = request["path"].get<std::string>();
  std::map<std::string, std::shared_ptr<const Pipeline>, std::less<>> stored;
  const PipelineResolver resolver = [&stored](std::string_view name) {
    const auto it = stored.find(name);
    return it == stored.end() ? nullptr : it->second;
  };
  for (const Json& step : test.value("setup", Json::array())) {
    const auto name = step["path"].get<std::string>().substr(18);
    stored[name] = Pipeline::create(name, step["body"], resolver);
  }
  std::shared_ptr<const Pipeline> pipeline;
  if (!path.starts_with("/_ingest/pipeline/_simulate"))
    pipeline = stored[path.substr(18, path.find('/', 18) - 18)];
  try {
    return simulate_pipeline(request["body"], pipeline, path.find("verbose") != std::string::npos,
                             resolver);
  } catch (const ApiError& failure) {
    return failure.error().to_body();
  }
}

TEST(pipeline_differential, simulations_answer_as_opensearch) {
  std::filesystem::path folder = std::filesystem::path(__FILE__).parent_path() /
                                 "../../../shared/conformance/differential/cases/ingest";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  int passed = 0;
  std::vector<std::string> failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Json test = parse_json(read(entry.path()));
    if (test["request"]["path"].get<std::string>().find("_simulate") == std::string::npos) continue;
    if (entry.path().filename() == "simulate_missing.json") continue;  // the API's business
    const Json actual = answer(test);
    if (same(test["expected"]["body"], actual)) {
      ++passed;
    } else {
      failed.push_back(entry.path().stem().string());
      if (std::getenv("VERBOSE") != nullptr) {
        std::fprintf(stderr, "%s\n  expected %s\n  actual   %s\n", failed.back().c_str(),
                     to_text(test["expected"]["body"]).c_str(), to_text(actual).c_str());
      }
    }
  }
  std::sort(failed.begin(), failed.end());
  for (const std::string& name : failed) std::fprintf(stderr, "differs: %s\n", name.c_str());
  RecordProperty("passed", passed);
  EXPECT_GE(passed, 114);
}

}  // namespace
}  // namespace tarn
