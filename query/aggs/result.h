#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::query {

class Result;
using ResultPtr = std::unique_ptr<Result>;
using ResultList = std::vector<ResultPtr>;

/// What a step of a buckets_path leads to: a number, another aggregation's result, or something that is neither (an array over
/// buckets), of which only OpenSearch's class name is known, for its error.
struct Property {
  enum class Kind { kNumber, kResult, kOther } kind = Kind::kOther;
  double number = NAN;
  const Result* result = nullptr;
  std::string java_name;
};

/// A path that leads nowhere within a bucket: OpenSearch's InvalidAggregationPathException, which pipelines read as "no value".
struct InvalidPath {
  std::string reason;
};

/// One bucket of an answer. `head` and `tail` are JSON members as text, around doc_count ("\"key\":1.0").
struct ResultBucket {
  std::string key;            ///< as text; the member's name in keyed answers
  double number = NAN;        ///< the key as a number where it is one
  std::string head;
  uint64_t doc_count = 0;
  std::string tail;
  ResultList children;

  /// InternalBucket.getProperty. Throws InvalidPath.
  Property property(std::string_view owner, std::span<const std::string> path) const;
};

/// The answer of one aggregation for one bucket of its parent: what OpenSearch calls an InternalAggregation after the last
/// reduction. Pipelines read and change it; then it is written.
class Result {
 public:
  virtual ~Result() = default;
  const std::string* name = nullptr;     ///< of the request's node, which outlives the results
  std::string type;                      ///< prefix of typed_keys
  const Json* meta = nullptr;            ///< null: none

  /// "name":{...} with meta first.
  void append(std::string& out, bool typed_keys) const;
  /// InternalAggregation.getProperty. Throws ApiError or InvalidPath.
  virtual Property property(std::span<const std::string> path) const = 0;
  virtual std::string java_name() const = 0;

 protected:
  virtual void append_members(std::string& out, bool typed_keys) const = 0;
};

/// Numbers by name, and the members as they are shown.
class MetricResult : public Result {
 public:
  bool single = true;                                     ///< a path may end here; its number is values[0]
  std::vector<std::pair<std::string, double>> values;
  std::string members;
  std::string java = "InternalNumericMetricsAggregation";
  bool numeric = true;

  Property property(std::span<const std::string> path) const override;
  std::string java_name() const override { return java; }

 protected:
  void append_members(std::string& out, bool) const override { out += members; }
};

class SingleBucketResult : public Result {
 public:
  uint64_t doc_count = 0;
  ResultList children;
  std::string java = "InternalSingleBucketAggregation";

  Property property(std::span<const std::string> path) const override;
  std::string java_name() const override { return java; }

 protected:
  void append_members(std::string& out, bool typed_keys) const override;
};

class BucketsResult : public Result {
 public:
  std::string before, after;                              ///< members around "buckets"
  bool keyed = false;
  std::vector<ResultBucket> buckets;
  /// The empty bucket after a histogram's last one, for predictions; null for other aggregations.
  std::function<ResultBucket(const ResultBucket&)> next_bucket;
  std::string java = "InternalMultiBucketAggregation";

  Property property(std::span<const std::string> path) const override;
  std::string java_name() const override { return java; }

 protected:
  void append_members(std::string& out, bool typed_keys) const override;
};

/// {"a":{..},"b":{..}} members.
void append_results(std::string& out, const ResultList& list, bool typed_keys);
const Result* find_result(const ResultList& list, std::string_view name);

/// The members that `write(JsonWriter&)` writes, without braces.
template <class Write>
std::string members_text(Write&& write) {
  std::string text;
  JsonWriter out(text);
  out.begin_object();
  write(out);
  out.end_object();
  return text.substr(1, text.size() - 2);
}

}  // namespace tarn::query
