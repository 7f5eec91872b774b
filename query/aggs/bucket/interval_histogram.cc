#include "query/aggs/bucket/interval_histogram.h"

#include <fmt/format.h>

namespace tarn::query {

void IntervalOptions::declare(Options& options, const AggregationNode& node, unsigned accept) {
  source.declare(options, node, accept);
  options
      .whole("min_doc_count",
             [this, &node](int64_t value) {
               require_not_negative(node, "minDocCount", value);
               min_doc_count = static_cast<uint64_t>(value);
             })
      .flag("keyed", keyed);
  order.declare(options);
}

IntervalHistogram::IntervalHistogram(const AggregationNode& node, const BuildContext& context, const IntervalOptions& options)
    : Aggregator(node), options_(options), source_(node.type, options.source, &context.state), children_(build_children(node, context)),
      context_(context.search) {}

void IntervalHistogram::begin(const Searcher& searcher) {
  source_.bind(searcher, context_);
  bound_to_field();
  options_.order.check(children_);
  children_.begin(searcher);
}

void IntervalHistogram::begin_segment(const Searcher& searcher, size_t segment) {
  source_.begin_segment(searcher, segment);
  children_.begin_segment(searcher, segment);
}

void IntervalHistogram::finish(AggregationContext& context) {
  children_.finish(context);
  buckets_.finish();
}

ResultBucket IntervalHistogram::keyed_bucket(int64_t key) const {
  ResultBucket out;
  out.number = key_number(key);
  out.key = key_text(key);
  if (shows_text()) {
    out.head = "\"key_as_string\":";
    append_json_string(out.head, out.key);
    out.head += ',';
  }
  out.head += "\"key\":" + key_json(key);
  return out;
}

ResultBucket IntervalHistogram::make_bucket(int64_t key, uint32_t bucket, AggregationContext& context) const {
  context.count_bucket();
  ResultBucket out = keyed_bucket(key);
  out.doc_count = bucket == kNoBucket ? 0 : buckets_[bucket].count;
  out.children = children_.build(bucket, context);
  return out;
}

ResultPtr IntervalHistogram::result(uint32_t parent, AggregationContext& context) {
  auto result = std::make_unique<BucketsResult>();
  result->keyed = options_.keyed;
  result->java = "InternalHistogram";
  const auto shown = buckets_.shown(parent, options_.min_doc_count, [this](int64_t key) { return next_key(key); }, lowest_key(), highest_key(),
                                    context.search.max_buckets, options_.order, children_);
  result->buckets.reserve(shown.size());
  for (const auto& entry : shown) result->buckets.push_back(make_bucket(entry.key, entry.bucket, context));
  result->next_bucket = [this](const ResultBucket& last) {
    // Predictions go beyond the data; their buckets have nothing but the prediction.
    return keyed_bucket(next_key(key_at(last.number)));
  };
  return result;
}

}  // namespace tarn::query
