#include "query/aggs/aggregator.h"

#include <fmt/format.h>

#include "indexer/base/check.h"
#include "indexer/base/error.h"
#include "query/aggs/parse.h"
#include "query/aggs/pipeline/pipeline.h"
#include "query/shard_failure.h"

namespace tarn::query {

void AggregationContext::count_bucket() {
  check_room(1);
  ++buckets_made;
}

void AggregationContext::check_room(size_t count) const {
  if (buckets_made + count <= search.max_buckets) return;
  const size_t wanted = search.max_buckets + 1;
  Error cause(503, "too_many_buckets_exception",
              fmt::format("Trying to create too many buckets. Must be less than or equal to: [{}] but was [{}]. This limit can be "
                          "set by changing the [search.max_buckets] cluster level setting.", search.max_buckets, wanted));
  cause.with("max_buckets", search.max_buckets);
  throw ApiError(reduce_failed(cause));
}

const std::string& Aggregator::name() const { return node_.name; }

ResultPtr Aggregator::build(uint32_t bucket, AggregationContext& context) {
  ResultPtr out = result(bucket, context);
  out->name = &node_.name;
  out->type = type_name();
  if (!node_.meta.is_null()) out->meta = &node_.meta;
  apply_pipelines(node_.pipelines, *out, context.search);
  return out;
}

void Aggregator::absorb(Aggregator&, std::span<const uint32_t>) { CHECK(mergeable() && false); }

double Aggregator::sort_value(uint32_t, std::string_view) const { return 0; }

void Aggregator::check_sort(std::string_view) const {
  throw ApiError(Error(500, "aggregation_execution_exception",
                       fmt::format("Buckets can only be sorted on a sub-aggregator path that is built out of zero or more "
                                   "single-bucket aggregations within the path and a final single-bucket or a metrics aggregation at the "
                                   "path end. [{}] is not single-bucket.", name())));
}

const Aggregator* Aggregator::child(std::string_view) const { return nullptr; }

void Children::flush() {
  if (waiting_ == 0) return;
  const DocBatch batch{docs_.data(), buckets_.data(), waiting_};
  waiting_ = 0;
  for (auto& child : list_) child->collect(batch);
}

ResultList Children::build(uint32_t bucket, AggregationContext& context) const {
  ResultList out;
  out.reserve(list_.size());
  for (const auto& child : list_) out.push_back(child->build(bucket, context));
  return out;
}

const Aggregator* Children::find(std::string_view name) const {
  for (const auto& child : list_) {
    if (child->name() == name) return child.get();
  }
  return nullptr;
}

size_t Children::memory_bytes() const {
  size_t bytes = 0;
  for (const auto& child : list_) bytes += child->memory_bytes();
  return bytes;
}

}  // namespace tarn::query
