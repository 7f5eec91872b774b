#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/aggs/aggregator.h"
#include "query/aggs/options.h"

namespace tarn::query {

class Pipeline;
using PipelinePtr = std::shared_ptr<const Pipeline>;

/// One aggregation of a request: name, type, body and what lies below. Immutable once parsed.
struct AggregationNode {
  std::string name;
  std::string type;
  const Json& body() const { return given != nullptr ? *given : kept; }
  const Json* given = nullptr;                 ///< the request's own tree, which knows places in its text; only while parsing
  Json kept = Json::object();
  Json meta;                                   ///< null if none
  std::vector<AggregationNode> children;
  std::vector<PipelinePtr> pipelines;          ///< in order of their dependencies
};

/// What a factory needs beside the node. The node outlives what is built of it.
struct BuildContext {
  const SearchContext& search;
  RunState& state;
  bool is_root = false;                        ///< the aggregation stands at the top: its only parent bucket is 0
  const AggregationNode* parent = nullptr;     ///< the node around; null at the top
  std::vector<const AggregationNode*> ancestors = {};  ///< from the top to the parent
};

/// Checks a node's body while the request is parsed, so that errors come as 400 and not from a shard.
using AggregationCheck = void (*)(const AggregationNode&);
using AggregationFactory = AggregatorPtr (*)(const AggregationNode&, const BuildContext&);
struct AggregationType {
  std::string_view name;
  AggregationCheck check;
  AggregationFactory build;
  bool takes_children = true;
  bool needs_scores = false;
};
/// Null: no such type.
const AggregationType* find_aggregation_type(std::string_view type);

AggregatorList build_children(const AggregationNode& node, const BuildContext& context);

/// Checks of options that several aggregations share, worded as OpenSearch does.
void require_positive(const AggregationNode& node, std::string_view name, int64_t value);          ///< > 0
void require_not_negative(const AggregationNode& node, std::string_view name, int64_t value);      ///< >= 0
[[noreturn]] void not_supported(const AggregationNode& node, std::string_view what);              ///< 501

}  // namespace tarn::query
