#pragma once

#include <memory>
#include <string>

#include "indexer/pipeline/document.h"
#include "indexer/script/script.h"

namespace tarn {

/// The `if` of a processor: a Painless script over `ctx` that says yes or no. Immutable; any thread may ask.
class Condition {
 public:
  /// Throws ApiError 400 script_exception (compile error), 404 for an unknown stored script.
  Condition(const script::ScriptSpec& spec, const script::StoredScripts* stored);

  /// Throws ApiError 400 script_exception (runtime error), caused by what Java would throw.
  bool holds(const WorkDocument& document) const;
  const std::string& source() const { return source_; }

 private:
  std::string source_;
  Json params_;
  std::shared_ptr<const script::Script> script_;
};

}  // namespace tarn
