#include "query/aggs/bucket/count_options.h"

#include <fmt/format.h>

#include "indexer/base/error.h"

namespace tarn::query {

void CountOptions::declare(Options& options, const AggregationNode& node) {
  const auto whole = [&node](const char* name, uint64_t& out) {
    return [&node, name, &out](int64_t value) {
      require_not_negative(node, name, value);
      out = static_cast<uint64_t>(value);
    };
  };
  options
      .integer("size",
               [this, &node](int64_t value) {
                 require_positive(node, "size", value);
                 size = static_cast<size_t>(value);
               })
      .integer("shard_size",
               [this, &node](int64_t value) {
                 // OpenSearch's terms has a blank more.
                 if (value <= 0 && node.type == "terms") {
                   throw ApiError(illegal_argument(fmt::format("[shardSize] must be greater than  0. Found [{}] in [{}]", value, node.name)));
                 }
                 require_positive(node, "shardSize", value);
                 shard_size = static_cast<size_t>(value);
               })
      .whole("min_doc_count", whole("minDocCount", min_doc_count))
      .whole("shard_min_doc_count", whole("shardMinDocCount", shard_min_doc_count));
}

void declare_collect_mode(Options& options) {
  options.any("collect_mode", kTokenString, [](const Json& json) {
    if (json != "depth_first" && json != "breadth_first") {
      throw ApiError(Error(400, "parse_exception", fmt::format("no [collect_mode] found for value [{}]", json.get<std::string>())));
    }
  });
}

}  // namespace tarn::query
