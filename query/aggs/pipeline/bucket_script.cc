// bucket_script and bucket_selector: a script over numbers of each bucket.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/pipeline/pipeline.h"
#include "query/aggs/pipeline/script_step.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct ScriptBody {
  std::vector<std::pair<std::string, std::string>> paths;   ///< name of the parameter, path
  bool has_paths = false;
  std::optional<script::ScriptSpec> script;
  GapPolicy gap_policy = GapPolicy::kSkip;
  std::string format;

  void read_paths(const Json& json) {
    has_paths = true;
    if (json.is_string()) paths.emplace_back("_value", json.get<std::string>());
    size_t i = 0;
    if (json.is_array()) {
      for (const Json& one : json) paths.emplace_back("_value" + std::to_string(i++), scalar_option_text(one));
    } else if (json.is_object()) {
      for (const auto& [name, one] : json.items()) paths.emplace_back(name, scalar_option_text(one));
    }
  }
  void read_gap_policy(const Json& json) {
    const std::string text = json.get<std::string>();
    if (text == "insert_zeros") gap_policy = GapPolicy::kInsertZeros;
    else if (text != "skip") {
      throw ApiError(parsing_exception(fmt::format("Invalid gap policy: [{}], accepted values: [insert_zeros, skip]", text)).with("line", 1).with("col", 1));
    }
  }
};

ScriptBody read_bucket_script(const AggregationNode& node) {
  ScriptBody out;
  Options options(node.type);
  options.any("buckets_path", kTokenString | kStructure, [&](const Json& json) { out.read_paths(json); })
      .any("script", kTokenString | kTokenObject, [&](const Json& json) { out.script = script::parse_script(json); })
      .text("format", out.format)
      .any("gap_policy", kTokenString, [&](const Json& json) { out.read_gap_policy(json); });
  options.read(node.body());
  if (!out.has_paths || !out.script) {
    throw ApiError(illegal_argument(out.has_paths ? "Required [script]" : out.script ? "Required [buckets_path]" : "Required [buckets_path, script]"));
  }
  return out;
}

/// bucket_selector has a parser of its own in OpenSearch, with its own words.
ScriptBody read_bucket_selector(const AggregationNode& node) {
  ScriptBody out;
  const auto fail = [](std::string reason) { throw ApiError(parsing_exception(std::move(reason)).with("line", 1).with("col", 1)); };
  for (const auto& [key, value] : node.body().items()) {
    const bool known = value.is_string() || value.is_array() || value.is_object();
    if (!known) fail(fmt::format("Unexpected token {} in [{}].", option_token(value), node.name));
    if (key == "buckets_path") out.read_paths(value);
    else if (key == "script" && !value.is_array()) out.script = script::parse_script(value);
    else if (key == "gap_policy" && value.is_string()) out.read_gap_policy(value);
    else fail(fmt::format("Unknown key for a {} in [{}]: [{}].", option_token(value), node.name, key));
  }
  for (const auto& [name, given] : {std::pair{"buckets_path", out.has_paths}, {"script", out.script.has_value()}}) {
    if (!given) fail(fmt::format("Missing required field [{}] for {} aggregation [{}]", name, node.type, node.name));
  }
  return out;
}

class BucketScript : public Pipeline {
 public:
  BucketScript(const AggregationNode& node, ScriptBody body) : Pipeline(node), body_(std::move(body)) {
    for (const auto& [name, path] : body_.paths) {
      paths_.push_back(BucketsPath::parse(path));
      steps_.push_back(paths_.back().steps());
    }
    if (!body_.format.empty()) format_decimal(body_.format, 0);  // refuses a bad pattern at once
  }
  bool is_sibling() const override { return false; }
  ResultPtr compute(const ResultList&) const override { return nullptr; }
  void validate(const std::vector<AggregationNode>&, const AggregationNode* parent, std::vector<std::string>& errors) const override {
    if (parent == nullptr) errors.push_back(fmt::format("{} aggregation [{}] must be declared inside of another aggregation", type(), name()));
  }

  void rewrite(BucketsResult& owner, const SearchContext& search) const override {
    if (type() == "bucket_selector") {
      ScriptStep script(*body_.script, script::Context::kBucketSelector, search);
      std::erase_if(owner.buckets, [&](const ResultBucket& bucket) {
        set_values(owner, bucket, script);
        return !script.truth();
      });
      return;
    }
    ScriptStep script(*body_.script, script::Context::kBucketAggs, search);
    for (ResultBucket& bucket : owner.buckets) {
      if (!set_values(owner, bucket, script)) continue;
      if (const auto value = script.number()) bucket.children.push_back(named(simple_value(*value, body_.format), "simple_value"));
    }
  }

 private:
  /// False: a value is missing and gaps are skipped.
  bool set_values(const BucketsResult& owner, const ResultBucket& bucket, ScriptStep& script) const {
    bool complete = true;
    for (size_t i = 0; i < body_.paths.size(); ++i) {
      const auto value = bucket_value(owner, bucket, steps_[i], body_.gap_policy);
      if (body_.gap_policy == GapPolicy::kSkip && (!value || std::isnan(*value))) complete = false;
      script.set(body_.paths[i].first, value);
    }
    return complete;
  }

  ScriptBody body_;
  std::vector<std::vector<std::string>> steps_;
};

}  // namespace

PipelinePtr make_bucket_script(const AggregationNode& node) {
  return std::make_shared<BucketScript>(node, node.type == "bucket_script" ? read_bucket_script(node) : read_bucket_selector(node));
}

}  // namespace tarn::query
