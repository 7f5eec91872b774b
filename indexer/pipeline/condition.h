#pragma once

#include <memory>
#include <string>

#include "indexer/pipeline/document.h"

namespace tarn {

/// The `if` of a processor: an expression of OpenSearch's Painless language over `ctx`. Here:
/// literals, ctx.a.b, ctx['a'], ?., comparisons, && || !, + - * / %, ?:, instanceof, the everyday
/// methods of strings, lists and maps. Whatever else the language has is refused with 501 when the
/// pipeline is created.
class Condition {
 public:
  /// Throws ApiError 400 script_exception (compile error) or 501 not_implemented_exception.
  explicit Condition(std::string source);
  Condition(Condition&&) noexcept;
  Condition& operator=(Condition&&) noexcept;
  ~Condition();

  /// Throws ApiError 400 script_exception (runtime error), caused by what Java would throw.
  bool holds(const WorkDocument& document) const;
  const std::string& source() const { return source_; }

  struct Node;

 private:
  std::string source_;
  std::unique_ptr<Node> root_;
};

}  // namespace tarn
