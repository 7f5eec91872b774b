#include "query/aggs/aggregator.h"

#include <fmt/format.h>

#include "indexer/base/error.h"

namespace tarn::query {

void AggregationContext::count_bucket() {
  if (++buckets_written <= search.max_buckets) return;
  Error cause(503, "too_many_buckets_exception",
              fmt::format("Trying to create too many buckets. Must be less than or equal to: [{}] but was [{}]. This limit can be "
                          "set by changing the [search.max_buckets] cluster level setting.", search.max_buckets,
                          buckets_written));
  cause.with("max_buckets", search.max_buckets);
  Error error(503, "search_phase_execution_exception", "");
  error.with("phase", "fetch").with("grouped", true).with("failed_shards", Json::array());
  error.caused_by(cause);
  throw ApiError(error);
}

double Aggregator::sort_value(uint32_t, std::string_view property) const {
  throw ApiError(Error(500, "aggregation_execution_exception",
                       fmt::format("Invalid aggregation order path [{}]. The provided aggregation [{}] either does not exist, or "
                                   "is a pipeline aggregation and cannot be used to sort the buckets.", property, name_)));
}

const Aggregator* Aggregator::child(std::string_view) const { return nullptr; }

void write_children(JsonWriter& out, const AggregatorList& children, uint32_t bucket, AggregationContext& context) {
  for (const auto& child : children) {
    out.key(context.typed_keys ? child->type_name() + "#" + child->name() : child->name()).begin_object();
    child->write(out, bucket, context);
    out.end_object();
  }
}

void Children::flush() {
  if (docs_.empty()) return;
  const DocBatch batch{docs_.data(), buckets_.data(), docs_.size()};
  for (auto& child : list_) child->collect(batch);
  docs_.clear();
  buckets_.clear();
}

const Aggregator* Children::find(std::string_view name) const {
  for (const auto& child : list_) {
    if (child->name() == name) return child.get();
  }
  return nullptr;
}

}  // namespace tarn::query
