#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "query/aggs/aggregator.h"

namespace tarn::query {

/// One aggregation of a request: name, type, body and what lies below. Immutable.
struct AggregationNode {
  std::string name;
  std::string type;
  Json body = Json::object();
  Json meta;                       ///< null if none
  std::vector<AggregationNode> children;
};

/// What a factory needs beside the node.
struct BuildContext {
  const SearchContext& search;
  bool is_root = false;   ///< the aggregation stands at the top: its only parent bucket is 0
};

/// Checks a node's body while the request is parsed, so that errors come as 400 and not from a shard.
using AggregationCheck = void (*)(const AggregationNode&);
using AggregationFactory = AggregatorPtr (*)(const AggregationNode&, const BuildContext&);
struct AggregationType {
  AggregationCheck check;
  AggregationFactory build;
  bool takes_children;
};
/// Null: no such type here.
const AggregationType* find_aggregation_type(std::string_view type);

AggregatorList build_children(const AggregationNode& node, const BuildContext& context);

/// Throws 400 x_content_parse_exception "[1:1] [terms] unknown field [sise] did you mean [size]?" for a member that is not
/// in `known`.
void check_members(const AggregationNode& node, std::initializer_list<std::string_view> known);
/// x_content_parse_exception "[..] [terms] failed to parse field [size]", caused by an illegal_argument_exception.
[[noreturn]] void fail_member(const AggregationNode& node, std::string_view member, Error cause);

// One factory a family, in bucket/ and metric/.
AggregatorPtr build_metric(const AggregationNode&, const BuildContext&);
AggregatorPtr build_cardinality(const AggregationNode&, const BuildContext&);
AggregatorPtr build_terms(const AggregationNode&, const BuildContext&);
AggregatorPtr build_histogram(const AggregationNode&, const BuildContext&);
AggregatorPtr build_date_histogram(const AggregationNode&, const BuildContext&);
AggregatorPtr build_range(const AggregationNode&, const BuildContext&);
AggregatorPtr build_filter(const AggregationNode&, const BuildContext&);
AggregatorPtr build_filters(const AggregationNode&, const BuildContext&);
void check_metric(const AggregationNode&);
void check_cardinality(const AggregationNode&);
void check_terms(const AggregationNode&);
void check_histogram(const AggregationNode&);
void check_date_histogram(const AggregationNode&);
void check_range(const AggregationNode&);
void check_filter(const AggregationNode&);
void check_filters(const AggregationNode&);

}  // namespace tarn::query
