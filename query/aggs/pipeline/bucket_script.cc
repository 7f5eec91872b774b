// bucket_script and bucket_selector: a script over numbers of each bucket.
#include <fmt/format.h>

#include "indexer/base/error.h"
#include "query/aggs/pipeline/pipeline.h"

namespace tarn::query {

PipelinePtr make_bucket_script(const AggregationNode& node) {
  const PipelineBody body = PipelineBody::read(node, [](const std::string& key, const Json&) { return key == "script"; });
  if (!node.body().contains("script")) {
    throw ApiError(parsing_exception(fmt::format("Missing required field [script] for {} aggregation [{}]", node.type, node.name))
                       .with("line", 1).with("col", 1));
  }
  not_supported(node, "the script");
}

}  // namespace tarn::query
