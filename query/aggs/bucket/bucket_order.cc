#include "query/aggs/bucket/bucket_order.h"

#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"

namespace tarn::query {
namespace {

BucketOrder::Key parse_key(const std::string& name, const Json& direction) {
  if (!direction.is_string() || (direction != "asc" && direction != "desc")) {
    const std::string text = direction.is_string() ? direction.get<std::string>() : to_text(direction);
    if (text != "ASC" && text != "DESC" && text != "asc" && text != "desc") {
      throw ApiError(parsing_exception(fmt::format("Unknown order direction [{}]", text)));
    }
  }
  BucketOrder::Key key;
  const std::string text = direction.get<std::string>();
  key.ascending = text == "asc" || text == "ASC";
  if (name == "_count") key.kind = BucketOrder::Key::Kind::kCount;
  else if (name == "_key" || name == "_term" || name == "_time") key.kind = BucketOrder::Key::Kind::kKey;
  else {
    key.kind = BucketOrder::Key::Kind::kMetric;
    std::string rest = name;
    for (size_t at; (at = rest.find('>')) != std::string::npos; rest = rest.substr(at + 1)) key.path.push_back(rest.substr(0, at));
    const size_t bracket = rest.find('['), dot = rest.rfind('.');
    if (bracket != std::string::npos && rest.ends_with(']')) {
      key.path.push_back(rest.substr(0, bracket));
      key.property = rest.substr(bracket + 1, rest.size() - bracket - 2);
    } else if (dot != std::string::npos) {
      key.path.push_back(rest.substr(0, dot));
      key.property = rest.substr(dot + 1);
    } else {
      key.path.push_back(rest);
    }
  }
  return key;
}

/// Follows the path to the metric and the bucket of it that belongs to `bucket`.
double metric_at(const BucketOrder::Key& key, const Children& children, uint32_t bucket) {
  const Aggregator* aggregator = nullptr;
  for (size_t i = 0; i < key.path.size(); ++i) {
    if (i > 0) bucket = aggregator->child_bucket(bucket);
    aggregator = i == 0 ? children.find(key.path[0]) : aggregator->child(key.path[i]);
    if (aggregator == nullptr) {
      throw ApiError(Error(500, "aggregation_execution_exception",
                           fmt::format("Invalid aggregation order path [{}]. The provided aggregation [{}] either does not exist, or is "
                                       "a pipeline aggregation and cannot be used to sort the buckets.", fmt::join(key.path, ">"),
                                       key.path[i])));
    }
  }
  return aggregator->sort_value(bucket, key.property);
}

}  // namespace

BucketOrder BucketOrder::parse(const AggregationNode& node, const Json& json, std::vector<Key> fallback) {
  BucketOrder order;
  const auto add = [&](const Json& object) {
    if (!object.is_object() || object.size() != 1) {
      throw ApiError(parsing_exception("Must specify at least one field for [order]"));
    }
    order.keys_.push_back(parse_key(object.begin().key(), object.begin().value()));
  };
  if (json.is_array()) {
    for (const Json& element : json) add(element);
  } else if (json.is_object()) {
    add(json);
  } else if (!json.is_null()) {
    fail_member(node, "order", illegal_argument("order doesn't support values of that type"));
  }
  if (order.keys_.empty()) order.keys_ = std::move(fallback);
  return order;
}

bool BucketOrder::by_count_only() const { return keys_.size() == 1 && keys_[0].kind == Key::Kind::kCount && !keys_[0].ascending; }

int BucketOrder::compare_metrics(const Key& key, const Children& children, uint32_t a, uint32_t b) {
  const double x = metric_at(key, children, a), y = metric_at(key, children, b);
  // Values that are not numbers come last, whatever the direction.
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) ? (std::isnan(y) ? 0 : 1) : -1;
  const int order = x < y ? -1 : x > y;
  return key.ascending ? order : -order;
}

}  // namespace tarn::query
