#include "query/aggs/bucket/bucket_order.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <iterator>

#include "indexer/base/error.h"
#include "query/aggs/pipeline/buckets_path.h"

namespace tarn::query {
namespace {

BucketOrder::Key parse_key(const std::string& name, const Json& direction) {
  const auto fail = [](std::string reason) { throw ApiError(parsing_exception(std::move(reason)).with("line", 1).with("col", 1)); };
  if (!direction.is_string()) fail(fmt::format("Unexpected token [{}] for [order]", option_token(direction)));
  std::string text = direction.get<std::string>();
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (text != "asc" && text != "desc") fail(fmt::format("Unknown order direction [{}]", direction.get<std::string>()));
  BucketOrder::Key key;
  key.ascending = text == "asc";
  if (name == "_count") {
    key.kind = BucketOrder::Key::Kind::kCount;
    return key;
  }
  if (name == "_key" || name == "_term" || name == "_time") {
    key.kind = BucketOrder::Key::Kind::kKey;
    return key;
  }
  key.kind = BucketOrder::Key::Kind::kMetric;
  key.text = name;
  for (const BucketsPath::Element& element : BucketsPath::parse(name).elements) {
    key.path.push_back(element.name);
    key.property = element.key.value_or("");
  }
  return key;
}

[[noreturn]] void bad_path(const BucketOrder::Key& key, const std::string& reason) {
  throw ApiError(Error(500, "aggregation_execution_exception", fmt::format("Invalid aggregation order path [{}]. {}", key.text, reason)));
}

const Aggregator* follow(const BucketOrder::Key& key, const Children& children, uint32_t& bucket) {
  const Aggregator* aggregator = nullptr;
  for (size_t i = 0; i < key.path.size(); ++i) {
    if (i > 0) {
      if (!aggregator->single_bucket()) {
        bad_path(key, fmt::format("Buckets can only be sorted on a sub-aggregator path that is built out of zero or more single-bucket aggregations "
                                  "within the path and a final single-bucket or a metrics aggregation at the path end. [{}] is not single-bucket.",
                                  aggregator->name()));
      }
      if (bucket != kNoBucket) bucket = aggregator->child_bucket(bucket);
    }
    aggregator = i == 0 ? children.find(key.path[0]) : aggregator->child(key.path[i]);
    if (aggregator == nullptr) {
      bad_path(key, fmt::format("The provided aggregation [{}] either does not exist, or is a pipeline aggregation and cannot be used to sort the buckets.",
                                key.path[i]));
    }
  }
  return aggregator;
}

}  // namespace

BucketOrder BucketOrder::parse(const Json& json) {
  const auto fail = [](std::string reason) { throw ApiError(parsing_exception(std::move(reason)).with("line", 1).with("col", 1)); };
  BucketOrder order;
  const auto read = [&](const Json& object) {
    if (!object.is_object()) fail(fmt::format("Unexpected token [{}] for [order]", object.is_array() ? "START_ARRAY" : "END_ARRAY"));
    if (object.empty()) fail("Must specify at least one field for [order]");
    // Of several members the last one counts, as OpenSearch's parser has it.
    const auto last = std::prev(object.end());
    return parse_key(last.key(), last.value());
  };
  if (json.is_object()) order.keys_ = {read(json)};
  for (const Json& element : json.is_array() ? json : Json::array()) order.keys_.push_back(read(element));
  return order;
}

void BucketOrder::declare(Options& options) {
  options.any("order", kStructure, [this](const Json& json) {
    BucketOrder parsed = parse(json);
    if (!parsed.keys_.empty()) *this = std::move(parsed);
  });
}

void BucketOrder::check(const Children& children) const {
  for (const Key& key : keys_) {
    if (key.kind != Key::Kind::kMetric) continue;
    uint32_t bucket = 0;
    const Aggregator* aggregator = follow(key, children, bucket);
    try {
      aggregator->check_sort(key.property);
    } catch (const ApiError& error) {
      bad_path(key, error.error().reason);
    }
  }
}

double BucketOrder::metric_of(const Key& key, const Children& children, uint32_t bucket) {
  const Aggregator* aggregator = follow(key, children, bucket);
  return aggregator->sort_value(bucket, key.property);
}

int BucketOrder::compare_values(const Key& key, double x, double y) {
  // Values that are not numbers come last, whatever the direction.
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) ? (std::isnan(y) ? 0 : 1) : -1;
  const int order = x < y ? -1 : x > y;
  return key.ascending ? order : -order;
}

}  // namespace tarn::query
