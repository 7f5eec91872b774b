#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/aggs/result.h"

namespace tarn::query {

/// "a>b.c" or "a['key']>b" taken apart: names and, behind each, its key. Follows: OpenSearch AggregationPath.
struct BucketsPath {
  struct Element {
    std::string name;
    std::optional<std::string> key;
  };
  std::string text;
  std::vector<Element> elements;

  /// Throws 500 aggregation_execution_exception "Invalid path element [x] in path [y]".
  static BucketsPath parse(const std::string& text);
  /// Names and keys in order.
  std::vector<std::string> steps() const;
};

enum class GapPolicy { kSkip, kInsertZeros };

/// BucketHelpers.resolveBucketValue: the number that `path` has in one bucket; NaN for a gap that is skipped, nothing where the
/// path leads nowhere. Throws 500 aggregation_execution_exception for what is no number.
std::optional<double> bucket_value(const BucketsResult& owner, const ResultBucket& bucket, std::span<const std::string> path,
                                   GapPolicy gap_policy);

}  // namespace tarn::query
