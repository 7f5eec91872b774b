#include "query/aggs/pipeline/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "indexer/base/error.h"
#include "query/aggs/value_source.h"
#include "query/shard_failure.h"

namespace tarn::query {
namespace {

using Maker = PipelinePtr (*)(const AggregationNode&);
const std::map<std::string_view, Maker>& makers() {
  static const std::map<std::string_view, Maker> kMakers = {
      {"avg_bucket", make_bucket_metric},         {"sum_bucket", make_bucket_metric},
      {"min_bucket", make_bucket_metric},         {"max_bucket", make_bucket_metric},
      {"stats_bucket", make_bucket_metric},       {"extended_stats_bucket", make_bucket_metric},
      {"percentiles_bucket", make_bucket_metric}, {"derivative", make_parent_pipeline},
      {"cumulative_sum", make_parent_pipeline},   {"serial_diff", make_parent_pipeline},
      {"moving_avg", make_moving},                {"moving_fn", make_moving},
      {"bucket_script", make_bucket_script},      {"bucket_selector", make_bucket_script},
      {"bucket_sort", make_bucket_sort}};
  return kMakers;
}

[[noreturn]] void invalid(const std::vector<std::string>& errors) {
  std::string reason = "Validation Failed: ";
  for (size_t i = 0; i < errors.size(); ++i) reason += fmt::format("{}: {};", i + 1, errors[i]);
  throw ApiError(Error(400, "action_request_validation_exception", reason));
}

/// Depth-first order of dependencies. Follows: OpenSearch AggregatorFactories.resolvePipelineAggregatorOrder.
class Resolver {
 public:
  Resolver(const std::vector<PipelinePtr>& pipelines, const std::vector<AggregationNode>& siblings)
      : pipelines_(pipelines), siblings_(siblings) {}

  std::vector<PipelinePtr> run() {
    for (const PipelinePtr& pipeline : pipelines_) visit(pipeline);
    return std::move(ordered_);
  }

 private:
  void visit(const PipelinePtr& pipeline) {
    if (done_.contains(pipeline.get())) return;
    if (!open_.insert(pipeline.get()).second) {
      invalid({fmt::format("Cyclical dependency found with pipeline aggregator [{}]", pipeline->name())});
    }
    for (const BucketsPath& path : pipeline->paths()) follow(path);
    open_.erase(pipeline.get());
    done_.insert(pipeline.get());
    ordered_.push_back(pipeline);
  }

  void follow(const BucketsPath& path) {
    if (path.text == "_count" || path.text == "_key") return;
    const std::string& first = path.elements[0].name;
    const AggregationNode* node = find(siblings_, first);
    if (node == nullptr) {
      for (const PipelinePtr& pipeline : pipelines_) {
        if (pipeline->name() == first) return visit(pipeline);
      }
      invalid({fmt::format("No aggregation found for path [{}]", path.text)});
    }
    for (size_t i = 1; i < path.elements.size(); ++i) {
      const std::string& name = path.elements[i].name;
      const bool last = i + 1 == path.elements.size();
      if (last && (name == "_key" || name == "_count")) continue;
      if (const AggregationNode* below = find(node->children, name)) {
        node = below;
        continue;
      }
      const bool is_pipeline = last && std::any_of(node->pipelines.begin(), node->pipelines.end(),
                                                   [&](const PipelinePtr& p) { return p->name() == name; });
      if (!is_pipeline) invalid({fmt::format("No aggregation [{}] found for path [{}]", name, path.text)});
    }
  }
  static const AggregationNode* find(const std::vector<AggregationNode>& nodes, const std::string& name) {
    for (const AggregationNode& node : nodes) {
      if (node.name == name) return &node;
    }
    return nullptr;
  }

  const std::vector<PipelinePtr>& pipelines_;
  const std::vector<AggregationNode>& siblings_;
  std::set<const Pipeline*> open_, done_;
  std::vector<PipelinePtr> ordered_;
};

}  // namespace

bool is_pipeline_type(std::string_view type) { return makers().contains(type); }

std::vector<std::string_view> pipeline_type_names() {
  std::vector<std::string_view> out;
  for (const auto& [name, maker] : makers()) out.push_back(name);
  return out;
}

PipelinePtr parse_pipeline(const AggregationNode& node) { return makers().at(node.type)(node); }

std::vector<PipelinePtr> order_pipelines(std::vector<PipelinePtr> pipelines, const std::vector<AggregationNode>& siblings,
                                         const AggregationNode* parent) {
  std::vector<PipelinePtr> ordered = Resolver(pipelines, siblings).run();
  std::vector<std::string> errors;
  for (const PipelinePtr& pipeline : ordered) pipeline->validate(siblings, parent, errors);
  if (!errors.empty()) invalid(errors);
  return ordered;
}

void apply_sibling_pipelines(const std::vector<PipelinePtr>& pipelines, ResultList& results) {
  for (const PipelinePtr& pipeline : pipelines) {
    if (pipeline->is_sibling()) results.push_back(pipeline->compute(results));
  }
}

void apply_pipelines(const std::vector<PipelinePtr>& pipelines, Result& result, const SearchContext& search) {
  for (const PipelinePtr& pipeline : pipelines) {
    auto* buckets = dynamic_cast<BucketsResult*>(&result);
    if (!pipeline->is_sibling()) {
      if (buckets == nullptr) {
        const std::string owner = "org.opensearch.search.aggregations.bucket." + result.java_name();
        throw ApiError(reduce_failed(Error(500, "class_cast_exception",
                                           fmt::format("class {0} cannot be cast to class org.opensearch.search.aggregations.InternalMultiBucketAggregation "
                                                       "({0} and org.opensearch.search.aggregations.InternalMultiBucketAggregation are in unnamed module of "
                                                       "loader 'app')", owner))));
      }
      pipeline->rewrite(*buckets, search);
      continue;
    }
    if (buckets != nullptr) {
      for (ResultBucket& bucket : buckets->buckets) bucket.children.push_back(pipeline->compute(bucket.children));
    } else if (auto* single = dynamic_cast<SingleBucketResult*>(&result)) {
      single->children.push_back(pipeline->compute(single->children));
    }
  }
}

PipelineBody PipelineBody::read(const AggregationNode& node, const std::function<bool(const std::string&, const Json&)>& more) {
  PipelineBody out;
  const auto fail = [&](std::string reason) { throw ApiError(parsing_exception(std::move(reason)).with("line", 1).with("col", 1)); };
  const auto path = [&](const std::string& name, const Json& value) {
    if (!value.is_string()) fail(fmt::format("Unexpected token {} [{}] in [{}]", option_token(value), "buckets_path", node.name));
    out.paths.emplace_back(name, value.get<std::string>());
  };
  for (const auto& [key, value] : node.body().items()) {
    if (key == "buckets_path" && (value.is_string() || value.is_array() || value.is_object())) {
      if (value.is_string()) path("", value);
      if (!value.is_string()) {
        for (const auto& [name, one] : value.items()) path(value.is_array() ? "_value" + name : name, one);
      }
    } else if (key == "gap_policy" && value.is_string()) {
      const std::string text = value.get<std::string>();
      if (text == "insert_zeros") out.gap_policy = GapPolicy::kInsertZeros;
      else if (text != "skip") fail(fmt::format("Invalid gap policy: [{}], accepted values: [insert_zeros, skip]", text));
    } else if (key == "format" && value.is_string()) {
      out.format = value.get<std::string>();
    } else if (!more || !more(key, value)) {
      fail(fmt::format("Unexpected token {} [{}] in [{}]", option_token(value), key, node.name));
    }
  }
  if (out.paths.empty()) {
    fail(fmt::format("Missing required field [buckets_path] for {}aggregation [{}]",
                     node.type.ends_with("_bucket") ? "" : node.type + " ", node.name));
  }
  if (!out.format.empty()) format_decimal(out.format, 0);  // refuses a bad pattern at once
  return out;
}

std::unique_ptr<MetricResult> simple_value(double value, const std::string& format) {
  auto result = std::make_unique<MetricResult>();
  result->java = "InternalSimpleValue";
  result->values = {{"value", value}};
  result->members = members_text([&](JsonWriter& out) {
    out.key("value");
    if (!std::isfinite(value)) {
      out.null();
      return;
    }
    out.number(value);
    if (!format.empty()) out.key("value_as_string").string(format_decimal(format, value));
  });
  return result;
}

void ParentPipeline::validate(const std::vector<AggregationNode>&, const AggregationNode* parent, std::vector<std::string>& errors) const {
  const std::string must = fmt::format("{} aggregation [{}] must have a histogram, date_histogram or auto_date_histogram as parent", type(), name());
  if (parent == nullptr) {
    errors.push_back(must + " but doesn't have a parent");
  } else if (parent->type == "histogram" || parent->type == "date_histogram") {
    const Json* count = parent->body().contains("min_doc_count") ? &parent->body()["min_doc_count"] : nullptr;
    if (count != nullptr && read_long_option(*count) != 0) {
      errors.push_back(fmt::format("parent histogram of {} aggregation [{}] must have min_doc_count of 0", type(), name()));
    }
  } else if (parent->type != "auto_date_histogram") {
    errors.push_back(must);
  }
}

}  // namespace tarn::query
