#pragma once

#include <memory>
#include <string>
#include <optional>

#include "query/script/script_use.h"

namespace tarn::query {

/// A function of function_score over the documents of one segment. One thread.
class LeafFunction {
 public:
  virtual ~LeafFunction() = default;
  /// out[i] of docs[i], ascending; `scores` are those of the query inside.
  virtual void compute(const LocalDocId* docs, const float* scores, size_t count, double* out) = 0;
};

/// A function bound to an index. Immutable.
class BoundFunction {
 public:
  virtual ~BoundFunction() = default;
  virtual std::unique_ptr<LeafFunction> leaf(const SegmentView& segment) const = 0;
};

/// A function as the request words it.
class ScoreFunction {
 public:
  virtual ~ScoreFunction() = default;
  virtual std::unique_ptr<BoundFunction> bind(Binder& binder) const = 0;
  /// As OpenSearch's class shows itself, without the hash of the object.
  virtual std::string describe() const = 0;
};
using ScoreFunctionPtr = std::shared_ptr<const ScoreFunction>;

/// Null if no function has that name. Throws ApiError 400 in OpenSearch's words.
ScoreFunctionPtr parse_score_function(std::string_view name, const Json& body);
ScoreFunctionPtr parse_decay(std::string_view name, const Json& body);

}  // namespace tarn::query
