#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/aggs/parse.h"
#include "query/aggs/pipeline/buckets_path.h"

namespace tarn::query {

/// An aggregation over the answers of others. Two kinds: a sibling adds one answer beside those that it reads, a parent
/// adds one to each bucket around it, or removes and reorders buckets. Immutable.
class Pipeline {
 public:
  explicit Pipeline(const AggregationNode& node) : name_(node.name), type_(node.type), meta_(node.meta) {}
  virtual ~Pipeline() = default;
  const std::string& name() const { return name_; }
  const std::string& type() const { return type_; }
  const std::vector<BucketsPath>& paths() const { return paths_; }

  /// Appends reasons to `errors` where it cannot stand among `siblings` below `parent` (null: at the top).
  virtual void validate(const std::vector<AggregationNode>& siblings, const AggregationNode* parent,
                        std::vector<std::string>& errors) const = 0;
  /// A sibling's answer from the others of its level; null for a parent pipeline.
  virtual ResultPtr compute(const ResultList& siblings) const = 0;
  /// A parent pipeline's work.
  virtual void rewrite(BucketsResult& buckets, const SearchContext& search) const = 0;
  virtual bool is_sibling() const = 0;

 protected:
  ResultPtr named(ResultPtr result, std::string type) const {
    result->name = &name_;
    result->type = std::move(type);
    if (!meta_.is_null()) result->meta = &meta_;
    return result;
  }
  std::vector<BucketsPath> paths_;

 private:
  std::string name_, type_;
  Json meta_;
};

bool is_pipeline_type(std::string_view type);
std::vector<std::string_view> pipeline_type_names();
/// Throws 400 parsing_exception, as OpenSearch words it.
PipelinePtr parse_pipeline(const AggregationNode& node);

/// In order of what they read. Throws 400 action_request_validation_exception for paths that lead nowhere and bad places.
std::vector<PipelinePtr> order_pipelines(std::vector<PipelinePtr> pipelines, const std::vector<AggregationNode>& siblings,
                                         const AggregationNode* parent);

/// The pipelines below an aggregation, in order, on its answer.
void apply_pipelines(const std::vector<PipelinePtr>& pipelines, Result& result, const SearchContext& search);
void apply_sibling_pipelines(const std::vector<PipelinePtr>& pipelines, ResultList& results);

// What the families share.

/// The members that every pipeline reads: buckets_path, gap_policy, format.
struct PipelineBody {
  std::vector<std::pair<std::string, std::string>> paths;   ///< name (of an object's member, or "") and path
  GapPolicy gap_policy = GapPolicy::kSkip;
  std::string format;
  Json script;                                              ///< null: none
  /// Reads `node.body()`; a member beyond these goes to `more`, which returns false for one that it does not know.
  static PipelineBody read(const AggregationNode& node, const std::function<bool(const std::string&, const Json&)>& more = {});
};
/// {"value": x} with value_as_string where there is a format; null where x is no number.
std::unique_ptr<MetricResult> simple_value(double value, const std::string& format);

PipelinePtr make_bucket_metric(const AggregationNode& node);    // avg_bucket ... percentiles_bucket
PipelinePtr make_parent_pipeline(const AggregationNode& node);  // derivative, cumulative_sum, serial_diff
PipelinePtr make_moving(const AggregationNode& node);           // moving_avg, moving_fn
PipelinePtr make_bucket_script(const AggregationNode& node);    // bucket_script, bucket_selector
PipelinePtr make_bucket_sort(const AggregationNode& node);

/// A pipeline that adds a value to each bucket of the histogram around it.
class ParentPipeline : public Pipeline {
 public:
  using Pipeline::Pipeline;
  bool is_sibling() const override { return false; }
  ResultPtr compute(const ResultList&) const override { return nullptr; }
  void validate(const std::vector<AggregationNode>& siblings, const AggregationNode* parent,
                std::vector<std::string>& errors) const override;

 protected:
  void add(ResultBucket& bucket, std::unique_ptr<MetricResult> value, std::string type) const {
    bucket.children.push_back(named(std::move(value), std::move(type)));
  }
};

}  // namespace tarn::query
