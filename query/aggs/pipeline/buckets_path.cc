#include "query/aggs/pipeline/buckets_path.h"

#include <fmt/format.h>

#include "indexer/base/error.h"
#include "query/shard_failure.h"

namespace tarn::query {
namespace {

[[noreturn]] void bad_element(const std::string& element, const std::string& path) {
  throw ApiError(Error(500, "aggregation_execution_exception", fmt::format("Invalid path element [{}] in path [{}]", element, path)));
}

BucketsPath::Element parse_element(const std::string& element, const std::string& path, bool last) {
  if (element.empty()) bad_element(element, path);
  if (last) {
    if (const size_t dot = element.rfind('.'); dot != std::string::npos) {
      if (dot == 0 || dot > element.size() - 2) bad_element(element, path);
      return {element.substr(0, dot), element.substr(dot + 1)};
    }
  }
  if (const size_t bracket = element.rfind('['); bracket != std::string::npos) {
    if (bracket == 0 || bracket + 3 > element.size() || element.back() != ']') bad_element(element, path);
    return {element.substr(0, bracket), element.substr(bracket + 1, element.size() - bracket - 2)};
  }
  return {element, std::nullopt};
}

}  // namespace

BucketsPath BucketsPath::parse(const std::string& text) {
  BucketsPath out{text, {}};
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = text.find('>', begin);
    if (end == std::string::npos) end = text.size();
    out.elements.push_back(parse_element(text.substr(begin, end - begin), text, end == text.size()));
    begin = end + 1;
  }
  return out;
}

std::vector<std::string> BucketsPath::steps() const {
  std::vector<std::string> out;
  for (const Element& element : elements) {
    out.push_back(element.name);
    if (element.key) out.push_back(*element.key);
  }
  return out;
}

std::optional<double> bucket_value(const BucketsResult& owner, const ResultBucket& bucket, std::span<const std::string> path,
                                   GapPolicy gap_policy) {
  Property property;
  try {
    property = bucket.property(*owner.name, path);
  } catch (const InvalidPath&) {
    return std::nullopt;
  }
  if (property.kind != Property::Kind::kNumber) {
    const std::string& leaf = path.empty() ? *owner.name : path.back();
    const auto* metric = dynamic_cast<const MetricResult*>(property.result);
    const std::string what = metric != nullptr && !metric->single
                                 ? fmt::format("but [{}] contains multiple values. Please specify which to use.", leaf)
                                 : fmt::format("got: [{}] at aggregation [{}]", property.java_name, leaf);
    const Error cause(500, "aggregation_execution_exception",
                         "buckets_path must reference either a number value or a single value numeric metric aggregation, " + what);
    throw ApiError(reduce_failed(cause));
  }
  const bool is_count = path.size() == 1 && path[0] == "_count";
  if (!std::isfinite(property.number) || (bucket.doc_count == 0 && !is_count)) {
    return gap_policy == GapPolicy::kInsertZeros ? 0.0 : NAN;
  }
  return property.number;
}

}  // namespace tarn::query
